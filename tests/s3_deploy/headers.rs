//! What objects are stored with, uploaded in one piece or in parts.

use std::collections::BTreeMap;
use std::fs;

use local_aws::s3::{Checksum, Encryption, Object};
use local_aws::scenario::{BUCKET, Site, World};

use super::step::deploy;

/// A page of one request, and a film of two parts.
const FILES: [&str; 2] = ["index.html", "film.mp4"];

fn site() -> Site {
    let site = Site::small();
    site.write("film.mp4", vec![1; 9 << 20]);
    site
}

/// Deploys with these flags; the two objects.
fn stored(world: &World, site: &Site, flags: &str) -> [Object; 2] {
    deploy(world, site).set("EXTRA_ARGS", flags).run().exits(0);
    FILES.map(|path| world.cloud.store().object(BUCKET, path).expect("it arrived"))
}

#[test]
fn every_header_flag_reaches_the_objects() {
    let (world, site) = (World::permissive(), site());
    let objects = stored(
        &world,
        &site,
        "--content-type text/plain --content-disposition 'attachment; filename=\"a b\"' --content-encoding br \
         --content-language de --cache-control no-cache --expires 2030-01-02T03:04:05Z --website-redirect /elsewhere \
         --metadata 'owner=web,note=\"a, b\"' --storage-class GLACIER_IR --sse aws:kms --sse-kms-key-id the-key",
    );
    for (path, object) in FILES.iter().zip(objects) {
        assert_eq!(object.content_type.as_deref(), Some("text/plain"), "{path}");
        assert_eq!(object.content_disposition.as_deref(), Some("attachment; filename=\"a b\""), "{path}");
        assert_eq!(object.content_encoding.as_deref(), Some("br"), "{path}");
        assert_eq!(object.content_language.as_deref(), Some("de"), "{path}");
        assert_eq!(object.cache_control.as_deref(), Some("no-cache"), "{path}");
        assert_eq!(object.expires.as_deref(), Some("Wed, 02 Jan 2030 03:04:05 GMT"), "{path}");
        assert_eq!(object.website_redirect_location.as_deref(), Some("/elsewhere"), "{path}");
        let metadata =
            [("owner", "web"), ("note", "a, b")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(object.metadata, BTreeMap::from(metadata), "{path}");
        assert_eq!(object.storage_class, "GLACIER_IR", "{path}");
        let Encryption::Kms { key, .. } = object.encryption else {
            panic!("{path}: {:?}", object.encryption)
        };
        assert_eq!(key.as_deref(), Some("the-key"), "{path}");
    }
}

#[test]
fn grants_reach_the_objects_and_a_bucket_without_acls_explains_itself() {
    let (world, site) = (World::permissive(), site());
    let flags = "--grants read=uri=http://acs.amazonaws.com/groups/global/AllUsers full=id=abc";
    deploy(&world, &site).set("EXTRA_ARGS", flags).run().exits(1).says("hint: the bucket has ACLs disabled");
    world.cloud.store().set_acls_enabled(BUCKET, true);
    for object in stored(&world, &site, flags) {
        let grants: Vec<(&str, &str)> = object
            .grants
            .iter()
            .map(|(permission, grantee)| (permission.as_str(), grantee.as_str()))
            .collect();
        let all = "uri=http://acs.amazonaws.com/groups/global/AllUsers";
        assert_eq!(grants, [("full-control", "id=abc"), ("read", all)]);
    }
}

#[test]
fn no_guess_sends_no_type_and_pages_stay_pages() {
    let (world, site) = (World::permissive(), site());
    for object in stored(&world, &site, "--no-guess-mime-type") {
        assert_eq!(object.content_type, None);
    }
    let puts = world.cloud.requests().into_iter().filter(|request| request.operation == "PutObject");
    let keys: Vec<String> =
        puts.filter_map(|request| request.key).filter(|key| !key.contains("record")).collect();
    assert_eq!(keys.last().map(String::as_str), Some("index.html"), "{keys:?}");
}

#[test]
fn every_checksum_that_can_be_computed_is_stored_and_a_second_deploy_sends_nothing() {
    for name in ["CRC64NVME", "CRC32", "CRC32C", "SHA1", "SHA256"] {
        let (world, site) = (World::permissive(), site());
        let flags = format!("--checksum-algorithm {name}");
        for object in stored(&world, &site, &flags) {
            let Checksum { algorithm, .. } = object.checksum;
            assert_eq!(algorithm.name(), name);
        }
        world.cloud.clear_requests();
        stored(&world, &site, &flags);
        assert_eq!(
            (world.writes(), world.cloud.count("HeadObject")),
            (0, 0),
            "{name}: {:?}",
            world.cloud.requests()
        );
    }
}

#[test]
fn encrypted_by_a_kms_key_nothing_is_sent_twice() {
    let (world, site) = (World::permissive(), site());
    stored(&world, &site, "--sse aws:kms");
    let record = world.cloud.store().object(BUCKET, ".s3-deploy/record").expect("a record");
    assert!(matches!(record.encryption, Encryption::Kms { .. }), "{:?}", record.encryption);
    world.cloud.clear_requests();
    stored(&world, &site, "--sse aws:kms");
    assert_eq!((world.writes(), world.cloud.count("PutObject")), (0, 0));
}

#[test]
fn an_acl_on_a_bucket_without_acls_is_explained() {
    let (world, site) = (World::permissive(), Site::small());
    for (name, value) in [("ACL", "public-read"), ("EXTRA_ARGS", "--acl public-read")] {
        deploy(&world, &site).set(name, value).run().exits(1).says("AccessControlListNotSupported").says(
            "hint: the bucket has ACLs disabled, as new buckets have: leave ACL out, --acl and --grants too",
        );
    }
    assert_eq!(world.keys().len(), 0);
}

#[test]
fn values_may_stand_in_files_of_the_step() {
    let (world, site) = (World::permissive(), site());
    let folder = site.clone_folder();
    fs::write(folder.join("cache.txt"), "public, max-age=60\n").expect("a file");
    fs::write(folder.join("meta.json"), "{\n  \"owner\": \"web\"\n}\n").expect("a file");
    let flags = "--cache-control file://cache.txt --metadata file://$HERE/meta.json --website-redirect https://example.com/";
    deploy(&world, &site).set("HERE", &folder.to_string_lossy()).set("EXTRA_ARGS", flags).run().exits(0);
    for path in FILES {
        let object = world.cloud.store().object(BUCKET, path).expect("it arrived");
        assert_eq!(object.cache_control.as_deref(), Some("public, max-age=60"), "{path}");
        assert_eq!(object.metadata.get("owner").map(String::as_str), Some("web"), "{path}");
        assert_eq!(object.website_redirect_location.as_deref(), Some("https://example.com/"), "{path}");
    }
}

#[test]
fn types_are_those_of_the_aws_cli() {
    let (world, site) = (World::permissive(), Site::empty());
    // By Python's `mimetypes`, which the AWS CLI asks.
    let types = [
        ("app.js.gz", Some("text/javascript")),
        ("archive.tar.gz", Some("application/x-tar")),
        ("logo.svgz", Some("image/svg+xml")),
        ("stream.m3u8", Some("application/vnd.apple.mpegurl")),
        ("photo.JPEG", Some("image/jpeg")),
        (".htaccess", None),
        ("CNAME", None),
        ("archive.gz", None),
    ];
    for (path, _) in types {
        site.write(path, path);
    }
    deploy(&world, &site).run().exits(0);
    for (path, media_type) in types {
        let object = world.cloud.store().object(BUCKET, path).expect("it arrived");
        assert_eq!(object.content_type.as_deref(), media_type, "{path}");
        assert_eq!(object.content_encoding, None, "{path}");
    }
}
