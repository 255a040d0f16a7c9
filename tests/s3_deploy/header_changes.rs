//! Other headers for unchanged bytes: copied in place, never sent again unless S3 refuses to copy.

use bitbucket_pipe::Environment;
use bitbucket_pipe::changes::{Change, ChangeList};
use local_aws::s3::{Encryption, Object};
use local_aws::scenario::{BUCKET, Site, Step, World};
use oidc_auth::policy::Statement;

use super::step::deploy;

const ASSET: &str = "assets/site.1a2b3c4d.css";

fn stored(world: &World, path: &str) -> Object {
    world.cloud.store().object(BUCKET, path).unwrap_or_else(|| panic!("no {path}"))
}

fn cached(world: &World, path: &str) -> Option<String> {
    stored(world, path).cache_control
}

/// How many `CopyObject` and how many uploads of files there were.
fn copies_and_uploads(world: &World) -> (usize, usize) {
    let copies = world.cloud.count("CopyObject");
    (copies, world.writes() - copies)
}

fn copied_keys(world: &World) -> Vec<String> {
    let requests = world.cloud.requests().into_iter().filter(|request| request.operation == "CopyObject");
    requests.filter_map(|request| request.key).collect()
}

#[test]
fn another_cache_control_is_copied_pages_last_and_told_in_words() {
    let (world, site) = (World::permissive(), Site::small());
    let step = deploy(&world, &site)
        .set("CACHE_CONTROL", "max-age=86400")
        .set("CHANGES_FILE", "changes.json")
        .set("BITBUCKET_BUILD_NUMBER", "7");
    step.run().exits(0);
    world.cloud.clear_requests();
    let changed = step.set("CACHE_CONTROL", "no-cache");
    let told = "s3://site-bucket/index.html (Cache-Control \"max-age=86400\" -> \"no-cache\")";
    changed.clone().set("DRY_RUN", "true").run().exits(0).says(&format!("(dryrun) headers: {told}"));
    assert_eq!(world.writes(), 0);
    world.cloud.clear_requests();
    changed
        .run()
        .exits(0)
        .says("0 files (0 Bytes), pages last; other headers: 3; to delete: 0; unchanged: 0")
        .says(&format!("headers: {told}"))
        .says("uploaded 0, updated 0, other headers 3, unchanged 0, deleted 0; 0 Bytes");
    assert_eq!((copies_and_uploads(&world), world.cloud.count("HeadObject")), ((3, 0), 0));
    assert_eq!(copied_keys(&world).last().map(String::as_str), Some("index.html"));
    for path in world.keys() {
        assert_eq!(cached(&world, &path).as_deref(), Some("no-cache"), "{path}");
    }
    assert_eq!(stored(&world, "index.html").content_type.as_deref(), Some("text/html"));
    let build = [("BITBUCKET_BUILD_NUMBER".into(), "7".into())];
    let list = ChangeList::read(&site.clone_folder().join("changes.json"), &Environment::from_pairs(build));
    let paths = list.expect("a list").deploys.pop().expect("a deploy").difference.paths;
    assert!(paths.len() == 3 && paths.values().all(|change| *change == Change::Headers), "{paths:?}");
    world.cloud.clear_requests();
    changed.run().exits(0).says("unchanged 3");
    assert_eq!((copies_and_uploads(&world), world.cloud.count("HeadObject")), ((0, 0), 0));
}

#[test]
fn only_what_a_changed_rule_is_about_is_copied() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("_headers", "/assets/*\n  Cache-Control: max-age=60\n");
    let step = deploy(&world, &site).set("HEADERS_FILE", "build/_headers");
    step.run().exits(0);
    site.write("_headers", "/assets/*\n  Cache-Control: max-age=61\n");
    world.cloud.clear_requests();
    step.run().exits(0).says("other headers 1, unchanged 2");
    assert_eq!(copied_keys(&world), [ASSET]);
}

#[test]
fn half_a_gigabyte_gets_other_headers_without_a_byte_being_sent() {
    const SIZE: u64 = 500_000_000;
    let (world, site) = (World::permissive(), Site::empty());
    let film = std::fs::File::create(site.file("film.mp4")).expect("a file");
    film.set_len(SIZE).expect("a sparse file");
    let zeros = Object::new(vec![0; 500_000_000], jiff::Timestamp::UNIX_EPOCH);
    let zeros = Object { content_type: Some("video/mp4".into()), ..zeros };
    world.cloud.store().put(BUCKET, "film.mp4", zeros);
    deploy(&world, &site).set("CACHE_CONTROL", "no-cache").run().exits(0).says("other headers 1");
    assert_eq!(cached(&world, "film.mp4").as_deref(), Some("no-cache"));
    assert_eq!(stored(&world, "film.mp4").body.len() as u64, SIZE);
    let sent: u64 = world.cloud.requests().iter().map(|request| request.body_length).sum();
    assert!(sent < 10_000, "{sent} bytes");
}

#[test]
fn everything_an_upload_would_send_is_sent_with_the_copy() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.store().set_acls_enabled(BUCKET, true);
    let flags =
        "--storage-class STANDARD_IA --sse aws:kms --sse-kms-key-id k --metadata a=b --website-redirect /x";
    let step = deploy(&world, &site).set("ACL", "public-read").set("EXTRA_ARGS", flags);
    step.run().exits(0);
    let before = stored(&world, "index.html");
    world.cloud.clear_requests();
    step.set("CACHE_CONTROL", "no-cache").run().exits(0).says("other headers 3");
    assert_eq!(copies_and_uploads(&world), (3, 0));
    let after = stored(&world, "index.html");
    assert_eq!(after.acl.as_deref(), Some("public-read"));
    let Encryption::Kms { key, .. } = &after.encryption else { panic!("{:?}", after.encryption) };
    assert_eq!(key.as_deref(), Some("k"));
    assert_eq!(after.checksum, before.checksum);
    // With a KMS key every write has an ETag of its own, and a second of its own.
    let expected = Object {
        cache_control: Some("no-cache".into()),
        etag: after.etag.clone(),
        last_modified: after.last_modified,
        ..before
    };
    assert_eq!(after, expected);
}

#[test]
fn a_film_of_many_parts_is_recognised_after_the_copy() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("film.mp4", vec![1; 20 << 20]);
    deploy(&world, &site).run().exits(0);
    let step = deploy(&world, &site).set("CACHE_CONTROL", "no-cache");
    step.run().exits(0).says("other headers 4");
    for record in ["on", "off"] {
        world.cloud.clear_requests();
        step.clone().set("RECORD", record).run().exits(0).says("unchanged 4");
        assert_eq!((world.writes(), world.cloud.count("HeadObject")), (0, 0), "{record}");
    }
}

/// Changes the headers of the small site in a bucket that refuses copies.
fn refused(world: &World, site: &Site) -> Step {
    deploy(world, site).run().exits(0);
    world.cloud.clear_requests();
    deploy(world, site).set("CACHE_CONTROL", "no-cache")
}

#[test]
fn a_refused_copy_is_an_upload_and_is_told_once() {
    for (code, way_out) in [("AccessDenied", true), ("NotImplemented", false)] {
        let (world, site) = (World::permissive(), Site::small());
        let step = refused(&world, &site);
        world.cloud.fail("CopyObject").with(code);
        let ended = step.run().exits(0).says("updated 3");
        let told = ended.log.matches("INFO: 3 files were uploaded for the sake of their headers").count();
        let helped = ended.log.contains("`s3:GetObject` on `arn:aws:s3:::site-bucket/*` would save that");
        assert_eq!((told, helped), (1, way_out), "{}", ended.log);
        assert_eq!(
            (world.cloud.count("PutObject"), cached(&world, "index.html").as_deref()),
            (4, Some("no-cache"))
        );
        // The page comes after, when it is known already.
        assert!(world.cloud.count("CopyObject") <= 2);
    }
}

#[test]
fn what_is_archived_or_was_replaced_meanwhile_is_uploaded() {
    for code in ["InvalidObjectState", "KMS.DisabledException", "PreconditionFailed"] {
        let (world, site) = (World::permissive(), Site::small());
        let step = refused(&world, &site);
        world.cloud.fail("CopyObject").on(ASSET).with(code);
        step.run().exits(0).says("updated 1").says("1 file was uploaded for the sake of its headers");
        assert_eq!(cached(&world, ASSET).as_deref(), Some("no-cache"), "{code}");
    }
    let (world, site) = (World::permissive(), Site::small());
    let step = refused(&world, &site);
    let archived = Object { storage_class: "GLACIER".into(), ..stored(&world, ASSET) };
    world.cloud.store().put(BUCKET, ASSET, archived);
    step.run().exits(0).says("updated 1");
    let asset = stored(&world, ASSET);
    assert_eq!(
        (asset.cache_control.as_deref(), asset.storage_class.as_str()),
        (Some("no-cache"), "STANDARD")
    );
}

#[test]
fn a_bucket_filled_by_somebody_else_is_looked_at_once() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).set("RECORD", "off").run().exits(0);
    let step = deploy(&world, &site).set("EXTRA_ARGS", "--content-language de");
    world.cloud.clear_requests();
    step.clone().set("RECORD", "off").run().exits(0).says("unchanged 3");
    assert_eq!((world.cloud.count("HeadObject"), world.writes()), (0, 0));
    step.run().exits(0).says("(Content-Language none -> \"de\")");
    assert_eq!((world.cloud.count("HeadObject"), copies_and_uploads(&world)), (3, (3, 0)));
    world.cloud.clear_requests();
    step.run().exits(0).says("unchanged 3");
    assert_eq!((world.cloud.count("HeadObject"), world.writes()), (0, 0));
    // Right as they are, which is found out once too.
    world.cloud.store().remove(BUCKET, ".s3-deploy/record");
    for heads in [3, 0] {
        world.cloud.clear_requests();
        step.run().exits(0).says("unchanged 3");
        assert_eq!((world.cloud.count("HeadObject"), world.writes()), (heads, 0));
    }
}

#[test]
fn headers_edited_by_hand_are_put_right() {
    let (world, site) = (World::permissive(), Site::small());
    let step = deploy(&world, &site).set("CACHE_CONTROL", "no-cache");
    step.run().exits(0);
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(60);
    let edited = Object {
        cache_control: Some("by hand".into()),
        last_modified: later,
        ..stored(&world, "index.html")
    };
    world.cloud.store().put(BUCKET, "index.html", edited);
    world.cloud.clear_requests();
    step.run()
        .exits(0)
        .says("(Cache-Control \"by hand\" -> \"no-cache\")")
        .says("other headers 1, unchanged 2");
    assert_eq!((world.cloud.count("HeadObject"), copies_and_uploads(&world)), (1, (1, 0)));
}

#[test]
fn a_role_that_may_not_look_leaves_headers_as_they_are() {
    let world = World::with_permissions(vec![
        Statement::allow(&["s3:ListBucket"], &["arn:aws:s3:::site-bucket"]),
        Statement::allow(&["s3:PutObject"], &["arn:aws:s3:::site-bucket/*"]),
        Statement::allow(&["s3:GetObject"], &["arn:aws:s3:::site-bucket/.s3-deploy/record"]),
    ]);
    let site = Site::small();
    deploy(&world, &site).set("RECORD", "off").run().exits(0);
    world.cloud.clear_requests();
    deploy(&world, &site)
        .set("CACHE_CONTROL", "no-cache")
        .run()
        .exits(0)
        .says("The headers of 3 unchanged files cannot be looked at and stay as they are")
        .says("unchanged 3");
    assert_eq!(world.writes(), 0);
}
