//! What is never part of a site, whichever name leads to it: neither uploaded nor deleted.

use std::fs;
use std::os::unix::fs::symlink;

use local_aws::scenario::{BUCKET, Site, World};

use super::step::{deploy, object};

/// A small site whose clone has a `.git` folder with a secret.
fn site() -> Site {
    let site = Site::small();
    fs::create_dir_all(site.clone_folder().join(".git/hooks")).expect("a folder");
    for path in [".git/config", ".git/hooks/commit-msg"] {
        fs::write(site.clone_folder().join(path), "secret").expect("a file");
    }
    site
}

fn no_body_is(world: &World, secret: &str) {
    for key in world.keys() {
        assert_ne!(world.body(&key).as_deref(), Some(secret.as_bytes()), "{key}");
    }
}

#[test]
fn links_into_git_are_left_out_and_protected() {
    let (world, site) = (World::permissive(), site());
    symlink("../.git/config", site.file("config.txt")).expect("a link");
    symlink("config.txt", site.file("chain.txt")).expect("a link");
    symlink("../.git", site.file("git")).expect("a link");
    for key in ["config.txt", "git/HEAD", "old.html"] {
        world.cloud.store().put(BUCKET, key, object("there before"));
    }
    let step = deploy(&world, &site).set("DELETE_FLAG", "true");
    let ended = step.run().exits(0).says("uploaded 3").says("deleted 1");
    assert_eq!(ended.log.matches("Left out").count(), 1, "{}", ended.log);
    no_body_is(&world, "secret");
    assert!(world.body("config.txt").is_some() && world.body("git/HEAD").is_some());
    step.run().exits(0).says("3 files unchanged");
}

#[test]
fn the_pipes_storage_is_left_out_wherever_it_is() {
    let (world, site) = (World::permissive(), site());
    let storage = site.file("storage");
    fs::create_dir(&storage).expect("a folder");
    symlink("storage", site.file("shared")).expect("a link");
    let step = deploy(&world, &site).set("BITBUCKET_PIPE_SHARED_STORAGE_DIR", &storage.to_string_lossy());
    for _ in 0..2 {
        step.run().exits(0).says("Left out, as never part of a site: ");
        assert!(storage.join("aws-deploy/changes.json").is_file());
        assert_eq!(world.keys().len(), 3, "{:?}", world.keys());
    }
}

#[test]
fn what_the_pipe_writes_is_not_uploaded_by_the_next_run() {
    let (world, site) = (World::permissive(), site());
    symlink("build", site.clone_folder().join("site")).expect("a link");
    fs::create_dir(site.clone_folder().join("out")).expect("a folder");
    symlink("../out", site.file("out")).expect("a link");
    symlink("../out/result.json", site.file("latest.json")).expect("a link");
    world.cloud.store().put(BUCKET, "changes.json", object("there before"));
    let step = deploy(&world, &site)
        .set("DELETE_FLAG", "true")
        .set("CHANGES_FILE", "site/changes.json")
        .set("RESULT_FILE", "out/result.json");
    step.run().exits(0).says("uploaded 3").says("deleted 0");
    for path in ["changes.json", "out/result.json", "latest.json"] {
        assert!(site.file(path).is_file(), "{path}");
    }
    let ended = step.run().exits(0).says("3 files unchanged").says("Left out, as written by this pipe: ");
    assert_eq!(ended.log.matches("Left out").count(), 1, "{}", ended.log);
    assert_eq!(world.keys().len(), 4, "{:?}", world.keys());
    assert_eq!(world.body("changes.json").as_deref(), Some(&b"there before"[..]));
}
