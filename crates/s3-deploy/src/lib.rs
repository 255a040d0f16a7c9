#![doc = include_str!("../README.md")]

mod advice;
mod bucket;
mod checksum_headers;
mod config;
mod constant_header;
mod delete;
mod execute;
mod extra_args;
mod filters;
mod grace;
mod guard;
mod handover;
mod hash;
mod headers;
mod limits;
mod list;
mod outcome;
mod owner;
mod part_size;
pub mod permissions;
mod plan;
mod private;
mod record;
mod report;
mod result;
mod scan;
mod script;
mod shard;
mod survey;
mod target;
mod upload;
pub mod variables;
mod withheld;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use bitbucket_pipe::{Failure, Pipe, Settings, changes, near_miss, unexpanded};
use jiff::Timestamp;
use oidc_auth::{Access, Service, Voice};

pub use crate::record::{described, is_record};
pub use crate::target::{BucketName, NotATarget, Prefix, Target};
pub use crate::withheld::process_environment;

use crate::config::{Checkout, Config};
use crate::execute::execute;
use crate::extra_args::ExtraArgs;
use crate::handover::{Company, Handover, Overtaken, expect};
use crate::report::Report;
use crate::survey::survey;
use crate::variables::Variables;

/// Runs the pipe with these variables, relative paths being relative to `directory`.
///
/// 0: the bucket holds the folder, or a dry run was told. 1: it does not, and the log says why. 2: the configuration is
/// wrong and nothing was sent. 143 and 130: stopped by a signal.
pub fn run(environment: impl IntoIterator<Item = (OsString, OsString)>, directory: PathBuf) -> ExitCode {
    let environment: Vec<_> = environment.into_iter().collect();
    let of_script = environment.clone();
    bitbucket_pipe::run("s3-deploy", environment, directory, |pipe| {
        deploy(pipe, of_script, Timestamp::now, bitbucket_pipe::nonce())
    })
}

async fn deploy(
    mut pipe: Pipe,
    of_script: Vec<(OsString, OsString)>,
    clock: fn() -> Timestamp,
    nonce: u64,
) -> Result<String, Failure> {
    let (mut config, access) = configure(&mut pipe)?;
    let report = Report::start(&pipe, &config, &access);
    report.meaningless(&config.meaningless);
    report.ignored_variables(&config.ignored_variables);
    report.doubtful_headers(&config.doubtful_headers);
    prepare(&mut config, &pipe, &of_script, &report).await?;
    report.outside(&config);
    let began = clock();
    let mut survey = tokio::select! {
        survey = survey(&config, &access, began, &report) => {
            survey.map_err(|error| report.failed(error))?
        }
        _ = pipe.stop.requested() => return Err(report.stopped("nothing was written")),
    };
    report.plan(&survey, &config.headers);
    if config.dry_run {
        report.rehearse(&survey.plan);
    }
    guard::judge(&survey.case(&config), &config.guards)
        .map_err(|refusal| report.refused(refusal, &survey))?;
    // What guards refuse is in their refusal.
    report.trailing_slash(config.trailing_slash.as_ref());
    report.secrets(&survey.secrets);
    if config.dry_run {
        return report.rehearsed(&survey);
    }
    let found = expect(&mut survey, &config, &report).await.map_err(|Overtaken| report.overtaken())?;
    let mut outcome = execute(survey.plan, &config, &survey.bucket, &pipe.stop, &report).await;
    report.checksum_headers(survey.bucket.checksum_headers());
    outcome.skipped = survey.skipped;
    if config.shard.is_some() {
        return report.finish(&outcome, &survey.bucket, Company::None);
    }
    let handover = Handover {
        bucket: &survey.bucket,
        config: &config,
        listed: survey.listed,
        found,
        verified: survey.verified,
        away: survey.away,
        outcome: &outcome,
        deploy: format!("{:x}-{nonce:016x}", began.as_second()),
        now: clock(),
    };
    let changes_file = changes::location(config.changes_file.as_deref(), &pipe.environment, &pipe.directory);
    let handed_over = handover.finish(changes_file, &pipe.environment, &report).await;
    let company = handed_over.as_ref().map_or(Company::None, |company| *company);
    let ending = report.finish(&outcome, &survey.bucket, company)?;
    handed_over.map(|_| ending).map_err(|error| report::closing::stale_list(&error))
}

/// Runs the user's script, and looks at what it may have made.
async fn prepare(
    config: &mut Config,
    pipe: &Pipe,
    environment: &[(OsString, OsString)],
    report: &Report,
) -> Result<(), Failure> {
    let Some(script) = &config.script else { return Ok(()) };
    report.script(script);
    if withheld::is_exposed() {
        report.exposed_token(script);
    }
    let ran = script.run(environment, &pipe.directory, &pipe.stop, |line| report.script_line(line)).await;
    ran.map_err(|error| report.script_failed(script, error))?;
    let faults = config.look();
    if faults.is_empty() { Ok(()) } else { Err(Failure::Configuration(faults)) }
}

/// Reads every variable and reports every mistake, before the first request.
fn configure(pipe: &mut Pipe) -> Result<(Config, Access), Failure> {
    let known = [Settings::NAMES, oidc_auth::Variables::NAMES, Variables::NAMES];
    near_miss::warn(&pipe.environment, &known, &pipe.log);
    unexpanded::warn_of_empty(&pipe.environment, Variables::GUARDS, &pipe.log);
    let mut faults = std::mem::take(&mut pipe.faults);
    let mut access_variables: oidc_auth::Variables =
        pipe.environment.read(oidc_auth::Variables::NAMES, &mut faults);
    let variables: Variables = pipe.environment.read(Variables::NAMES, &mut faults);
    let extra = ExtraArgs::read(&pipe.environment, &pipe.directory, &mut faults);
    if extra.debug {
        pipe.log.enable_debug();
    }
    extra.direct(&mut access_variables);
    let access = Access::from_variables(&access_variables).map_err(|found| {
        faults.extend(found.into_iter().map(|fault| bitbucket_pipe::Fault {
            variable: extra.in_place_of(fault.variable).unwrap_or(fault.variable).to_owned(),
            message: fault.message,
            hint: fault.hint,
        }));
    });
    let patience = extra.patience;
    let checkout = Checkout::of(&pipe.environment, &pipe.directory);
    variables.local_path.iter().for_each(|name| checkout.check(name, &mut faults));
    let config = Config::new(variables, extra, &pipe.directory, &mut faults);
    let result_file = pipe.settings.result_file.as_deref();
    let config = config.map(|config| config.within(&pipe.environment, checkout, result_file));
    match (config, access) {
        (Some(config), Ok(access)) if faults.is_empty() => {
            let access = match access.role().map(|role| config.scope(role)) {
                Some(scope) => access.within(Service::S3, scope),
                None => access,
            };
            let (told, concealed) = (pipe.log.clone(), pipe.log.clone());
            let voice = Voice::to(move |notice| report::notice(&told, notice))
                .concealing(move |secret| concealed.conceal(secret));
            let access = access.patient(patience);
            Ok((config, access.voiced(voice).traced(report::retries::trace(pipe.log.clone()))))
        }
        _ => Err(Failure::Configuration(faults)),
    }
}
