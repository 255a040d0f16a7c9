//! How fast requests are sent: as a store takes them, or as many at once as the user says. Times are never asserted.

use std::time::Duration;

use local_aws::scenario::{BUCKET, Site, World};

use super::step::deploy;

/// A bucket as far away as S3 is from a build in its region.
fn world() -> World {
    let world = World::permissive();
    world.cloud.latency(Duration::from_millis(30));
    world
}

fn site(files: usize) -> Site {
    let site = Site::empty();
    for number in 0..files {
        site.write(&format!("{}/{number}.txt", number % 10), number.to_string());
    }
    site
}

/// How many requests were in flight together at most, of these operations.
fn most_in_flight(world: &World, operations: &[&str]) -> usize {
    let requests = world.cloud.requests();
    let mut moments: Vec<(u64, bool)> = requests
        .iter()
        .filter(|request| operations.contains(&request.operation.as_str()))
        .flat_map(|request| [(request.arrived, true), (request.answered.unwrap_or(u64::MAX), false)])
        .collect();
    moments.sort_unstable();
    let in_flight = moments.iter().scan(0_usize, |count, (_, begins)| {
        *count = if *begins { *count + 1 } else { *count - 1 };
        Some(*count)
    });
    in_flight.max().unwrap_or_default()
}

/// Deploys to a store that takes so many uploads a second: nothing is lost, and few requests are refused; how many.
///
/// How few depends on the machine that runs this: exactly, the limiter's own tests say it in simulated time, and the
/// benchmark measures it. Here it is what tells a paced deploy from one that is not, which has a fifth of its requests
/// refused at 300 a second, and at 30 loses files.
fn refused_by_a_busy_store(per_second: u32, files: usize) -> usize {
    let (world, site) = (world(), site(files));
    world.cloud.throttle("PutObject", per_second);
    deploy(&world, &site).run().exits(0);
    let throttled = world.cloud.throttled("PutObject");
    assert_eq!(world.keys().len(), files);
    // The record is one more.
    assert_eq!(throttled.accepted, files + 1);
    assert!(throttled.rejected * 8 < throttled.accepted + throttled.rejected, "{throttled:?}");
    throttled.rejected
}

#[test]
fn a_store_that_takes_300_uploads_a_second_refuses_few() {
    // None, where the machine that runs this is slower than the store.
    refused_by_a_busy_store(300, 2000);
}

#[test]
fn a_store_that_takes_30_uploads_a_second_refuses_few() {
    assert!(refused_by_a_busy_store(30, 900) > 0, "it proves nothing");
}

/// Ten refusals in a row would be the end of a file.
#[test]
fn a_store_that_takes_nothing_for_a_while_loses_nothing() {
    let (world, site) = (world(), site(200));
    let _ = world.cloud.fail("PutObject").with("SlowDown").times(40);
    deploy(&world, &site).run().exits(0).says("uploaded 200");
    assert_eq!(world.keys().len(), 200);
}

#[test]
fn concurrency_is_the_number_of_requests_in_flight() {
    // On a busy machine not all of them come together; more than the usual number to begin with would.
    for (concurrency, expected) in [("1", 1..=1), ("7", 2..=7)] {
        let (world, site) = (world(), site(60));
        deploy(&world, &site).set("CONCURRENCY", concurrency).run().exits(0);
        let most = most_in_flight(&world, &["PutObject"]);
        assert!(expected.contains(&most), "{most} with CONCURRENCY={concurrency}");
        world.cloud.clear_requests();
        // Without a record every object's headers are looked at.
        world.cloud.store().remove(BUCKET, ".s3-deploy/record").expect("the first deploy wrote it");
        deploy(&world, &site).set("CONCURRENCY", concurrency).run().exits(0);
        let most = most_in_flight(&world, &["HeadObject"]);
        assert!(expected.contains(&most), "{most} with CONCURRENCY={concurrency}");
    }
}

#[test]
fn every_request_of_an_upload_in_parts_counts() {
    const IN_PARTS: [&str; 3] = ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"];
    let (world, site) = (world(), Site::empty());
    for name in ["one.mp4", "other.mp4"] {
        site.write(name, vec![1; 9 << 20]);
    }
    deploy(&world, &site).set("CONCURRENCY", "1").run().exits(0);
    assert_eq!(most_in_flight(&world, &IN_PARTS), 1);
}

#[test]
fn large_files_begin_first_and_pages_still_come_last() {
    let (world, site) = (World::permissive(), site(3));
    site.write("9/large.bin", vec![1; 2 << 20]);
    site.write("9/larger.bin", vec![2; 3 << 20]);
    site.write("0/page.html", vec![b' '; 4 << 20]);
    deploy(&world, &site).set("CONCURRENCY", "1").run().exits(0);
    let requests = world.cloud.requests();
    let puts = requests.iter().filter(|request| request.operation == "PutObject");
    let keys: Vec<&str> = puts.filter_map(|request| request.key.as_deref()).collect();
    let expected = ["9/larger.bin", "9/large.bin", "0/0.txt", "1/1.txt", "2/2.txt", "0/page.html"];
    assert_eq!(keys[..6], expected);
}

#[test]
fn left_alone_it_is_more_than_a_few() {
    let (world, site) = (world(), site(600));
    deploy(&world, &site).run().exits(0);
    let most = most_in_flight(&world, &["PutObject"]);
    assert!((17..=256).contains(&most), "{most}");
}

#[test]
fn a_concurrency_that_is_none_is_a_mistake_and_nothing_is_sent() {
    let (world, site) = (world(), site(1));
    for wrong in ["0", "-1", "1001", "many"] {
        deploy(&world, &site)
            .set("CONCURRENCY", wrong)
            .run()
            .exits(2)
            .says("CONCURRENCY must be a number from 1 to 1000");
    }
    assert_eq!(world.cloud.requests().len(), 0);
}
