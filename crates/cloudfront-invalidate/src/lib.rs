//! Tells CloudFront to forget what it has cached: paths in, an invalidation out, with the step's OIDC token as access.
//!
//! The modules, in the order of the flow:
//!
//! - [`variables`] the raw variables, [`config`] the same typed and checked, made of [`distribution_id`] and [`path`]
//! - [`permissions`] what the run may call, as IAM statements; pure
//! - [`plan`] batches within CloudFront's limits, each under its own [caller reference](mod@reference); pure
//! - [`distribution`] the API, [`refusal`] why it said no, [`backoff`] how long to wait, [`send`] all requests
//! - [`outcome`] what became of them, [`result`] the same as JSON, [`report`] every line

pub mod backoff;
pub mod caller;
pub mod config;
pub mod console;
pub mod distribution;
pub mod distribution_id;
pub mod outcome;
pub mod path;
pub mod permissions;
pub mod plan;
pub mod reference;
pub mod refusal;
pub mod report;
pub mod result;
pub mod send;
pub mod variables;

use std::ffi::OsString;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use bitbucket_pipe::{Failure, Pipe, Stop};
use oidc_auth::{Access, Session};

use crate::config::Config;
use crate::distribution::CloudFront;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::reference::Run;
use crate::report::Report;
use crate::result::RunResult;

/// Runs the pipe in `directory` with the variables of `environment`, and prints to standard output.
pub fn run(environment: impl IntoIterator<Item = (OsString, OsString)>, directory: PathBuf) -> ExitCode {
    bitbucket_pipe::run("cloudfront-invalidate", environment, directory, |pipe| {
        // The standard library seeds its hash maps from the system's random numbers; one hash of nothing is one such.
        invalidate(pipe, SystemTime::now(), RandomState::new().hash_one(()))
    })
}

async fn invalidate(pipe: Pipe, now: SystemTime, nonce: u64) -> Result<String, Failure> {
    let Pipe { environment, settings, faults, log, stop, .. } = pipe;
    let config = Config::read(&environment, faults).map_err(Failure::Configuration)?;
    config.access.secrets().iter().for_each(|secret| log.conceal(secret));
    let run = Run::new(&config.build, now, nonce);
    let plan = Plan::new(&config.distributions, &config.paths, &run);
    let report = Report::new(&log);
    report.access(&config.access);
    report.doubts(&config.paths);

    let file = settings.result_file.as_deref();
    let session = match connect(&config.access, &stop).await {
        Ok(session) => session,
        Err(failure) => {
            let outcome = Outcome::nothing_sent(plan);
            report.leave(file, &RunResult::new(&outcome, Some(report::reason(&failure))));
            return Err(failure);
        }
    };
    session.secrets().iter().for_each(|secret| log.conceal(secret));

    report.start();
    let outcome = send::send(plan, &CloudFront::new(&session), &run, &stop, &report).await;
    report.leave(file, &RunResult::new(&outcome, None));
    report.close(&outcome, &stop)
}

async fn connect(access: &Access, stop: &Stop) -> Result<Session, Failure> {
    tokio::select! {
        session = access.connect() => session.map_err(report::no_access),
        _ = stop.requested() => Err(Failure::Stopped("no invalidation was asked for".to_owned())),
    }
}
