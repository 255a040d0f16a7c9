//! Sequences of builds in which what an edge holds was never part of a deploy that ended well.

use std::time::Duration;

use local_aws::Origin;
use local_aws::scenario::{BUCKET, World};

use super::both::{
    DISTRIBUTION, assert_fresh, build, deleted_without_an_answer, deploy, site, visit_all, world,
};

#[test]
fn what_one_failed_run_added_and_another_deleted_is_forgotten_by_the_edge() {
    let (world, site) = (world(), site());
    build(&world, &site, "1");
    site.write("new.html", "new 2");
    site.write("assets/site.css", "style 2");
    site.write("index.html", "home 2");
    world.cloud.fail("PutObject").on("index.html").with("AccessDenied");
    deploy(&world, &site, "2").run().exits(1);
    assert_eq!(world.cloud.visit(DISTRIBUTION, "/new.html").text(), "new 2");
    world.cloud.heal();
    site.remove("new.html");
    deleted_without_an_answer(&world);
    deploy(&world, &site, "3").run().exits(1);
    assert_eq!(world.body("new.html"), None, "the work was done, the reply lost");
    world.cloud.heal();
    build(&world, &site, "4");
    assert_fresh(&world, &site, "after the fourth build");
}

#[test]
fn bytes_that_came_and_went_between_two_records_are_noticed_by_their_time() {
    let (world, site) = (world(), site());
    // The bucket was filled before there was a record, so the record knows nothing but the listing.
    deploy(&world, &site, "1").set("RECORD", "off").run().exits(0);
    build(&world, &site, "2");
    let fails_elsewhere = |number: &str, about: &str| {
        site.write("about.html", about);
        site.write("index.html", format!("home {number}"));
        world.cloud.fail("PutObject").on("index.html").with("AccessDenied");
        // S3 tells the time of an object in seconds.
        std::thread::sleep(Duration::from_millis(2100));
        deploy(&world, &site, number).run().exits(1);
        world.cloud.heal();
    };
    fails_elsewhere("3", "about 2");
    visit_all(&world);
    fails_elsewhere("4", "about 1");
    site.write("index.html", "home 1");
    build(&world, &site, "5");
    assert_fresh(&world, &site, "after the fifth build");
}

/// A file that a revert brings back.
const HASHED: &str = "assets/app.1a2b3c4d.js";

#[test]
fn a_fingerprinted_file_that_a_revert_brings_back_is_invalidated() {
    let (world, site) = (World::permissive(), site());
    let origin = Origin::new(BUCKET, "").default_root_object("index.html");
    world.cloud.create_distribution(DISTRIBUTION, origin.error_caching(Duration::from_hours(1)));
    site.write(HASHED, "script 1");
    build(&world, &site, "1");
    site.remove(HASHED);
    site.write("assets/app.99aabbcc.js", "script 2");
    build(&world, &site, "2");
    // A page that is still open in a browser asks for it.
    assert!(world.cloud.visit(DISTRIBUTION, "/assets/app.1a2b3c4d.js").status >= 400);
    site.write(HASHED, "script 1");
    site.remove("assets/app.99aabbcc.js");
    build(&world, &site, "3");
    let back = world.cloud.visit(DISTRIBUTION, "/assets/app.1a2b3c4d.js");
    assert_eq!((back.status, back.text().as_str()), (200, "script 1"));
}

#[test]
fn a_fingerprint_that_comes_back_with_other_bytes_is_invalidated_although_its_end_was_not() {
    let (world, site) = (world(), site());
    let edge = |path: &str| world.cloud.visit(DISTRIBUTION, path).text();
    site.write(HASHED, "script 1");
    build(&world, &site, "1");
    assert_eq!(edge("/assets/app.1a2b3c4d.js"), "script 1");
    site.remove(HASHED);
    site.write("index.html", "home 2");
    build(&world, &site, "2");
    assert_eq!(edge("/assets/app.1a2b3c4d.js"), "script 1", "nobody paid for its end");
    site.write(HASHED, "script 3");
    build(&world, &site, "3");
    assert_eq!(edge("/assets/app.1a2b3c4d.js"), "script 3");
}
