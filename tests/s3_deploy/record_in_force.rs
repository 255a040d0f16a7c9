//! What the deploy record saves, and what it costs when it is not there.

use local_aws::s3::{Algorithm, Checksum, ChecksumType, Encryption, Object};
use local_aws::scenario::{BUCKET, Site, World};
use md5::{Digest as _, Md5};

use super::step::{deploy, object};

const RECORD: &str = ".s3-deploy/record";

/// GET, LIST, HEAD and PUT requests, the record's among them.
fn requests(world: &World) -> [usize; 4] {
    ["GetObject", "ListObjectsV2", "HeadObject", "PutObject"].map(|operation| world.cloud.count(operation))
}

#[test]
fn an_unchanged_site_of_9999_files_is_one_get_and_ten_pages() {
    let (world, site) = (World::permissive(), Site::empty());
    for number in 0..9999 {
        site.write(&format!("{}/{number}.txt", number % 100), number.to_string());
    }
    let step = deploy(&world, &site);
    step.run().exits(0).says("uploaded 9999");
    world.cloud.clear_requests();
    step.run().exits(0).says("Nothing to do at s3://site-bucket/: 9999 files unchanged");
    assert_eq!(requests(&world), [1, 10, 0, 0]);
    assert_eq!(world.cloud.requests().iter().filter(|request| request.bucket.is_some()).count(), 11);
    world.cloud.store().put(BUCKET, "7/7.txt", object("8"));
    world.cloud.clear_requests();
    step.run().exits(0).says("7.txt (content differs)").says("updated 1, unchanged 9998");
    assert_eq!((world.writes(), world.body("7/7.txt")), (1, Some(b"7".to_vec())));
}

#[test]
fn a_record_that_is_no_help_costs_a_look_at_each_file_and_nothing_else() {
    let (world, site) = (World::permissive(), Site::small());
    let step = deploy(&world, &site);
    step.run().exits(0);
    let whole = world.cloud.store().object(BUCKET, RECORD).expect("a record").body;
    let torn = whole[..whole.len() / 2].to_vec();
    for body in [None, Some(torn), Some(b"<html>".to_vec()), Some(b"s3-deploy record 99\nx".to_vec())] {
        match &body {
            None => drop(world.cloud.store().remove(BUCKET, RECORD)),
            Some(body) => {
                let record = Object::new(body.clone(), jiff::Timestamp::now());
                world.cloud.store().put(BUCKET, RECORD, record);
            }
        }
        world.cloud.clear_requests();
        step.run().exits(0).says("unchanged 3");
        // The one PUT is the new record.
        assert_eq!((requests(&world), world.writes()), ([1, 1, 3, 1], 0), "{body:?}");
        world.cloud.clear_requests();
        step.run().exits(0).says("unchanged 3");
        assert_eq!(requests(&world), [1, 1, 0, 0], "{body:?}");
    }
}

#[test]
fn a_bucket_that_refuses_the_record_is_deployed_to_and_says_what_is_slower() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.fail("PutObject").on(RECORD).with("AccessDenied");
    for _ in 0..2 {
        let ended =
            deploy(&world, &site).run().exits(0).says("looks at each object that is not in its record");
        assert_eq!(ended.log.matches("The deploy record").count(), 1, "{}", ended.log);
    }
    assert_eq!(world.keys().len(), 3);
}

/// An object as another tool uploads it in parts of this size.
fn in_parts(body: &[u8], part_size: usize) -> Object {
    let md5s: Vec<u8> = body.chunks(part_size).flat_map(|part| Md5::digest(part).to_vec()).collect();
    let hex: Vec<String> = Md5::digest(&md5s).iter().map(|byte| format!("{byte:02x}")).collect();
    Object {
        etag: format!("{}-{}", hex.concat(), body.len().div_ceil(part_size)),
        part_sizes: body.chunks(part_size).map(|part| part.len() as u64).collect(),
        content_type: Some("video/mp4".to_owned()),
        ..Object::new(body.to_vec(), jiff::Timestamp::now())
    }
}

#[test]
fn parts_of_any_size_and_keys_of_kms_are_recognised_and_nothing_is_sent() {
    const MIB: usize = 1 << 20;
    let film: Vec<u8> = (0..=250).cycle().take(20 * MIB).collect();
    // What S3 keeps of an upload in parts that announced no checksum of the whole.
    let composite =
        Checksum { algorithm: Algorithm::Crc32, value: "AAAAAA==-4".into(), kind: ChecksumType::Composite };
    let kms = Encryption::Kms { key: None, dual_layer: false, bucket_key: false, context: None };
    for part_size in [5 * MIB, 8 * MIB, 16 * MIB] {
        let plain = in_parts(&film, part_size);
        let rows = [
            ("a checksum of all", plain.clone(), true),
            ("a checksum of its parts", Object { checksum: composite.clone(), ..plain.clone() }, true),
            ("KMS", Object { etag: format!("{}-4", "0".repeat(32)), encryption: kms.clone(), ..plain }, true),
            ("other bytes", in_parts(&vec![1; 20 * MIB], part_size), false),
        ];
        for (what, object, is_known) in rows {
            let (world, site) = (World::permissive(), Site::empty());
            site.write("film.mp4", &film);
            world.cloud.store().put(BUCKET, "film.mp4", object);
            let said = if is_known { "unchanged 1" } else { "film.mp4 (content differs)" };
            deploy(&world, &site).run().exits(0).says(said);
            assert_eq!(world.writes() == 0, is_known, "{what} in parts of {part_size}");
            world.cloud.clear_requests();
            deploy(&world, &site).run().exits(0).says("unchanged 1");
            assert_eq!(requests(&world), [1, 1, 0, 0], "{what} in parts of {part_size}");
        }
    }
}
