//! Settings that `HeadObject` does not show: they reach every object, those too that no record knows.

use std::fs;

use local_aws::s3::{Checksum, Encryption, Object};
use local_aws::scenario::{BUCKET, Site, Step, World};

use super::step::deploy;

const FILES: [&str; 3] = ["assets/site.1a2b3c4d.css", "images/Caf\u{e9} + 100%.svg", "index.html"];
const EVERYBODY: &str = "uri=http://acs.amazonaws.com/groups/global/AllUsers";

fn world() -> World {
    let world = World::permissive();
    world.cloud.store().set_acls_enabled(BUCKET, true);
    world
}

/// Puts the files there as another tool would: the same bytes, and types that are right.
fn fill(world: &World, site: &Site) {
    for (path, media_type) in FILES.into_iter().zip(["text/css", "image/svg+xml", "text/html"]) {
        let bytes = fs::read(site.file(path)).expect("a file");
        let object = Object::new(bytes, jiff::Timestamp::UNIX_EPOCH);
        world.cloud.store().put(BUCKET, path, Object { content_type: Some(media_type.into()), ..object });
    }
}

fn stored(world: &World) -> [Object; 3] {
    FILES.map(|path| world.cloud.store().object(BUCKET, path).expect("it is there"))
}

/// Runs again: nothing is looked at or sent.
fn settles(world: &World, step: &Step) {
    world.cloud.clear_requests();
    step.run().exits(0).says("3 files unchanged");
    assert_eq!((world.writes(), world.cloud.count("HeadObject")), (0, 0));
}

#[test]
fn an_acl_reaches_objects_that_no_record_knows() {
    let (world, site) = (world(), Site::small());
    fill(&world, &site);
    let step = deploy(&world, &site).set("ACL", "public-read");
    step.run()
        .exits(0)
        .says("(ACL unknown -> \"public-read\")")
        .says("uploaded 0, updated 0, other headers 3");
    for object in stored(&world) {
        assert_eq!(object.acl.as_deref(), Some("public-read"));
    }
    assert_eq!((world.cloud.count("CopyObject"), world.cloud.count("PutObject")), (3, 1));
    settles(&world, &step);
}

#[test]
fn an_acl_reaches_objects_of_an_earlier_deploy() {
    let (world, site) = (world(), Site::small());
    deploy(&world, &site).run().exits(0);
    let step = deploy(&world, &site).set("ACL", "public-read");
    step.run().exits(0).says("other headers 3");
    assert!(stored(&world).iter().all(|object| object.acl.as_deref() == Some("public-read")));
    settles(&world, &step);
    // One that somebody else wrote since, with the same bytes, and whose list nobody can see.
    let private = Object {
        acl: None,
        last_modified: jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1),
        ..stored(&world)[2].clone()
    };
    world.cloud.store().put(BUCKET, FILES[2], private);
    step.run().exits(0).says("other headers 1, unchanged 2");
    assert_eq!(stored(&world)[2].acl.as_deref(), Some("public-read"));
}

#[test]
fn grants_reach_objects_that_no_record_knows() {
    let (world, site) = (world(), Site::small());
    fill(&world, &site);
    let step = deploy(&world, &site).set("EXTRA_ARGS", &format!("--grants read={EVERYBODY}"));
    step.run().exits(0).says("other headers 3");
    for object in stored(&world) {
        assert_eq!(object.grants.get("read").map(String::as_str), Some(EVERYBODY), "{:?}", object.grants);
    }
    settles(&world, &step);
}

#[test]
fn without_an_acl_objects_of_others_stay_as_they_are() {
    let (world, site) = (world(), Site::small());
    fill(&world, &site);
    let step = deploy(&world, &site);
    step.run().exits(0).says("3 files unchanged");
    assert_eq!(world.writes(), 0);
    settles(&world, &step);
}

/// A role that may not read finds nothing out, and records nothing that it has not seen.
#[test]
fn what_was_neither_seen_nor_sent_is_not_recorded() {
    let (world, site) = (world(), Site::small());
    fill(&world, &site);
    let step = deploy(&world, &site).set("ACL", "public-read");
    world.cloud.fail("HeadObject").with("AccessDenied");
    step.run().exits(0).says("3 files unchanged");
    assert!(stored(&world).iter().all(|object| object.acl.is_none()));
    world.cloud.heal();
    step.run().exits(0).says("other headers 3");
    assert!(stored(&world).iter().all(|object| object.acl.as_deref() == Some("public-read")));
}

#[test]
fn another_checksum_reaches_objects_that_no_record_knows() {
    let (world, site) = (world(), Site::small());
    fill(&world, &site);
    let step = deploy(&world, &site).set("EXTRA_ARGS", "--checksum-algorithm SHA256");
    step.run().exits(0).says("other headers 3");
    for object in stored(&world) {
        let Checksum { algorithm, .. } = object.checksum;
        assert_eq!(algorithm.name(), "SHA256");
    }
    settles(&world, &step);
}

#[test]
fn a_key_of_sse_c_reaches_objects_that_no_record_knows() {
    let (world, site) = (world(), Site::small());
    world.cloud.store().allow_customer_keys_over_http();
    fill(&world, &site);
    fs::write(site.clone_folder().join("key.bin"), [0xe9; 32]).expect("a file");
    let step = deploy(&world, &site).set("EXTRA_ARGS", "--sse-c --sse-c-key fileb://key.bin");
    step.run().exits(0).says("updated 3");
    for object in stored(&world) {
        assert!(matches!(object.encryption, Encryption::Customer { .. }), "{:?}", object.encryption);
    }
    settles(&world, &step);
}
