//! `.ci/run`, with programs that do nothing: what it prints last, and when it fails.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::{env, fs};

use tempfile::TempDir;

use super::repository;

/// A folder with the gate and, first in its `PATH`, programs that end at once. `cargo deny` fails.
struct Gate(TempDir);

impl Gate {
    /// With these minutes as the limits of the whole run and of the README's two commands.
    fn with_limits(of_all: &str, of_readme: &str) -> Self {
        let gate = Self(tempfile::tempdir().expect("a folder"));
        let limits = "readonly MINUTES_OF_ALL=45 MINUTES_OF_README=12\n";
        let script = repository::read(".ci/run");
        assert!(script.contains(limits), "there is no line {limits}");
        let other = format!("readonly MINUTES_OF_ALL={of_all} MINUTES_OF_README={of_readme}\n");
        for folder in [".ci", "bin", "crates", "tests"] {
            fs::create_dir(gate.0.path().join(folder)).expect("a folder");
        }
        gate.write("README.md", "```sh\ncargo run\ncargo test\n```\n");
        gate.program(".ci/run", &script.replace(limits, &other));
        for (name, script) in [
            (".ci/images", "true"),
            ("bin/cargo", "test \"$1\" != deny && echo 'test result: ok. 3 passed; 0 failed;'"),
            ("bin/cargo-deny", "true"),
            ("bin/chromium", "true"),
            ("bin/python3", "test \"$2\" != venv || { mkdir -p \"$3/bin\" && cp \"$0\" \"$3/bin/pip\"; }"),
        ] {
            gate.program(name, &format!("#!/bin/sh\n{script}\n"));
        }
        gate
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).expect("writable");
    }

    fn program(&self, name: &str, text: &str) {
        self.write(name, text);
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.0.path().join(name), mode).expect("ours");
    }

    /// Its exit code, what it prints, and the errors.
    fn run(&self, parts: &[&str]) -> (Option<i32>, String, String) {
        let path = env::var("PATH").unwrap_or_default();
        let path = format!("{}:{path}", self.0.path().join("bin").display());
        let output = Command::new(self.0.path().join(".ci/run")).args(parts).env("PATH", path).output();
        let output = output.expect("bash starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }
}

/// The lines after the header of the end, without the seconds.
fn closing(printed: &str, header: &str) -> Vec<String> {
    let (_, end) = printed.split_once(&format!("\n== {header} (")).unwrap_or_else(|| panic!("{printed}"));
    let words = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().filter(|word| word.parse::<u64>().is_err()).collect();
        words.join(" ")
    };
    end.lines().skip(1).filter(|line| !line.starts_with("test result")).map(words).collect()
}

#[test]
fn the_seconds_of_each_part_come_last() {
    let (code, printed, errors) = Gate::with_limits("45", "12").run(&["lint", "endurance"]);
    assert_eq!(code, Some(0), "{printed}{errors}");
    assert!(printed.contains("\n6 passed, 0 failed\n"), "{printed}");
    assert_eq!(closing(&printed, "Done"), ["passed, failed", "lint s", "endurance s"]);
}

#[test]
fn a_part_that_fails_fails_the_gate_which_names_it_last() {
    let (code, printed, errors) = Gate::with_limits("45", "12").run(&[]);
    assert_eq!(code, Some(1), "{printed}{errors}");
    let parts = ["passed, failed", "test s", "endurance s", "lint s", "dependencies s FAILED"];
    assert_eq!(closing(&printed, "Failed"), parts, "the images are not built after a failure");
}

#[test]
fn a_part_that_does_not_exist_is_refused_before_the_first_one() {
    let (code, printed, errors) = Gate::with_limits("45", "12").run(&["lint", "lnit"]);
    assert_eq!((code, printed.as_str()), (Some(2), ""), "{errors}");
    assert!(errors.starts_with(".ci/run: there is no part 'lnit'\nusage: .ci/run [test|"), "{errors}");
}

/// Every run takes more than minus one minute.
#[test]
fn a_run_above_its_minutes_ends_with_a_warning() {
    let gate = Gate::with_limits("-1", "-1");
    let of_readme = "WARNING: the two commands of the README took min s; at most -1 min are expected";
    let of_all = "WARNING: the whole run took min s; at most -1 min are expected";
    let (_, printed, _) = gate.run(&["test"]);
    assert_eq!(closing(&printed, "Done"), ["passed, failed", "test s", of_readme]);
    gate.program("bin/cargo", "#!/bin/sh\n");
    let (code, printed, errors) = gate.run(&[]);
    assert_eq!(code, Some(0), "{printed}{errors}");
    assert_eq!(closing(&printed, "Done").split_off(6), [of_readme, of_all]);
}
