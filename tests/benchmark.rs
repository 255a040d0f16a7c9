//! `benchmark` through its front door, on trees of a few files. No figure is looked at: they are of a busy machine.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// What the README has: text, and the two comments that the tables go between.
const PAGE: &str = "Before.\n<!-- benchmark: begin -->\n<!-- benchmark: end -->\nAfter.\n";

/// Small enough for every build.
const SMALL: [&str; 12] = [
    "--files=20",
    "--objects=50",
    "--large=1",
    "--limit=10",
    "--rounds=1",
    "--latency=1",
    "--programs=floor",
    "--markdown",
    "page.md",
    "--plot",
    "plots",
    "--workload",
];

fn benchmark(folder: &Path, arguments: &[&str]) -> Output {
    fs::write(folder.join("page.md"), PAGE).expect("a page");
    let mut command = Command::new(env!("CARGO_BIN_EXE_benchmark"));
    // Peers that this machine happens to have are not run.
    command.env_clear().current_dir(folder).args(SMALL).args(arguments).output().expect("it starts")
}

fn log(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn every_workload_is_measured_checked_and_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let workloads = "cold,unchanged,one-percent,million,large,start,throttled";
    let output = benchmark(folder.path(), &[workloads]);
    assert!(output.status.success(), "{}", log(&output));
    let page = fs::read_to_string(folder.path().join("page.md")).expect("a page");
    assert!(page.starts_with("Before.\n") && page.ends_with("After.\n"), "{page}");
    let ours = page.lines().filter(|line| line.starts_with("| s3-deploy | ")).count();
    assert_eq!(ours, workloads.split(',').count(), "{page}");
    for (program, requests) in [
        // With the deploy record.
        ("s3-deploy", "21 PutObject"),
        ("floor: PUT alone", "| 20 PutObject"),
        ("floor: PUT alone", "| 1 PutObject |"),
        ("floor: serial listing alone", "| 1 ListObjectsV2 |"),
        ("floor: MD5 alone", " MB |  |"),
    ] {
        let start = format!("| {program} | ");
        let is_there = page.lines().any(|line| line.starts_with(&start) && line.contains(requests));
        assert!(is_there, "{program} without {requests}\n{page}");
    }
    let told = log(&output);
    for (what, bound) in
        [("speed of PUT alone: ", "to reach at least 0.8"), ("serial listing: ", "at least 8 ×")]
    {
        let is_there = told.lines().any(|line| line.contains(what) && line.ends_with(bound));
        assert!(is_there, "{what}{bound}\n{told}");
    }
    for slug in ["cold-1ms", "million-1ms", "throttled-10-1ms"] {
        let chart = fs::read_to_string(folder.path().join(format!("plots/{slug}.svg"))).expect("a chart");
        assert!(chart.contains(">s3-deploy<") && chart.contains(r#"class="ours""#), "{chart}");
    }
}

#[test]
fn plain_http_is_as_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = benchmark(folder.path(), &["cold,unchanged", "--plain-http"]);
    assert!(output.status.success(), "{}", log(&output));
    assert!(log(&output).contains("floor: serial listing alone"), "{}", log(&output));
}

/// What is fast because it does nothing has no figure.
#[test]
fn a_program_that_does_not_deploy_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = benchmark(folder.path(), &["cold", "--ours", "/bin/true"]);
    assert_eq!(output.status.code(), Some(1), "{}", log(&output));
    let page = fs::read_to_string(folder.path().join("page.md")).expect("a page");
    assert!(
        page.contains("| s3-deploy | error |  |  | the bucket holds 0 objects of 0 bytes, the tree 20 of"),
        "{page}"
    );
}

#[test]
fn a_peer_that_is_not_installed_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = benchmark(folder.path(), &["start", "--programs=aws"]);
    assert!(output.status.success(), "{}", log(&output));
    assert!(log(&output).contains("aws --version is not installed: skipped"), "{}", log(&output));
}
