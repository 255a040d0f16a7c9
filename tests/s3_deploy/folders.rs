//! Values of `LOCAL_PATH` that cannot be meant, or hardly.

use std::fs;

use local_aws::scenario::{Ended, Site, Step, World};

use super::step::deploy;

/// A step that deploys this folder, from the clone.
fn deploying(world: &World, site: &Site, folder: &str) -> Step {
    let clone = site.clone_folder().to_str().expect("a name in UTF-8");
    deploy(world, site).set("LOCAL_PATH", folder).set("BITBUCKET_CLONE_DIR", clone)
}

/// Runs a step that is refused: nothing is sent.
fn refused(world: &World, step: &Step) -> Ended {
    let ended = step.run().exits(2).says("ERROR: LOCAL_PATH ").says("\nhint: ");
    assert!(world.cloud.requests().is_empty());
    ended
}

#[test]
fn what_has_more_than_the_clone_in_it_is_refused() {
    let (world, site) = (World::permissive(), Site::small());
    let above = site.clone_folder().parent().expect("a folder").to_str().expect("a name in UTF-8").to_owned();
    for (name, words) in [
        ("/", "is `/`, the root of the file system\nhint: is every variable in it defined for this step?"),
        ("..", "is `..`, which is above the clone /"),
        (&above, "which is above the clone /"),
        ("build/../../../../../../../../..", "the root of the file system"),
    ] {
        refused(&world, &deploying(&world, &site, name)).says(words);
        // So it is where a script could have made it, and without the clone's variable.
        fs::write(site.clone_folder().join("script.sh"), "touch ran").expect("a script");
        let step = deploying(&world, &site, name).set("PRE_EXECUTION_SCRIPT", "script.sh");
        refused(&world, &step.unset("BITBUCKET_CLONE_DIR")).says(words);
        assert!(!site.clone_folder().join("ran").exists(), "{name}");
    }
}

#[test]
fn what_a_script_makes_is_judged_after_it() {
    let (world, site) = (World::permissive(), Site::small());
    for (script, words) in [
        ("touch out", "is a file, not a folder: "),
        ("rm out; mkdir Out", "hint: there is `Out`"),
        ("ln -s / out", "is `out`, the root of the file system"),
    ] {
        fs::write(site.clone_folder().join("script.sh"), format!("#!/bin/sh\nPATH=/bin:/usr/bin\n{script}"))
            .expect("a script");
        let step = deploying(&world, &site, "out").set("PRE_EXECUTION_SCRIPT", "script.sh");
        refused(&world, &step).says(words);
    }
}

#[test]
fn a_folder_that_is_not_there_is_told_with_what_is() {
    let (world, site) = (World::permissive(), Site::small());
    for (name, words) in [
        ("Build", "hint: there is `build`"),
        ("biuld", "hint: there is `build`"),
        ("build/Assets", "hint: there is `build/assets`"),
        ("dist", "hint: the step's working directory has the folder `build`; name the build's output"),
        ("build/*", "hint: LOCAL_PATH takes a folder, not a pattern: `build` is there"),
        ("\"build\"", "hint: leave out the quotes, which are part of the value: `build` is there"),
        ("/build-of-no-machine", "hint: name the build's output"),
        ("build/index.html", "hint: name the folder `build`"),
        ("$NOPE/build", "has `$NOPE`, which is not expanded"),
    ] {
        refused(&world, &deploying(&world, &site, name)).says(words);
    }
}

#[test]
fn a_folder_outside_the_clone_is_a_warning() {
    let (world, site, other) = (World::permissive(), Site::small(), Site::small());
    let build = other.file("");
    let folder = build.to_str().expect("a name in UTF-8");
    deploying(&world, &site, folder)
        .run()
        .exits(0)
        .says("WARNING: LOCAL_PATH is /")
        .says("outside the clone /")
        .says("is every variable in it defined for this step?")
        .says("uploaded 3");
    deploying(&world, &site, "build").run().exits(0).never_says("WARNING");
}

#[test]
fn the_repository_itself_is_a_warning() {
    let (world, site) = (World::permissive(), Site::small());
    deploying(&world, &site, ".").run().exits(0).never_says("the repository itself");
    fs::write(site.clone_folder().join("bitbucket-pipelines.yml"), "").expect("a file");
    fs::create_dir_all(site.clone_folder().join("node_modules/x")).expect("a folder");
    fs::write(site.clone_folder().join("node_modules/x/a.js"), "").expect("a file");
    let words = "WARNING: LOCAL_PATH is the repository itself, and bitbucket-pipelines.yml, node_modules will be deployed";
    deploying(&world, &site, ".").run().exits(0).says(words);
    let filters = "--exclude 'node_modules/*' --exclude bitbucket-pipelines.yml";
    let step = deploying(&world, &site, ".").set("EXTRA_ARGS", filters);
    step.run().exits(0).never_says("the repository itself");
}

#[test]
fn a_folder_above_the_site_is_a_warning_that_names_the_site() {
    let files = [("app/browser/index.html", "page"), ("app/browser/main.js", "x"), ("app/licenses.txt", "x")];
    let words = "WARNING: LOCAL_PATH `build` has no page at its top, and every page is below `build/app/browser`, which \
                 has an index.html: if that is the site, write LOCAL_PATH: 'build/app/browser'";
    let (world, site) = (World::permissive(), Site::empty());
    for (path, content) in files {
        site.write(path, content);
    }
    let step = deploying(&world, &site, "build");
    step.clone().set("DRY_RUN", "true").run().exits(0).says(words);
    step.run().exits(0).says(words);
    deploying(&world, &site, "build/app/browser").run().exits(0).never_says("has no page");
    // From here on the root has a page, which stays there without deletion alone.
    step.run().exits(0).never_says("has no page");
    step.clone().set("DELETE_FLAG", "true").run().exits(0).says(words);
    // A page at the top that this call leaves out is another call's.
    site.write("index.html", "page");
    step.set("EXTRA_ARGS", "--exclude index.html").run().exits(0).never_says("has no page");
}
