//! Headers of single files: presets, and the rules of a file.

use local_aws::s3::Object;
use local_aws::scenario::{BUCKET, Site, World};

use super::step::{deploy, object};

const ASSET: &str = "assets/site.1a2b3c4d.css";
const PICTURE: &str = "images/Caf\u{e9} + 100%.svg";

fn stored(world: &World, path: &str) -> Object {
    world.cloud.store().object(BUCKET, path).unwrap_or_else(|| panic!("no {path}"))
}

#[test]
fn auto_lets_fingerprinted_files_be_kept_and_pages_be_asked_for() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).set("CACHE_CONTROL", "auto").run().exits(0);
    for (path, expected) in [
        ("index.html", "no-cache"),
        (ASSET, "public, max-age=31536000, immutable"),
        (PICTURE, "public, max-age=3600"),
    ] {
        assert_eq!(stored(&world, path).cache_control.as_deref(), Some(expected), "{path}");
    }
}

#[test]
fn rules_of_a_file_win_over_variables_and_flags_and_the_file_is_no_part_of_the_site() {
    let (world, site) = (World::permissive(), Site::small());
    site.write(
        "_headers",
        "# rules\n/*\n  X-Frame-Options: DENY\n  x-amz-meta-owner: web\n/assets/*\n  ! Content-Encoding\n  \
         Cache-Control: public\n  Cache-Control: max-age=60\n/images/:name\n  Content-Disposition: attachment; filename=:name\n\
         /nowhere/*\n  Cache-Control: no-store\nhttps://example.com/*\n  X-Robots-Tag: noindex\n",
    );
    world.cloud.store().put(BUCKET, "_headers", object("of an earlier deploy"));
    let step = deploy(&world, &site)
        .set("CACHE_CONTROL", "auto")
        .set("CONTENT_ENCODING", "gzip")
        .set("EXTRA_ARGS", "--cache-control no-store --content-language de")
        .set("DELETE_FLAG", "true")
        .set("HEADERS_FILE", "build/_headers");
    step.run()
        .exits(0)
        .says("INFO: Left out, as the rules of HEADERS_FILE: ")
        .says("WARNING: S3 keeps no `X-Frame-Options` with an object (build/_headers, line 3)")
        .says("let a response headers policy of CloudFront add it")
        .says("WARNING: An object does not know the host that it is asked for (build/_headers, line 13)")
        .says("WARNING: No file is meant by build/_headers, line 11");
    let (page, asset, picture) =
        (stored(&world, "index.html"), stored(&world, ASSET), stored(&world, PICTURE));
    let cached = [&page, &asset, &picture].map(|object| object.cache_control.as_deref());
    assert_eq!(cached, [Some("no-store"), Some("public, max-age=60"), Some("no-store")]);
    assert_eq!(
        picture.content_disposition.as_deref(),
        Some("attachment; filename=Caf%C3%A9%20+%20100%25.svg")
    );
    assert_eq!((asset.content_encoding, page.content_encoding.as_deref()), (None, Some("gzip")));
    assert_eq!(page.content_language.as_deref(), Some("de"));
    assert_eq!(page.metadata.get("owner").map(String::as_str), Some("web"));
    assert_eq!(world.body("_headers").as_deref(), Some(&b"of an earlier deploy"[..]));
    world.cloud.clear_requests();
    step.run().exits(0).says("unchanged 3");
    assert_eq!(world.writes(), 0);
}

#[test]
fn a_mistake_in_the_file_is_named_with_its_line_before_any_request() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("_headers", "/*\n  Cache-Control: x\n\nwhat is this\n/a\n");
    deploy(&world, &site)
        .set("HEADERS_FILE", "build/_headers")
        .run()
        .exits(2)
        .says("HEADERS_FILE build/_headers, line 4: is neither a path")
        .says("HEADERS_FILE build/_headers, line 5: has a path, and no header follows it");
    assert_eq!(world.cloud.requests(), []);
    deploy(&world, &site)
        .set("HEADERS_FILE", "_headers")
        .run()
        .exits(2)
        .says("HEADERS_FILE cannot be read: _headers");
}

#[test]
fn a_script_may_make_the_file_and_a_link_to_it_is_no_part_of_the_site_either() {
    let (world, site) = (World::permissive(), Site::small());
    let folder = site.clone_folder();
    let rule = "printf '/*.html\\n  Cache-Control: no-cache\\n' > rules\nln -sf ../rules build/_headers\n";
    std::fs::write(folder.join("before.sh"), rule).expect("a script");
    let step = deploy(&world, &site)
        .set("PRE_EXECUTION_SCRIPT", "before.sh")
        .set("PATH", "/usr/bin:/bin")
        .set("HEADERS_FILE", "build/_headers");
    step.run().exits(0).says("Left out, as the rules of HEADERS_FILE: ").says("uploaded 3");
    assert_eq!(stored(&world, "index.html").cache_control.as_deref(), Some("no-cache"));
    assert!(world.body("_headers").is_none());
    std::fs::write(folder.join("before.sh"), "echo 'no rule' > build/_headers\n").expect("a script");
    world.cloud.clear_requests();
    step.run().exits(2).says("HEADERS_FILE build/_headers, line 1: ");
    assert_eq!(world.cloud.requests(), []);
}

#[test]
fn what_is_a_page_can_be_said() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("app.php", "a page");
    site.write("z.css", "an asset");
    let puts = |step: local_aws::scenario::Step| {
        world.cloud.clear_requests();
        step.set("FORCE", "true").run().exits(0);
        let puts = world.cloud.requests().into_iter().filter(|request| request.operation == "PutObject");
        puts.filter_map(|request| request.key).filter(|key| !key.contains("record")).collect::<Vec<_>>()
    };
    let named = puts(deploy(&world, &site).set("PAGES", "*.php  *.htm"));
    assert_eq!(named.last().map(String::as_str), Some("app.php"), "{named:?}");
    let usual = puts(deploy(&world, &site));
    assert_eq!(usual.last().map(String::as_str), Some("index.html"), "{usual:?}");
}
