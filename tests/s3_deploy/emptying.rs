//! Deploys of nothing: what is in the bucket stays, unless the user says that it is to go.

use local_aws::scenario::{BUCKET, Site, Step, World};

use super::guards::refused;
use super::step::{deploy, object};

/// A step that deletes what `site` does not have from a bucket with the small site.
fn deleting(world: &World, site: &Site) -> Step {
    deploy(world, &Site::small()).run().exits(0);
    deploy(world, site).set("DELETE_FLAG", "true")
}

#[test]
fn an_empty_folder_is_refused_without_a_write() {
    let (world, site) = (World::permissive(), Site::empty());
    let step = deleting(&world, &site);
    refused(&world, &step)
        .says("LOCAL_PATH has no files, and the deploy would delete 3 objects; nothing was written\nhint: did the build");
    // Not even what is kept for a while begins to count, nor is a part of the bucket deleted.
    let graceful = step.clone().set("DELETE_GRACE", "7d").set("EXTRA_ARGS", "--exclude * --include *.css");
    refused(&world, &graceful).says("would delete 1 object; nothing");
    step.set("ALLOW_EMPTY", "true").run().exits(0).says("deleted 3");
}

#[test]
fn a_folder_without_a_file_to_deploy_is_refused() {
    let words = "LOCAL_PATH has 1 file, excluded by EXTRA_ARGS or a placeholder such as .gitkeep, and the deploy would \
                 delete all 3 objects; nothing was written\nhint: did the build run, and are the filters in the right order?";
    for (file, arguments, grace) in [
        (".gitkeep", "--exclude .gitkeep", "0"),
        (".gitkeep", "--no-progress", "0"),
        ("notes.txt", "--exclude '*.txt'", "0"),
        ("notes.txt", "--exclude '*.txt'", "7d"),
    ] {
        let (world, site) = (World::permissive(), Site::empty().with(file, ""));
        let step = deleting(&world, &site).set("EXTRA_ARGS", arguments).set("DELETE_GRACE", grace);
        refused(&world, &step).says(words);
        refused(&world, &step.clone().set("DRY_RUN", "true")).says(words);
        let kept = if grace == "0" { "deleted 3" } else { "deleted 2, kept 1" };
        step.set("ALLOW_EMPTY", "true").run().exits(0).says(kept);
    }
}

#[test]
fn a_placeholder_that_stays_in_the_bucket_is_not_a_site() {
    let (world, site) = (World::permissive(), Site::empty().with(".gitkeep", ""));
    world.cloud.store().put(BUCKET, ".gitkeep", object(""));
    refused(&world, &deleting(&world, &site)).says("would delete all 3 objects");
}

#[test]
fn skipped_files_alone_delete_nothing() {
    let (world, site) = (World::permissive(), Site::empty());
    std::os::unix::fs::symlink("nowhere", site.file("index.html")).expect("a link");
    deleting(&world, &site).run().exits(1).says("1 file was skipped").says("deleted 0");
    assert_eq!(world.keys().len(), 3);
}

#[test]
fn a_call_for_maps_deletes_the_last_map() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.store().put(BUCKET, "app.js.map", object("an old one"));
    let step = deleting(&world, &site).set("EXTRA_ARGS", "--exclude * --include *.map");
    step.run().exits(0).says("deleted 1");
    assert_eq!(world.keys().len(), 3);
}

#[test]
fn an_unchanged_file_is_something_to_deploy() {
    let (world, site) = (World::permissive(), Site::small());
    let step = deleting(&world, &site);
    site.remove("assets/site.1a2b3c4d.css");
    site.remove("images/Caf\u{e9} + 100%.svg");
    step.run().exits(0).says("unchanged 1").says("deleted 2");
}
