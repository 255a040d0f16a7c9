//! Two deploys at once on one prefix: the later one says so and fails, and the record describes what is there.

use std::process::Child;

use local_aws::scenario::{BUCKET, Ended, Site, Step, World};
use local_aws::{Gate, s3::Object};

use super::both::{assert_fresh, build, deploy, edit, invalidate, site, visit_all, world};
use super::killed::files;

const RECORD: &str = ".s3-deploy/record";

/// How the later one ends, whatever the moment at which the other came.
const SAYS: &str = "ERROR: another deploy to s3://site-bucket/ ended while this one ran: what is there now may be of both\n\
                    hint: run this step again when no other deploy is under way; steps with the same `concurrency-group` \
                    never run at the same time\n";

/// A request at which the later deploy waits while the other runs from beginning to end.
const MOMENTS: [(&str, Option<&str>); 6] = [
    ("PutObject", Some("assets/site.css")),
    ("PutObject", Some("assets/new.css")),
    ("PutObject", Some("index.html")),
    ("PutObject", Some("new.html")),
    ("DeleteObjects", None),
    ("PutObject", Some(RECORD)),
];

/// The version of somebody else: a page and an asset that the second version has too, others that it has not.
fn theirs() -> Site {
    let site = site();
    site.write("index.html", "their home");
    site.write("assets/new.css", "their style");
    site.write("about.html", "their about");
    site.write("theirs.html", "their page");
    site.remove("assets/logo.svg");
    site
}

fn begin(step: &Step) -> Child {
    step.command().spawn().expect("the program starts")
}

fn end(child: Child) -> Ended {
    let output = child.wait_with_output().expect("it ends");
    Ended { code: output.status.code(), log: String::from_utf8(output.stdout).expect("a log is UTF-8") }
}

/// Every entry of the record is an object of the bucket, byte for byte.
#[track_caller]
fn assert_described(world: &World, when: &str) {
    let record = world.body(RECORD).expect("a record");
    for (path, size, etag) in s3_deploy::described(&record).expect("a record that can be read") {
        let there = world.cloud.store().object(BUCKET, &path).map(|object| (object.size(), object.etag));
        assert_eq!(there, Some((size, etag)), "{path} is recorded {when}");
    }
}

#[test]
fn the_later_of_two_deploys_at_once_says_so_and_fails_and_its_repetition_finishes() {
    for (operation, about) in MOMENTS {
        for had_record in [true, false] {
            let when = format!("after {operation} {about:?}, with a record before: {had_record}");
            let (world, ours, theirs) = (world(), site(), theirs());
            if had_record {
                build(&world, &ours, "1");
                visit_all(&world);
            } else {
                world.cloud.store().put(BUCKET, "gone.html", Object::new("gone", jiff::Timestamp::now()));
            }
            edit(&ours);
            let gate = Gate::default();
            let fault = world.cloud.fail(operation);
            let fault = match about {
                Some(key) => fault.on(key),
                None => fault,
            };
            fault.held_by(&gate).times(1);
            let later = begin(&deploy(&world, &ours, "2").set("RESULT_FILE", "result.json"));
            gate.reached();
            build(&world, &theirs, "3");
            visit_all(&world);
            gate.open();
            end(later).exits(1).says(SAYS);
            let result = std::fs::read_to_string(ours.clone_folder().join("result.json")).expect("a result");
            assert!(
                result.contains("\"successful\": false") && result.contains("may be of both"),
                "{result}"
            );
            assert_described(&world, &when);
            visit_all(&world);
            build(&world, &ours, "4");
            assert_described(&world, &when);
            assert_eq!(world.keys(), files(&ours), "{when}");
            assert_fresh(&world, &ours, &when);
        }
    }
}

#[test]
fn the_deploy_that_records_first_is_not_the_one_that_fails_although_it_began_later() {
    let (world, ours, theirs) = (world(), site(), theirs());
    build(&world, &ours, "1");
    edit(&ours);
    let (page, record) = (Gate::default(), Gate::default());
    world.cloud.fail("PutObject").on("new.html").held_by(&page).times(1);
    world.cloud.fail("PutObject").on(RECORD).held_by(&record).times(1);
    let first = begin(&deploy(&world, &ours, "2"));
    page.reached();
    let second = begin(&deploy(&world, &theirs, "3"));
    record.reached();
    page.open();
    end(first).exits(0);
    record.open();
    end(second).exits(1).says(SAYS);
    assert_described(&world, "by the second");
}

#[test]
fn a_deploy_that_hears_of_another_before_it_writes_leaves_everything_as_the_other_left_it() {
    let (world, ours, theirs) = (world(), site(), theirs());
    build(&world, &ours, "1");
    edit(&ours);
    // What the record does not know is noted there before it is deleted.
    world.cloud.store().put(BUCKET, "by-hand.html", Object::new("by hand", jiff::Timestamp::now()));
    let gate = Gate::default();
    world.cloud.fail("PutObject").on(RECORD).held_by(&gate).times(1);
    let later = begin(&deploy(&world, &ours, "2"));
    gate.reached();
    build(&world, &theirs, "3");
    let before = world.cloud.store().objects(BUCKET);
    gate.open();
    end(later)
        .exits(1)
        .says("ERROR: another deploy to s3://site-bucket/ has written since this one read what is there; nothing was written\n")
        .says("hint: run this step again");
    assert_eq!(world.cloud.store().objects(BUCKET), before);
    build(&world, &ours, "4");
    assert_fresh(&world, &ours, "after the repetition");
}

#[test]
fn deploys_whose_filters_exclude_each_others_files_do_not_disturb_each_other_at_once() {
    let (world, site) = (world(), site());
    let styles = |build: &str| deploy(&world, &site, build).set("EXTRA_ARGS", "--exclude * --include *.css");
    let others = |build: &str| deploy(&world, &site, build).set("EXTRA_ARGS", "--exclude *.css");
    styles("1").run().exits(0);
    others("1").run().exits(0);
    visit_all(&world);
    edit(&site);
    let gate = Gate::default();
    world.cloud.fail("PutObject").on("index.html").held_by(&gate).times(1);
    let later = begin(&others("2"));
    gate.reached();
    styles("3").run().exits(0);
    gate.open();
    end(later).exits(0);
    assert_described(&world, "by both");
    for number in ["2", "3"] {
        invalidate(&world, &site, number).run().exits(0);
    }
    assert_fresh(&world, &site, "after both");
    world.cloud.clear_requests();
    styles("4").run().exits(0);
    others("4").run().exits(0);
    assert_eq!((world.writes(), world.cloud.count("PutObject")), (0, 0));
}

#[test]
fn a_conflict_that_nobody_caused_is_no_other_deploy() {
    let (world, site) = (world(), site());
    build(&world, &site, "1");
    edit(&site);
    world.cloud.fail("PutObject").on(RECORD).with("ConditionalRequestConflict").times(1);
    deploy(&world, &site, "2").run().exits(0);
    assert_described(&world, "after a conflict");
}
