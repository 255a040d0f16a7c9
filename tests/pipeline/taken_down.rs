//! A file that was taken down is gone from the edge too, whatever its name looks like.

use local_aws::scenario::World;

use super::both::{DISTRIBUTION, build, site, world};

const REPORT: &str = "report-2024ABCD.pdf";
const PHOTO: &str = "images/photo-D1wRgT4a.jpg";
const SCRIPT: &str = "app.3f9a1c07.js";

fn edge(world: &World, path: &str) -> String {
    world.cloud.visit(DISTRIBUTION, &format!("/{path}")).text()
}

/// What the last invalidation asked for.
fn invalidated(world: &World) -> Vec<String> {
    world.cloud.invalidations(DISTRIBUTION).last().map(|last| last.paths.clone()).unwrap_or_default()
}

#[test]
fn deleted_documents_and_images_are_invalidated_and_scripts_are_not() {
    let (world, site) = (world(), site());
    for path in [REPORT, PHOTO, SCRIPT] {
        site.write(path, "secret");
    }
    build(&world, &site, "1");
    for path in [REPORT, PHOTO, SCRIPT] {
        assert_eq!(edge(&world, path), "secret", "{path}");
        site.remove(path);
    }
    build(&world, &site, "2");
    assert_eq!(invalidated(&world), [format!("/{PHOTO}"), format!("/{REPORT}")]);
    for path in [REPORT, PHOTO] {
        assert!(world.cloud.visit(DISTRIBUTION, &format!("/{path}")).status >= 400, "{path}");
    }
    assert_eq!(edge(&world, SCRIPT), "secret", "only pages that are gone ask for it");
}

#[test]
fn other_content_under_a_fingerprint_is_invalidated() {
    let (world, site) = (world(), site());
    for path in [PHOTO, SCRIPT] {
        site.write(path, "1");
    }
    build(&world, &site, "1");
    for path in [PHOTO, SCRIPT] {
        assert_eq!(edge(&world, path), "1", "{path}");
        site.write(path, "2");
    }
    build(&world, &site, "2");
    for path in [PHOTO, SCRIPT] {
        assert_eq!(edge(&world, path), "2", "{path}");
    }
}
