//! `FINGERPRINTED`: which files have names that change with their content, and what follows from it.

use std::path::Path;

use bitbucket_pipe::Environment;
use bitbucket_pipe::changes::{Change, ChangeList};
use local_aws::scenario::{BUCKET, Site, Step, World};

use super::step::deploy;

const FOREVER: &str = "public, max-age=31536000, immutable";
const AN_HOUR: &str = "public, max-age=3600";

/// A deploy with everything that depends on fingerprints.
fn step(world: &World, site: &Site) -> Step {
    deploy(world, site)
        .set("CACHE_CONTROL", "auto")
        .set("DELETE_FLAG", "true")
        .set("DELETE_GRACE", "7d")
        .set("CHANGES_FILE", "changes.json")
}

fn cache_control(world: &World, path: &str) -> Option<String> {
    world.cloud.store().object(BUCKET, path).and_then(|object| object.cache_control.clone())
}

/// What the last deploy of the list did to a path.
fn change(site: &Site, path: &str) -> Option<Change> {
    let file = Path::new(site.clone_folder()).join("changes.json");
    let list =
        ChangeList::read(&file, &Environment::from_pairs([("BITBUCKET_BUILD_NUMBER".into(), "42".into())]))
            .expect("a list");
    list.deploys.last().and_then(|deploy| deploy.difference.paths.get(path).copied())
}

#[test]
fn patterns_reach_headers_grace_and_the_list_of_changes() {
    let (world, site) = (World::permissive(), Site::small());
    let step = step(&world, &site).set("FINGERPRINTED", "app/* *.v?.pdf");
    step.run().exits(0);
    site.write("app/main.js", "1");
    site.write("app/index.html", "page");
    site.write("price.v1.pdf", "1");
    step.run().exits(0);
    for (path, cached, expected) in [
        ("app/main.js", FOREVER, Change::NewFingerprinted),
        ("price.v1.pdf", FOREVER, Change::NewFingerprinted),
        ("app/index.html", "no-cache", Change::New),
    ] {
        assert_eq!(cache_control(&world, path).as_deref(), Some(cached), "{path}");
        assert_eq!(change(&site, path), Some(expected), "{path}");
    }
    site.remove("app/main.js");
    site.remove("price.v1.pdf");
    site.remove("app/index.html");
    step.clone().run().exits(0).says("deleted 1, kept 2;");
    step.set("DELETE_GRACE", "0").run().exits(0).says("deleted 2;");
    assert_eq!(change(&site, "app/main.js"), Some(Change::DeletedFingerprinted));
    assert_eq!(change(&site, "price.v1.pdf"), Some(Change::Deleted), "it may have been taken down");
}

#[test]
fn none_switches_recognition_off() {
    let (world, site) = (World::permissive(), Site::small());
    let step = step(&world, &site);
    step.run().exits(0);
    assert_eq!(cache_control(&world, "assets/site.1a2b3c4d.css").as_deref(), Some(FOREVER));
    site.write("js/app.3f9a1c07.js", "1");
    step.clone().set("FINGERPRINTED", "none").run().exits(0);
    for path in ["assets/site.1a2b3c4d.css", "js/app.3f9a1c07.js"] {
        assert_eq!(cache_control(&world, path).as_deref(), Some(AN_HOUR), "{path}");
    }
    assert_eq!(change(&site, "js/app.3f9a1c07.js"), Some(Change::New));
    step.set("FINGERPRINTED", "none js/*").run().exits(0);
    for (path, expected) in [("assets/site.1a2b3c4d.css", AN_HOUR), ("js/app.3f9a1c07.js", FOREVER)] {
        assert_eq!(cache_control(&world, path).as_deref(), Some(expected), "{path}");
    }
}

#[test]
fn documents_and_identifiers_are_not_kept_for_a_year() {
    let (world, site) = (World::permissive(), Site::small());
    let paths = [
        "data/507f1f77bcf86cd799439011.json",
        "u/550e8400-e29b-41d4-a716-a46655440000.json",
        "data/AB123456.json",
        "sku_1234567e.json",
        "salaries-2024ABCD.pdf",
    ];
    for path in paths {
        site.write(path, "x");
    }
    step(&world, &site).run().exits(0);
    for path in paths {
        assert_eq!(cache_control(&world, path).as_deref(), Some(AN_HOUR), "{path}");
    }
}
