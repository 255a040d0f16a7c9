//! Whole pipelines whose pipes are the real images.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::container::engine;

/// The pipelines file at the end of the AWS post about Bitbucket and OIDC; our images stand in for the official ones.
const REFERENCE: &str = include_str!("../reference-pipelines.yml");

fn run(file: &Path) -> String {
    let mut images = std::ffi::OsString::from("--images=");
    images.push(engine());
    let output = Command::new(env!("CARGO_BIN_EXE_local-pipeline"))
        .arg(file)
        .arg(images)
        .output()
        .expect("local-pipeline starts");
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    text
}

#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn the_reference_pipeline_runs_in_the_two_images() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bitbucket-pipelines.yml");
    fs::create_dir(folder.path().join("build")).expect("a folder");
    fs::write(folder.path().join("build/index.html"), "<h1>Hello</h1>").expect("a page");
    fs::write(&file, REFERENCE).expect("a file");
    let output = run(&file);
    for expected in [
        "INFO: Pipes run in containers of ",
        "assumed-role/AwesomeOIDCRole/local-workspace-website-1",
        "index.html to s3://DOC-EXAMPLE-BUCKET/index.html",
        "Successfully created a cloudfront invalidation: I",
        "Bucket DOC-EXAMPLE-BUCKET: 1 object, 14 bytes",
        "Pipeline successful",
    ] {
        assert!(output.contains(expected), "{expected}\n{output}");
    }
}

/// The first pipe hands its list of changes to the second through the storage folder in the clone.
#[test]
#[ignore = "needs the images and a container engine: .ci/images"]
fn what_changed_goes_from_container_to_container() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bitbucket-pipelines.yml");
    fs::create_dir_all(folder.path().join("site/build")).expect("a folder");
    for page in ["index.html", "about.html"] {
        fs::write(folder.path().join("site/build").join(page), "<h1>Hello</h1>").expect("a page");
    }
    let both = "          - pipe: atlassian/aws-s3-deploy:0.5.0
            variables:
              AWS_OIDC_ROLE_ARN: $AWS_OIDC_ROLE_ARN
              S3_BUCKET: site
              LOCAL_PATH: $BITBUCKET_CLONE_DIR/site/build
          - pipe: atlassian/aws-cloudfront-invalidate:0.5.0
            variables:
              AWS_OIDC_ROLE_ARN: $AWS_OIDC_ROLE_ARN
              DISTRIBUTION_ID: E1
              PATHS: changed
";
    let edit = "          - echo edited > site/build/about.html\n          - cd site\n";
    let head = "    - step:\n        oidc: true\n        script:\n";
    fs::write(&file, format!("pipelines:\n  default:\n{head}{both}{head}{edit}{both}")).expect("a file");
    let output = run(&file);
    let paths: Vec<&str> =
        output.lines().filter(|line| line.starts_with("Distribution E1: invalidation ")).collect();
    assert!(paths.last().is_some_and(|line| line.ends_with(" of /about.html")), "{output}");
}
