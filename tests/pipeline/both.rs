//! Both pipes, a site in two versions, and the edge in front of it.

use std::fs;

use local_aws::Origin;
use local_aws::scenario::{BUCKET, Site, Step, World};

/// In front of the bucket.
pub(crate) const DISTRIBUTION: &str = "E1EXAMPLE";

/// A world with a distribution in front of its bucket.
pub(crate) fn world() -> World {
    let world = World::permissive();
    world.cloud.create_distribution(DISTRIBUTION, Origin::new(BUCKET, "").default_root_object("index.html"));
    world
}

/// The first version of a site.
pub(crate) fn site() -> Site {
    Site::empty()
        .with("index.html", "home 1")
        .with("about.html", "about 1")
        .with("gone.html", "gone 1")
        .with("assets/site.css", "style 1")
        .with("assets/logo.svg", "logo 1")
}

/// The second: a page and an asset edited, a page and an asset new, a page gone, the rest as it was.
pub(crate) fn edit(site: &Site) {
    site.write("index.html", "home 2");
    site.write("assets/site.css", "style 2");
    site.write("new.html", "new 2");
    site.write("assets/new.css", "new style 2");
    site.remove("gone.html");
}

/// Everything a visitor may ask for.
pub(crate) const PATHS: [&str; 9] = [
    "/",
    "/index.html",
    "/about.html",
    "/gone.html",
    "/new.html",
    "/assets/site.css",
    "/assets/logo.svg",
    "/assets/new.css",
    "/nowhere.html",
];

/// A pipe of a build, whose clone is the site's.
pub(crate) fn step(world: &World, site: &Site, pipe: &str, build: &str) -> Step {
    world
        .step(env!("CARGO_BIN_EXE_local-pipeline"), site.clone_folder())
        .argument("__pipe")
        .argument(pipe)
        .set("BITBUCKET_BUILD_NUMBER", build)
        .set("CHANGES_FILE", &format!("changes-{build}.json"))
}

/// The first pipe.
pub(crate) fn deploy(world: &World, site: &Site, build: &str) -> Step {
    step(world, site, "s3-deploy", build)
        .set("S3_BUCKET", BUCKET)
        .set("LOCAL_PATH", "build")
        .set("DELETE_FLAG", "true")
}

/// The second.
pub(crate) fn invalidate(world: &World, site: &Site, build: &str) -> Step {
    step(world, site, "cloudfront-invalidate", build)
        .set("DISTRIBUTION_ID", DISTRIBUTION)
        .set("PATHS", "changed")
}

/// Both pipes of a build, both successful.
pub(crate) fn build(world: &World, site: &Site, build: &str) {
    deploy(world, site, build).run().exits(0);
    invalidate(world, site, build).run().exits(0);
}

/// A visitor sees every page, so that the edge holds what there is now.
pub(crate) fn visit_all(world: &World) {
    for path in PATHS {
        let _ = world.cloud.visit(DISTRIBUTION, path);
    }
}

/// The edge serves exactly what the build folder holds.
#[track_caller]
pub(crate) fn assert_fresh(world: &World, site: &Site, when: &str) {
    for path in PATHS {
        let visit = world.cloud.visit(DISTRIBUTION, path);
        let name = if path == "/" { "index.html" } else { &path[1..] };
        match fs::read_to_string(site.file(name)) {
            Ok(expected) => assert_eq!((visit.status, visit.text()), (200, expected), "{path} {when}"),
            Err(_) => assert!(visit.status >= 400, "{path} is still served {when}: {}", visit.text()),
        }
    }
}

/// From now on deletions are done, but no run hears of it: the reply is lost, and what is asked instead is refused.
pub(crate) fn deleted_without_an_answer(world: &World) {
    world.cloud.fail("DeleteObjects").after_work().times(1);
    world.cloud.fail("DeleteObjects").with("AccessDenied");
    world.cloud.fail("DeleteObject").with("AccessDenied");
}
