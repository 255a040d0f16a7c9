//! How a deploy compares, what it says, and deploys that are only rehearsed.

use std::fs::File;
use std::time::{Duration, SystemTime};

use local_aws::scenario::{Site, World};

use super::step::{deploy, object};

fn touch(site: &Site, path: &str, time: SystemTime) {
    let file = File::options().append(true).open(site.file(path)).expect("a file");
    file.set_modified(time).expect("touched");
}

#[test]
fn a_dry_run_tells_the_plan_with_its_reasons_and_writes_nothing() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).run().exits(0);
    site.write("index.html", "changed");
    site.write("new.css", "new");
    world.cloud.store().put("site-bucket", "old.html", object("old"));
    let before = world.cloud.store().object("site-bucket", ".s3-deploy/record");
    world.cloud.clear_requests();
    let step = deploy(&world, &site)
        .set("DELETE_FLAG", "true")
        .set("CHANGES_FILE", "changes.json")
        .set("RESULT_FILE", "result.json");
    for step in [step.clone().set("DRY_RUN", "true"), step.clone().set("EXTRA_ARGS", "--dryrun")] {
        step.run()
            .exits(0)
            .says("(dryrun) upload: build/index.html to s3://site-bucket/index.html (size differs from ")
            .says("(dryrun) upload: build/new.css to s3://site-bucket/new.css (new)")
            .says("(dryrun) delete: s3://site-bucket/old.html (not in build)")
            .says("\u{2714} Dry run: nothing was written.")
            .never_says("\nupload: ");
    }
    step.set("EXTRA_ARGS", "--dryrun --quiet").run().exits(0).never_says("(dryrun)");
    assert_eq!(
        (world.writes(), world.cloud.count("PutObject"), world.cloud.count("DeleteObjects")),
        (0, 0, 0)
    );
    assert_eq!(world.cloud.store().object("site-bucket", ".s3-deploy/record"), before);
    assert!(world.body("old.html").is_some() && world.body("new.css").is_none());
    assert!(!site.clone_folder().join("changes.json").exists(), "what is not done is not handed over");
    let result = std::fs::read_to_string(site.clone_folder().join("result.json")).expect("a result");
    assert!(result.contains("\"dry_run\": true") || result.contains("\"dry_run\":true"), "{result}");
}

#[test]
fn what_is_not_asked_for_is_not_said_but_mistakes_are() {
    for flag in ["--quiet", "--only-show-errors"] {
        let (world, site) = (World::permissive(), Site::small());
        let step = deploy(&world, &site).set("EXTRA_ARGS", flag);
        step.run().exits(0).never_says("upload: ").says("uploaded 3");
        site.write("new.css", "new");
        world.cloud.fail("PutObject").on("new.css").with("AccessDenied");
        step.run().exits(1).says("ERROR: ").says("new.css");
    }
}

#[test]
fn by_size_an_edit_of_the_same_length_is_not_seen() {
    for (name, value) in [("COMPARE", "size"), ("EXTRA_ARGS", "--size-only")] {
        let (world, site) = (World::permissive(), Site::small());
        site.write("a.txt", "one");
        site.write("b.txt", "one");
        deploy(&world, &site).run().exits(0);
        site.write("a.txt", "two");
        site.write("b.txt", "three");
        deploy(&world, &site).set(name, value).run().exits(0).says("updated 1");
        assert_eq!(world.body("a.txt").as_deref(), Some(&b"one"[..]));
        assert_eq!(world.body("b.txt").as_deref(), Some(&b"three"[..]));
    }
}

#[test]
fn by_time_a_newer_file_is_sent_again_and_an_older_one_is_not_seen() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("a.txt", "one");
    site.write("b.txt", "one");
    deploy(&world, &site).run().exits(0);
    site.write("a.txt", "two");
    touch(&site, "a.txt", SystemTime::UNIX_EPOCH);
    touch(&site, "index.html", SystemTime::UNIX_EPOCH);
    touch(&site, "assets/site.1a2b3c4d.css", SystemTime::UNIX_EPOCH);
    touch(&site, "images/Caf\u{e9} + 100%.svg", SystemTime::UNIX_EPOCH);
    touch(&site, "b.txt", SystemTime::now() + Duration::from_hours(1));
    deploy(&world, &site)
        .set("COMPARE", "mtime")
        .run()
        .exits(0)
        .says("b.txt (newer)")
        .says("updated 1, unchanged 4");
    assert_eq!(world.body("a.txt").as_deref(), Some(&b"one"[..]));
}

#[test]
fn by_force_everything_is_sent_again() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).run().exits(0);
    let step = deploy(&world, &site).set("FORCE", "true").set("COMPARE", "size");
    step.run().exits(0).says("index.html (forced)").says("updated 3, unchanged 0");
}

#[cfg(unix)]
#[test]
fn links_are_followed_unless_that_is_turned_off() {
    let (world, site) = (World::permissive(), Site::small());
    std::os::unix::fs::symlink("index.html", site.file("linked.html")).expect("a link");
    let step = deploy(&world, &site);
    step.clone()
        .set("EXTRA_ARGS", "--no-follow-symlinks")
        .run()
        .exits(0)
        .says("INFO: Left out, as --no-follow-symlinks asks: ")
        .says("uploaded 3");
    step.run().exits(0).says("uploaded 1");
    assert_eq!(world.body("linked.html"), world.body("index.html"));
}
