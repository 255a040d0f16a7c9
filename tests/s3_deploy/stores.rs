//! S3-compatible stores as they are: where they are found, what they refuse, and replies that are not S3's.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use local_aws::impostor::{Impostor, reply};
use local_aws::s3::{Habit, Object};
use local_aws::scenario::{BUCKET, Site, Step, World};

use super::step::{deploy, object};

/// A step with keys, whose S3 is at this address; keys need no STS.
fn at(world: &World, site: &Site, endpoint: &str) -> Step {
    deploy(world, site)
        .unset("AWS_OIDC_ROLE_ARN")
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .set("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "secretsecret")
        .set("AWS_ENDPOINT_URL_S3", endpoint)
        .set("RECORD", "off")
        .set("DEBUG", "true")
}

/// How often a request of S3 was attempted, as `DEBUG` tells.
fn attempts(log: &str, operation: &str) -> usize {
    log.matches(&format!("S3 {operation}: ")).count()
}

#[test]
fn a_store_behind_a_host_name_has_the_bucket_in_the_path() {
    let (world, site) = (World::permissive(), Site::small());
    for (bucket, path) in [(BUCKET, ""), ("www.example.com", ""), (BUCKET, "/storage/s3")] {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&asked);
        let store = Impostor::answering(move |request| {
            lines.lock().expect("no thread panics").push(request.line.clone());
            if request.line.contains("list-type") {
                reply(200, &[], b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
            } else {
                reply(200, &[("etag", "\"9a0364b9e99bb480dd25e1f0284c8555\"")], b"")
            }
        });
        let endpoint = store.endpoint().replace("127.0.0.1", "localhost") + path;
        at(&world, &site, &endpoint).set("S3_BUCKET", bucket).run().exits(0).says("uploaded 3");
        let asked = asked.lock().expect("no thread panics");
        assert_eq!(asked.len(), 4);
        let start = format!(" {path}/{bucket}/");
        assert!(asked.iter().all(|line| line.contains(&start)), "{asked:?}");
    }
}

#[test]
fn a_host_that_is_not_found_is_named_and_asked_for_once() {
    let (world, site) = (World::permissive(), Site::small());
    for (path_style, host) in [("true", "minio.invalid"), ("false", "site-bucket.minio.invalid")] {
        let ended = at(&world, &site, "http://minio.invalid").set("S3_FORCE_PATH_STYLE", path_style).run();
        assert_eq!(attempts(&ended.log, "ListObjectsV2"), 1, "{}", ended.log);
        ended
            .exits(1)
            .says(&format!("the host {host} is not found: "))
            .says("\nhint: check the host's name: it comes from AWS_ENDPOINT_URL");
    }
}

#[test]
fn kinds_of_buckets_that_are_not_supported_are_refused_unsent() {
    let (world, site) = (World::permissive(), Site::small());
    for (bucket, words) in [
        ("arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap", "a Multi-Region Access Point"),
        ("mfzwi23gnjvgw.mrap/docs", "a Multi-Region Access Point"),
        ("arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1/accesspoint/site", "on Outposts"),
    ] {
        let ended = deploy(&world, &site).set("S3_BUCKET", bucket).run();
        ended
            .exits(2)
            .says("ERROR: S3_BUCKET names ")
            .says(words)
            .says("\nhint: name a bucket, or an access");
    }
    assert_eq!(world.cloud.requests(), []);
}

#[test]
fn a_directory_bucket_that_gives_no_session_names_the_permission() {
    let (world, site) = (World::permissive(), Site::small());
    let denied = b"<Error><Code>AccessDenied</Code><Message>not authorized to perform: s3express:CreateSession</Message></Error>";
    let store = Impostor::answering(|_| reply(403, &[], denied));
    at(&world, &site, &store.endpoint())
        .set("S3_BUCKET", "site--euw1-az1--x-s3")
        .run()
        .exits(1)
        .says("cannot list s3://site--euw1-az1--x-s3/")
        .says("AccessDenied: not authorized to perform: s3express:CreateSession")
        .says("hint: allow the role or user `s3express:CreateSession` on `arn:aws:s3express:*:*:bucket/site--euw1-az1--x-s3`")
        .never_says("could not be reached");
}

#[test]
fn refusals_that_pass_are_asked_again() {
    let site = Site::small();
    for (status, code) in [
        (429, "TooManyRequests"),
        (429, "WhateverTheStoreSays"),
        (520, "WebServerReturnsUnknownError"),
        (529, "SiteIsOverloaded"),
        (400, "BadDigest"),
        (409, "OperationAborted"),
    ] {
        let world = World::permissive();
        world.cloud.store().put(BUCKET, "old.html", object("old"));
        for operation in ["ListObjectsV2", "PutObject", "DeleteObjects"] {
            world.cloud.fail(operation).with_error(status, code, "Again, please.").times(1);
        }
        deploy(&world, &site).set("DELETE_FLAG", "true").run().exits(0).says("uploaded 3").says("deleted 1");
        assert_eq!(world.cloud.struck(), 3, "{status} {code}");
    }
}

#[test]
fn a_batch_of_deletions_has_the_digest_that_stores_demand() {
    let (world, site) = (World::permissive(), Site::small());
    for number in 0..3 {
        world.cloud.store().put(BUCKET, &format!("old{number}.html"), object("old"));
    }
    world.cloud.fail("DeleteObjects").lacking("content-md5").with("MissingContentMD5");
    deploy(&world, &site).set("DELETE_FLAG", "true").run().exits(0).says("deleted 3");
    let counts = ["DeleteObjects", "DeleteObject"].map(|operation| world.cloud.count(operation));
    assert_eq!((counts, world.cloud.struck()), ([1, 0], 0));
}

#[test]
fn a_store_without_batches_is_asked_key_by_key() {
    let site = Site::small();
    for (status, code) in [
        (400, "MissingContentMD5"),
        (400, "InvalidRequest"),
        (405, "MethodNotAllowed"),
        (501, "NotImplemented"),
    ] {
        let world = World::permissive();
        for number in 0..3 {
            world.cloud.store().put(BUCKET, &format!("old{number}.html"), object("old"));
        }
        world.cloud.fail("DeleteObjects").with_error(status, code, "No batches.");
        deploy(&world, &site).set("DELETE_FLAG", "true").run().exits(0).says("deleted 3");
        assert_eq!((world.keys().len(), world.cloud.count("DeleteObject")), (3, 3), "{code}");
    }
}

#[test]
fn a_store_without_conditional_writes_gets_the_record_without_one() {
    let (world, site) = (World::permissive(), Site::small());
    for header in ["if-match", "if-none-match"] {
        world.cloud.fail("PutObject").carrying(header).with("NotImplemented");
    }
    let step = deploy(&world, &site);
    // The refusal is of the condition, and not of the checksum that goes with it.
    step.run().exits(0).never_says("WARNING").never_says("checksum headers");
    site.write("index.html", "another page");
    step.run().exits(0).says("updated 1, unchanged 2").never_says("WARNING");
    assert_eq!(world.cloud.struck(), 2);
}

#[test]
fn keys_of_a_listing_that_is_not_encoded_are_taken_as_they_are() {
    let (world, site) = (World::permissive(), Site::small());
    let store = Impostor::answering(|_| {
        let object =
            "<Contents><Key>a+b%20c.html</Key><Size>7</Size></Contents><IsTruncated>false</IsTruncated>";
        reply(200, &[], format!("<ListBucketResult>{object}</ListBucketResult>").as_bytes())
    });
    let step = at(&world, &site, &store.endpoint()).set("DELETE_FLAG", "true").set("DRY_RUN", "true");
    step.run().exits(0).says("(dryrun) delete: s3://site-bucket/a+b%20c.html");
}

/// A film in two parts, and an object whose headers alone change.
fn film_and_copy() -> (World, Site) {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).run().exits(0);
    site.write("film.mp4", vec![7; (8 << 20) + 1]);
    site.write("new.css", "p { color: teal }");
    world.cloud.clear_requests();
    (world, site)
}

#[test]
fn a_reply_that_nobody_understands_is_followed_by_a_look() {
    let (world, site) = film_and_copy();
    for operation in ["PutObject", "CopyObject", "CompleteMultipartUpload"] {
        world.cloud.fail(operation).unreadable();
    }
    let step = deploy(&world, &site).set("CACHE_CONTROL", "no-cache");
    step.run().exits(0).says("uploaded 2, updated 0, other headers 3").never_says("WARNING");
    let sent = ["PutObject", "CopyObject", "CompleteMultipartUpload"].map(|name| world.cloud.count(name));
    // The style and the record; three objects; the film.
    assert_eq!(sent, [2, 3, 1]);
    assert!(world.body("film.mp4").is_some_and(|body| body == vec![7; (8 << 20) + 1]));
    world.cloud.heal();
    step.run().exits(0).says("unchanged 5");
}

#[test]
fn an_object_that_is_not_there_as_sent_is_a_failure_in_words() {
    let (world, site) = film_and_copy();
    world.cloud.fail("CompleteMultipartUpload").unreadable();
    world.cloud.fail("HeadObject").on("film.mp4").with("NoSuchKey");
    deploy(&world, &site)
        .run()
        .exits(1)
        .says("film.mp4: the answer cannot be read: it is a document <CompleteMultipartUploadResponse> (HTTP 200)")
        .says("hint: whatever answered is not S3");
}

/// A bucket of several pages, with an object that is to go.
fn large() -> (World, Site) {
    let (world, site) = (World::permissive(), Site::empty().with("index.html", "home"));
    for number in 0..2500 {
        let object = Object::new("kept", Timestamp::UNIX_EPOCH);
        world.cloud.store().put(BUCKET, &format!("images/{number:04}.png"), object);
    }
    world.cloud.store().put(BUCKET, "images/", object(""));
    world.cloud.store().put(BUCKET, "zz.txt", object("surplus"));
    (world, site)
}

fn without_images(world: &World, site: &Site) -> Step {
    deploy(world, site)
        .set("RECORD", "off")
        .set("DELETE_FLAG", "true")
        .set("EXTRA_ARGS", "--exclude images/*")
}

#[test]
fn a_page_without_a_token_is_followed_by_its_last_key() {
    let (world, site) = large();
    world.cloud.store().set_habit(BUCKET, Habit::GivesNoToken);
    without_images(&world, &site).run().exits(0).says("uploaded 1").says("deleted 1");
    assert_eq!((world.body("zz.txt"), world.keys().len()), (None, 2502));
    assert_eq!(world.cloud.count("ListObjectsV2"), 3);
}

#[test]
fn a_listing_that_cannot_go_on_ends_the_deploy() {
    let (world, site) = large();
    world.cloud.store().set_habit(BUCKET, Habit::GivesNoWay);
    let ended = without_images(&world, &site).run().exits(1);
    ended
        .says("cannot list s3://site-bucket/")
        .says("gives no token for the rest")
        .says("\nhint: nothing was written; ");
    assert_eq!((world.writes(), world.cloud.count("ListObjectsV2")), (0, 2));
}
