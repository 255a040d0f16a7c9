//! Buckets of many pages: what is there is found whole and once, however the store lists.

use std::time::Duration;

use jiff::Timestamp;
use local_aws::Request;
use local_aws::s3::{Habit, Object};
use local_aws::scenario::{BUCKET, Site, Step, World};

use super::step::deploy;

/// Files of a site whose bucket has several pages.
const FILES: usize = 3000;
/// Objects that no file tells of.
const IMAGES: usize = 2500;

/// A site, and its bucket with the same files, a folder of others, and one that is to go.
fn large() -> (World, Site) {
    let (world, site) = (World::permissive(), Site::empty());
    let object = |text: &str| Object::new(text.to_owned(), Timestamp::UNIX_EPOCH);
    for number in 0..FILES {
        let path = format!("notes/{number:05} +%.txt");
        site.write(&path, number.to_string());
        world.cloud.store().put(BUCKET, &path, object(&number.to_string()));
    }
    for number in 0..IMAGES {
        world.cloud.store().put(BUCKET, &format!("images/{number:05}.png"), object("kept"));
    }
    world.cloud.store().put(BUCKET, "notes/", object(""));
    world.cloud.store().put(BUCKET, "zz.txt", object("surplus"));
    // The names of the folder are known by the time the first page comes.
    world.cloud.fail("ListObjectsV2").delay(Duration::from_secs(2)).times(1);
    (world, site)
}

/// A deploy of all but the images, which looks at no headers.
fn step(world: &World, site: &Site) -> Step {
    deploy(world, site)
        .set("RECORD", "off")
        .set("DELETE_FLAG", "true")
        .set("EXTRA_ARGS", "--exclude images/*")
}

/// What the whole deploy has to have done.
fn is_done(world: &World) {
    assert_eq!(world.keys().len(), FILES + IMAGES + 1);
    assert_eq!((world.writes(), world.body("zz.txt")), (1, None));
}

fn lists(world: &World) -> Vec<Request> {
    let mut requests = world.cloud.requests();
    requests.retain(|request| request.operation == "ListObjectsV2");
    requests
}

#[test]
fn what_follows_the_first_page_is_listed_at_the_same_time() {
    let (world, site) = large();
    let ended = step(&world, &site).run().exits(0).says("unchanged: 3000");
    is_done(&world);
    let lists = lists(&world);
    ended.says(&format!(" {} LIST, 0 GET and HEAD, 1 DELETE", lists.len()));
    // Six pages, one more for each of three ranges, and one for each time that the images are cut.
    assert!((6..=6 + 3 + 2).contains(&lists.len()), "{}", lists.len());
    let overlap = |one: &Request, other: &Request| one.answered.is_some_and(|end| other.arrived < end);
    assert!(lists[1..].windows(2).any(|pair| overlap(&pair[0], &pair[1])));
}

#[test]
fn a_store_that_lists_in_its_own_way_is_listed_from_page_to_page() {
    for habit in [Habit::IgnoresStartAfter, Habit::RefusesStartAfter, Habit::Unsorted] {
        let (world, site) = large();
        world.cloud.store().set_habit(BUCKET, habit);
        let ended = step(&world, &site).run().exits(0).says("unchanged: 3000");
        is_done(&world);
        ended.says(&format!(" {} LIST,", lists(&world).len()));
    }
}

/// Folder and record both tell where to cut; a store that cannot do it is not asked a second time.
#[test]
fn a_store_that_refuses_ranges_is_asked_for_them_once() {
    let (world, site) = (World::permissive(), Site::empty());
    for number in 0..2500 {
        site.write(&format!("{number:04}.txt"), number.to_string());
    }
    deploy(&world, &site).run().exits(0).says("uploaded 2500");
    world.cloud.store().set_habit(BUCKET, Habit::RefusesStartAfter);
    world.cloud.clear_requests();
    world.cloud.fail("ListObjectsV2").delay(Duration::from_secs(2)).times(1);
    deploy(&world, &site).run().exits(0).says("unchanged 2500");
    let refused = lists(&world).iter().filter(|request| request.status != Some(200)).count();
    // The first page, two ranges, and the other two pages.
    assert_eq!((lists(&world).len(), refused), (5, 2));
}

#[test]
fn a_store_that_repeats_its_first_page_ends_the_deploy() {
    let (world, site) = large();
    world.cloud.store().set_habit(BUCKET, Habit::Repeats);
    step(&world, &site).run().exits(1).says("the same pages of its listing again and again");
    assert_eq!(world.writes(), 0);
}

/// One answer of many gets lost for good: what was asked for at the same time does not count, and nothing is missed.
#[test]
fn a_range_that_cannot_be_listed_costs_requests_and_nothing_else() {
    let (world, site) = large();
    world.cloud.fail("ListObjectsV2").with("AccessDenied").after(3).times(1);
    let ended = step(&world, &site).run().exits(0).says("unchanged: 3000");
    is_done(&world);
    assert!(lists(&world).iter().any(|request| request.status == Some(403)));
    ended.says(&format!(" {} LIST,", lists(&world).len()));
}

/// The region is wrong: the first page says so, and all that follow are asked for in the right one.
#[test]
fn many_pages_in_another_region() {
    let (world, site) = large();
    let ended = step(&world, &site).set("AWS_DEFAULT_REGION", "us-east-1").run().exits(0);
    ended.says("is in eu-west-1, not in us-east-1").says("unchanged: 3000");
    is_done(&world);
}

/// The deploy's own reader of pages takes over with the first reply that looks like a success.
#[test]
fn what_only_looks_like_a_page_is_asked_for_again_and_a_refusal_then_is_told() {
    let site = Site::small();
    for (first, second, code, words) in [
        ("error", None, 0, "uploaded 3"),
        ("torn", None, 0, "uploaded 3"),
        ("error", Some("AccessDenied"), 1, "AccessDenied"),
        ("torn", Some("AccessDenied"), 1, "AccessDenied"),
    ] {
        let world = World::permissive();
        let fault = world.cloud.fail("ListObjectsV2");
        match first {
            "error" => fault.in_success("InternalError").times(1),
            _ => fault.cut().times(1),
        };
        if let Some(refusal) = second {
            world.cloud.fail("ListObjectsV2").with(refusal);
        }
        let ended = deploy(&world, &site).run().exits(code).says(words);
        assert_eq!(world.cloud.count("ListObjectsV2"), 2, "{first} {second:?}: {}", ended.log);
        assert_eq!(world.keys().len(), if code == 0 { 3 } else { 0 });
        if code == 1 {
            ended.says("request id").says("s3:ListBucket");
        }
    }
}
