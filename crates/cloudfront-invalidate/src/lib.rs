//! Tells CloudFront to forget what it has cached: paths or the changes of deploys in, an invalidation out, with the step's OIDC token as access.
//!
//! The modules, in the order of the flow:
//!
//! - [`variables`] the raw variables, [`config`] the same typed and checked, made of [`distribution_id`] and [`path`]
//! - [`changes`] what deploys changed: the list, and paths that cover it; pure but for the reading
//! - [`permissions`] what the run may call, as IAM statements; pure
//! - [`mod@plan`] batches within CloudFront's limits, each under its own [caller reference](mod@reference); pure
//! - [`distribution`] the API, [`refusal`] why it said no, [`backoff`] how long to wait, [`send`] all requests, [`wait`](mod@wait) for
//!   their end
//! - [`outcome`] what became of them, [`result`] the same as JSON, [`report`] every line

pub mod backoff;
pub mod caller;
pub mod changes;
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
pub mod wait;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use bitbucket_pipe::{Failure, Pipe, Stop};
use oidc_auth::{Access, Session};

use crate::changes::cover::Cover;
use crate::config::{Config, Paths};
use crate::distribution::CloudFront;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::reference::Run;
use crate::report::Report;
use crate::result::RunResult;

/// Runs the pipe in `directory` with the variables of `environment`, and prints to standard output.
pub fn run(environment: impl IntoIterator<Item = (OsString, OsString)>, directory: PathBuf) -> ExitCode {
    bitbucket_pipe::run("cloudfront-invalidate", environment, directory, |pipe| {
        invalidate(pipe, SystemTime::now(), bitbucket_pipe::nonce())
    })
}

async fn invalidate(pipe: Pipe, now: SystemTime, nonce: u64) -> Result<String, Failure> {
    let Pipe { environment, directory, settings, faults, log, stop } = pipe;
    let config = Config::read(&environment, &directory, faults).map_err(Failure::Configuration)?;
    config.access.secrets().iter().for_each(|secret| log.conceal(secret));
    let config = config.traced(&log).narrowed();
    let run = Run::new(&config.build, now, nonce);
    let report = Report::new(&log);
    report.idle(&config.idle);
    let plan = plan(&config, &run, &report);
    let file = settings.result_file.as_deref();
    if plan.is_empty() {
        report.leave(file, &RunResult::new(&Outcome::nothing_sent(plan), None));
        return Ok(report::NOTHING.to_owned());
    }

    report.access(&config.access);
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
    let cloudfront = CloudFront::new(&session);
    let mut outcome = send::send(plan, &cloudfront, &run, &stop, &report).await;
    if let Some(longest) = config.wait {
        wait::wait(&mut outcome, longest, &cloudfront, &run, &stop, &report).await;
    }
    report.leave(file, &RunResult::new(&outcome, None));
    report.close(&outcome, &stop)
}

/// Decides what is sent, and says what there is to say about it.
fn plan(config: &Config, run: &Run, report: &Report) -> Plan {
    let changes = match &config.paths {
        Paths::Given(paths) => {
            report.doubts(paths);
            return Plan::of_paths(&config.distributions, paths, run);
        }
        Paths::Changed(changes) => changes,
    };
    let mut deploys = Vec::new();
    for revision in changes::revisions(&changes.deploys) {
        let cover = Cover::new(revision, &changes.policy);
        report.cover(&revision, &cover, &changes.policy);
        if !cover.paths.is_empty() {
            deploys.push((revision, cover));
        }
    }
    report.earlier(deploys.iter().filter(|(revision, _)| revision.is_earlier).count());
    let deploys: Vec<_> =
        deploys.into_iter().map(|(revision, cover)| (revision.difference.deploy.clone(), cover)).collect();
    Plan::of_deploys(&config.distributions, &deploys)
}

async fn connect(access: &Access, stop: &Stop) -> Result<Session, Failure> {
    tokio::select! {
        session = access.connect() => session.map_err(report::no_access),
        _ = stop.requested() => Err(Failure::Stopped("no invalidation was asked for".to_owned())),
    }
}
