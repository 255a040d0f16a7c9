//! `PRE_EXECUTION_SCRIPT`: a script of the repository that runs before the folder is read and anything is sent.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bitbucket_pipe::Stop;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::withheld::WITHHELD;

/// The interpreter of a script that names none.
const SHELL: &str = "/bin/sh";
/// The kernel reads no more of a script to find its interpreter (`BINPRM_BUF_SIZE`).
const FIRST_BYTES: u64 = 256;
/// How long a stopped script may tidy up. A stopped pipe has eight seconds.
const GRACE: Duration = Duration::from_secs(5);
/// How long the output of what a script left running is still listened to after its own end.
const AFTERGLOW: Duration = Duration::from_secs(1);

/// A script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    /// As the user wrote it.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) file: PathBuf,
}

/// Why a script did not come to a good end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScriptError {
    /// The image lacks what the script is to be run by.
    #[error("needs {0}, which this image does not have")]
    NoInterpreter(String),
    /// The image lacks what loads the libraries of a program.
    #[error("needs the loader it is linked with, which this image does not have")]
    NoLoader,
    /// It cannot be started.
    #[error("cannot be run: {0}")]
    NotStarted(io::Error),
    /// It said that it failed.
    #[error("failed: {}", ending(*.0))]
    Failed(ExitStatus),
    /// A signal asked the pipe for an end.
    #[error("stopped")]
    Stopped,
}

impl Script {
    /// Runs it in `directory` with these variables less the step's token; `line` hears of each line of its output.
    pub(crate) async fn run(
        &self,
        environment: &[(OsString, OsString)],
        directory: &Path,
        stop: &Stop,
        line: impl Fn(&str),
    ) -> Result<(), ScriptError> {
        let (mut child, output) = self.start(environment, directory)?;
        let (sender, mut lines) = unbounded_channel();
        let reading = tokio::spawn(read(output, sender));
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let status = loop {
            tokio::select! {
                biased;
                Some(text) = lines.recv() => line(&text),
                _ = stop.requested() => {
                    end(&mut child, group).await;
                    break Err(ScriptError::Stopped);
                }
                status = child.wait() => break status.map_err(ScriptError::NotStarted),
            }
        };
        let rest = async {
            while let Some(text) = lines.recv().await {
                line(&text);
            }
        };
        // What it left running may hold its output open for ever.
        let _ = tokio::time::timeout(AFTERGLOW, rest).await;
        reading.abort();
        match status? {
            status if status.success() => Ok(()),
            status => Err(ScriptError::Failed(status)),
        }
    }

    /// The script and its output: both of its outputs in one pipe, so that their lines keep their order.
    fn start(
        &self,
        environment: &[(OsString, OsString)],
        directory: &Path,
    ) -> Result<(Child, Receiver), ScriptError> {
        let mut first = Vec::new();
        let opened = File::open(&self.file);
        let read = opened.and_then(|file| file.take(FIRST_BYTES).read_to_end(&mut first));
        read.map_err(ScriptError::NotStarted)?;
        let (program, arguments) = command(&first, &self.file);
        let (output, input) = io::pipe().map_err(ScriptError::NotStarted)?;
        let input_too = input.try_clone().map_err(ScriptError::NotStarted)?;
        let kept = environment.iter().filter(|(name, _)| name != WITHHELD);
        let child = Command::new(&program)
            .args(arguments)
            .env_clear()
            .envs(kept.map(|(name, value)| (name, value)))
            .current_dir(directory)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(input)
            .stderr(input_too)
            .kill_on_drop(true)
            .spawn();
        let child = child.map_err(|error| match error.kind() {
            // The file itself was read, so it is what shall run it that is not there.
            io::ErrorKind::NotFound if program == self.file => ScriptError::NoLoader,
            io::ErrorKind::NotFound => ScriptError::NoInterpreter(Path::new(&program).display().to_string()),
            _ => ScriptError::NotStarted(error),
        })?;
        let output = Receiver::from_owned_fd(output.into()).map_err(ScriptError::NotStarted)?;
        Ok((child, output))
    }
}

/// What runs a file that begins with these bytes: the interpreter it names, the file itself if it is a program, or else
/// the shell. Its permissions are not asked: not every way into a clone keeps them.
fn command(first: &[u8], file: &Path) -> (OsString, Vec<OsString>) {
    let file = file.as_os_str().to_owned();
    if first.starts_with(b"\x7fELF") {
        return (file, Vec::new());
    }
    let line = first.strip_prefix(b"#!").and_then(|rest| rest.split(|byte| *byte == b'\n').next());
    let line = line.map(String::from_utf8_lossy).unwrap_or_default();
    // Everything behind the interpreter is one argument, as the kernel has it.
    let (interpreter, argument) = match line.trim().split_once([' ', '\t']) {
        Some((interpreter, argument)) => (interpreter, Some(argument.trim_start())),
        None => (line.trim(), None),
    };
    let interpreter = if interpreter.is_empty() { SHELL } else { interpreter };
    (interpreter.into(), argument.map(OsString::from).into_iter().chain([file]).collect())
}

/// Sends each line of an output, without what ends it.
async fn read(output: Receiver, lines: UnboundedSender<String>) {
    let mut output = BufReader::new(output);
    let mut bytes = Vec::new();
    while output.read_until(b'\n', &mut bytes).await.is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
        if lines.send(text).is_err() {
            return;
        }
        bytes.clear();
    }
}

/// Asks the script and all it started to end, and ends what does not.
async fn end(child: &mut Child, group: Option<Pid>) {
    let Some(group) = group else { return };
    // A group that is gone by now is what was wanted.
    let _ = kill_process_group(group, Signal::TERM);
    let _ = tokio::time::timeout(GRACE, child.wait()).await;
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.wait().await;
}

fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "it ended in an unknown way".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_a_script() {
        for (first, words) in [
            (&b"echo a"[..], &["/bin/sh", "x"][..]),
            (b"", &["/bin/sh", "x"]),
            (b"#!\necho a", &["/bin/sh", "x"]),
            (b"#!/bin/bash\necho a", &["/bin/bash", "x"]),
            (b"#!/bin/bash\r\necho a\r\n", &["/bin/bash", "x"]),
            (b"#! /bin/sh -eu \necho a", &["/bin/sh", "-eu", "x"]),
            (b"#!/usr/bin/env -S node --check\n", &["/usr/bin/env", "-S node --check", "x"]),
            (b"\x7fELF\x02\x01", &["x"]),
        ] {
            let (program, arguments) = command(first, Path::new("x"));
            let all: Vec<OsString> = [program].into_iter().chain(arguments).collect();
            assert_eq!(all, words, "{}", String::from_utf8_lossy(first));
        }
    }

    #[test]
    fn endings() {
        // The low seven bits of a wait status are the signal, the next byte is the code.
        for (raw, words) in [(3 << 8, "exit code 3"), (9, "ended by signal 9")] {
            assert_eq!(ending(ExitStatus::from_raw(raw)), words);
        }
    }
}
