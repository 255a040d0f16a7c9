//! Mistakes in the configuration, and what is said of them.

use std::fs;

use local_aws::scenario::{BUCKET, REGION, Site, World};

use super::step::deploy;

#[test]
fn missing_variables_are_named_all_at_once_and_nothing_is_sent() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .unset("S3_BUCKET")
        .set("LOCAL_PATH", "  ")
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .run()
        .exits(2)
        .says("ERROR: S3_BUCKET variable missing.")
        .says("ERROR: LOCAL_PATH variable missing.")
        .says("oidc: true")
        .says("AWS_ACCESS_KEY_ID")
        .says("✖ Validation errors");
    assert!(world.cloud.requests().is_empty());
}

#[test]
fn malformed_variables_are_refused_before_the_first_request() {
    let (world, site) = (World::permissive(), Site::small());
    for (name, value) in [
        ("AWS_OIDC_ROLE_ARN", "arn:aws:iam::123456789012:user/Deploy"),
        ("AWS_ROLE_DURATION_SECONDS", "60"),
        ("AWS_ROLE_SESSION_NAME", "a b"),
        ("DELETE_FLAG", "yes"),
        ("DEBUG", "very"),
        ("S3_BUCKET", "https://site.s3.amazonaws.com"),
        ("STORAGE_CLASS", "COLD"),
        ("LOCAL_PATH", "no-such-folder"),
        ("EXTRA_ARGS", "--no-such-flag"),
    ] {
        deploy(&world, &site).set(name, value).run().exits(2).says(&format!("ERROR: {name} "));
    }
    assert!(world.cloud.requests().is_empty());
}

#[test]
fn a_bucket_that_does_not_exist_is_named() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .set("S3_BUCKET", "no-such-bucket/foo")
        .run()
        .exits(1)
        .says("cannot list s3://no-such-bucket/foo/: NoSuchBucket")
        .says("hint: S3_BUCKET names `no-such-bucket`");
}

#[test]
fn the_region_is_found_when_absent_or_wrong() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .unset("AWS_DEFAULT_REGION")
        .run()
        .exits(0)
        .says(&format!("INFO: The bucket {BUCKET} is in {REGION}"));
    deploy(&world, &site).set("AWS_DEFAULT_REGION", "ap-south-1").run().exits(0).says(&format!(
        "INFO: The bucket {BUCKET} is in {REGION}, not in ap-south-1: AWS_DEFAULT_REGION: '{REGION}'"
    ));
}

#[test]
fn the_result_file_tells_what_was_done() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).set("RESULT_FILE", "out/result.json").run().exits(0);
    let text = fs::read_to_string(site.clone_folder().join("out/result.json")).expect("it is there");
    let result: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    for (field, value) in [("uploaded", 3), ("updated", 0), ("unchanged", 0), ("deleted", 0), ("version", 1)]
    {
        assert_eq!(result[field], value, "{field}");
    }
    assert_eq!(result["successful"], true);
}
