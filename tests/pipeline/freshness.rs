//! Both pipes and the edge: whatever happens on the way, once a build has ended well the edge serves what it built.

use std::fs;
use std::path::Path;
use std::time::Duration;

use local_aws::Origin;
use local_aws::scenario::{BUCKET, Site, Step, World};

const DISTRIBUTION: &str = "E1EXAMPLE";
/// Longer than any step here lives.
const STALLED: Duration = Duration::from_mins(10);

/// A world with a distribution in front of its bucket.
fn world() -> World {
    let world = World::permissive();
    world.cloud.create_distribution(DISTRIBUTION, Origin::new(BUCKET, "").default_root_object("index.html"));
    world
}

/// The first version of a site.
fn site() -> Site {
    Site::empty()
        .with("index.html", "home 1")
        .with("about.html", "about 1")
        .with("gone.html", "gone 1")
        .with("assets/site.css", "style 1")
        .with("assets/logo.svg", "logo 1")
}

/// The second: a page and an asset edited, a page and an asset new, a page gone, the rest as it was.
fn edit(site: &Site) {
    site.write("index.html", "home 2");
    site.write("assets/site.css", "style 2");
    site.write("new.html", "new 2");
    site.write("assets/new.css", "new style 2");
    site.remove("gone.html");
}

const PATHS: [&str; 9] = [
    "/",
    "/index.html",
    "/about.html",
    "/gone.html",
    "/new.html",
    "/assets/site.css",
    "/assets/logo.svg",
    "/assets/new.css",
    "/nowhere.html",
];

fn step(world: &World, site: &Site, pipe: &str, build: &str) -> Step {
    world
        .step(env!("CARGO_BIN_EXE_local-pipeline"), site.clone_folder())
        .argument("__pipe")
        .argument(pipe)
        .set("BITBUCKET_BUILD_NUMBER", build)
        .set("CHANGES_FILE", &format!("changes-{build}.json"))
}

fn deploy(world: &World, site: &Site, build: &str) -> Step {
    step(world, site, "s3-deploy", build)
        .set("S3_BUCKET", BUCKET)
        .set("LOCAL_PATH", "build")
        .set("DELETE_FLAG", "true")
}

fn invalidate(world: &World, site: &Site, build: &str) -> Step {
    step(world, site, "cloudfront-invalidate", build)
        .set("DISTRIBUTION_ID", DISTRIBUTION)
        .set("PATHS", "changed")
}

/// Both pipes of a build, both successful.
fn build(world: &World, site: &Site, build: &str) {
    deploy(world, site, build).run().exits(0);
    invalidate(world, site, build).run().exits(0);
}

/// A visitor sees every page, so that the edge holds what there is now.
fn visit_all(world: &World) {
    for path in PATHS {
        let _ = world.cloud.visit(DISTRIBUTION, path);
    }
}

/// The edge serves exactly what the build folder holds.
#[track_caller]
fn assert_fresh(world: &World, site: &Site, when: &str) {
    for path in PATHS {
        let visit = world.cloud.visit(DISTRIBUTION, path);
        let name = if path == "/" { "index.html" } else { &path[1..] };
        match fs::read_to_string(site.file(name)) {
            Ok(expected) => assert_eq!((visit.status, visit.text()), (200, expected), "{path} {when}"),
            Err(_) => assert!(visit.status >= 400, "{path} is still served {when}: {}", visit.text()),
        }
    }
}

#[test]
fn an_edited_page_is_old_until_it_is_invalidated_and_every_other_page_stays_cached() {
    let (world, site) = (world(), site());
    build(&world, &site, "1");
    visit_all(&world);
    site.write("about.html", "about 2");
    deploy(&world, &site, "2").run().exits(0);
    assert_eq!(world.cloud.visit(DISTRIBUTION, "/about.html").text(), "about 1");
    invalidate(&world, &site, "2").run().exits(0);
    let fresh = world.cloud.visit(DISTRIBUTION, "/about.html");
    assert_eq!((fresh.text().as_str(), fresh.from_cache), ("about 2", false));
    for path in ["/", "/index.html", "/gone.html", "/assets/site.css", "/assets/logo.svg"] {
        assert!(world.cloud.visit(DISTRIBUTION, path).from_cache, "{path} was evicted needlessly");
    }
}

#[test]
fn a_deploy_that_failed_half_way_and_was_run_again_leaves_nothing_stale() {
    let (world, site) = (world(), site());
    build(&world, &site, "1");
    visit_all(&world);
    edit(&site);
    world.cloud.fail("PutObject").on("assets/site.css").with("AccessDenied");
    deploy(&world, &site, "2").run().exits(1);
    visit_all(&world);
    world.cloud.heal();
    build(&world, &site, "2");
    assert_fresh(&world, &site, "after the second run");
}

#[test]
fn an_invalidation_that_failed_is_made_good_by_the_same_step_and_by_the_next_build() {
    for next in ["2", "3"] {
        let (world, site) = (world(), site());
        build(&world, &site, "1");
        visit_all(&world);
        edit(&site);
        world.cloud.fail("CreateInvalidation").with("AccessDenied");
        deploy(&world, &site, "2").run().exits(0);
        invalidate(&world, &site, "2").run().exits(1);
        visit_all(&world);
        world.cloud.heal();
        // A clone of its own: the list of the failed run is not in it.
        let _ = fs::remove_file(site.clone_folder().join("changes-2.json"));
        if next == "3" {
            site.write("about.html", "about 3");
        }
        build(&world, &site, next);
        assert_fresh(&world, &site, next);
    }
}

#[test]
fn a_lost_reply_and_a_second_run_make_one_invalidation() {
    let (world, site) = (world(), site());
    build(&world, &site, "1");
    let before = world.cloud.invalidations(DISTRIBUTION).len();
    visit_all(&world);
    edit(&site);
    deploy(&world, &site, "2").run().exits(0);
    world.cloud.fail("CreateInvalidation").after_work().times(1);
    invalidate(&world, &site, "2").run().exits(0);
    invalidate(&world, &site, "2").run().exits(0);
    assert_eq!(world.cloud.invalidations(DISTRIBUTION).len(), before + 1);
    assert_fresh(&world, &site, "after two runs");
}

#[test]
fn two_deploys_and_two_invalidations_in_one_step() {
    let world = World::permissive();
    let (one, two) = (site(), site());
    for (distribution, prefix) in [("E1EXAMPLE", "/one"), ("E2EXAMPLE", "/two")] {
        let origin = Origin::new(BUCKET, prefix).default_root_object("index.html");
        world.cloud.create_distribution(distribution, origin);
    }
    let list = one.clone_folder().join("both.json");
    let list = list.to_str().expect("UTF-8");
    let run = |number: &str| {
        for (site, prefix) in [(&one, "one"), (&two, "two")] {
            let step = deploy(&world, site, number).set("CHANGES_FILE", list);
            step.set("S3_BUCKET", &format!("{BUCKET}/{prefix}")).run().exits(0);
        }
        for (distribution, prefix) in [("E1EXAMPLE", "one"), ("E2EXAMPLE", "two")] {
            let step = invalidate(&world, &one, number).set("CHANGES_FILE", list);
            let step = step.set("DISTRIBUTION_ID", distribution).set("ORIGIN_PATH", prefix);
            step.set("S3_BUCKET", &format!("{BUCKET}/{prefix}")).run().exits(0);
        }
    };
    run("1");
    let visit = |distribution: &str, path: &str| world.cloud.visit(distribution, path).text();
    for distribution in ["E1EXAMPLE", "E2EXAMPLE"] {
        assert_eq!(visit(distribution, "/about.html"), "about 1");
    }
    one.write("about.html", "about one");
    two.write("index.html", "home two");
    run("2");
    assert_eq!(visit("E1EXAMPLE", "/about.html"), "about one");
    assert_eq!(visit("E2EXAMPLE", "/"), "home two");
    assert!(world.cloud.visit("E2EXAMPLE", "/about.html").from_cache, "another site's page was evicted");
}

/// One place at which a process can die: in the middle of a request, or after its work was done.
struct Point {
    pipe: &'static str,
    operation: &'static str,
    /// So many of these requests are answered before.
    passing: usize,
    /// The request's work is done before the process dies.
    done: bool,
}

const POINTS: [Point; 13] = [
    Point { pipe: "s3-deploy", operation: "AssumeRoleWithWebIdentity", passing: 0, done: false },
    Point { pipe: "s3-deploy", operation: "ListObjectsV2", passing: 0, done: false },
    Point { pipe: "s3-deploy", operation: "GetObject", passing: 0, done: false },
    Point { pipe: "s3-deploy", operation: "PutObject", passing: 0, done: false },
    Point { pipe: "s3-deploy", operation: "PutObject", passing: 1, done: true },
    Point { pipe: "s3-deploy", operation: "PutObject", passing: 2, done: false },
    Point { pipe: "s3-deploy", operation: "PutObject", passing: 3, done: true },
    Point { pipe: "s3-deploy", operation: "DeleteObjects", passing: 0, done: false },
    Point { pipe: "s3-deploy", operation: "DeleteObjects", passing: 0, done: true },
    // The record.
    Point { pipe: "s3-deploy", operation: "PutObject", passing: 4, done: false },
    Point { pipe: "s3-deploy", operation: "PutObject", passing: 4, done: true },
    Point { pipe: "cloudfront-invalidate", operation: "CreateInvalidation", passing: 0, done: false },
    Point { pipe: "cloudfront-invalidate", operation: "CreateInvalidation", passing: 0, done: true },
];

#[test]
fn a_process_killed_anywhere_leaves_nothing_that_the_next_build_does_not_make_good() {
    for (number, point) in POINTS.iter().enumerate() {
        let (world, site) = (world(), site());
        build(&world, &site, "1");
        visit_all(&world);
        edit(&site);
        if point.pipe == "cloudfront-invalidate" {
            deploy(&world, &site, "2").run().exits(0);
        }
        kill_at(&world, &site, point);
        visit_all(&world);
        let _ = fs::remove_file(site.clone_folder().join("changes-2.json"));
        build(&world, &site, "3");
        let when = format!("after being killed at point {number}: {} {}", point.operation, point.passing);
        assert_fresh(&world, &site, &when);
        assert_eq!(keys(&world), files(&site), "{when}");
    }
}

/// Starts the pipe, lets it stall at the point, and kills it there.
fn kill_at(world: &World, site: &Site, point: &Point) {
    world.cloud.clear_requests();
    let Point { operation, passing, .. } = *point;
    if point.done {
        // The reply never comes: what is repeated stalls, so the process is still there to be killed.
        world.cloud.fail(operation).after_work().after(passing).times(1);
        world.cloud.fail(operation).delay(STALLED).after(passing);
    } else {
        world.cloud.fail(operation).delay(STALLED).after(passing);
    }
    let step = match point.pipe {
        "s3-deploy" => deploy(world, site, "2"),
        _ => invalidate(world, site, "2"),
    };
    let mut child = step.command().spawn().expect("the program starts");
    // Long enough to stall. On a machine that is slower it dies a little earlier, which has to be as harmless.
    std::thread::sleep(Duration::from_millis(700));
    assert!(child.try_wait().expect("a child").is_none(), "{operation} {passing} did not stall");
    child.kill().expect("killable");
    child.wait().expect("a child");
    world.cloud.heal();
}

fn keys(world: &World) -> Vec<String> {
    world.keys()
}

fn files(site: &Site) -> Vec<String> {
    fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = format!("{prefix}{}", entry.file_name().to_str().expect("UTF-8"));
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else {
                found.push(name);
            }
        }
    }
    let mut found = Vec::new();
    walk(&site.file(""), "", &mut found);
    found.sort();
    found
}
