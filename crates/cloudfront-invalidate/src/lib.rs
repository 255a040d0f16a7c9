//! Tells CloudFront to forget what it has cached: paths or the changes of deploys in, an invalidation out, with the step's OIDC token as access.
//!
//! The modules, in the order of the flow:
//!
//! - [`variables`] the raw variables, [`config`] the same typed and checked, made of [`distribution_id`] and [`path`]
//! - [`changes`] what deploys changed: the list, and paths that cover it; pure but for the reading
//! - [`permissions`] what the run may call, as IAM statements; pure
//! - [`mod@survey`] asks the distributions how they are [set up](mod@setup), where the variables leave it open
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
pub mod price;
pub mod reference;
pub mod refusal;
pub mod report;
pub mod result;
pub mod send;
pub mod setup;
pub mod survey;
pub mod variables;
pub mod wait;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use bitbucket_pipe::{Failure, Pipe, Settings, Stop, near_miss, unexpanded};
use oidc_auth::{Access, Session};

use crate::changes::Changes;
use crate::config::{Config, Paths};
use crate::distribution::CloudFront;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::reference::Run;
use crate::report::Report;
use crate::result::RunResult;
use crate::survey::Known;
use crate::variables::Variables;

/// Runs the pipe in `directory` with the variables of `environment`, and prints to standard output.
pub fn run(environment: impl IntoIterator<Item = (OsString, OsString)>, directory: PathBuf) -> ExitCode {
    bitbucket_pipe::run("cloudfront-invalidate", environment, directory, |pipe| {
        invalidate(pipe, SystemTime::now(), bitbucket_pipe::nonce())
    })
}

async fn invalidate(pipe: Pipe, now: SystemTime, nonce: u64) -> Result<String, Failure> {
    let Pipe { environment, directory, settings, faults, log, stop } = pipe;
    let known = [Settings::NAMES, oidc_auth::Variables::NAMES, Variables::NAMES];
    near_miss::warn(&environment, &known, &log);
    unexpanded::warn_of_empty(&environment, &["AWS_ALLOWED_ACCOUNT_IDS"], &log);
    let config = Config::read(&environment, &directory, faults).map_err(Failure::Configuration)?;
    config.access.secrets().iter().for_each(|secret| log.conceal(secret));
    let config = config.traced(&log).narrowed();
    let run = Run::new(&config.build, now, nonce);
    let report = Report::new(&log);
    report.idle(&config.idle);
    let file = settings.result_file.as_deref();
    let unasked: Vec<Known> = config.distributions.iter().map(Known::nothing_of).collect();
    if config.is_needless() {
        let plan = plan(&config, &unasked, &run, Some(&report));
        report.leave(file, &RunResult::new(&Outcome::nothing_sent(plan), None));
        return Ok(report::NOTHING.to_owned());
    }

    report.access(&config.access);
    let failed = |failure: Failure| {
        let outcome = Outcome::nothing_sent(plan(&config, &unasked, &run, None));
        report.leave(file, &RunResult::new(&outcome, Some(report::reason(&failure))));
        failure
    };
    let session = connect(&config.access, &stop).await.map_err(failed)?;
    let cloudfront = CloudFront::new(&session);
    let known = match &config.paths {
        Paths::Changed(Changes { policy, .. }) if policy.is_open() => {
            let known =
                survey::survey(&config.distributions, config.patience, &cloudfront, &run, &stop, &report)
                    .await;
            known.ok_or_else(stopped).map_err(failed)?
        }
        Paths::Changed(_) | Paths::Given(_) => unasked.clone(),
    };
    let plan = plan(&config, &known, &run, Some(&report));
    if plan.is_empty() {
        report.leave(file, &RunResult::new(&Outcome::nothing_sent(plan), None));
        return Ok(report::NOTHING.to_owned());
    }

    if config.dry_run {
        report.rehearsed(&plan);
        report.leave(file, &RunResult::new(&Outcome::nothing_sent(plan), None).rehearsed());
        return Ok(report::REHEARSED.to_owned());
    }
    report.start();
    let mut outcome = send::send(plan, config.patience, &cloudfront, &run, &stop, &report).await;
    if config.wait {
        wait::wait(&mut outcome, config.patience, &cloudfront, &run, &stop, &report).await;
    }
    report.leave(file, &RunResult::new(&outcome, None));
    report.close(&outcome, &stop)
}

/// Decides what is sent, and says what there is to say about it.
fn plan(config: &Config, known: &[Known], run: &Run, report: Option<&Report>) -> Plan {
    match &config.paths {
        Paths::Given(paths) => {
            report.inspect(|report| report.doubts(paths));
            Plan::of_paths(&config.distributions, paths, run)
        }
        Paths::Changed(changes) => {
            let portions = changes.portions(known);
            report.inspect(|report| report.changes(changes, &portions, known));
            Plan::of_deploys(&config.distributions, &portions)
        }
    }
}

async fn connect(access: &Access, stop: &Stop) -> Result<Session, Failure> {
    tokio::select! {
        session = access.connect() => session.map_err(report::no_access),
        _ = stop.requested() => Err(stopped()),
    }
}

fn stopped() -> Failure {
    Failure::Stopped("no invalidation was asked for".to_owned())
}
