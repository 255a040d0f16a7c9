//! Credentials that run out while a deploy is under way.

use std::time::Duration;

use local_aws::scenario::{Site, World};

use super::step::deploy;

const EXCHANGE: &str = "AssumeRoleWithWebIdentity";

/// More files than go at once, so that some are sent after the others.
fn large() -> Site {
    let site = Site::small();
    for number in 0..200 {
        site.write(&format!("notes/{number}.txt"), format!("note {number}"));
    }
    site
}

#[test]
fn credentials_are_renewed_while_the_token_lives() {
    let (world, site) = (World::permissive(), large());
    // Shorter than the time by which they are renewed ahead, so that every request renews them.
    world.cloud.credential_lifetime(Duration::from_secs(30));
    deploy(&world, &site).run().exits(0).says("uploaded 203");
    // Requests that wait together share a renewal, and at most 64 go at once.
    assert!(world.cloud.count(EXCHANGE) > 3, "{} exchanges", world.cloud.count(EXCHANGE));
    assert_eq!(world.keys().len(), 203);
}

#[test]
fn when_the_token_is_dead_too_the_deploy_stops_and_the_next_run_finishes_it() {
    let (world, site) = (World::permissive(), large());
    world.cloud.credential_lifetime(Duration::from_secs(30));
    let dead =
        "Token expired: current date/time 1770003600 must be before the expiration date/time1770000000";
    world.cloud.fail(EXCHANGE).with_error(400, "ExpiredTokenException", dead).after(3);
    let ended = deploy(&world, &site).run().exits(1);
    let arrived = world.keys().len();
    assert!((1..203).contains(&arrived), "{arrived} of 203 arrived");
    assert!(!world.keys().iter().any(|key| key == "index.html"), "a page went before its assets");
    assert_eq!(world.cloud.count(EXCHANGE), 4, "a dead token is shown once");
    ended
        .says(&format!("uploaded {arrived}, updated 0"))
        .says("AWS_ROLE_DURATION_SECONDS")
        .says("run the step again")
        .says("✖ Deployment failed.");
    world.cloud.heal();
    let rest = 203 - arrived;
    deploy(&world, &site).run().exits(0).says(&format!("uploaded {rest}, updated 0, unchanged {arrived}"));
}

#[test]
fn credentials_that_s3_refuses_for_the_record_alone_end_the_deploy_too() {
    for (code, dry_run, hint) in [
        ("ExpiredToken", "false", "AWS_ROLE_DURATION_SECONDS"),
        ("ExpiredToken", "true", "AWS_ROLE_DURATION_SECONDS"),
        ("RequestTimeTooSkewed", "false", "NTP"),
    ] {
        let (world, site) = (World::permissive(), Site::small());
        deploy(&world, &site).run().exits(0);
        site.write("index.html", "changed");
        let (keys, written) = (world.keys(), world.writes());
        world.cloud.fail("GetObject").on(".s3-deploy/record").with(code).times(1);
        deploy(&world, &site)
            .set("DRY_RUN", dry_run)
            .run()
            .exits(1)
            .says("ERROR: cannot read the deploy record s3://site-bucket/.s3-deploy/record: ")
            .says(code)
            .says(hint)
            .never_says("WARNING");
        assert_eq!((world.keys(), world.writes()), (keys, written), "{code}: something was written");
        assert_eq!(world.cloud.count("HeadObject"), 0, "{code}");
        deploy(&world, &site).run().exits(0).says("updated 1");
    }
}

#[test]
fn credentials_that_s3_refuses_for_a_file_are_not_tried_for_all() {
    let (world, site) = (World::permissive(), large());
    world.cloud.fail("PutObject").with("ExpiredToken").after(3);
    let ended = deploy(&world, &site).set("CONCURRENCY", "4").run().exits(1);
    ended.says("AWS_ROLE_DURATION_SECONDS").says("✖ Deployment failed.");
    // Three arrived, and no more were under way than may be.
    let sent = world.cloud.count("PutObject");
    assert!((4..=3 + 3 * 4).contains(&sent), "{sent} of 203 were sent");
    world.cloud.heal();
    deploy(&world, &site).run().exits(0).says("uploaded 200, updated 0, unchanged 3");
}
