//! Stores that refuse checksum headers, and users who leave them out or demand them.

use local_aws::s3::Object;
use local_aws::scenario::{BUCKET, Site, World};

use super::step::{deploy, object};

const GENERIC: &str = "A header you provided implies functionality that is not implemented";
const RECORD: &str = ".s3-deploy/record";

/// Refuses every request with a checksum header, as old stores do.
fn refuse(world: &World, status: u16, code: &str, message: &str) {
    let beginnings = ["x-amz-checksum-", "x-amz-sdk-checksum-"];
    let operations = [
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "CopyObject",
        "DeleteObjects",
    ];
    for (operation, beginning) in
        operations.into_iter().flat_map(|name| beginnings.map(|header| (name, header)))
    {
        world.cloud.fail(operation).carrying(beginning).with_error(status, code, message);
    }
}

fn stored(world: &World, key: &str) -> Object {
    world.cloud.store().object(BUCKET, key).expect("it is there")
}

#[test]
fn a_store_that_refuses_checksum_headers_gets_none_from_then_on() {
    for (status, code, message) in [
        (501, "NotImplemented", GENERIC),
        (501, "NotImplemented", "Header 'x-amz-checksum-algorithm' with value 'CRC64NVME' not implemented"),
        (
            400,
            "InvalidArgument",
            "Unsupported header 'x-amz-sdk-checksum-algorithm' or 'x-amz-checksum-crc64nvme'",
        ),
    ] {
        let world = World::permissive();
        let site = Site::small().with("film.mp4", vec![7; (8 << 20) + 1]);
        world.cloud.store().put(BUCKET, "old.html", object("old"));
        refuse(&world, status, code, message);
        let step = deploy(&world, &site).set("CONCURRENCY", "1").set("DELETE_FLAG", "true");
        let ended = step.run().exits(0).says("uploaded 4").says("deleted 1");
        ended
            .says(&format!("INFO: The store does not take checksum headers (HTTP {status} {code}): requests"))
            .never_says("WARNING");
        assert_eq!(world.cloud.struck(), 1, "{message}");
        assert!(world.body(RECORD).is_some());
        step.run().exits(0).says("unchanged 4");
    }
}

#[test]
fn when_required_leaves_checksum_headers_out_from_the_start() {
    let world = World::permissive();
    let site = Site::small().with("film.mp4", vec![7; (8 << 20) + 1]);
    world.cloud.store().put(BUCKET, "old.html", object("old"));
    refuse(&world, 501, "NotImplemented", GENERIC);
    let step = deploy(&world, &site).set("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required");
    step.set("DELETE_FLAG", "true").run().exits(0).says("uploaded 4").never_says("checksum headers");
    assert_eq!((world.cloud.struck(), world.body("old.html")), (0, None));
    let step = deploy(&world, &site).set("AWS_REQUEST_CHECKSUM_CALCULATION", "never");
    step.run()
        .exits(2)
        .says("ERROR: AWS_REQUEST_CHECKSUM_CALCULATION must be one of when_supported, when_required");
}

#[test]
fn the_checksum_that_a_flag_asks_for_is_that_of_every_object() {
    let world = World::permissive();
    let site = Site::small();
    for operation in ["PutObject", "CopyObject"] {
        world.cloud.fail(operation).carrying("x-amz-checksum-crc64nvme").with("NotImplemented");
    }
    let step = deploy(&world, &site).set("EXTRA_ARGS", "--checksum-algorithm CRC32");
    step.set("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required").run().exits(0).never_says("WARNING");
    let of_file = format!("{:?}", stored(&world, "index.html").checksum);
    let of_record = format!("{:?}", stored(&world, RECORD).checksum);
    assert!(of_file.contains("Crc32") && of_record.contains("Crc32"), "{of_file} {of_record}");
    assert_eq!(world.cloud.struck(), 0);
}

#[test]
fn a_checksum_that_is_asked_for_and_refused_is_not_dropped() {
    let (world, site) = (World::permissive(), Site::small());
    refuse(&world, 501, "NotImplemented", GENERIC);
    deploy(&world, &site)
        .set("EXTRA_ARGS", "--checksum-algorithm SHA256")
        .run()
        .exits(1)
        .says("NotImplemented: A header you provided implies functionality that is not implemented")
        .says("hint: the store does not implement this request as it was sent")
        .never_says("the trouble is on the side of S3");
    assert_eq!(world.keys().len(), 0);
}
