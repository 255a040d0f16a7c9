//! A repository to run, and how its run ended. The pipes here are probes that print their directory and environment, so
//! that both can be looked at.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use tempfile::TempDir;

/// What stands in for both pipes. The markers tell the environment from what else a run prints.
const PROBE: &str = "#!/bin/sh
echo \"in $(pwd)\"
echo 'environment:'
tr '\\0' '\\n' < /proc/$$/environ
echo 'end of environment'
exit \"${EXIT:-0}\"
";

/// Written once, before the first process starts: a file that another thread's new process still holds open for
/// writing cannot be executed.
static PROBES: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["s3-deploy", "cloudfront-invalidate"] {
        let path = folder.path().join(name);
        fs::write(&path, PROBE).expect("a probe");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("an executable probe");
    }
    folder
});

/// A repository in a folder of its own, and the arguments of one run.
pub(crate) struct Repository {
    pub(crate) folder: TempDir,
    arguments: Vec<String>,
}

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
}

impl Repository {
    /// A repository with one step, `script` being the YAML of its items.
    pub(crate) fn with_script(script: &str) -> Self {
        let indented = script.replace('\n', "\n          ");
        Self::with_file(&format!(
            "pipelines:\n  default:\n    - step:\n        script:\n          {indented}\n"
        ))
    }

    pub(crate) fn with_file(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("bitbucket-pipelines.yml"), text).expect("a pipelines file");
        fs::create_dir(folder.path().join("build")).expect("a folder");
        fs::write(folder.path().join("build/index.html"), "<h1>Hello</h1>").expect("a page");
        Self { folder, arguments: Vec::new() }
    }

    pub(crate) fn argument(mut self, name: &str, value: &str) -> Self {
        self.arguments.extend([name.to_owned(), value.to_owned()]);
        self
    }

    pub(crate) fn run(&self) -> Ended {
        let file = self.folder.path().join("bitbucket-pipelines.yml");
        run(&file, &self.arguments)
    }
}

pub(crate) fn run(file: &Path, arguments: &[String]) -> Ended {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_local-pipeline"))
        .arg(file)
        .arg("--bin-dir")
        .arg(PROBES.path())
        .args(arguments)
        .env("AWS_ACCESS_KEY_ID", "of-the-machine")
        .env("LEAKED", "of-the-machine")
        .output()
        .expect("local-pipeline starts");
    Ended {
        code: output.status.code(),
        output: String::from_utf8(output.stdout).expect("the output is UTF-8"),
        errors: String::from_utf8(output.stderr).expect("the errors are UTF-8"),
    }
}

impl Ended {
    /// The environments of the probes, in the order they ran.
    pub(crate) fn environments(&self) -> Vec<Vec<(String, String)>> {
        let mut environments = Vec::new();
        for part in self.output.split("environment:\n").skip(1) {
            let lines = part.lines().take_while(|line| *line != "end of environment");
            let pairs = lines.filter_map(|line| line.split_once('='));
            environments.push(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        }
        environments
    }

    /// One variable of the first probe.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let environments = self.environments();
        let first = environments.first().expect("a pipe ran");
        first.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    pub(crate) fn has_line(&self, line: &str) -> bool {
        self.output.lines().any(|found| found == line)
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.output, self.errors);
        self
    }
}
