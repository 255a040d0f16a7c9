//! `.ci/nightly` and its parts.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::markdown::Markdown;
use super::repository;

const PARTS: &str = ".ci/nightly.d";

fn parts() -> BTreeSet<String> {
    let entries = fs::read_dir(repository::root().join(PARTS)).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect()
}

#[test]
fn each_part_can_be_run_says_what_it_is_and_is_documented() {
    let rows = Markdown::read("docs/nightly.md").rows();
    let documented: BTreeSet<String> =
        rows.iter().map(|cells| cells[0].trim_matches('`').to_owned()).collect();
    assert_eq!(parts(), documented);
    for part in parts() {
        let file = format!("{PARTS}/{part}");
        let mode = repository::root().join(&file).metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{file} cannot be executed");
        let text = repository::read(&file);
        let second = text.lines().nth(1).unwrap_or_default();
        assert!(second.starts_with("# ") && second.len() > 20, "{file} does not begin with what it does");
        for words in ["set -euo pipefail", "echo \"seed: ", "SHORT"] {
            assert!(text.contains(words), "{file} has no `{words}`");
        }
    }
}

#[test]
fn a_part_that_fails_fails_the_command_after_all_others_ran() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join(PARTS)).expect("a folder");
    fs::copy(repository::root().join(".ci/nightly"), folder.path().join(".ci/nightly")).expect("a copy");
    for (name, script) in [("a", "echo \"seed: $SEED\"; exit 3"), ("b", "echo after")] {
        let file = folder.path().join(PARTS).join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("writable");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("ours");
    }
    let run = |arguments: &[&str]| {
        let mut nightly = Command::new(folder.path().join(".ci/nightly"));
        let output = nightly.args(arguments).env("SEED", "7").output().expect("bash starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout) + &text(output.stderr))
    };
    let (code, told) = run(&[]);
    assert_eq!(code, Some(1), "{told}");
    for words in ["seed: 7\n", "after\n", " s  FAILED\nb ", " s  ok\n"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let (code, told) = run(&["b"]);
    assert_eq!((code, told.contains("seed:")), (Some(0), false), "{told}");
    for unknown in ["c", "", "../nightly", "a b"] {
        let (code, told) = run(&["b", unknown]);
        let expected = format!(".ci/nightly: there is no part '{unknown}'; the parts are: a b\n");
        assert_eq!((code, told), (Some(2), expected), "nothing runs before it is refused");
    }
    let file = folder.path().join(PARTS).join("b");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("ours");
    let (code, told) = run(&[]);
    let expected = ".ci/nightly: cannot execute .ci/nightly.d/b: chmod +x .ci/nightly.d/b\n";
    assert_eq!((code, told.as_str()), (Some(2), expected));
}
