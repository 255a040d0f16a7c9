//! The examples: complete, small, and readable by the runner.

use std::fs;
use std::path::{Path, PathBuf};

use local_aws::pipeline::Pipeline;
use sha2::{Digest as _, Sha256};

use super::calls;
use super::markdown::Markdown;
use super::repository;

/// What a site to learn from may weigh, in bytes; the first example has pictures.
const SMALL: u64 = 60 * 1024;

/// The example with pictures.
const LARGE: &str = "website";

#[test]
fn every_example_is_complete_and_listed() {
    let listed = Markdown::read("examples/README.md").links();
    let examples = repository::folders("examples");
    assert!(!examples.is_empty());
    for example in examples {
        for file in ["README.md", "bitbucket-pipelines.yml"] {
            let path = repository::root().join("examples").join(&example).join(file);
            assert!(path.exists(), "{} is missing", path.display());
        }
        assert!(listed.contains(&example), "examples/README.md does not list {example}");
        let size = size(&repository::root().join("examples").join(&example));
        assert!(size <= SMALL || example == LARGE, "{example} has {size} bytes");
    }
}

#[test]
fn every_pipeline_of_every_example_can_be_read() {
    let files = calls::example_files();
    assert_eq!(files.len(), repository::folders("examples").len());
    for file in files {
        let text = repository::read(&file);
        let names = Pipeline::names(&text).unwrap_or_else(|fault| panic!("{}: {fault}", file.display()));
        assert!(!names.is_empty(), "{} has no pipeline", file.display());
        for name in names {
            let pipeline = Pipeline::parse(&text, &name);
            assert!(pipeline.is_ok(), "{}, {name}: {:?}", file.display(), pipeline.err());
        }
    }
}

#[test]
fn every_example_uses_a_pipe() {
    for file in calls::example_files() {
        let calls = calls::of(&repository::read(&file), &file.display().to_string(), 1);
        assert!(!calls.is_empty(), "{} uses no pipe", file.display());
    }
}

/// A fingerprint that is not its file's would be cached for ever under a name that lies.
#[test]
fn every_fingerprint_is_its_file_s() {
    let mut checked = 0;
    for ending in [".css", ".js", ".svg", ".woff2"] {
        for path in repository::files(ending).into_iter().filter(|path| path.starts_with("examples")) {
            let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
            let parts: Vec<&str> = name.split('.').collect();
            let [_, fingerprint, _] = parts[..] else { continue };
            let content = fs::read(repository::root().join(&path)).expect("readable");
            let digest = Sha256::digest(&content);
            let expected = digest[..4].iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
            assert_eq!(fingerprint, expected, "{}", path.display());
            checked += 1;
        }
    }
    assert!(checked > 0, "no file is fingerprinted");
}

fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let size = |path: PathBuf| {
        if path.is_dir() { size(&path) } else { fs::metadata(path).expect("a file").len() }
    };
    entries.map(size).sum()
}
