//! A deploy is invalidated once, whoever asks however often, and never forgotten.

use std::fs;

use bitbucket_pipe::changes::{Change, Deploy, Difference};
use local_aws::scenario::{Site, World};
use serde_json::json;

use super::step::{
    DISTRIBUTION, deploy, deployed, difference, invalidate_changed, invalidated, list, only, requests,
    result, storage, world,
};

fn page(deploy: &str) -> Difference {
    difference(deploy, [("page.html", Change::Content)])
}

fn references(world: &World, distribution: &str) -> Vec<String> {
    world.cloud.invalidations(distribution).into_iter().map(|made| made.caller_reference).collect()
}

#[test]
fn a_second_run_asks_again_and_pays_nothing() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, deploy("", page("d1")));
    let step = invalidate_changed(&world, &site);
    step.run().exits(0);
    world.cloud.complete_invalidations();
    let made = only(&world);
    step.run()
        .exits(0)
        .says(&format!(
            "INFO: The distribution {DISTRIBUTION} was invalidated before for the deploy d1: {}, 1 path, Completed\n",
            made.id
        ))
        .says("\n✔ Nothing new to invalidate: all that changed was invalidated before\n");
    assert_eq!((requests(&world), only(&world).id), (2, made.id));
    let result = result(&storage(&site).join("aws-deploy/cloudfront-invalidate.json"));
    let entry = &result["distributions"][0]["invalidations"][0];
    assert_eq!((&entry["already_existed"], &entry["deploy"]), (&json!(true), &json!("d1")));
}

#[test]
fn other_paths_for_the_same_deploy_are_another_invalidation_made_once() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, deploy("", difference("d1", [("a", Change::Content), ("b", Change::New)])));
    let step = invalidate_changed(&world, &site);
    step.run().exits(0);
    let corrected = step.set("INVALIDATE_NEW", "false");
    corrected.run().exits(0);
    corrected.run().exits(0);
    assert_eq!(invalidated(&world), [&["/a", "/b"][..], &["/a"]]);
}

#[test]
fn a_reference_that_cloudfront_knows_for_other_paths_counts_as_done() {
    for (status, code, message) in [
        (409, "InvalidationBatchAlreadyExists", "The specified invalidation batch already exists."),
        (
            400,
            "InvalidArgument",
            "Your request contains a caller reference that was used for a previous invalidation batch for the same \
             distribution.",
        ),
    ] {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, deploy("", page("d1")));
        world.cloud.fail("CreateInvalidation").with_error(status, code, message);
        invalidate_changed(&world, &site)
            .set("WAIT", "true")
            .run()
            .exits(0)
            .says("was invalidated before for the deploy d1, with other paths than the 1 path of this run that cover the same changes\n")
            .says("not waiting for the invalidation of d1, because CloudFront does not name it")
            .says("✔ Nothing new to invalidate");
        let result = result(&storage(&site).join("aws-deploy/cloudfront-invalidate.json"));
        assert_eq!(result["distributions"][0]["invalidations"][0]["status"], json!("AlreadyExists"));
    }
}

#[test]
fn a_failed_invalidation_is_made_good_by_the_next_run() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, deploy("", page("d1")));
    let step = invalidate_changed(&world, &site);
    world.cloud.fail("CreateInvalidation").with("AccessDenied").times(1);
    step.run().exits(1);
    assert!(world.cloud.invalidations(DISTRIBUTION).is_empty());
    step.run().exits(0);
    assert_eq!(only(&world).paths, ["/page.html"]);
}

#[test]
fn a_later_build_makes_good_what_was_never_invalidated_and_only_that() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, deploy("", page("d1")));
    invalidate_changed(&world, &site).run().exits(0);
    world.cloud.complete_invalidations();
    fs::remove_file(list(&site)).expect("the storage of a step is its own");
    let lost = difference("d2", [("lost.html", Change::Content)]);
    let third = Deploy {
        earlier: vec![lost, page("d1")],
        ..deploy("", difference("d3", [("new", Change::Content)]))
    };
    deployed(&site, third);
    world.cloud.clear_requests();
    let ended = invalidate_changed(&world, &site).run().exits(0);
    assert_eq!(invalidated(&world), [["/page.html"], ["/lost.html"], ["/new"]]);
    assert_eq!(requests(&world), 3);
    let made = world.cloud.invalidations(DISTRIBUTION);
    ended
        .says("INFO: Asking again for 2 earlier deploys")
        .says("was invalidated before for the deploy d1: ")
        .says(&format!("✔ Successfully created a cloudfront invalidation: {}, {}\n", made[1].id, made[2].id));
}

#[test]
fn two_deploys_and_two_invalidations_in_one_step() {
    let (world, site) = (world(&["E1", "E2"]), Site::empty());
    deployed(&site, deploy("", page("d1")));
    invalidate_changed(&world, &site).set("DISTRIBUTION_ID", "E1").run().exits(0);
    deployed(
        &site,
        Deploy { earlier: vec![page("d1")], ..deploy("", difference("d2", [("b", Change::New)])) },
    );
    let both = invalidate_changed(&world, &site).set("DISTRIBUTION_ID", "E1 E2");
    both.run().exits(0);
    both.run().exits(0);
    for distribution in ["E1", "E2"] {
        let made = world.cloud.invalidations(distribution);
        let paths: Vec<_> = made.into_iter().map(|made| made.paths).collect();
        assert_eq!(paths, [["/page.html"], ["/b"]], "{distribution}");
    }
    let (first, second) = (references(&world, "E1"), references(&world, "E2"));
    assert!(first.iter().all(|reference| !second.contains(reference)), "{first:?} {second:?}");
    assert_eq!(requests(&world), 1 + 4 + 4);
}

#[test]
fn a_deploy_that_cloudfront_does_not_take_keeps_no_other_back() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(
        &site,
        Deploy { earlier: vec![page("d1")], ..deploy("", difference("d2", [("b", Change::New)])) },
    );
    world.cloud.fail("CreateInvalidation").with("InvalidArgument").times(1);
    invalidate_changed(&world, &site).run().exits(1).says("InvalidArgument");
    assert_eq!(only(&world).paths, ["/b"]);
}

#[test]
fn trouble_of_cloudfront_is_waited_out_under_the_same_reference() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, deploy("", page("d1")));
    world.cloud.fail("CreateInvalidation").with("ServiceUnavailable").times(2);
    let ended = invalidate_changed(&world, &site).set("DEBUG", "true").run().exits(0);
    assert_eq!(requests(&world), 3);
    ended.says(&format!("DEBUG: E2EXAMPLE51ABC: caller reference {}\n", only(&world).caller_reference));
}
