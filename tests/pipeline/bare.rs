//! The programs as lines of a script, as the README shows it for runners on which no pipe runs.

use std::fs;
use std::path::Path;

use local_aws::Origin;
use local_aws::scenario::{BUCKET, Site, World};

/// The lines of the README that begin with a variable and end with a program.
fn lines() -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(readme).expect("a README");
    let is_line = |line: &&str| line.contains(" CHANGES_FILE=") && !line.contains('`');
    readme.lines().filter(is_line).map(str::to_owned).collect()
}

#[test]
fn both_programs_run_as_lines_of_a_script() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.create_distribution("123xyz", Origin::new(BUCKET, ""));
    let lines = lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    // This program is both; and the bucket of a world has a name of its own.
    let programs = "s3-deploy() { \"$RUNNER\" __pipe s3-deploy; }\ncloudfront-invalidate() { \"$RUNNER\" __pipe cloudfront-invalidate; }\n";
    let script = format!("{programs}{}\n", lines.join("\n")).replace("DOC-EXAMPLE-BUCKET", BUCKET);
    let step = world
        .step("bash", site.clone_folder())
        .argument("-ec")
        .argument(&script)
        .set("PATH", "/usr/local/bin:/usr/bin:/bin")
        .set("RUNNER", env!("CARGO_BIN_EXE_local-pipeline"));
    step.run().exits(0);
    assert_eq!(world.keys().len(), 3);
    assert_eq!(world.cloud.invalidations("123xyz").len(), 1);
    site.write("index.html", "another page");
    step.run().exits(0);
    let mut last = world.cloud.invalidations("123xyz").pop().expect("an invalidation").paths;
    last.sort();
    assert_eq!(last, ["/", "/index.html"]);
}
