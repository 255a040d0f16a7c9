//! `--sse-c`: objects encrypted by a key that S3 does not keep.

use std::fs;

use local_aws::s3::Encryption;
use local_aws::scenario::{BUCKET, Site, Step, World};

use super::step::{deploy, object};

/// 32 bytes, and no text.
const KEY: [u8; 32] = [0xe9; 32];

fn world() -> World {
    let world = World::permissive();
    world.cloud.store().allow_customer_keys_over_http();
    world
}

fn site() -> Site {
    let site = Site::small().with("film.mp4", vec![1; 9 << 20]);
    fs::write(site.clone_folder().join("key.bin"), KEY).expect("a file");
    site
}

fn encrypted(world: &World, site: &Site) -> Step {
    deploy(world, site).set("EXTRA_ARGS", "--sse-c --sse-c-key fileb://key.bin")
}

#[test]
fn every_object_is_encrypted_by_the_key_in_one_piece_and_in_parts_and_an_unchanged_site_sends_nothing() {
    let (world, site) = (world(), site());
    encrypted(&world, &site).run().exits(0).says("uploaded 4");
    for key in world.keys() {
        let object = world.cloud.store().object(BUCKET, &key).expect("it was listed");
        // The MD5 of the key by `openssl`.
        let expected = Encryption::Customer { key_md5: "scsek4kYq2xhofIltZAqaA==".to_owned() };
        assert_eq!(object.encryption, expected, "{key}");
    }
    world.cloud.clear_requests();
    encrypted(&world, &site).run().exits(0).says("4 files unchanged");
    assert_eq!((world.writes(), world.cloud.count("HeadObject")), (0, 0));
    site.write("index.html", "changed");
    encrypted(&world, &site).run().exits(0).says("uploaded 0, updated 1, unchanged 3");
}

/// S3 copies nothing under a key that it does not have: the plan says so before, and the log as it happens.
#[test]
fn other_headers_are_an_upload_and_planned_as_one() {
    let (world, site) = (world(), site());
    encrypted(&world, &site).run().exits(0);
    let step = encrypted(&world, &site).set("CACHE_CONTROL", "no-cache").set("RESULT_FILE", "result.json");
    world.cloud.clear_requests();
    let line = "upload: build/index.html to s3://site-bucket/index.html (headers: Cache-Control none -> \"no-cache\")";
    step.clone()
        .set("DRY_RUN", "true")
        .run()
        .exits(0)
        .says(&format!("(dryrun) {line}"))
        .says("4 files (9.0 MiB)");
    let planned = super::plan::result(&site)["plan"].clone();
    assert_eq!(
        (&planned["requests"]["copy"], &planned["uploads"][0]["action"]),
        (&0.into(), &"upload".into())
    );
    step.run().exits(0).says(line).says("updated 4");
    assert_eq!(world.cloud.count("CopyObject"), 0);
    let page = world.cloud.store().object(BUCKET, "index.html").expect("it is there");
    assert_eq!(page.cache_control.as_deref(), Some("no-cache"));
}

#[test]
fn without_a_record_objects_are_looked_at_with_the_key() {
    let (world, site) = (world(), site());
    let step = encrypted(&world, &site).set("RECORD", "off");
    step.run().exits(0);
    // One that is not encrypted by the key, of the same size: the look at it is refused, and it alone is sent.
    let plain = "x".repeat(fs::read(site.file("index.html")).expect("a file").len());
    world.cloud.store().put(BUCKET, "index.html", object(&plain));
    step.run().exits(0).says("updated 1, unchanged 3").never_says("cannot be compared without a look");
}

#[test]
fn deploys_with_and_without_a_key_share_one_record() {
    let (world, site) = (world(), site());
    let films = |step: &Step, rest: &str| step.clone().set("EXTRA_ARGS", rest);
    let encrypted =
        films(&deploy(&world, &site), "--exclude * --include *.mp4 --sse-c --sse-c-key fileb://key.bin");
    let plain = films(&deploy(&world, &site), "--exclude *.mp4");
    for step in [&encrypted, &plain] {
        step.run().exits(0);
    }
    world.cloud.clear_requests();
    for step in [&encrypted, &plain] {
        step.run().exits(0).never_says("WARNING").says("unchanged");
    }
    assert_eq!(world.writes(), 0);
}

#[test]
fn the_key_is_never_printed() {
    let (world, site) = (world(), site());
    let key = "an example key that has 32 bytes";
    let encoded = "YW4gZXhhbXBsZSBrZXkgdGhhdCBoYXMgMzIgYnl0ZXM=";
    let step =
        deploy(&world, &site).set("DEBUG", "true").set("EXTRA_ARGS", &format!("--sse-c --sse-c-key '{key}'"));
    // A bucket's own words are printed, and so is what a script says.
    fs::write(site.clone_folder().join("before.sh"), "echo \"$EXTRA_ARGS\"").expect("a script");
    let step = step.set("PRE_EXECUTION_SCRIPT", "before.sh");
    step.run().exits(0).says("--sse-c-key '***'").never_says(key).never_says(encoded);
    world.cloud.fail("PutObject").on("index.html").with("AccessDenied");
    site.write("index.html", "changed");
    step.run().exits(1).never_says(key).never_says(encoded);
    step.set("EXTRA_ARGS", &format!("--sse-c --sse-c-key '{key}!'")).run().exits(2).never_says(key);
}
