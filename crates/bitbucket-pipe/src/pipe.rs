//! The frame of a pipe's run: environment in, one asynchronous body, closing line and exit code out.

use std::ffi::OsString;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::environment::Environment;
use crate::faults::Faults;
use crate::log::Log;
use crate::settings::Settings;
use crate::stop::Stop;

/// The work failed.
const FAILED: u8 = 1;
/// The configuration is wrong and nothing was sent.
const MISCONFIGURED: u8 = 2;
/// How long a stopped body may tidy up: Bitbucket follows SIGTERM with SIGKILL, as Docker does, after ten seconds.
const STOP_GRACE: Duration = Duration::from_secs(8);

/// What a pipe's body works with.
#[derive(Debug)]
pub struct Pipe {
    /// The step's variables, cleaned.
    pub environment: Environment,
    /// What relative paths are relative to.
    pub directory: PathBuf,
    /// The variables every pipe has.
    pub settings: Settings,
    /// Mistakes found so far; the body adds its own and reports them all.
    pub faults: Faults,
    /// Where every word goes.
    pub log: Log,
    /// Tells the body that it has to end.
    pub stop: Stop,
}

/// Why a pipe did not do its work.
#[derive(Debug)]
pub enum Failure {
    /// The configuration is wrong; nothing was sent.
    Configuration(Faults),
    /// The work failed.
    Work {
        /// What went wrong, with its causes. A line that starts with `hint: ` says what to do.
        error: anyhow::Error,
        /// The closing line.
        closing: String,
    },
    /// A signal ended it; the text says how far it came.
    Stopped(String),
}

/// Runs `body` as the pipe called `name` and returns the exit code: 0 done, with the text that `body` returned as the
/// closing line; 1 failed; 2 misconfigured; 143 or 130 stopped by a signal.
pub fn run<Body, Work>(
    name: &str,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    directory: PathBuf,
    body: Body,
) -> ExitCode
where
    Body: FnOnce(Pipe) -> Work,
    Work: Future<Output = Result<String, Failure>>,
{
    let environment = Environment::from_pairs(environment);
    let log = Log::stdout(environment.get("NO_COLOR").is_none());
    report_panics(&log);
    let ending = catch_unwind(AssertUnwindSafe(|| {
        // One thread: what requests need of it is little, and handing them from thread to thread takes as much again.
        // What may wait for a disk is read on others.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => {
                log.error(format_args!("cannot start: {error}"));
                return FAILED;
            }
        };
        let code = runtime.block_on(attend(name, environment, directory, log.clone(), body));
        // Dropping the runtime would wait for a file that is still being hashed.
        runtime.shutdown_background();
        code
    }));
    ExitCode::from(ending.unwrap_or_else(|_| {
        log.fail("The pipe itself failed.");
        FAILED
    }))
}

/// A number that no other run has, for names that must never be used twice. It is no secret.
#[must_use]
pub fn nonce() -> u64 {
    // The standard library seeds its hash maps from the system's random numbers; one hash of nothing is one such.
    RandomState::new().hash_one(())
}

async fn attend<Body, Work>(
    name: &str,
    environment: Environment,
    directory: PathBuf,
    log: Log,
    body: Body,
) -> u8
where
    Body: FnOnce(Pipe) -> Work,
    Work: Future<Output = Result<String, Failure>>,
{
    let stop = Stop::listen();
    let mut faults = Faults::default();
    let settings = Settings::read(name, &environment, &directory, &mut faults);
    if settings.debug {
        log.info("Enabling debug mode.");
        log.enable_debug();
    }
    let pipe = Pipe { environment, directory, settings, faults, log: log.clone(), stop: stop.clone() };
    let patience = async {
        stop.requested().await;
        tokio::time::sleep(STOP_GRACE).await;
    };
    let ending = tokio::select! {
        ending = body(pipe) => ending,
        () = patience => Err(Failure::Stopped(format!("it did not end within {} seconds", STOP_GRACE.as_secs()))),
    };
    close(&log, &stop, ending)
}

/// Prints how it ended and chooses the exit code.
fn close(log: &Log, stop: &Stop, ending: Result<String, Failure>) -> u8 {
    match ending {
        Ok(message) => {
            log.success(message);
            0
        }
        Err(Failure::Configuration(faults)) => {
            for fault in &faults {
                log.error(fault);
            }
            log.fail("Validation errors: nothing was sent.");
            MISCONFIGURED
        }
        Err(Failure::Work { error, closing }) => {
            log.error(explained(&error));
            log.fail(closing);
            FAILED
        }
        Err(Failure::Stopped(how_far)) => {
            let signal = stop.signal();
            let name = signal.map_or("a signal", crate::stop::Signal::name);
            log.warning(format_args!("stopped by {name}: {how_far}"));
            log.fail("Stopped before the end.");
            signal.map_or(FAILED, crate::stop::Signal::exit_code)
        }
    }
}

/// The chain of causes as one sentence, then the hints of all of them, each on its own line.
fn explained(error: &anyhow::Error) -> String {
    let mut sentence: Vec<String> = Vec::new();
    let mut rest: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        let mut lines = text.lines();
        sentence.extend(lines.next().map(str::to_owned));
        rest.extend(lines.map(str::to_owned));
    }
    std::iter::once(sentence.join(": ")).chain(rest).collect::<Vec<_>>().join("\n")
}

fn report_panics(log: &Log) {
    let log = log.clone();
    std::panic::set_hook(Box::new(move |panic| {
        let payload = panic.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        log.error(format_args!("a defect in the pipe, not in your configuration: {message} ({place})"));
    }));
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn causes_make_one_sentence_and_hints_follow() {
        let error = Err::<(), _>(anyhow::anyhow!("AccessDenied: no\nhint: allow it"))
            .context("cannot list s3://site/")
            .expect_err("it is one");
        assert_eq!(explained(&error), "cannot list s3://site/: AccessDenied: no\nhint: allow it");
    }
}
