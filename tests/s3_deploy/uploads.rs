//! What is uploaded, and with which headers.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use local_aws::scenario::{BUCKET, Site, World};

use super::step::{deploy, object};

#[test]
fn the_first_deploy_uploads_every_file_byte_for_byte_with_its_content_type() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).run().exits(0).says("✔ Deployment successful.").says("uploaded 3, updated 0");
    for (path, media_type) in [
        ("index.html", "text/html"),
        ("assets/site.1a2b3c4d.css", "text/css"),
        ("images/Caf\u{e9} + 100%.svg", "image/svg+xml"),
    ] {
        let object = world.cloud.store().object(BUCKET, path).unwrap_or_else(|| panic!("no {path}"));
        assert_eq!(*object.body, fs::read(site.file(path)).expect("readable"), "{path}");
        assert_eq!(object.content_type.as_deref(), Some(media_type), "{path}");
    }
    assert_eq!(world.keys().len(), 3);
}

#[test]
fn a_second_deploy_of_touched_files_is_one_page_of_a_listing() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).run().exits(0);
    world.cloud.clear_requests();
    for path in ["index.html", "assets/site.1a2b3c4d.css", "images/Caf\u{e9} + 100%.svg"] {
        let file = File::options().append(true).open(site.file(path)).expect("a file");
        file.set_modified(SystemTime::now() + Duration::from_hours(1)).expect("touched");
    }
    deploy(&world, &site)
        .run()
        .exits(0)
        .says("Nothing to do at s3://site-bucket/: 3 files unchanged")
        .says("unchanged 3");
    assert_eq!(world.cloud.count("ListObjectsV2"), 1);
    let heads = world.cloud.count("HeadObject") + world.cloud.count("HeadBucket");
    assert_eq!((heads, world.cloud.count("PutObject"), world.writes()), (0, 0, 0));
}

#[test]
fn an_edit_of_the_same_length_with_an_older_time_is_one_put() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).run().exits(0);
    world.cloud.clear_requests();
    let edited = fs::read_to_string(site.file("index.html")).expect("readable").replace("Hello", "Howdy");
    site.write("index.html", &edited);
    let file = File::options().append(true).open(site.file("index.html")).expect("a file");
    file.set_modified(SystemTime::UNIX_EPOCH).expect("touched");
    deploy(&world, &site).run().exits(0).says("(content differs)").says("uploaded 0, updated 1, unchanged 2");
    assert_eq!(world.writes(), 1);
    assert_eq!(world.body("index.html").as_deref(), Some(edited.as_bytes()));
}

#[test]
fn a_large_file_goes_in_parts_and_is_recognised() {
    let (world, site) = (World::permissive(), Site::small());
    let film: Vec<u8> = (0..20_000_000_u32).map(|index| (index % 251) as u8).collect();
    site.write("film.mp4", &film);
    deploy(&world, &site).run().exits(0);
    let object = world.cloud.store().object(BUCKET, "film.mp4").expect("it arrived");
    assert!(*object.body == film, "other bytes");
    assert!(object.etag.ends_with("-3"), "{}", object.etag);
    assert_eq!(object.content_type.as_deref(), Some("video/mp4"));
    assert_eq!((world.cloud.count("UploadPart"), world.cloud.store().open_uploads(BUCKET)), (3, 0));
    world.cloud.clear_requests();
    deploy(&world, &site).run().exits(0).says("unchanged 4");
    assert_eq!((world.cloud.count("HeadObject"), world.writes()), (0, 0));
}

#[test]
fn parts_may_arrive_in_any_order() {
    let film: Vec<u8> = (0..40_000_000_u32).map(|index| (index % 251) as u8).collect();
    let site = Site::small().with("film.mp4", &film);
    for concurrency in ["", "2"] {
        let world = World::permissive();
        world.cloud.fail("UploadPart").delay(Duration::from_secs(1)).times(1);
        deploy(&world, &site).set("CONCURRENCY", concurrency).run().exits(0);
        let object = world.cloud.store().object(BUCKET, "film.mp4").expect("it arrived");
        assert!(*object.body == film, "other bytes");
        // The first was answered last, and nobody waited for it.
        let requests = world.cloud.requests();
        let parts: Vec<_> = requests.iter().filter(|request| request.operation == "UploadPart").collect();
        assert_eq!(parts.len(), 5);
        let last = parts.iter().max_by_key(|part| part.answered).expect("five");
        assert!(last.took.expect("answered") >= Duration::from_secs(1), "{concurrency}: {parts:?}");
    }
}

#[test]
fn every_official_variable_reaches_the_objects() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.store().set_acls_enabled(BUCKET, true);
    site.write("film.mp4", vec![1; 9 << 20]);
    deploy(&world, &site)
        .set("ACL", "public-read")
        .set("CACHE_CONTROL", "public, max-age=60")
        .set("CONTENT_ENCODING", "gzip")
        .set("EXPIRES", "2030-01-02T03:04:05Z")
        .set("STORAGE_CLASS", "STANDARD_IA")
        .run()
        .exits(0);
    for path in ["index.html", "film.mp4"] {
        let object = world.cloud.store().object(BUCKET, path).expect("it arrived");
        assert_eq!(object.acl.as_deref(), Some("public-read"), "{path}");
        assert_eq!(object.cache_control.as_deref(), Some("public, max-age=60"), "{path}");
        assert_eq!(object.content_encoding.as_deref(), Some("gzip"), "{path}");
        assert_eq!(object.expires.as_deref(), Some("Wed, 02 Jan 2030 03:04:05 GMT"), "{path}");
        assert_eq!(object.storage_class, "STANDARD_IA", "{path}");
    }
}

#[test]
fn git_and_the_pipes_storage_are_left_out_and_protected() {
    let (world, site) = (World::permissive(), Site::small());
    site.write(".git/config", "secret");
    site.write(".bitbucket/pipelines/generated/pipeline/pipes/x.json", "{}");
    let kept = [".git/HEAD", "docs/.git/HEAD"];
    for key in kept {
        world.cloud.store().put(BUCKET, key, object("there before"));
    }
    deploy(&world, &site).set("DELETE_FLAG", "true").run().exits(0).says("Left out");
    let keys = world.keys();
    assert_eq!(keys.len(), 5, "{keys:?}");
    assert!(kept.iter().all(|key| keys.iter().any(|there| there == key)), "{keys:?}");
}

/// The example is a real site: images, a font, a feed, names with blanks, accents, `+`, `%` and `&`.
#[test]
fn the_example_website_arrives_byte_for_byte_with_its_content_types() {
    let world = World::permissive();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/website");
    let step = world
        .step(env!("CARGO_BIN_EXE_s3-deploy"), &folder)
        .set("S3_BUCKET", BUCKET)
        .set("LOCAL_PATH", "build");
    step.run().exits(0);
    let mut files = 0;
    for key in world.keys() {
        let object = world.cloud.store().object(BUCKET, &key).expect("it was listed");
        assert_eq!(
            *object.body,
            fs::read(folder.join("build").join(&key)).expect("a file of the site"),
            "{key}"
        );
        let expected = match key.rsplit_once('.').expect("an extension").1 {
            "html" => "text/html",
            "css" => "text/css",
            "js" => "text/javascript",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "jpg" => "image/jpeg",
            "webp" => "image/webp",
            "ico" => "image/vnd.microsoft.icon",
            "woff2" => "font/woff2",
            "pdf" => "application/pdf",
            "gpx" => "application/gpx+xml",
            "txt" => "text/plain",
            "xml" => "application/xml",
            "webmanifest" => "application/manifest+json",
            other => panic!("a type for .{other}"),
        };
        assert_eq!(object.content_type.as_deref(), Some(expected), "{key}");
        files += 1;
    }
    let local = walk(&folder.join("build"));
    assert_eq!(files, local);
    world.cloud.clear_requests();
    step.run().exits(0).says(&format!("{local} files unchanged"));
    assert_eq!((world.cloud.count("HeadObject"), world.writes()), (0, 0));
}

fn walk(folder: &std::path::Path) -> usize {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| if path.is_dir() { walk(&path) } else { 1 }).sum()
}
