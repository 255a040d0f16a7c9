//! The result file.

use local_aws::scenario::Site;
use serde_json::json;

use super::step::{DISTRIBUTION, invalidate, only, result, world};

#[test]
fn says_what_became_of_every_request() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    invalidate(&world, &site)
        .set("PATHS", "/a /b")
        .set("RESULT_FILE", "reports/invalidation.json")
        .run()
        .exits(0);
    let made = only(&world);
    assert_eq!(
        result(&site.clone_folder().join("reports/invalidation.json")),
        json!({
            "version": 1,
            "error": null,
            "distributions": [{
                "id": DISTRIBUTION,
                "invalidations": [{
                    "id": made.id,
                    "status": "InProgress",
                    "already_existed": false,
                    "deploy": null,
                    "caller_reference": made.caller_reference,
                    "paths": ["/a", "/b"],
                    "evicted_needlessly": null,
                    "error": null,
                }],
            }],
        })
    );
}

#[test]
fn is_not_worth_a_failure() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    invalidate(&world, &site)
        .set("RESULT_FILE", "/dev/null/result.json")
        .run()
        .exits(0)
        .says("WARNING: cannot write the result to /dev/null/result.json: ");
}
