//! The sum of a failure: how many files are missing and why, and what a log says while requests are repeated.

use local_aws::scenario::{Site, World};

use super::step::deploy;

/// In S3's words, which name each object.
fn denied(key: &str) -> String {
    format!(
        "User: arn:aws:sts::123456789012:assumed-role/Deploy/acme-website-42 is not authorized to perform: s3:PutObject on \
         resource: \"arn:aws:s3:::site-bucket/{key}\" because no identity-based policy allows the s3:PutObject action"
    )
}

#[test]
fn one_refused_file_is_told_apart_from_those_held_back() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.fail("PutObject").on("assets/site.1a2b3c4d.css").with("AccessDenied");
    deploy(&world, &site)
        .run()
        .exits(1)
        .says(
            "ERROR: 1 file could not be uploaded; 1 other was held back, so no page was published and nothing was deleted\n  \
             assets/site.1a2b3c4d.css: AccessDenied: Access Denied (request id ",
        )
        .says("\nhint: run the step again once that is fixed: what has arrived is not sent again");
}

#[test]
fn files_refused_for_one_reason_are_a_few_lines() {
    let (world, site) = (World::permissive(), Site::empty().with("index.html", "<h1>Hello</h1>"));
    let keys: Vec<String> = (0..20).map(|number| format!("{number:02}.css")).collect();
    for key in &keys {
        site.write(key, key.as_str());
        world.cloud.fail("PutObject").on(key).with_error(403, "AccessDenied", &denied(key));
    }
    let step = deploy(&world, &site).set("RESULT_FILE", "result.json");
    let ended = step
        .run()
        .exits(1)
        .says("ERROR: 20 files could not be uploaded; 1 other was held back, so no page was published")
        .says("\n  the same for 19 more: ")
        .says(".css and 16 others\nhint: ");
    assert_eq!(ended.log.matches("is not authorized to perform").count(), 1, "{}", ended.log);
    let result = std::fs::read_to_string(site.clone_folder().join("result.json")).expect("a result");
    assert!(keys.iter().all(|key| result.contains(&format!("site-bucket/{key}"))), "{result}");
    let debug = step.set("DEBUG", "true").run().exits(1);
    assert_eq!(debug.log.matches(".css: AccessDenied: User: ").count(), 20, "{}", debug.log);
}

#[test]
fn a_failed_page_says_that_nothing_was_deleted() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.fail("PutObject").on("index.html").with("AccessDenied");
    deploy(&world, &site)
        .run()
        .exits(1)
        .says("ERROR: 1 file could not be uploaded, so nothing was deleted\n")
        .never_says("no page was published");
}

/// The pauses between the tries are of S3's SDK, a second or so in all.
#[test]
fn a_request_that_is_repeated_for_long_is_named_while_it_is() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.fail("PutObject").on("index.html").with("InternalError").times(5);
    let ended = deploy(&world, &site).run().exits(0).says("WARNING: S3 PutObject failed 4 times in ");
    assert_eq!(ended.log.matches("(HTTP 500, request id ").count(), 1, "{}", ended.log);
}

#[test]
fn a_single_repetition_is_not_worth_a_line() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.fail("PutObject").with("InternalError").times(3);
    deploy(&world, &site).run().exits(0).never_says("WARNING");
}

#[test]
fn a_failure_says_how_often_it_was_tried() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.fail("PutObject").on("index.html").with("InternalError").times(2);
    world.cloud.fail("PutObject").on("index.html").with("AccessDenied");
    deploy(&world, &site)
        .run()
        .exits(1)
        .says("  index.html: AccessDenied: Access Denied, after 3 tries (request id ");
}
