//! What `PATHS: changed` makes of a list of changes.

use bitbucket_pipe::changes::{Change, Difference};
use local_aws::Origin;
use local_aws::scenario::{BUCKET, Site};
use serde_json::json;

use super::step::{
    DISTRIBUTION, deploy, deploy_beside, deployed, difference, invalidate_changed, invalidated, only, result,
    storage, world,
};

#[test]
fn is_one_path_for_each_address_of_each_key_that_may_be_cached() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    let paths = [
        ("404.html", Change::New),
        ("assets/app.1a2b3c4d.js", Change::NewFingerprinted),
        ("blog/index.html", Change::Content),
        ("images/Caf\u{e9} + 100%.svg", Change::Headers),
        ("index.html", Change::Content),
        ("old.html", Change::Deleted),
        ("what?.txt", Change::Content),
        ("x*y.txt", Change::Content),
    ];
    deployed(
        &site,
        deploy_beside(&[("", 2), ("blog", 3), ("images", 1)], &[("blog", 0)], difference("d1", paths)),
    );
    let ended = invalidate_changed(&world, &site).set("DEBUG", "true").run().exits(0);
    let made = only(&world);
    assert_eq!(
        made.paths,
        [
            "/",
            "/404.html",
            "/blog",
            "/blog/",
            "/blog/index.html",
            "/images/Caf%C3%A9%20%2B%20100%25.svg",
            "/images/Caf%C3%A9+%2B+100%25.svg",
            "/index.html",
            "/old.html",
            "/what%3F.txt",
            "/x*",
        ]
    );
    ended
        .says("INFO: Deploy d1 to s3://site-bucket/: 8 changed keys, 11 paths to invalidate\n")
        .says("DEBUG: Deploy d1 to s3://site-bucket/: assets/app.1a2b3c4d.js is new and fingerprinted")
        .says("DEBUG: Deploy d1 to s3://site-bucket/: /blog/ evicts nothing needlessly\n")
        .says("DEBUG: Deploy d1 to s3://site-bucket/: /x* evicts at most 2 unchanged objects needlessly\n")
        .says(&format!(
            "INFO: Cost of the deploy d1 on {DISTRIBUTION}: 11 paths billed, 0.055 USD after the account's 1000 free paths of the month; at most 2 unchanged objects evicted \
             needlessly; /* would have cost 1 path and evicted 6, \
             a path for each address of each changed key 10 paths\n"
        ))
        .says(&format!(
            "INFO: Created the invalidation {} of the distribution {DISTRIBUTION} for the deploy d1: ",
            made.id
        ))
        .says(&format!("\n✔ Successfully created a cloudfront invalidation: {}\n", made.id));
}

#[test]
fn leaves_new_keys_alone_when_told_to() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, deploy("", difference("d1", [("new.html", Change::New), ("old.html", Change::Content)])));
    invalidate_changed(&world, &site).set("INVALIDATE_NEW", "false").run().exits(0);
    assert_eq!(only(&world).paths, ["/old.html"]);
}

#[test]
fn names_what_changed_under_its_fingerprint() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, deploy("", difference("d1", [("app.1a2b3c4d.js", Change::ContentFingerprinted)])));
    invalidate_changed(&world, &site).run().exits(0).says(
        "WARNING: Deploy d1 to s3://site-bucket/: the content of app.1a2b3c4d.js changed under the same",
    );
    assert_eq!(only(&world).paths, ["/app.1a2b3c4d.js"]);
}

#[test]
fn is_seen_from_behind_the_origin_path() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, deploy("site/", difference("d1", [("index.html", Change::Content)])));
    deployed(&site, deploy("sites/", difference("d2", [("a.html", Change::Content)])));
    deployed(&site, deploy("other/", Difference::unknown("d3".into(), "there is no record yet")));
    let ended =
        invalidate_changed(&world, &site).set("ORIGIN_PATH", "/site/").set("DEBUG", "true").run().exits(0);
    assert_eq!(only(&world).paths, ["/", "/index.html"]);
    ended
        .says("DEBUG: Deploy d2 to s3://site-bucket/sites/: sites/a.html lies outside ORIGIN_PATH")
        .says("INFO: Deploy d2 to s3://site-bucket/sites/: 1 changed key, no invalidation for it: 1 outside ORIGIN_PATH\n")
        .says("INFO: Deploy d3 to s3://site-bucket/other/: lies outside ORIGIN_PATH, so there is no invalidation for it\n")
        .never_says("WARNING");
}

#[test]
fn may_lie_behind_an_origin_path_that_nobody_told_of() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, deploy("site/", difference("d1", [("a.html", Change::Content)])));
    let step = invalidate_changed(&world, &site);
    step.run().exits(0).says("If the distribution puts /site before every path, say ORIGIN_PATH: '/site'");
    step.set("ORIGIN_PATH", "/").run().exits(0).never_says("WARNING");
    assert_eq!(only(&world).paths, ["/site/a.html"]);
}

#[test]
fn unknown_is_everything_and_says_why() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, deploy("", Difference::unknown("d1".into(), "there is no record yet")));
    invalidate_changed(&world, &site).run().exits(0).says(
        "INFO: Deploy d1 to s3://site-bucket/: it is not known what changed (there is no record yet); \
         invalidating /* instead\n",
    );
    assert_eq!(only(&world).paths, ["/*"]);
}

#[test]
fn may_be_nothing() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, deploy("", difference("d1", [])));
    deployed(&site, deploy("", difference("d2", [("app.1a2b3c4d.js", Change::NewFingerprinted)])));
    invalidate_changed(&world, &site)
        .run()
        .exits(0)
        .says("INFO: Deploy d1 to s3://site-bucket/: nothing changed, so there is no invalidation for it\n")
        .says("INFO: Deploy d2 to s3://site-bucket/: 1 changed key, no invalidation for it\n")
        .says("\n✔ Nothing to invalidate: nothing has changed that CloudFront may have cached\n");
    assert!(world.cloud.requests().is_empty());
    let result = result(&storage(&site).join("aws-deploy/cloudfront-invalidate.json"));
    assert_eq!(result["distributions"], json!([{ "id": DISTRIBUTION, "invalidations": [] }]));
}

#[test]
fn goes_to_every_distribution_even_if_one_does_not_exist() {
    let (world, site) = (world(&["E1", "E2", "E3"]), Site::empty());
    world.cloud.create_distribution_in("999999999999", "E2", Origin::new(BUCKET, ""));
    deployed(&site, deploy("", difference("d1", [("a", Change::Content)])));
    invalidate_changed(&world, &site)
        .set("DISTRIBUTION_ID", "E1 E2 E3")
        .run()
        .exits(1)
        .says("ERROR: Error creating a cloudfront invalidation: E2: NoSuchDistribution: ");
    for distribution in ["E1", "E3"] {
        let made = world.cloud.invalidations(distribution);
        assert_eq!(made.iter().map(|made| &made.paths[..]).collect::<Vec<_>>(), [["/a"]], "{distribution}");
    }
}

#[test]
fn is_restricted_to_one_target() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, deploy("", difference("d1", [("a", Change::Content)])));
    deployed(&site, deploy("blog/", difference("d2", [("b", Change::Content)])));
    let step = invalidate_changed(&world, &site).set("ORIGIN_PATH", "/");
    step.clone().set("S3_BUCKET", "s3://site-bucket/blog/").run().exits(0);
    step.clone().set("S3_BUCKET", BUCKET).run().exits(0);
    assert_eq!(invalidated(&world), [["/blog/b"], ["/a"]]);
    world.cloud.clear_requests();
    step.set("S3_BUCKET", "other")
        .run()
        .exits(2)
        .says("ERROR: S3_BUCKET `other`: nothing was deployed there in this build\n")
        .says("hint: the list of changes has `site-bucket`, `site-bucket/blog`\n");
    assert!(world.cloud.requests().is_empty());
}
