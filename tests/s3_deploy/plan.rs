//! The plan to read: in the log, and whole in the result file.

use local_aws::scenario::{Site, World};
use serde_json::{Value, json};

use super::step::deploy;

pub(super) fn result(site: &Site) -> Value {
    let text = std::fs::read_to_string(site.clone_folder().join("result.json")).expect("a result");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_dry_run_and_the_deploy_that_follows_tell_the_same_plan() {
    let (world, site) = (World::permissive(), Site::small());
    let step = deploy(&world, &site).set("RESULT_FILE", "result.json").set("DELETE_FLAG", "true");
    step.run().exits(0);
    site.write(
        "index.html",
        "longer than it was before, and so of another size, which is all that it takes to tell",
    );
    site.write("new.css", "new");
    site.remove("images/Caf\u{e9} + 100%.svg");
    let step = step.set("CACHE_CONTROL", "no-cache");
    let told = |step: &local_aws::scenario::Step| {
        world.cloud.clear_requests();
        let ended = step.run().exits(0);
        let requests = ended.log.lines().find(|line| line.contains("Requests: ")).expect("a line").to_owned();
        (requests, result(&site))
    };
    let (dry_line, dry) = told(&step.clone().set("DRY_RUN", "true"));
    let (line, done) = told(&step);
    assert_eq!((&dry["plan"], &dry_line), (&done["plan"], &line));
    assert_eq!(
        (&dry["dry_run"], &dry["successful"], &dry["uploaded"]),
        (&json!(true), &json!(true), &json!(0))
    );
    assert_eq!(
        (&done["dry_run"], &done["uploaded"], &done["headers_changed"]),
        (&json!(false), &json!(1), &json!(1))
    );
    let plan = &done["plan"];
    assert_eq!(plan["deletions"], json!(["images/Caf\u{e9} + 100%.svg"]));
    let uploads: Vec<(&str, &str)> = plan["uploads"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|upload| {
            (upload["path"].as_str().expect("a path"), upload["action"].as_str().expect("an action"))
        })
        .collect();
    let expected = [("assets/site.1a2b3c4d.css", "headers"), ("new.css", "upload"), ("index.html", "upload")];
    assert_eq!(uploads, expected);
    let changes = json!([{ "name": "Cache-Control", "from": null, "to": "no-cache" }]);
    assert_eq!(plan["uploads"][0]["headers"], changes);
    // What was told is what was asked of S3.
    let made = ["ListObjectsV2", "GetObject", "HeadObject", "PutObject", "CopyObject", "DeleteObjects"]
        .map(|operation| world.cloud.count(operation));
    let planned =
        ["list", "get", "head", "put", "copy", "delete"].map(|kind| plan["requests"][kind].as_u64());
    assert_eq!(planned, made.map(|count| Some(count as u64)));
    assert!(line.contains("3 PUT, 1 COPY, 1 LIST, 1 GET and HEAD, 1 DELETE; $0.0001"), "{line}");
}

#[test]
fn ten_thousand_changes_are_told_by_folders_and_each_is_in_the_result_file() {
    const FILES: usize = 10_000;
    let (world, site) = (World::permissive(), Site::empty());
    for number in 0..FILES {
        site.write(&format!("blog/{}/{}/{number}.html", number % 4, number % 100), "x");
    }
    let step = deploy(&world, &site).set("RESULT_FILE", "result.json").set("DRY_RUN", "true");
    let ended = step.run().exits(0).says("s3://site-bucket/blog/3/: 2500 new").says("is in ");
    assert!(ended.log.lines().count() < 30, "{}", ended.log);
    assert_eq!(result(&site)["plan"]["uploads"].as_array().map(Vec::len), Some(FILES));
}

#[test]
fn debug_tells_of_each_file_what_it_is_sent_as() {
    let (world, site) = (World::permissive(), Site::small().with("LICENSE", "MIT"));
    let step = deploy(&world, &site).set("DEBUG", "true").set("DRY_RUN", "true");
    step.run()
        .exits(0)
        .says("index.html: page, text/html, new")
        .says("assets/site.1a2b3c4d.css: asset, text/css, new")
        .says("LICENSE: asset, no content type, new");
    step.set("EXTRA_ARGS", "--content-type text/plain")
        .run()
        .exits(0)
        .says("index.html: page, text/plain, new");
}
