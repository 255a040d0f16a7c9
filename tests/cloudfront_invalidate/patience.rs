//! What passes by itself is waited out.

use std::time::Duration;

use ::cloudfront_invalidate::permissions;
use local_aws::scenario::{BUCKET, Site, World};
use local_aws::{InvalidationStatus, Origin};
use serde_json::json;

use super::step::{DISTRIBUTION, invalidate, needed_with, only, requests, result, terminated_at, world};

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
        .says("INFO: 16 paths go in 2 requests that follow each other: CloudFront has at most 3000 paths in progress, of them 15 with a wildcard\n")
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

/// Lets every other request fail, at random and the same in every run: throttled, too many in progress, in trouble.
fn peak(world: &World, operation: &str, distribution: &str, seed: u64, codes: &[&str]) {
    const REQUESTS: usize = 40;
    let mut random = seed;
    let (mut passing, mut failing) = (0, 0);
    while passing + failing < REQUESTS {
        // Knuth's MMIX generator.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if random >> 63 == 0 {
            passing += 1;
        } else {
            let code = codes[(random >> 33) as usize % codes.len()];
            world.cloud.fail(operation).on(distribution).with(code).after(passing).times(1);
            failing += 1;
        }
    }
}

#[test]
fn a_peak_in_which_every_other_request_fails_is_waited_out_and_a_failure_for_good_hides_nothing() {
    let distributions = ["E1", "E2", "E3"];
    let waiting = permissions::Extras { wait: true, ..permissions::Extras::default() };
    let world = World::with_permissions(needed_with(&distributions, waiting));
    for distribution in distributions {
        world.cloud.create_distribution(distribution, Origin::new(BUCKET, ""));
    }
    let site = Site::empty();
    world.cloud.invalidation_time(Duration::ZERO);
    world.cloud.fail("CreateInvalidation").on("E3").with("AccessDenied");
    let trouble = ["Throttling", "TooManyInvalidationsInProgress", "ServiceUnavailable", "InternalError"];
    for (distribution, seed) in [("E1", 1), ("E2", 2)] {
        peak(&world, "CreateInvalidation", distribution, seed, &trouble);
        peak(&world, "GetInvalidation", distribution, seed + 10, &["Throttling", "ServiceUnavailable"]);
    }
    let paths: Vec<String> = (0..31).map(|number| format!("/{number}/*")).collect();
    invalidate(&world, &site)
        .set("DISTRIBUTION_ID", "E1 E2 E3")
        .set("PATHS", &paths.join(" "))
        .set("WAIT", "true")
        .run()
        .exits(1)
        .says("ERROR: Error creating a cloudfront invalidation: E3: AccessDenied: ")
        .says("WARNING: E3: 15 paths not sent\n");
    for distribution in ["E1", "E2"] {
        let made = world.cloud.invalidations(distribution);
        // Nothing is lost, and nothing is there twice.
        assert_eq!(
            made.iter().flat_map(|made| made.paths.clone()).collect::<Vec<_>>(),
            paths,
            "{distribution}"
        );
        assert_eq!(made.iter().map(|made| made.paths.len()).collect::<Vec<_>>(), [15, 15, 1]);
        assert!(made.iter().all(|made| made.status == InvalidationStatus::Completed));
    }
    assert_eq!(world.cloud.invalidations("E3"), []);
    let refused = world.cloud.requests().iter().filter(|request| request.status == Some(503)).count();
    assert!(refused > 1, "there was no peak");
}

#[test]
fn patience_ends_with_wait_timeout_for_the_distribution_that_needs_it_alone() {
    let (world, site) = (world(&["E1", "E2"]), Site::empty());
    world.cloud.fail("CreateInvalidation").on("E1").with("TooManyInvalidationsInProgress");
    invalidate(&world, &site)
        .set("DISTRIBUTION_ID", "E1 E2")
        .set("WAIT_TIMEOUT", "1")
        .run()
        .exits(1)
        .says("ERROR: Error creating a cloudfront invalidation: E1: TooManyInvalidationsInProgress: ")
        .says(", not accepted within 1 second\n")
        .says("use fewer wildcards; to wait longer, raise WAIT_TIMEOUT\n");
    assert_eq!(world.cloud.invalidations("E2")[0].paths, ["/*"]);
    // Pauses of a quarter of a second at least, then of half a second, then of one.
    let asked =
        world.cloud.requests().iter().filter(|request| request.distribution.as_deref() == Some("E1")).count();
    assert!((2..=3).contains(&asked), "{asked}");
}
