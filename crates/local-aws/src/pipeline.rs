//! Runs a `bitbucket-pipelines.yml` here, as Bitbucket would, against the embedded cloud.

mod account;
mod arguments;
mod artifacts;
mod call;
mod clone;
mod container;
mod definition;
mod engine;
mod environment;
mod glob;
mod needs;
mod output_variables;
mod process;
mod quote;
mod reference;
mod report;
mod repository;
mod run;
mod script;
mod session;
pub mod yaml;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use tokio::sync::mpsc::UnboundedReceiver;

pub use self::definition::Pipeline;

use self::arguments::Arguments;
use self::process::Stop;
use self::reference::Program;
use self::run::Run;
use crate::{Cloud, Request};

/// The hidden first argument that makes this program, and any other that calls [`main`], a pipe; the second says which.
pub const PIPE_ARGUMENT: &str = "__pipe";

/// The exit code of a wrong command line or a file that cannot be run: nothing has run.
const USAGE: u8 = 2;

/// The exit code of a run that something on this machine kept from ending.
const FAILURE: u8 = 1;

/// The whole of `local-pipeline`: `arguments` begin with the program's own name.
///
/// Returns the exit code of the first script line or pipe that failed, 2 if the command line or the file is wrong, and
/// 1 if this machine cannot do what a run needs.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    match arguments.get(1).and_then(|first| first.to_str()) {
        Some(call::ARGUMENT) => call::send(&arguments[2..]),
        Some(PIPE_ARGUMENT) => pipe(arguments.get(2)),
        _ => match Arguments::try_parse_from(arguments) {
            Ok(arguments) => ExitCode::from(pipeline(&arguments)),
            Err(error) => report::usage(&error),
        },
    }
}

/// Becomes the pipe called `name`, in the environment and directory that this process was given.
fn pipe(name: Option<&OsString>) -> ExitCode {
    let program = Program::ALL.into_iter().find(|program| name.is_some_and(|name| name == program.name()));
    let directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    match program {
        Some(Program::S3Deploy) => s3_deploy::run(s3_deploy::process_environment(), directory),
        Some(Program::CloudfrontInvalidate) => cloudfront_invalidate::run(std::env::vars_os(), directory),
        None => ExitCode::from(USAGE),
    }
}

fn pipeline(arguments: &Arguments) -> u8 {
    let file = arguments.file();
    let pipeline = match read(&file, &arguments.pipeline) {
        Ok(pipeline) => pipeline,
        Err(message) => {
            report::error(&message);
            return USAGE;
        }
    };
    execute(arguments, &file, &pipeline).unwrap_or_else(|error| {
        report::error(&format_args!("{error:#}"));
        FAILURE
    })
}

fn read(file: &Path, name: &str) -> Result<Pipeline, String> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            format!("there is no file {shown}\nhint: the first argument is a bitbucket-pipelines.yml")
        }
        _ => format!("cannot read {shown}: {error}"),
    })?;
    Pipeline::parse(&text, name).map_err(|fault| format!("{shown}, {fault}"))
}

fn execute(arguments: &Arguments, file: &Path, pipeline: &Pipeline) -> anyhow::Result<u8> {
    let cloud = Cloud::start();
    report::opening(file, &arguments.pipeline, pipeline, &cloud);
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        let mut stop = Stop::listen().context("cannot listen for signals")?;
        let mut run = Run::prepare(arguments, pipeline, &cloud, stop.clone()).await?;
        let code = run.run().await?;
        report::summary(&cloud, run.account());
        report::closing(code, stop.code().is_some());
        let has_site = run.account().distributions().next().is_some();
        if code == 0 && has_site {
            let visits = cloud.watch();
            report::site(arguments.serve);
            if arguments.serve {
                serve(visits, &mut stop).await;
            }
        }
        Ok(code)
    })
}

/// Shows what the site is asked for until the program is told to stop.
async fn serve(mut visits: UnboundedReceiver<Request>, stop: &mut Stop) {
    loop {
        tokio::select! {
            Some(visit) = visits.recv() => report::visit(&visit),
            () = stop.told() => break,
        }
    }
    while let Ok(visit) = visits.try_recv() {
        report::visit(&visit);
    }
}
