//! The real `aws`, loaded once, because starting it takes longer than a sync.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use local_aws::scenario::{Ended, Step};
use serde_json::json;
use tempfile::TempDir;

const SERVER: &str = include_str!("aws.py");

/// A loaded AWS CLI; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Aws {
    process: Child,
    /// Where its socket is.
    folder: TempDir,
}

impl Aws {
    /// Loads it by this Python, without help from the files of this machine, and waits until it is ready.
    pub(super) fn load(python: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut process = Command::new(python)
            .args(["-c", SERVER])
            .arg(folder.path().join("socket"))
            .env_clear()
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
        output.read_line(&mut line).expect("it says when it is ready");
        assert_eq!(line, "ready\n", "the AWS CLI cannot be loaded");
        Self { process, folder }
    }

    /// Runs `aws` with these arguments, as a shell reads them, and with the variables of a step.
    pub(super) fn run(&self, arguments: &str, folder: &Path, step: &Step) -> Ended {
        let variables: serde_json::Map<_, _> =
            step.variables().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let request = json!({ "folder": folder, "variables": variables, "arguments": arguments });
        let mut stream = UnixStream::connect(self.folder.path().join("socket")).expect("it listens");
        writeln!(stream, "{request}").expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("a log is UTF-8");
        let (log, code) = answer.rsplit_once('\0').unwrap_or((&answer, ""));
        Ended { code: code.parse().ok(), log: log.to_owned() }
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
