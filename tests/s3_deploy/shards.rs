//! `SHARD`: several steps at once, and the deploy that closes them.

use std::collections::BTreeMap;
use std::process::Child;

use bitbucket_pipe::Environment;
use bitbucket_pipe::changes::{Change, ChangeList, Deploy};
use local_aws::scenario::{Site, Step, World};

use super::step::deploy;

const RECORD: &str = ".s3-deploy/record";
const SHARES: usize = 4;

fn step(world: &World, site: &Site) -> Step {
    deploy(world, site)
        .set("DELETE_FLAG", "true")
        .set("CHANGES_FILE", "changes.json")
        .set("BITBUCKET_BUILD_NUMBER", "7")
}

fn share(world: &World, site: &Site, index: usize) -> Step {
    step(world, site)
        .set("SHARD", "auto")
        .set("BITBUCKET_PARALLEL_STEP", &index.to_string())
        .set("BITBUCKET_PARALLEL_STEP_COUNT", &SHARES.to_string())
}

/// All shares at once, and what they said.
fn all_shares(world: &World, site: &Site) -> Vec<String> {
    let start = |index| share(world, site, index).command().spawn().expect("the program starts");
    let running: Vec<Child> = (0..SHARES).map(start).collect();
    let ended = running.into_iter().map(|child| child.wait_with_output().expect("it ends"));
    let logs = ended.map(|output| {
        let log = String::from_utf8([output.stdout, output.stderr].concat()).expect("a log is UTF-8");
        assert_eq!(output.status.code(), Some(0), "{log}");
        log
    });
    logs.collect()
}

/// How often each key was put, deploy records left out.
fn puts(world: &World) -> BTreeMap<String, usize> {
    let mut puts = BTreeMap::new();
    for request in world.cloud.requests().into_iter().filter(|request| request.operation == "PutObject") {
        *puts.entry(request.key.expect("an object has a key")).or_default() += 1;
    }
    puts.remove(RECORD);
    puts
}

fn list(site: &Site) -> Option<Deploy> {
    let file = site.clone_folder().join("changes.json");
    let build = Environment::from_pairs([("BITBUCKET_BUILD_NUMBER".into(), "7".into())]);
    let deploy = ChangeList::read(&file, &build).ok()?.deploys.pop();
    std::fs::remove_file(file).expect("it was there");
    deploy
}

/// Sixty assets of many sizes and six pages, the first in a list of keys.
fn large(version: &str) -> Site {
    let site = Site::empty();
    for number in 0..60 {
        site.write(&format!("z/{number}.css"), format!("{version}{}", "x".repeat(number * number * 20)));
    }
    for number in 0..6 {
        site.write(&format!("a/{number}.html"), version);
    }
    site
}

#[test]
fn four_shares_at_once_and_the_closing_deploy_upload_everything_once() {
    let (world, site) = (World::permissive(), large("1"));
    let logs = all_shares(&world, &site);
    let assets = puts(&world);
    assert_eq!(assets.len(), 60, "{assets:?}");
    assert!(assets.iter().all(|(key, count)| key.starts_with("z/") && *count == 1), "{assets:?}");
    for (index, log) in logs.iter().enumerate() {
        let said = format!("INFO: Share {} of 4: ", index + 1);
        assert!(log.contains(&said) && !log.contains("uploaded 0,"), "{log}");
    }
    assert!(world.body(RECORD).is_none() && list(&site).is_none());
    step(&world, &site).run().exits(0).says("uploaded 6, updated 0, unchanged 60, deleted 0;");
    assert!(puts(&world).values().all(|count| *count == 1) && puts(&world).len() == 66);
    // What the shares uploaded is in no record yet, so each of these objects is looked at.
    assert_eq!(world.cloud.count("HeadObject"), 60);
    // What was there before is not known without an earlier record.
    assert!(list(&site).expect("a list").difference.incomplete.is_some());
    world.cloud.clear_requests();
    step(&world, &site).run().exits(0).says("Nothing to do");
    assert_eq!((world.cloud.count("PutObject"), world.cloud.count("HeadObject")), (0, 0));
}

#[test]
fn shares_change_headers_of_their_files_and_the_closing_deploy_lists_them() {
    let (world, site) = (World::permissive(), large("1"));
    site.write("_headers", "/z/*\n  Cache-Control: max-age=60\n");
    let with_rules = |step: Step| step.set("HEADERS_FILE", "build/_headers");
    with_rules(step(&world, &site)).run().exits(0).says("uploaded 66");
    list(&site);
    // By clocks of whole seconds, what is written within one of the record's may be what the record describes.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    site.write("_headers", "/z/*\n  Cache-Control: max-age=61\n");
    world.cloud.clear_requests();
    for index in 0..SHARES {
        with_rules(share(&world, &site, index)).run().exits(0).says("uploaded 0, updated 0, other headers 1");
    }
    assert_eq!((world.cloud.count("CopyObject"), world.cloud.count("PutObject")), (60, 0));
    with_rules(step(&world, &site)).run().exits(0).says("Nothing to do");
    assert_eq!((world.cloud.count("CopyObject"), world.cloud.count("HeadObject")), (60, 60));
    let difference = list(&site).expect("a list").difference;
    assert_eq!((difference.paths.len(), difference.incomplete), (60, None));
    assert!(difference.paths.values().all(|change| *change == Change::Headers), "{:?}", difference.paths);
}

#[test]
fn the_closing_deploy_lists_what_the_shares_did_and_deletes_what_they_left() {
    let (world, site) = (World::permissive(), large("1"));
    site.write("old.css", "old");
    step(&world, &site).run().exits(0);
    list(&site);
    let record = world.body(RECORD);
    site.remove("old.css");
    site.write("z/7.css", "edited");
    site.write("z/new.css", "new");
    site.write("z/app.1a2b3c4d.js", "new");
    site.write("a/1.html", "edited");
    world.cloud.clear_requests();
    all_shares(&world, &site);
    assert!(world.body("old.css").is_some());
    assert_eq!((world.cloud.count("DeleteObjects"), world.body(RECORD)), (0, record));
    assert_eq!(world.body("a/1.html").as_deref(), Some(&b"1"[..]));
    step(&world, &site).run().exits(0).says("uploaded 0, updated 1, unchanged 67, deleted 1;");
    let puts: Vec<(String, usize)> = puts(&world).into_iter().collect();
    let expected = ["a/1.html", "z/7.css", "z/app.1a2b3c4d.js", "z/new.css"].map(|key| (key.to_owned(), 1));
    assert_eq!(puts, expected);
    let difference = list(&site).expect("a list").difference;
    assert_eq!(difference.incomplete, None);
    let expected = [
        ("a/1.html", Change::Content),
        ("old.css", Change::Deleted),
        ("z/7.css", Change::Content),
        ("z/app.1a2b3c4d.js", Change::NewFingerprinted),
        ("z/new.css", Change::New),
    ];
    assert_eq!(difference.paths, expected.map(|(path, change)| (path.to_owned(), change)).into());
}

#[test]
fn what_a_share_did_not_do_the_closing_deploy_does() {
    let (world, site) = (World::permissive(), large("1"));
    for index in 1..SHARES {
        share(&world, &site, index).run().exits(0);
    }
    step(&world, &site).run().exits(0);
    assert_eq!(world.keys().len(), 66);
    assert!(puts(&world).values().all(|count| *count == 1));
}

#[test]
fn outside_of_a_parallel_step_a_share_has_to_be_named() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .set("SHARD", "auto")
        .run()
        .exits(2)
        .says("SHARD is `auto`, but BITBUCKET_PARALLEL_STEP and BITBUCKET_PARALLEL_STEP_COUNT do not say")
        .says("hint: put the step below `parallel`");
    assert!(world.cloud.requests().is_empty());
    let named = deploy(&world, &site).set("SHARD", "1/3");
    named.clone().set("RESULT_FILE", "result.json").run().exits(0).says("uploaded 1");
    // A share keeps no record, and so plans no request for it.
    assert_eq!(world.cloud.count("PutObject"), 1);
    assert_eq!(super::plan::result(&site)["plan"]["requests"]["put"], 1);
    named.run().exits(0).says("Share 1 of 3: 1 of 2 files that are no pages");
    let empty = named.set("SHARD", "3/3").run().exits(0);
    empty.says("Share 3 of 3: 0 of 2 files").never_says("WARNING").says("Nothing to do");
}
