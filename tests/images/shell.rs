//! The image with a shell, for `PRE_EXECUTION_SCRIPT`.

use local_aws::scenario::{Site, World};

use super::container::{CLONE, Container, deploy, image};
use super::content::has_exactly_the_authorities_of_the_list;

/// What scripts before a deploy are made of: pipes, programs by name and by path, a temporary file, a written clone.
const SCRIPT: &str = "set -eu
test \"$(id -u)\" = 0
echo 'body { color: red }' | sed 's/red/blue/' > /tmp/style.css
gzip -c /tmp/style.css > build/style.css.gz
printf '#!/usr/bin/env sh\\necho by its own path\\n' > run && chmod +x run && ./run
";

fn name() -> String {
    format!("{}-shell", image("aws-s3-deploy"))
}

fn with_shell(world: &World, site: &Site) -> Container {
    Container::new(&name(), world, site.clone_folder())
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn its_authorities_are_exactly_the_list() {
    has_exactly_the_authorities_of_the_list(&name());
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn it_runs_what_scripts_are_made_of() {
    let (world, site) = (World::permissive(), Site::small());
    with_shell(&world, &site)
        .option("--entrypoint=/bin/sh")
        .argument("-c")
        .argument(SCRIPT)
        .run()
        .exits(0)
        .says("by its own path");
    assert!(site.file("style.css.gz").exists());
    let (world, site) = (World::permissive(), Site::small());
    let missing = deploy(&world, &site).option("--entrypoint=/bin/sh").argument("-c").argument("true").run();
    assert_ne!(missing.code, Some(0), "the image without a shell has one");
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn a_script_runs_before_the_deploy_and_the_image_without_a_shell_names_the_one_that_has_it() {
    let (world, site) = (World::permissive(), Site::small());
    std::fs::write(site.clone_folder().join("before.sh"), SCRIPT).expect("a script");
    let missing = deploy(&world, &site).set("PRE_EXECUTION_SCRIPT", "before.sh").run();
    assert_ne!(missing.code, Some(0), "{}", missing.log);
    assert!(missing.log.contains("-shell"), "{}", missing.log);
    assert_eq!(world.cloud.requests().len(), 0);
    with_shell(&world, &site)
        .set("S3_BUCKET", "site-bucket")
        .set("LOCAL_PATH", "build")
        .set("PRE_EXECUTION_SCRIPT", "before.sh")
        .run()
        .exits(0)
        .says("by its own path");
    assert!(world.body("style.css.gz").is_some());
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn it_deploys_as_the_one_without_does() {
    let (world, site) = (World::permissive(), Site::small());
    with_shell(&world, &site)
        .set("S3_BUCKET", "site-bucket")
        .set("LOCAL_PATH", &format!("{CLONE}/build"))
        .run()
        .exits(0);
    assert_eq!(world.keys().len(), 3);
}
