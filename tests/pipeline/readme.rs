//! The logs in the README: real ones, but for the lines left out.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What the second build has changed in the site: a word for another of the same length.
const EDIT: &str = "sed -i 's/three walks/seven walks/' build/index.html";

/// A line that stands for others.
const LEFT_OUT: char = '…';

/// The example's step, twice, with an edit before the second.
fn two_builds(example: &str) -> String {
    let (head, step) = example.split_once("    - step:\n").expect("the example has a step");
    let edited = step.replacen("script:\n", &format!("script:\n          - {EDIT}\n"), 1);
    format!("{head}    - step:\n{step}    - step:\n{edited}")
}

/// The line without what differs from run to run: colours, seconds, ids of invalidations.
fn constant(line: &str) -> String {
    let plain: String = line
        .split('\u{1b}')
        .enumerate()
        .map(
            |(index, part)| if index == 0 { part } else { part.split_once('m').map_or("", |(_, text)| text) },
        )
        .collect();
    let words = plain.split(' ').map(|word| {
        let is_id = word.len() == 14
            && word.starts_with('I')
            && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        let is_seconds =
            word.parse::<f64>().is_ok() && word.contains('.') && plain.ends_with(&format!("{word} s"));
        if is_id || is_seconds { "*" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_first_and_a_second_deploy_look_as_the_readme_shows_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| fs::read_to_string(root.join(path)).expect("readable");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bitbucket-pipelines.yml");
    fs::write(&file, two_builds(&read("examples/website/bitbucket-pipelines.yml"))).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_local-pipeline"))
        .arg(&file)
        .arg("--directory")
        .arg(root.join("examples/website"))
        .output()
        .expect("local-pipeline starts");
    let output = String::from_utf8(output.stdout).expect("the output is UTF-8");
    let builds: Vec<&str> = output.split("\nStep ").skip(1).collect();
    let readme = read("README.md");
    let logs = readme.split("```text\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    let logs: Vec<&str> = logs.collect();
    assert_eq!((builds.len(), logs.len()), (2, 2), "{output}");
    for (build, log) in builds.iter().zip(logs) {
        let said: Vec<String> = build.lines().map(constant).collect();
        let shown = log.lines().filter(|line| !line.starts_with(LEFT_OUT));
        for line in shown {
            assert!(said.contains(&constant(line)), "no build says `{line}`:\n{build}");
        }
    }
}
