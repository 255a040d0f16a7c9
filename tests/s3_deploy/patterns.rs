//! Patterns that match nothing: a warning with the pattern that would, and none where nothing else was meant.

use local_aws::scenario::{BUCKET, Site, World};

use super::step::{deploy, object};

fn site() -> Site {
    Site::small()
        .with("app.js.map", "{}")
        .with("notes.txt", "x")
        .with("css/site.css", "x")
        .with("node_modules/a/index.js", "x")
}

#[test]
fn a_flag_of_another_form_is_told_with_the_right_one() {
    let (world, site) = (World::permissive(), site());
    for (flags, line) in [
        (
            "--exclude node_modules/",
            "`--exclude node_modules/` in EXTRA_ARGS matches no file and no object; write `--exclude 'node_modules/*'`",
        ),
        (
            "--exclude node_modules",
            "`--exclude node_modules` in EXTRA_ARGS matches no file and no object; write `--exclude 'node_modules/*'`",
        ),
        (
            "--exclude '*.{map,txt}'",
            "matches no file and no object; write `--exclude '*.map' --exclude '*.txt'`",
        ),
        ("--exclude ./css/*", "write `--exclude 'css/*'`"),
        (
            "--exclude '*' --include /css/*",
            "`--include /css/*` in EXTRA_ARGS matches no file and no object; write `--include 'css/*'`",
        ),
        ("--exclude \u{201c}*.map\u{201d}", "write `--exclude '*.map'`"),
        ("--exclude build/css/*", "write `--exclude 'css/*'`"),
    ] {
        let step = deploy(&world, &site).set("EXTRA_ARGS", flags).set("DRY_RUN", "true");
        let ended = step.run().exits(0).says("WARNING: `--").says(line);
        assert_eq!(ended.log.matches("in EXTRA_ARGS matches").count(), 1, "{flags}: {}", ended.log);
    }
}

/// The advice does what was meant.
#[test]
fn the_pattern_that_is_named_has_the_effect() {
    let (world, site) = (World::permissive(), site());
    let step = deploy(&world, &site).set("DRY_RUN", "true");
    let told = step.clone().set("EXTRA_ARGS", "--exclude *.{map,txt} --exclude node_modules/").run().exits(0);
    let advice = |line: &str| Some(line.split_once("; write `")?.1.trim_end_matches('`').to_owned());
    let flags: Vec<String> = told.log.lines().filter_map(advice).collect();
    let step = step.set("EXTRA_ARGS", &flags.join(" "));
    step.run().exits(0).never_says("WARNING").says("Excluded by EXTRA_ARGS: 3 files");
}

#[test]
fn what_only_the_bucket_has_counts() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.store().put(BUCKET, "uploads/a.pdf", object("there before"));
    let step = deploy(&world, &site).set("DELETE_FLAG", "true").set("DRY_RUN", "true");
    let flags = |flags| step.clone().set("EXTRA_ARGS", flags);
    flags("--exclude uploads/*").run().exits(0).never_says("WARNING").says("to delete: 0");
    flags("--exclude uploads").run().exits(0).says("write `--exclude 'uploads/*'`").says("to delete: 1");
}

#[test]
fn a_right_pattern_may_match_nothing() {
    let (world, site) = (World::permissive(), Site::small());
    let flags =
        "--exclude *.map --exclude node_modules/* --exclude robots.txt --exclude .git/ --include docs/*";
    let step = deploy(&world, &site).set("EXTRA_ARGS", flags).set("PAGES", "*.html *.htm about");
    step.run().exits(0).never_says("WARNING");
}

#[test]
fn patterns_of_variables_are_told_too() {
    let (world, site) = (World::permissive(), Site::small());
    let step = deploy(&world, &site).set("DRY_RUN", "true");
    for (pages, line) in [
        ("*.{html,htm}", "WARNING: `*.{html,htm}` in PAGES matches no file; write `*.html *.htm`"),
        ("*.html, *.htm", "WARNING: `*.html,` in PAGES matches no file; write `*.html`"),
        ("/index.html", "WARNING: `/index.html` in PAGES matches no file; write `index.html`"),
    ] {
        step.clone().set("PAGES", pages).run().exits(0).says(line);
    }
}
