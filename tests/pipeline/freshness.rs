//! Both pipes and the edge: whatever fails on the way, once a build has ended well the edge serves what it built.

use std::fs;

use local_aws::Origin;
use local_aws::scenario::{BUCKET, World};

use super::both::{DISTRIBUTION, assert_fresh, build, deploy, edit, invalidate, site, visit_all, world};

#[test]
fn an_edited_page_is_old_until_it_is_invalidated_and_every_other_page_stays_cached() {
    let (world, site) = (world(), site());
    build(&world, &site, "1");
    visit_all(&world);
    site.write("about.html", "about 2");
    deploy(&world, &site, "2").run().exits(0);
    assert_eq!(world.cloud.visit(DISTRIBUTION, "/about.html").text(), "about 1");
    invalidate(&world, &site, "2").run().exits(0);
    let fresh = world.cloud.visit(DISTRIBUTION, "/about.html");
    assert_eq!((fresh.text().as_str(), fresh.from_cache), ("about 2", false));
    for path in ["/", "/index.html", "/gone.html", "/assets/site.css", "/assets/logo.svg"] {
        assert!(world.cloud.visit(DISTRIBUTION, path).from_cache, "{path} was evicted needlessly");
    }
}

#[test]
fn a_deploy_that_failed_half_way_and_was_run_again_leaves_nothing_stale() {
    let (world, site) = (world(), site());
    build(&world, &site, "1");
    visit_all(&world);
    edit(&site);
    world.cloud.fail("PutObject").on("assets/site.css").with("AccessDenied");
    deploy(&world, &site, "2").run().exits(1);
    visit_all(&world);
    world.cloud.heal();
    build(&world, &site, "2");
    assert_fresh(&world, &site, "after the second run");
}

#[test]
fn an_invalidation_that_failed_is_made_good_by_the_same_step_and_by_the_next_build() {
    for next in ["2", "3"] {
        let (world, site) = (world(), site());
        build(&world, &site, "1");
        visit_all(&world);
        edit(&site);
        world.cloud.fail("CreateInvalidation").with("AccessDenied");
        deploy(&world, &site, "2").run().exits(0);
        invalidate(&world, &site, "2").run().exits(1);
        visit_all(&world);
        world.cloud.heal();
        // A clone of its own: the list of the failed run is not in it.
        let _ = fs::remove_file(site.clone_folder().join("changes-2.json"));
        if next == "3" {
            site.write("about.html", "about 3");
        }
        build(&world, &site, next);
        assert_fresh(&world, &site, next);
    }
}

#[test]
fn a_lost_reply_and_a_second_run_make_one_invalidation() {
    let (world, site) = (world(), site());
    build(&world, &site, "1");
    let before = world.cloud.invalidations(DISTRIBUTION).len();
    visit_all(&world);
    edit(&site);
    deploy(&world, &site, "2").run().exits(0);
    world.cloud.fail("CreateInvalidation").after_work().times(1);
    invalidate(&world, &site, "2").run().exits(0);
    invalidate(&world, &site, "2").run().exits(0);
    assert_eq!(world.cloud.invalidations(DISTRIBUTION).len(), before + 1);
    assert_fresh(&world, &site, "after two runs");
}

#[test]
fn two_deploys_and_two_invalidations_in_one_step() {
    let world = World::permissive();
    let (one, two) = (site(), site());
    for (distribution, prefix) in [("E1EXAMPLE", "/one"), ("E2EXAMPLE", "/two")] {
        let origin = Origin::new(BUCKET, prefix).default_root_object("index.html");
        world.cloud.create_distribution(distribution, origin);
    }
    let list = one.clone_folder().join("both.json");
    let list = list.to_str().expect("UTF-8");
    let run = |number: &str| {
        for (site, prefix) in [(&one, "one"), (&two, "two")] {
            let step = deploy(&world, site, number).set("CHANGES_FILE", list);
            step.set("S3_BUCKET", &format!("{BUCKET}/{prefix}")).run().exits(0);
        }
        for (distribution, prefix) in [("E1EXAMPLE", "one"), ("E2EXAMPLE", "two")] {
            let step = invalidate(&world, &one, number).set("CHANGES_FILE", list);
            let step = step.set("DISTRIBUTION_ID", distribution).set("ORIGIN_PATH", prefix);
            step.set("S3_BUCKET", &format!("{BUCKET}/{prefix}")).run().exits(0);
        }
    };
    run("1");
    let visit = |distribution: &str, path: &str| world.cloud.visit(distribution, path).text();
    for distribution in ["E1EXAMPLE", "E2EXAMPLE"] {
        assert_eq!(visit(distribution, "/about.html"), "about 1");
    }
    one.write("about.html", "about one");
    two.write("index.html", "home two");
    run("2");
    assert_eq!(visit("E1EXAMPLE", "/about.html"), "about one");
    assert_eq!(visit("E2EXAMPLE", "/"), "home two");
    assert!(world.cloud.visit("E2EXAMPLE", "/about.html").from_cache, "another site's page was evicted");
}

/// Names, and every address under which S3 gives them: it reads a plus sign as a blank.
fn awkward_names() -> Vec<(String, Vec<String>)> {
    let deep = ["\u{e9}".repeat(120), "\u{e8}".repeat(120), "\u{ea}".repeat(120)].join("/") + ".html";
    let names = [
        ("a+b.html", &["/a%2Bb.html"][..]),
        ("50%.html", &["/50%25.html"]),
        ("50%20.html", &["/50%2520.html"]),
        ("caf\u{e9}.html", &["/caf%C3%A9.html", "/caf%c3%a9.html"]),
        ("cafe\u{301}.html", &["/cafe%CC%81.html"]),
        ("\u{65e5}\u{672c}.html", &["/%E6%97%A5%E6%9C%AC.html"]),
        ("with two blanks.html", &["/with%20two%20blanks.html", "/with+two+blanks.html"]),
        ("this&that,=;'(!).html", &["/this&that,=;'(!).html"]),
        ("brackets[1]{2}.html", &["/brackets%5B1%5D%7B2%7D.html"]),
        ("what?#.html", &["/what%3F%23.html"]),
        ("quote\"<>|\\^`.html", &["/quote%22%3C%3E%7C%5C%5E%60.html"]),
        ("star*.html", &["/star*.html", "/star%2A.html"]),
        ("people/~me.html", &["/people/~me.html", "/people/%7Eme.html"]),
        (deep.as_str(), &[]),
    ];
    let names = names.map(|(name, paths)| (name.to_owned(), paths.iter().map(ToString::to_string).collect()));
    let mut names: Vec<(String, Vec<String>)> = names.into();
    for (name, paths) in names.iter_mut().filter(|(_, paths)| paths.is_empty()) {
        paths.push(format!("/{name}"));
    }
    names
}

#[test]
fn keys_with_awkward_names_are_evicted_under_every_address_that_visitors_use() {
    let (world, site) = (world(), site());
    let (names, neighbours) = (awkward_names(), ["stal.html", "people/you.html", "caff.html"]);
    let write =
        |version: u8| names.iter().for_each(|(name, _)| site.write(name, format!("{name} {version}")));
    let assert_version = |version: u8| {
        for (name, paths) in &names {
            for path in paths {
                let text = world.cloud.visit(DISTRIBUTION, path).text();
                assert_eq!(text, format!("{name} {version}"), "{path}");
            }
        }
    };
    write(1);
    for name in neighbours {
        site.write(name, "neighbour");
    }
    build(&world, &site, "1");
    assert_version(1);
    let neighbours = neighbours.map(|name| format!("/{name}"));
    for path in &neighbours {
        let _ = world.cloud.visit(DISTRIBUTION, path);
    }
    visit_all(&world);
    write(2);
    deploy(&world, &site, "2").run().exits(0);
    // All of it is stale.
    assert_version(1);
    invalidate(&world, &site, "2").run().exits(0);
    assert_version(2);
    let cached = |path: &str| world.cloud.visit(DISTRIBUTION, path).from_cache;
    assert!(cached("/about.html") && cached("/stal.html") && cached("/caff.html"), "a neighbour was evicted");
    // No path can name what holds a `~`, so that its folder goes with it.
    assert!(!cached("/people/you.html"));
}

#[test]
fn a_new_bundle_costs_the_paths_of_the_page_that_asks_for_it_alone() {
    let (world, site) = (world(), site());
    site.write("assets/app.1a2b3c4d.js", "script 1");
    build(&world, &site, "1");
    visit_all(&world);
    site.remove("assets/app.1a2b3c4d.js");
    site.write("assets/app.99aabbcc.js", "script 2");
    site.write("index.html", "home 2");
    build(&world, &site, "2");
    let last = world.cloud.invalidations(DISTRIBUTION).pop().expect("there was one");
    assert_eq!(last.paths, ["/", "/index.html"]);
}
