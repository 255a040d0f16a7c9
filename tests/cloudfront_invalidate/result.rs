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
            "dry_run": false,
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
fn a_dry_run_says_every_path_and_sends_nothing() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    invalidate(&world, &site)
        .set("PATHS", "/a /b*")
        .set("DRY_RUN", "true")
        .set("RESULT_FILE", "result.json")
        .run()
        .exits(0)
        .says(&format!("(dryrun) invalidate: /a of {DISTRIBUTION}\n"))
        .says(&format!("(dryrun) invalidate: /b* of {DISTRIBUTION}\n"))
        .says("\u{2714} Dry run: nothing was invalidated");
    assert_eq!(world.cloud.count("CreateInvalidation"), 0);
    let result = result(&site.clone_folder().join("result.json"));
    assert_eq!(result["dry_run"], json!(true));
    assert_eq!(result["distributions"][0]["invalidations"][0]["status"], json!("NotSent"));
    assert_eq!(result["distributions"][0]["invalidations"][0]["paths"], json!(["/a", "/b*"]));
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
