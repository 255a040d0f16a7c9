//! `DELETE_GRACE`: fingerprinted files that left the build stay for a while.

use std::thread::sleep;
use std::time::Duration;

use local_aws::scenario::{BUCKET, Site, Step, World};
use oidc_auth::policy::Statement;
use serde_json::json;

use super::step::deploy;

const RECORD: &str = ".s3-deploy/record";
const OLD: &str = "assets/site.1a2b3c4d.css";
const NEW: &str = "assets/site.9f8e7d6c.css";

/// The second build: another style, and a picture without a fingerprint less.
fn rebuild(site: &Site) {
    site.remove(OLD);
    site.write(NEW, "h1 { color: plum }");
    site.write("index.html", format!("<link rel=stylesheet href={NEW}><h1>Hello</h1>"));
}

/// The first build again.
fn roll_back(site: &Site) {
    site.remove(NEW);
    site.write(OLD, "h1 { color: teal }");
    site.write("index.html", format!("<link rel=stylesheet href={OLD}><h1>Hello</h1>"));
}

fn graceful(world: &World, site: &Site, grace: &str) -> Step {
    deploy(world, site).set("DELETE_FLAG", "true").set("DELETE_GRACE", grace)
}

/// Longer than a grace of a second: as much later, clocks of whole seconds are one further.
fn outlast_a_second() {
    sleep(Duration::from_millis(1100));
}

#[test]
fn a_fingerprinted_file_that_left_the_build_is_kept_and_others_are_not() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("plain.css", "no fingerprint");
    let step = graceful(&world, &site, "7d");
    step.run().exits(0);
    rebuild(&site);
    site.remove("plain.css");
    step.clone()
        .set("DRY_RUN", "true")
        .set("RESULT_FILE", "result.json")
        .run()
        .exits(0)
        .says("(dryrun) delete: s3://site-bucket/plain.css")
        .says("(dryrun) keep: s3://site-bucket/assets/site.1a2b3c4d.css (left the build, to be deleted after 20");
    let kept = &super::plan::result(&site)["plan"]["kept"];
    assert_eq!((&kept[0]["path"], &kept[0]["left"], kept[1].is_null()), (&json!(OLD), &json!(null), true));
    assert!(kept[0]["until"].as_str().is_some_and(|time| time.starts_with("20")), "{kept}");
    // What is kept does not count among what MAX_DELETE allows.
    step.clone()
        .set("MAX_DELETE", "1")
        .run()
        .exits(0)
        .says("INFO: Kept for now, as DELETE_GRACE asks: 1 fingerprinted file that left the build, the first until 20")
        .says("uploaded 1, updated 1, unchanged 1, deleted 1, kept 1;");
    assert!(world.body(OLD).is_some() && world.body("plain.css").is_none());
    // Once that is noted, an unchanged build sends nothing.
    for _ in 0..2 {
        world.cloud.clear_requests();
        step.run().exits(0).says("deleted 0, kept 1;");
        assert_eq!((world.cloud.count("PutObject"), world.writes()), (0, 0));
    }
    step.set("DELETE_GRACE", "0").run().exits(0).says("deleted 1;");
    assert!(world.body(OLD).is_none());
}

#[test]
fn the_next_deploy_after_its_time_deletes_it() {
    let (world, site) = (World::permissive(), Site::small());
    let step = graceful(&world, &site, "1s");
    step.run().exits(0);
    outlast_a_second();
    // However long ago the last deploy was that had it, its time begins when it is first missed.
    rebuild(&site);
    step.run().exits(0).says("deleted 0, kept 1;");
    outlast_a_second();
    step.run().exits(0).says("deleted 1;");
    assert!(world.body(OLD).is_none());
    world.cloud.clear_requests();
    step.run().exits(0).says("deleted 0;");
    assert_eq!(world.cloud.count("PutObject"), 0);
}

#[test]
fn a_file_that_came_back_has_its_whole_time_again() {
    let (world, site) = (World::permissive(), Site::small());
    let step = graceful(&world, &site, "1s");
    step.run().exits(0);
    rebuild(&site);
    step.run().exits(0).says("kept 1;");
    roll_back(&site);
    step.run().exits(0).says("uploaded 0, updated 1").says("kept 1;");
    outlast_a_second();
    rebuild(&site);
    step.run().exits(0).says("deleted 0, kept 1;");
    assert!(world.body(OLD).is_some());
}

/// Some of its pages were published, and somebody may still look at them.
#[test]
fn a_file_that_came_back_in_a_deploy_that_failed_has_its_whole_time_again() {
    let (world, site) = (World::permissive(), Site::small());
    let step = graceful(&world, &site, "1s");
    step.run().exits(0);
    rebuild(&site);
    step.run().exits(0).says("kept 1;");
    outlast_a_second();
    roll_back(&site);
    site.write("about.html", "a page that does not arrive");
    world.cloud.fail("PutObject").on("about.html").with("AccessDenied");
    step.run().exits(1);
    world.cloud.heal();
    site.remove("about.html");
    rebuild(&site);
    step.run().exits(0).says("deleted 0, kept 1;");
}

#[test]
fn without_a_record_its_time_begins_anew() {
    let (world, site) = (World::permissive(), Site::small());
    let step = graceful(&world, &site, "1s");
    step.run().exits(0);
    rebuild(&site);
    step.run().exits(0).says("kept 1;");
    outlast_a_second();
    world.cloud.store().remove(BUCKET, RECORD);
    step.run().exits(0).says("deleted 0, kept 1;");
    outlast_a_second();
    step.run().exits(0).says("deleted 1;");
}

/// Nothing else changed, or another deploy wrote the record at the same time: the time begins all the same.
#[test]
fn what_left_is_noted_whatever_else_happens() {
    for is_overtaken in [false, true] {
        let (world, site) = (World::permissive(), Site::small());
        let step = graceful(&world, &site, "1s");
        step.run().exits(0);
        site.remove(OLD);
        if is_overtaken {
            world.cloud.fail("PutObject").on(RECORD).with("PreconditionFailed").times(1);
        }
        step.run().exits(0).says("unchanged 2, deleted 0, kept 1;");
        outlast_a_second();
        step.run().exits(0).says("deleted 1;");
    }
}

#[test]
fn deploys_with_other_filters_leave_the_times_alone() {
    let (world, site) = (World::permissive(), Site::small());
    let step = graceful(&world, &site, "1s");
    let styles = step.clone().set("EXTRA_ARGS", "--exclude * --include *.css");
    let others = step.set("EXTRA_ARGS", "--exclude *.css");
    styles.run().exits(0);
    others.run().exits(0);
    rebuild(&site);
    styles.run().exits(0).says("kept 1;");
    others.run().exits(0).says("updated 1").says("deleted 0;");
    world.cloud.clear_requests();
    others.run().exits(0).says("deleted 0;");
    assert_eq!(world.cloud.count("PutObject"), 0);
    outlast_a_second();
    others.run().exits(0).says("deleted 0;");
    styles.run().exits(0).says("deleted 1;");
}

#[test]
fn a_role_that_may_not_read_the_record_keeps_the_file_and_is_told() {
    let site = Site::small();
    let deny = Statement::deny(&["s3:GetObject"], &["*"]);
    let world = World::with_permissions(vec![Statement::allow(&["*"], &["*"]), deny]);
    let step = graceful(&world, &site, "1s");
    step.run().exits(0);
    rebuild(&site);
    for _ in 0..2 {
        outlast_a_second();
        step.run().exits(0).says("WARNING: DELETE_GRACE counts from the deploy record, which cannot be read");
    }
    assert!(world.body(OLD).is_some());
    step.set("RECORD", "off").run().exits(2).says("DELETE_GRACE needs the deploy record");
}
