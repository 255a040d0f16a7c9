//! `--request-payer`: a bucket whose owner lets requesters pay.

use local_aws::scenario::{BUCKET, Site, World};

use super::step::{deploy, object};

#[test]
fn every_request_agrees_to_pay() {
    let (world, site) = (World::permissive(), Site::small().with("film.mp4", vec![1; 9 << 20]));
    let store = world.cloud.store();
    store.put(BUCKET, "old.html", object("old"));
    store.put(BUCKET, "line\nbreak", object("deleted singly"));
    // Of the size of the file, so that it is looked at.
    store.put(BUCKET, "film.mp4", object(&"x".repeat(9 << 20)));
    store.set_requester_pays(BUCKET);
    let step = deploy(&world, &site).set("DELETE_FLAG", "true");
    step.run().exits(1).says("AccessDenied");
    world.cloud.clear_requests();
    for flag in ["--request-payer", "--request-payer requester"] {
        step.clone().set("EXTRA_ARGS", flag).run().exits(0).never_says("WARNING");
    }
    for request in world.cloud.requests() {
        let status = request.status.expect("it was answered");
        assert!(status < 400 || (status == 404 && request.operation == "GetObject"), "{request}");
    }
    for operation in [
        "ListObjectsV2",
        "GetObject",
        "HeadObject",
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "DeleteObjects",
        "DeleteObject",
    ] {
        assert!(world.cloud.count(operation) > 0, "{operation} was not asked for");
    }
}
