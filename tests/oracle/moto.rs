//! An AWS written by others: moto's server, on a port of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

/// Before its address, in the line that says that it listens.
const ANNOUNCEMENT: &str = "Running on ";

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Moto {
    process: Child,
    endpoint: String,
}

impl Moto {
    /// Starts this program and waits until it listens.
    pub(super) fn start(program: &Path) -> Self {
        let mut process = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("moto starts");
        let mut lines = BufReader::new(process.stderr.take().expect("it is piped")).lines();
        let endpoint = lines.by_ref().map(|line| line.expect("a log is UTF-8")).find_map(|line| {
            let (_, address) = line.split_once(ANNOUNCEMENT)?;
            Some(address.trim().to_owned())
        });
        // It writes a line for each request, and would wait if nobody read them.
        thread::spawn(move || lines.for_each(drop));
        Self { process, endpoint: endpoint.expect("moto says where it listens") }
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
