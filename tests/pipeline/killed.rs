//! Processes that are killed, at each point of a deploy and an invalidation.

use std::fs;
use std::path::Path;
use std::time::Duration;

use local_aws::scenario::{Site, World};

use super::both::{
    assert_fresh, build, deleted_without_an_answer, deploy, edit, invalidate, site, visit_all, world,
};

/// Longer than any step here lives.
const STALLED: Duration = Duration::from_mins(10);

/// One place at which a process can die: in the middle of a request, or after its work was done.
#[derive(Debug)]
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

/// What the build after the killed one deploys.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// The same as the killed one.
    Same,
    /// What was there before it.
    Reverted,
    /// The same, after a build of the first version was killed in its turn while it deleted.
    RevertedHalfWay,
}

#[test]
fn a_process_killed_anywhere_leaves_nothing_that_the_same_build_does_not_make_good() {
    for point in &POINTS {
        killed_and_then(point, Next::Same);
    }
}

#[test]
fn a_process_killed_anywhere_leaves_nothing_that_a_reverted_build_does_not_make_good() {
    for point in &POINTS {
        killed_and_then(point, Next::Reverted);
    }
}

#[test]
fn a_process_killed_anywhere_and_a_revert_that_failed_leave_nothing_that_the_next_build_does_not_make_good() {
    for point in &POINTS {
        killed_and_then(point, Next::RevertedHalfWay);
    }
}

fn killed_and_then(point: &Point, next: Next) {
    let (world, mut now) = (world(), site());
    build(&world, &now, "1");
    visit_all(&world);
    edit(&now);
    if point.pipe == "cloudfront-invalidate" {
        deploy(&world, &now, "2").run().exits(0);
    }
    kill_at(&world, &now, "2", point);
    visit_all(&world);
    match next {
        Next::Same => {}
        Next::Reverted => now = site(),
        Next::RevertedHalfWay => {
            deleted_without_an_answer(&world);
            // Not every first kill leaves something to delete, so it may also end well.
            let _ = deploy(&world, &site(), "3").run();
            world.cloud.heal();
            visit_all(&world);
        }
    }
    let _ = fs::remove_file(now.clone_folder().join("changes-2.json"));
    build(&world, &now, "4");
    let when = format!("after {point:?}, then {next:?}");
    assert_fresh(&world, &now, &when);
    assert_eq!(world.keys(), files(&now), "{when}");
}

/// Starts the pipe, waits until it stalls at the point, and kills it there.
fn kill_at(world: &World, site: &Site, build: &str, point: &Point) {
    world.cloud.clear_requests();
    let Point { operation, passing, .. } = *point;
    if point.done {
        // The reply never comes: what is repeated stalls, so the process is still there to be killed.
        world.cloud.fail(operation).after_work().after(passing).times(1);
    }
    world.cloud.fail(operation).delay(STALLED).after(passing);
    let step = match point.pipe {
        "s3-deploy" => deploy(world, site, build),
        _ => invalidate(world, site, build),
    };
    let mut child = step.command().spawn().expect("the program starts");
    // The request itself, and the repetition of one whose reply was lost.
    let arrived = passing + if point.done { 2 } else { 1 };
    for _ in 0..2000 {
        if world.cloud.count(operation) >= arrived {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(world.cloud.count(operation) >= arrived, "{point:?} was not reached");
    assert!(child.try_wait().expect("a child").is_none(), "{point:?} did not stall");
    child.kill().expect("killable");
    child.wait().expect("a child");
    world.cloud.heal();
}

pub(crate) fn files(site: &Site) -> Vec<String> {
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
