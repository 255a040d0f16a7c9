//! What cannot be deployed: everything else is, nothing is deleted, and the pipe fails in the end.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use local_aws::scenario::{BUCKET, Site, World};

use super::step::{deploy, object};

#[test]
fn what_cannot_be_read_or_named_is_skipped_with_a_warning_and_everything_else_is_deployed() {
    let (world, site) = (World::permissive(), Site::small());
    symlink("nowhere", site.file("broken.html")).expect("a link");
    symlink("..", site.file("assets/up")).expect("a link");
    // It tells every secret of the step.
    symlink("/proc/self/environ", site.file("environment.txt")).expect("a link");
    let _socket = UnixListener::bind(site.file("socket")).expect("a socket");
    let made = Command::new("mkfifo").arg(site.file("pipe")).status().expect("mkfifo runs");
    assert!(made.success());
    // Endless, if it were read.
    symlink("/dev/zero", site.file("device")).expect("a link");
    let not_utf8 = std::ffi::OsStr::from_bytes(b"caf\xe9.html");
    fs::write(site.file("").join(not_utf8), "x").expect("a file");
    let folder = "d".repeat(200);
    let long = format!("{folder}/{folder}/{folder}/{folder}/{folder}/{}", "f".repeat(20));
    site.write(&long, "too long");
    let longest = &long[..long.len() - 1];
    site.write(longest, "as long as can be");
    site.write("line\nbreak.txt", "x");
    for key in ["broken.html", "socket/old", "old.html"] {
        world.cloud.store().put(BUCKET, key, object("old"));
    }
    let step = deploy(&world, &site).set("DELETE_FLAG", "true").set("RESULT_FILE", "result.json");
    step.run()
        .exits(1)
        .says("WARNING: Skipped build/broken.html: the link leads to nothing\n")
        .says("WARNING: Skipped build/assets/up: the link leads back to a folder above it\n")
        .says("WARNING: Skipped build/environment.txt: the link leads out of the clone; copy there what the site needs\n")
        .says("WARNING: Skipped build/socket: it is a socket, a named pipe or a device\n")
        .says("WARNING: Skipped build/pipe: it is a socket, a named pipe or a device\n")
        .says("WARNING: Skipped build/device: it is a socket, a named pipe or a device\n")
        .says("WARNING: Skipped build/caf\u{fffd}.html: its name is not UTF-8, so it cannot be a key\n")
        .says(": its key has 1025 bytes, and S3 takes at most 1024\n")
        .says("uploaded 5, updated 0, unchanged 0, deleted 0")
        .says("ERROR: 8 files were skipped, as the warnings say, and nothing is deleted while any is\nhint: ")
        .says("✖ Deployment failed.");
    for key in ["index.html", longest, "line\nbreak.txt"] {
        assert!(world.body(key).is_some(), "{key}");
    }
    for key in ["broken.html", "socket/old", "old.html"] {
        assert!(world.body(key).is_some(), "{key} was deleted");
    }
    let result = fs::read_to_string(site.clone_folder().join("result.json")).expect("a result");
    let result: serde_json::Value = serde_json::from_str(&result).expect("JSON");
    assert_eq!(
        (&result["successful"], result["failures"].as_array().map(Vec::len)),
        (&false.into(), Some(8))
    );
    assert!(world.cloud.store().object(BUCKET, ".s3-deploy/record").is_none(), "it has not finished");
}

#[test]
fn a_rehearsal_fails_as_the_deploy_would() {
    let (world, site) = (World::permissive(), Site::small());
    symlink("nowhere", site.file("broken.html")).expect("a link");
    world.cloud.store().put(BUCKET, "old.html", object("old"));
    let step = deploy(&world, &site).set("DELETE_FLAG", "true").set("DRY_RUN", "true");
    step.run()
        .exits(1)
        .says("(dryrun) upload: build/index.html")
        .never_says("(dryrun) delete")
        .says("ERROR: 1 file was skipped");
    assert_eq!(world.writes(), 0);
}

#[test]
fn once_it_is_mended_or_excluded_the_deploy_finishes() {
    let (world, site) = (World::permissive(), Site::small());
    symlink("nowhere", site.file("broken.html")).expect("a link");
    world.cloud.store().put(BUCKET, "old.html", object("old"));
    let step = deploy(&world, &site).set("DELETE_FLAG", "true");
    step.run().exits(1).says("uploaded 3");
    symlink("itself", site.file("itself")).expect("a link");
    symlink("..", site.file("assets/up")).expect("a link");
    step.run()
        .exits(1)
        .says("Skipped build/itself: the link leads to nothing")
        .says("Skipped build/assets/up: the link leads back to a folder above it");
    let excluding =
        step.clone().set("EXTRA_ARGS", "--exclude broken.html --exclude itself --exclude assets/up/*");
    excluding.run().exits(0).never_says("Skipped").says("unchanged 3, deleted 1");
    site.remove("itself");
    site.remove("assets/up");
    site.remove("broken.html");
    step.run().exits(0);
}

#[test]
fn a_folder_of_nothing_but_trouble_is_not_an_empty_one() {
    let (world, site) = (World::permissive(), Site::empty());
    symlink("nowhere", site.file("broken.html")).expect("a link");
    world.cloud.store().put(BUCKET, "old.html", object("old"));
    let step = deploy(&world, &site).set("DELETE_FLAG", "true").set("ALLOW_EMPTY", "true");
    step.run().exits(1).says("Skipped build/broken.html").never_says("has no files");
    assert!(world.body("old.html").is_some());
}

#[test]
fn a_folder_that_is_itself_a_link_is_followed_and_refused_where_links_are_not() {
    let (world, site) = (World::permissive(), Site::small());
    symlink("build", site.clone_folder().join("latest")).expect("a link");
    world.cloud.store().put(BUCKET, "old.html", object("old"));
    let step = deploy(&world, &site).set("LOCAL_PATH", "latest").set("DELETE_FLAG", "true");
    step.clone()
        .set("EXTRA_ARGS", "--no-follow-symlinks")
        .run()
        .exits(2)
        .says("ERROR: LOCAL_PATH is a symbolic link, so --no-follow-symlinks would deploy nothing");
    assert!(world.cloud.requests().is_empty());
    step.run().exits(0).says("uploaded 3");
}

#[test]
fn a_name_with_a_line_break_forges_no_line_of_the_log() {
    let (world, site) = (World::permissive(), Site::small());
    let forged = "x\nERROR: forged";
    site.write(&format!("new{forged}"), "new");
    site.write(&format!("{forged}/.git/config"), "private");
    symlink("nowhere", site.file(&format!("broken{forged}"))).expect("a link");
    symlink("index.html", site.file(&format!("link{forged}"))).expect("a link");
    let step = deploy(&world, &site).set("DEBUG", "true").set("DELETE_FLAG", "true");
    for (name, value) in [("DRY_RUN", "true"), ("FORCE", "true"), ("EXTRA_ARGS", "--no-follow-symlinks")] {
        world.cloud.store().put(BUCKET, &format!("old{forged}"), object("old"));
        step.clone().set(name, value).run().says(r"x\nERROR: forged").never_says("\nERROR: forged");
    }
    site.remove(&format!("broken{forged}"));
    world.cloud.store().put(BUCKET, &format!("old{forged}"), object("old"));
    step.run().exits(0).says(r"delete: s3://site-bucket/oldx\nERROR: forged").never_says("\nERROR: forged");
    world.cloud.fail("PutObject").on(&format!("new{forged}")).with("AccessDenied");
    step.set("FORCE", "true").run().exits(1).says(r"newx\nERROR: forged").never_says("\nERROR: forged");
}

#[test]
fn a_folder_that_cannot_be_read_keeps_the_objects_below_it() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("locked/page.html", "unseen");
    fs::set_permissions(site.file("locked"), fs::Permissions::from_mode(0o000)).expect("locked");
    for key in ["locked/page.html", "old.html"] {
        world.cloud.store().put(BUCKET, key, object("old"));
    }
    let program = env!("CARGO_BIN_EXE_s3-deploy");
    // Root reads what it likes, unless the right to is taken away.
    let is_root = fs::metadata("/proc/self").expect("a process").uid() == 0;
    let step = if is_root {
        let without = "--bounding-set=-dac_override,-dac_read_search";
        world.step("/usr/bin/setpriv", site.clone_folder()).argument(without).argument(program)
    } else {
        world.step(program, site.clone_folder())
    };
    let step = step.set("S3_BUCKET", BUCKET).set("DELETE_FLAG", "true");
    step.clone()
        .set("LOCAL_PATH", "build")
        .run()
        .exits(1)
        .says("WARNING: Skipped build/locked: it cannot be read: ")
        .says("uploaded 3, updated 0, unchanged 0, deleted 0")
        .says("ERROR: 1 file was skipped");
    let excluding = step.clone().set("LOCAL_PATH", "build").set("EXTRA_ARGS", "--exclude locked/*");
    excluding.run().exits(0).says("deleted 1");
    assert!(world.body("locked/page.html").is_some() && world.body("old.html").is_none());
    world.cloud.clear_requests();
    step.set("LOCAL_PATH", "build/locked").set("ALLOW_EMPTY", "true").run().exits(1).says("cannot read ");
    assert_eq!(world.writes(), 0);
    fs::set_permissions(site.file("locked"), fs::Permissions::from_mode(0o755)).expect("unlocked");
}

#[test]
fn a_folder_of_skipped_files_is_not_an_excluded_one() {
    let (world, site) = (World::permissive(), Site::small());
    fs::remove_dir_all(site.clone_folder().join("build")).expect("it is there");
    fs::create_dir(site.clone_folder().join("build")).expect("a folder");
    symlink("nowhere", site.clone_folder().join("build/broken.html")).expect("a link");
    deploy(&world, &site).run().exits(1).says("1 file was skipped").never_says("EXTRA_ARGS excludes");
}
