//! What passes by itself is waited out.

use local_aws::scenario::Site;
use serde_json::json;

use super::step::{DISTRIBUTION, invalidate, only, requests, result, terminated_at, world};

#[test]
fn a_full_queue_is_waited_out_under_one_reference() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    world.cloud.fail("CreateInvalidation").with("TooManyInvalidationsInProgress").times(2);
    let ended = invalidate(&world, &site).set("DEBUG", "true").run().exits(0);
    assert_eq!(requests(&world), 3);
    assert_eq!(
        ended.log.matches("has to wait: too many of its invalidations are still in progress").count(),
        2
    );
    ended.says(&format!("DEBUG: E2EXAMPLE51ABC: caller reference {}\n", only(&world).caller_reference));
}

#[test]
fn more_wildcards_than_fit_follow_as_soon_as_there_is_room() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    let paths: Vec<String> = (0..16).map(|number| format!("/{number}/*")).collect();
    let ended = invalidate(&world, &site).set("PATHS", &paths.join(" ")).run().exits(0);
    let made = world.cloud.invalidations(DISTRIBUTION);
    let [first, second] = &made[..] else { panic!("two invalidations, not {made:?}") };
    assert_eq!((&first.paths[..], &second.paths[..]), paths.split_at(15));
    ended
        .says("INFO: 16 paths are more than CloudFront takes at once: 2 requests follow each other\n")
        .says("has to wait: too many of its invalidations are still in progress")
        .says(&format!("✔ Successfully created a cloudfront invalidation: {}, {}\n", first.id, second.id));
}

#[test]
fn trouble_of_cloudfront_itself_is_waited_out() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    world.cloud.fail("CreateInvalidation").with("ServiceUnavailable").times(2);
    invalidate(&world, &site).run().exits(0);
    assert_eq!((requests(&world), only(&world).paths), (3, vec!["/*".to_owned()]));
}

#[test]
fn sigterm_ends_it_at_once() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    world.cloud.fail("CreateInvalidation").with("TooManyInvalidationsInProgress");
    let file = site.clone_folder().join("result.json");
    let step = invalidate(&world, &site).set("RESULT_FILE", "result.json");
    terminated_at(&step, "has to wait")
        .exits(143)
        .says("WARNING: stopped by SIGTERM: 0 of 1 invalidation request accepted, 0 without an answer\n")
        .says("✖ Stopped before the end.\n");
    assert_eq!(result(&file)["distributions"][0]["invalidations"][0]["status"], json!("NotSent"));
}
