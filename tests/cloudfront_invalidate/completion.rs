//! `WAIT`: the pipe ends when CloudFront is done.

use std::time::Duration;

use ::cloudfront_invalidate::permissions;
use bitbucket_pipe::changes::Change;
use local_aws::scenario::{BUCKET, Site, World};
use local_aws::{InvalidationStatus, Origin};
use oidc_auth::Partition;
use serde_json::json;

use super::step::{
    DISTRIBUTION, deploy, deployed, difference, invalidate, invalidate_changed, only, result, terminated_at,
};

/// A world whose role may also look at invalidations.
fn watchful() -> World {
    let distribution = DISTRIBUTION.parse().expect("an id");
    let extras = permissions::Extras { wait: true, ..permissions::Extras::default() };
    let world =
        World::with_permissions(permissions::statements(&[distribution], extras, Partition::Aws, "*"));
    world.cloud.create_distribution(DISTRIBUTION, Origin::new(BUCKET, ""));
    world
}

#[test]
fn looks_until_cloudfront_has_completed_it() {
    let (world, site) = (watchful(), Site::empty());
    let ended = invalidate(&world, &site).set("WAIT", "yes").set("RESULT_FILE", "result.json").run().exits(0);
    let made = only(&world);
    assert_eq!(made.status, InvalidationStatus::Completed);
    assert!(world.cloud.count("GetInvalidation") > 0);
    ended
        .says("INFO: Waiting until CloudFront has completed 1 invalidation, for at most 600 seconds\n")
        .says(&format!(
            "INFO: Completed the invalidation {} of the distribution {DISTRIBUTION} after ",
            made.id
        ))
        .says(&format!("✔ Successfully created a cloudfront invalidation: {}\n", made.id));
    let result = result(&site.clone_folder().join("result.json"));
    assert_eq!(result["distributions"][0]["invalidations"][0]["status"], json!("Completed"));
}

#[test]
fn gives_up_in_time_and_says_that_cloudfront_does_not() {
    let (world, site) = (watchful(), Site::empty());
    world.cloud.invalidation_time(Duration::MAX);
    let ended = invalidate(&world, &site).set("WAIT", "true").set("WAIT_TIMEOUT", "6").run().exits(1);
    let id = only(&world).id;
    ended
        .says("INFO: Waiting: 1 invalidation in progress after 5 seconds\n")
        .says(&format!("ERROR: Error waiting for a cloudfront invalidation: {id}: not completed within 6 seconds\n"))
        .says("\nhint: CloudFront goes on with it, and nothing has to be sent again; to wait longer, raise WAIT_TIMEOUT\n")
        .says(&format!("✖ Failed to see a cloudfront invalidation completed: {id}: not completed within 6 seconds\n"));
}

#[test]
fn sits_out_trouble_of_cloudfront() {
    let (world, site) = (watchful(), Site::empty());
    // The SDK gives up after six, so that the pipe itself has to ask once more.
    world.cloud.fail("GetInvalidation").with("ServiceUnavailable").times(6);
    invalidate(&world, &site)
        .set("WAIT", "true")
        .set("DEBUG", "true")
        .run()
        .exits(0)
        .says("DEBUG: E2EXAMPLE51ABC: ServiceUnavailable: ")
        .says("INFO: Completed the invalidation ");
}

#[test]
fn needs_a_permission_of_its_own() {
    let (world, site) = (super::step::world(&[DISTRIBUTION]), Site::empty());
    invalidate(&world, &site)
        .set("WAIT", "true")
        .run()
        .exits(1)
        .says("ERROR: Error waiting for a cloudfront invalidation: ")
        .says(
            "\nhint: allow the role or user the permission cloudfront:GetInvalidation on \
             arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE51ABC\n",
        );
    only(&world);
}

#[test]
fn ends_at_once_with_sigterm() {
    let (world, site) = (watchful(), Site::empty());
    world.cloud.invalidation_time(Duration::MAX);
    let step = invalidate(&world, &site).set("WAIT", "true");
    terminated_at(&step, "INFO: Waiting until").exits(143).says(
        "WARNING: stopped by SIGTERM: 1 of 1 invalidation request accepted, 0 without an answer; \
         CloudFront goes on with 1 that the pipe was waiting for\n",
    );
    only(&world);
}

#[test]
fn has_nothing_to_do_for_what_is_completed() {
    let (world, site) = (watchful(), Site::empty());
    deployed(&site, deploy("", difference("d1", [("a", Change::Content)])));
    let step = invalidate_changed(&world, &site).set("WAIT", "true");
    step.run().exits(0);
    world.cloud.clear_requests();
    step.run().exits(0).says("✔ Nothing new to invalidate").never_says("Waiting until");
    assert_eq!(world.cloud.count("GetInvalidation"), 0);
}
