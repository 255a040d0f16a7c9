//! Contents and headers that browsers cannot use: a warning each, and recipes for those that need a rule.

use local_aws::scenario::{BUCKET, Site, Step, World};

use super::step::deploy;

const GZIP: [u8; 4] = [0x1f, 0x8b, 8, 0];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A dry run: nothing has to arrive.
fn rehearsal(world: &World, site: &Site) -> Step {
    deploy(world, site).set("DRY_RUN", "true")
}

#[test]
fn files_that_are_not_in_their_encoding_are_named() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("packed.js", GZIP);
    site.write("empty.js", "");
    let line = "WARNING: Browsers cannot read 3 files with `Content-Encoding: gzip` that gzip did not compress: \
                assets/site.1a2b3c4d.css, images/Caf\u{e9} + 100%.svg, index.html. ";
    let step = rehearsal(&world, &site);
    step.clone().set("CONTENT_ENCODING", "gzip").run().exits(0).says(line);
    step.clone().set("EXTRA_ARGS", "--content-encoding gzip").run().exits(0).says(line);
    step.clone().set("CONTENT_ENCODING", "br").run().exits(0).never_says("WARNING");
    step.clone()
        .set("EXTRA_ARGS", "--content-encoding gzip --exclude * --include packed.js")
        .run()
        .never_says("cannot read");
    step.run().exits(0).never_says("WARNING");
}

#[test]
fn an_encoding_by_a_rule_is_checked_for_its_files_alone() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("a.js.zst", ZSTD);
    site.write("b.js.zst", "plain");
    site.write("c.js.gz", "plain, and nobody says otherwise");
    site.write("../rules", "/*.zst\n  Content-Encoding: zstd\n");
    let step = rehearsal(&world, &site).set("HEADERS_FILE", "rules");
    let ended = step.run().exits(0).says("that zstd did not compress: b.js.zst. ");
    assert_eq!(ended.log.matches("WARNING").count(), 1, "{}", ended.log);
}

#[test]
fn literal_quotes_and_variables_in_headers_are_told() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("../rules", "/*\n  Cache-Control: max-age=$AGE\n");
    let step = rehearsal(&world, &site);
    step.clone()
        .set("CACHE_CONTROL", "\"no-cache\"")
        .set("EXTRA_ARGS", "--content-language \"'de'\"")
        .run()
        .exits(0)
        .says(
            "WARNING: CACHE_CONTROL is `\"no-cache\"`: the quotes become part of the header; leave them out",
        )
        .says("WARNING: --content-language in EXTRA_ARGS is `'de'`: the quotes");
    let told = "has `$AGE`, which is not expanded and becomes part of the header";
    step.clone()
        .set("CACHE_CONTROL", "max-age=$AGE")
        .run()
        .exits(0)
        .says(&format!("WARNING: CACHE_CONTROL {told}"));
    step.set("HEADERS_FILE", "rules")
        .run()
        .exits(0)
        .says(&format!("WARNING: rules, line 2: Cache-Control {told}"));
}

#[test]
fn one_name_in_two_spellings_is_told() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("caf\u{e9}.html", "composed");
    rehearsal(&world, &site).run().exits(0).never_says("WARNING");
    site.write("cafe\u{301}.html", "decomposed");
    rehearsal(&world, &site)
        .run()
        .exits(0)
        .says("WARNING: LOCAL_PATH has 1 name twice, with accents as one character (NFC)");
}

#[test]
fn rules_that_nobody_reads_are_told() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("_headers", "/*\n  Cache-Control: no-cache\n");
    let step = rehearsal(&world, &site);
    step.run()
        .exits(0)
        .says("WARNING: LOCAL_PATH has a file `_headers`")
        .says("HEADERS_FILE: 'build/_headers' applies them");
    step.clone().set("HEADERS_FILE", "build/_headers").run().exits(0).never_says("WARNING");
    step.set("EXTRA_ARGS", "--exclude _headers").run().exits(0).never_says("WARNING");
}

/// The rules of the README, and what they do.
#[test]
fn the_recipes_of_the_readme_do_what_they_promise() {
    let readme = include_str!("../../pipes/aws-s3-deploy/README.md");
    let (_, recipes) = readme.split_once("\n_Recipes_\n").expect("the section is there");
    let recipes = recipes.split("\n_").next().expect("a section");
    let rules: Vec<&str> =
        recipes.split("```text\n").skip(1).filter_map(|part| part.split("```").next()).collect();
    assert_eq!(rules.len(), 3, "{recipes}");
    let (world, site) = (World::permissive(), Site::small());
    site.write("assets/app.js.gz", GZIP);
    site.write("assets/app.js.br", "packed");
    site.write("downloads/source.tar.gz", GZIP);
    site.write(".well-known/apple-app-site-association", "{}");
    site.write("docs/readme.txt", "x");
    site.write("../rules", rules.concat());
    deploy(&world, &site).set("HEADERS_FILE", "rules").run().exits(0).never_says("WARNING");
    for (key, media_type, encoding) in [
        ("assets/app.js.gz", "text/javascript", Some("gzip")),
        ("assets/app.js.br", "text/javascript", Some("br")),
        ("downloads/source.tar.gz", "application/x-tar", None),
        (".well-known/apple-app-site-association", "application/json", None),
        ("docs/readme.txt", "text/plain; charset=utf-8", None),
        ("index.html", "text/html; charset=utf-8", None),
        ("assets/site.1a2b3c4d.css", "text/css; charset=utf-8", None),
    ] {
        let object = world.cloud.store().object(BUCKET, key).expect("it arrived");
        let found = (object.content_type.as_deref(), object.content_encoding.as_deref());
        assert_eq!(found, (Some(media_type), encoding), "{key}");
    }
}
