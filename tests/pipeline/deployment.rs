//! Pipelines with the real pipes, from the file to the site that is served.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The pipelines file at the end of the AWS post about Bitbucket and OIDC, as it stands there.
const REFERENCE: &str = include_str!("../reference-pipelines.yml");

/// A repository with one page below `build`, and this pipelines file.
fn repository(file: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("build")).expect("a folder");
    fs::write(folder.path().join("build/index.html"), "<h1>Hello</h1>").expect("a page");
    fs::write(folder.path().join("bitbucket-pipelines.yml"), file).expect("a pipelines file");
    folder
}

fn local_pipeline(file: Option<&Path>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local-pipeline"));
    command.args(file);
    command
}

/// Runs to the end, and returns the exit code and everything that was said.
fn run(file: Option<&Path>) -> (Option<i32>, String) {
    let output = local_pipeline(file).output().expect("local-pipeline starts");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).expect("the output is UTF-8"))
}

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn the_reference_pipeline_runs_as_it_stands() {
    let folder = repository(REFERENCE);
    let (code, output) = run(Some(&folder.path().join("bitbucket-pipelines.yml")));
    assert_eq!(code, Some(0), "{output}");
    for expected in [
        "line 12: AWS_DEFAULT_REGION is already given on line 10; the last one counts",
        "Step 1 of 1: Deploy to Production",
        "+ pipe: atlassian/aws-s3-deploy:0.5.0",
        "index.html to s3://DOC-EXAMPLE-BUCKET/index.html",
        "+ pipe: atlassian/aws-cloudfront-invalidate:0.5.0",
        "Successfully created a cloudfront invalidation: I",
        "Bucket DOC-EXAMPLE-BUCKET: 1 object, 14 bytes",
        "Distribution 123xyz: http://",
        "Pipeline successful",
    ] {
        assert!(output.contains(expected), "{expected}\n{output}");
    }
}

#[test]
fn without_an_argument_the_example_website_is_deployed() {
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/website/build");
    let files = files_below(&build);
    let size = |path: &PathBuf| fs::metadata(path).expect("a file").len();
    let bytes: u64 = files.iter().map(size).sum();
    let (code, output) = run(None);
    assert_eq!(code, Some(0), "{output}");
    let expected = format!("{} objects, {bytes} bytes", files.len());
    assert!(output.contains(&expected), "{expected}\n{output}");
}

#[test]
fn the_served_site_is_what_was_deployed_below_the_prefix() {
    let file = REFERENCE.replace("'DOC-EXAMPLE-BUCKET'", "'sites/production'");
    let folder = repository(&file);
    let mut runner = local_pipeline(Some(&folder.path().join("bitbucket-pipelines.yml")))
        .arg("--serve")
        .stdout(Stdio::piped())
        .spawn()
        .expect("local-pipeline starts");
    let mut lines = BufReader::new(runner.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let url = lines.find_map(|line| line.strip_prefix("Distribution 123xyz: http://").map(str::to_owned));
    let url = url.expect("the site's address");
    assert!(lines.any(|line| line.contains("up until Ctrl-C")));
    let host = url.trim_end_matches('/');
    let (_, port) = host.rsplit_once(':').expect("a port");
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).expect("the site is up");
    write!(stream, "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("a request");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("a reply");
    assert!(reply.starts_with("HTTP/1.1 200 OK") && reply.ends_with("<h1>Hello</h1>"), "{reply}");
    let kill = Command::new("sh").args(["-c", &format!("kill -s INT {}", runner.id())]).status();
    assert!(kill.expect("sh runs").success());
    assert_eq!(runner.wait().expect("it ends").code(), Some(0));
}

#[test]
fn without_a_token_nothing_is_deployed() {
    let folder = repository(&REFERENCE.replace("oidc: true", "oidc: false"));
    let (code, output) = run(Some(&folder.path().join("bitbucket-pipelines.yml")));
    assert_ne!(code, Some(0), "{output}");
    assert!(output.contains("Bucket DOC-EXAMPLE-BUCKET: 0 objects"), "{output}");
    assert!(!output.contains("aws-cloudfront-invalidate:0.5.0\n"), "{output}");
}

#[test]
fn each_role_and_audience_that_a_pipeline_names_is_set_up() {
    let file = REFERENCE
        .replace("oidc: true", "oidc: {audiences: [https://example.org]}")
        .replace("$AWS_OIDC_ROLE_ARN", "arn:aws:iam::123456789012:role/path/deploy");
    let folder = repository(&file);
    let (code, output) = run(Some(&folder.path().join("bitbucket-pipelines.yml")));
    assert_eq!(code, Some(0), "{output}");
    assert!(output.contains("arn:aws:sts::123456789012:assumed-role/deploy/"), "{output}");
}
