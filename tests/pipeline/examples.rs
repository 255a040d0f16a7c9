//! The examples, as their own READMEs say to run them.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::deployment::files_below;

/// One run of an example: what was said, and the files it was to deploy.
struct Ran {
    output: String,
    files: Vec<PathBuf>,
    folder: PathBuf,
}

fn run(example: &str, site: &str, arguments: &[&str]) -> Ran {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(example);
    let output = Command::new(env!("CARGO_BIN_EXE_local-pipeline"))
        .arg(folder.join("bitbucket-pipelines.yml"))
        .args(arguments)
        .output()
        .expect("local-pipeline starts");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("the output is UTF-8");
    assert_eq!(output.status.code(), Some(0), "{text}");
    let folder = folder.join(site);
    Ran { output: text, files: files_below(&folder), folder }
}

impl Ran {
    #[track_caller]
    fn says(&self, words: &str) {
        assert!(self.output.contains(words), "{words}\n{}", self.output);
    }

    /// That the bucket ends with exactly the site's files, each below this prefix.
    #[track_caller]
    fn deployed_to(&self, bucket: &str, prefix: &str) {
        let size = |path: &PathBuf| path.metadata().expect("a file").len();
        let bytes: u64 = self.files.iter().map(size).sum();
        self.says(&format!(
            "\nBucket {bucket}: {} objects, {bytes} bytes, and 1 deploy record\n",
            self.files.len()
        ));
        for file in &self.files {
            let path = file.strip_prefix(&self.folder).expect("it is below").display();
            self.says(&format!(" to s3://{bucket}/{prefix}{path} (new)\n"));
        }
    }

    /// That each distribution has one invalidation, of these paths.
    #[track_caller]
    fn invalidated(&self, distribution: &str, paths: &str) {
        let start = format!("Distribution {distribution}: invalidation ");
        let found: Vec<_> = self.output.lines().filter_map(|line| line.strip_prefix(&start)).collect();
        let found: Vec<_> =
            found.iter().filter_map(|rest| rest.split_once(" of ")).map(|(_, of)| of).collect();
        assert_eq!(found, [paths], "{}", self.output);
    }
}

#[test]
fn a_single_page_app_publishes_its_page_last_and_invalidates_it_alone() {
    let ran = run("single-page-app", "build", &["--pipeline", "branches.main"]);
    ran.deployed_to("levain-example", "");
    ran.invalidated("E1LEVAIN", "/index.html /");
    let uploads: Vec<_> = ran.output.lines().filter(|line| line.starts_with("upload: ")).collect();
    let last = uploads.last().expect("something was uploaded");
    assert!(last.starts_with("upload: build/index.html "), "{uploads:?}");
}

#[test]
fn parallel_steps_upload_one_site_together_and_the_last_step_publishes_it() {
    let ran = run("parallel-upload", "build", &["--pipeline", "branches.main"]);
    ran.deployed_to("pattern-book-example", "");
    ran.invalidated("E1PATTERNS", "/*");
    for share in 1..=4 {
        ran.says(&format!("INFO: Share {share} of 4: "));
    }
    ran.says("INFO: uploaded 2, updated 0, unchanged 13, deleted 0;");
    let uploads = ran.output.lines().filter(|line| line.starts_with("upload: ")).count();
    assert_eq!(uploads, ran.files.len(), "{}", ran.output);
}

#[test]
fn a_pull_request_is_deployed_to_a_folder_of_its_own() {
    let ran = run(
        "preview-and-production",
        "site",
        &[
            "--pipeline",
            "pull-requests.feature/menu",
            "--variable",
            "PREVIEW_ROLE_ARN=arn:aws:iam::000000000000:role/Preview",
            "--variable",
            "PREVIEW_BUCKET=handbook-previews",
            "--variable",
            "PREVIEW_DISTRIBUTION_ID=E1PREVIEW",
        ],
    );
    ran.deployed_to("handbook-previews", "previews/feature/menu/");
    ran.invalidated("E1PREVIEW", "/previews/feature/menu/*");
    ran.says("assumed-role/Preview/");
}

#[test]
fn production_is_deployed_from_main_after_the_check() {
    let ran = run(
        "preview-and-production",
        "site",
        &[
            "--pipeline",
            "branches.main",
            "--variable",
            "S3_BUCKET=handbook",
            "--variable",
            "DISTRIBUTION_ID=E1HANDBOOK",
        ],
    );
    ran.says("Step 1 of 2: Check");
    ran.says("trigger (the step starts without being asked)");
    ran.deployed_to("handbook", "");
    ran.invalidated("E1HANDBOOK", "/*");
}

#[test]
fn the_list_of_changes_goes_from_one_step_to_the_next_as_an_artifact() {
    let ran = run(
        "two-steps",
        "site",
        &[
            "--pipeline",
            "branches.main",
            "--variable",
            "DEPLOY_ROLE_ARN=arn:aws:iam::000000000000:role/Deploy",
            "--variable",
            "INVALIDATE_ROLE_ARN=arn:aws:iam::000000000000:role/Invalidate",
        ],
    );
    ran.says("Step 2 of 2: Invalidate");
    ran.deployed_to("ferry-example", "");
    // Nothing was deployed before, so that nobody knows what an edge may hold.
    ran.says("it is not known what changed (no deploy that left a record had finished here before)");
    ran.invalidated("E1FERRY", "/*");
    ran.says("bucket ferry-example in us-east-1; role arn:aws:iam::000000000000:role/Deploy\n");
    ran.says(
        "distribution E1FERRY in front of ferry-example; role arn:aws:iam::000000000000:role/Invalidate\n",
    );
}
