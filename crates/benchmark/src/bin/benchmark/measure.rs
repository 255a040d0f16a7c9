//! What one run of a program takes. A small process of its own starts it, because the kernel counts the memory of whoever
//! starts a program as the program's.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use wait4::Wait4 as _;

/// The first argument of the process that waits.
pub(crate) const ARGUMENT: &str = "__measure";

/// How many of the last lines of a failed program are shown.
const LINES_SHOWN: usize = 12;

/// What one run took.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Usage {
    /// When it was started, in seconds since 1970.
    pub started: f64,
    /// Seconds from start to end.
    pub wall: f64,
    /// Seconds of CPU, user and system.
    pub cpu: f64,
    /// The largest resident set, in bytes.
    pub memory: f64,
}

/// Runs `command` to its end; what it says is shown only when it fails.
pub(crate) fn measure(command: &Command) -> anyhow::Result<Usage> {
    let folder = tempfile::tempdir()?;
    let (log, figures) = (folder.path().join("log"), folder.path().join("figures"));
    let output = File::create(&log)?;
    let mut waiting = Command::new(std::env::current_exe()?);
    waiting.arg(ARGUMENT).arg(&figures).arg(command.get_program()).args(command.get_args());
    waiting.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(directory) = command.get_current_dir() {
        waiting.current_dir(directory);
    }
    waiting.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    if !waiting.status()?.success() {
        let log = std::fs::read(&log)?;
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        bail!("it failed; its last lines:\n{}", lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n"));
    }
    Ok(serde_json::from_slice(&std::fs::read(figures)?)?)
}

/// The process that waits: where the figures go, the program, its arguments.
pub(crate) fn main(arguments: &[OsString]) -> anyhow::Result<()> {
    let [figures, program, arguments @ ..] = arguments else {
        bail!("{ARGUMENT} is for the benchmark's own use");
    };
    let (started, begin) = (SystemTime::now(), Instant::now());
    let child = Command::new(program)
        .args(arguments)
        .spawn()
        .with_context(|| format!("cannot start {}", Path::new(program).display()))?;
    let ended = child.wait4()?;
    let wall = begin.elapsed().as_secs_f64();
    if !ended.status.success() {
        bail!("{}", ended.status);
    }
    #[expect(clippy::cast_precision_loss, reason = "memory is far below 2^52 bytes")]
    let usage = Usage {
        started: started.duration_since(UNIX_EPOCH)?.as_secs_f64(),
        wall,
        cpu: (ended.rusage.utime + ended.rusage.stime).as_secs_f64(),
        memory: ended.rusage.maxrss as f64,
    };
    Ok(serde_json::to_writer(File::create(figures)?, &usage)?)
}
