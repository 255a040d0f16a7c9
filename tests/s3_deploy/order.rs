//! The order of a deploy, and what a failure or a signal leaves.

use std::time::Duration;

use local_aws::scenario::{BUCKET, Ended, Site, World};
use oidc_auth::policy::Statement;

use super::step::{deploy, object};

#[test]
fn a_removed_file_goes_only_when_asked() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("old.html", "old");
    deploy(&world, &site).run().exits(0);
    site.remove("old.html");
    deploy(&world, &site).run().exits(0).says("deleted 0");
    assert!(world.body("old.html").is_some());
    deploy(&world, &site).set("DELETE_FLAG", "true").run().exits(0).says("deleted 1").says("delete: s3://");
    assert_eq!(world.body("old.html"), None);
    assert_eq!(world.keys().len(), 3);
}

#[test]
fn a_prefix_never_touches_its_namesake() {
    let (world, site) = (World::permissive(), Site::small());
    for key in ["foobar/index.html", "foo", "other/index.html"] {
        world.cloud.store().put(BUCKET, key, object("someone else's"));
    }
    let step = deploy(&world, &site).set("S3_BUCKET", &format!("{BUCKET}/foo")).set("DELETE_FLAG", "true");
    step.run().exits(0).says("deleted 0");
    let keys = world.keys();
    assert_eq!(keys.len(), 6, "{keys:?}");
    assert!(keys.contains(&"foo/index.html".to_owned()));
}

#[test]
fn an_asset_that_fails_for_good_holds_back_pages_and_deletions_and_the_next_run_finishes() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("old.css", "old");
    deploy(&world, &site).run().exits(0);
    site.remove("old.css");
    site.write("index.html", "a new page");
    site.write("assets/site.ffffffff.css", "new style");
    let before = world.body("index.html");
    world.cloud.fail("PutObject").on("assets/site.ffffffff.css").with("AccessDenied");
    let step = deploy(&world, &site).set("DELETE_FLAG", "true");
    step.run()
        .exits(1)
        .says("✖ Deployment failed.")
        .says("no page was published and nothing was deleted")
        .says("AccessDenied")
        .says("s3:PutObject");
    assert_eq!(world.body("index.html"), before);
    assert!(world.body("old.css").is_some());
    world.cloud.heal();
    step.run().exits(0).says("uploaded 1, updated 1, unchanged 2, deleted 1");
    assert_eq!(world.body("index.html").as_deref(), Some(&b"a new page"[..]));
    assert_eq!(world.body("old.css"), None);
}

#[test]
fn pages_are_put_after_every_asset() {
    let (world, site) = (World::permissive(), Site::empty());
    for number in 0..100 {
        site.write(&format!("a/{number}.html"), "page");
        site.write(&format!("z/{number}.css"), "style");
    }
    deploy(&world, &site).run().exits(0);
    let puts: Vec<String> = world
        .cloud
        .requests()
        .into_iter()
        .filter(|request| request.operation == "PutObject")
        .filter_map(|request| request.key)
        .filter(|key| key.starts_with("a/") || key.starts_with("z/"))
        .collect();
    assert_eq!(puts.len(), 200);
    assert!(puts[..100].iter().all(|key| key.starts_with("z/")), "{puts:?}");
}

#[test]
fn deletions_go_in_batches_and_each_refused_key_is_named() {
    let deny = Statement::deny(&["s3:DeleteObject"], &["arn:aws:s3:::site-bucket/kept.css"]);
    let world = World::with_permissions(vec![Statement::allow(&["*"], &["*"]), deny]);
    let site = Site::small();
    for number in 0..1200 {
        world.cloud.store().put(BUCKET, &format!("old/{number}.css"), object("old"));
    }
    world.cloud.store().put(BUCKET, "kept.css", object("old"));
    world.cloud.store().put(BUCKET, "odd\nname.css", object("old"));
    deploy(&world, &site)
        .set("DELETE_FLAG", "true")
        .run()
        .exits(1)
        .says("1 object could not be deleted")
        .says("kept.css: AccessDenied")
        .says("s3:DeleteObject")
        .says("deleted 1201");
    assert_eq!((world.cloud.count("DeleteObjects"), world.cloud.count("DeleteObject")), (2, 1));
    assert_eq!(world.keys().len(), 4);
}

#[test]
fn an_empty_folder_does_not_empty_the_bucket() {
    let (world, site) = (World::permissive(), Site::empty());
    world.cloud.store().put(BUCKET, "index.html", object("there before"));
    let step = deploy(&world, &site).set("DELETE_FLAG", "true");
    step.run().exits(1).says("ALLOW_EMPTY");
    assert_eq!(world.writes(), 0);
    step.set("ALLOW_EMPTY", "true").run().exits(0).says("deleted 1");
}

#[test]
fn a_stopped_step_aborts_its_uploads_in_parts() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("film.mp4", vec![1; 40 << 20]);
    world.cloud.fail("UploadPart").with("SlowDown");
    let step = deploy(&world, &site);
    let child = step.command().spawn().expect("the program starts");
    for _ in 0..600 {
        if world.cloud.count("UploadPart") > 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(world.cloud.store().open_uploads(BUCKET), 1);
    let killed = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(killed.expect("kill is there").success());
    let output = child.wait_with_output().expect("it ends");
    let log = String::from_utf8(output.stdout).expect("a log is UTF-8");
    Ended { code: output.status.code(), log }.exits(143).says("stopped by SIGTERM").says("✖");
    assert_eq!(world.cloud.store().open_uploads(BUCKET), 0);
    assert_eq!(world.body("index.html"), None);
}

#[test]
fn an_upload_in_parts_that_cannot_be_given_back_is_told_of() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("film.mp4", vec![1; 40 << 20]);
    world.cloud.fail("UploadPart").with("InvalidArgument");
    world.cloud.fail("AbortMultipartUpload").with("AccessDenied");
    deploy(&world, &site)
        .run()
        .exits(1)
        .says("film.mp4: InvalidArgument")
        .says("WARNING: the parts of 1 unfinished upload are still in the bucket")
        .says("AccessDenied")
        .says("`s3:AbortMultipartUpload` on `arn:aws:s3:::")
        .says("lifecycle rule");
    assert_eq!(world.cloud.store().open_uploads(BUCKET), 1);
}

#[test]
fn trouble_that_passes_is_outlived() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.fail("PutObject").on("index.html").with("SlowDown").times(2);
    world.cloud.fail("ListObjectsV2").with("InternalError").times(1);
    deploy(&world, &site).run().exits(0).says("uploaded 3");
}
