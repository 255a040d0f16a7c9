//! Everything the runner itself says; scripts and pipes write to the same output themselves.

use std::fmt::{self, Display};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use super::account::Account;
use super::definition::{Item, Pipeline, Step};
use crate::{Cloud, Request, Service};

/// How the log shows an item before it runs.
pub(crate) fn echo(item: &Item) -> String {
    match item {
        Item::Line(line) => format!("+ {line}"),
        Item::Pipe(pipe) => format!("+ pipe: {}", pipe.reference),
    }
}

/// What is about to run, and what of the file needs a word.
pub(crate) fn opening(file: &Path, name: &str, pipeline: &Pipeline, cloud: &Cloud) {
    say(format_args!("Pipeline {name} of {}", file.display()));
    say(format_args!(
        "INFO: AWS is embedded in this program and listens on {}. Nothing reaches a real account.",
        cloud.endpoint()
    ));
    for duplicate in &pipeline.duplicates {
        say(format_args!("WARNING: {}, {duplicate}", file.display()));
    }
    if !pipeline.omissions.is_empty() {
        say(format_args!("INFO: Not done here: {}", pipeline.omissions));
    }
}

/// That pipes run in containers, and whose.
pub(crate) fn containers(engine: &str) {
    say(format_args!("INFO: Pipes run in containers of {engine}, from images that are on this machine."));
}

/// The head of one step. `place` is its number and how many there are.
pub(crate) fn step(step: &Step, place: (usize, usize)) {
    let (number, count) = place;
    match step.name.as_str() {
        "" => say(format_args!("\nStep {number} of {count}")),
        name => say(format_args!("\nStep {number} of {count}: {name}")),
    }
}

/// That the step does not run.
pub(crate) fn skipped() {
    say(format_args!("Skipped: no changed file fits its condition"));
}

/// That the step's `after-script` begins.
pub(crate) fn after_script() {
    say(format_args!("\nAfter the script:"));
}

/// What the embedded cloud was given.
pub(crate) fn made(things: &[String]) {
    if !things.is_empty() {
        say(format_args!("INFO: Made in the embedded AWS: {}", things.join("; ")));
    }
}

/// That step `number` failed.
pub(crate) fn failed(number: usize, code: u8) {
    say(format_args!("\nStep {number} failed with exit code {code}"));
}

/// That `after-script` failed, which changes nothing.
pub(crate) fn after_script_failed(code: u8) {
    say(format_args!("WARNING: The after-script failed with exit code {code}; the step's own result stands"));
}

/// What the embedded cloud holds at the end.
pub(crate) fn summary(cloud: &Cloud, account: &Account<'_>) {
    say(format_args!(""));
    for bucket in account.buckets() {
        let mut objects = cloud.store().objects(bucket);
        let held = objects.len();
        // What the pipe keeps for itself is no part of the site.
        objects.retain(|key, _| !s3_deploy::is_record(key));
        let bytes: u64 = objects.values().map(crate::s3::Object::size).sum();
        let records = match held - objects.len() {
            0 => String::new(),
            count => format!(", and {}", counted(count, "deploy record")),
        };
        say(format_args!(
            "Bucket {bucket}: {}, {}{records}",
            counted(objects.len(), "object"),
            counted(bytes, "byte")
        ));
    }
    for distribution in account.distributions() {
        for invalidation in cloud.invalidations(distribution) {
            say(format_args!(
                "Distribution {distribution}: invalidation {} of {}",
                invalidation.id,
                invalidation.paths.join(" ")
            ));
        }
        say(format_args!("Distribution {distribution}: {}", cloud.site_url(distribution)));
    }
}

/// How the pipeline ended.
pub(crate) fn closing(code: u8, stopped: bool) {
    match code {
        _ if stopped => say(format_args!("Pipeline stopped")),
        0 => say(format_args!("Pipeline successful")),
        code => say(format_args!("Pipeline failed with exit code {code}")),
    }
}

/// What becomes of the deployed site.
pub(crate) fn site(serve: bool) {
    if serve {
        say(format_args!("The site is up until Ctrl-C"));
    } else {
        say(format_args!("The site ends with this program; --serve keeps it up until Ctrl-C"));
    }
}

/// One request to the site that is up, as it was answered.
pub(crate) fn visit(request: &Request) {
    if request.service == Service::Site {
        say(format_args!("{request}"));
    }
}

/// What is wrong with the command line, or the help that was asked for, and the exit code that goes with it.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    // Nothing is left to tell when even this cannot be written.
    let _ = error.print();
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Why nothing ran, or why it cannot go on.
pub(crate) fn error(error: &impl Display) {
    // Nothing is left to tell when even this cannot be written.
    let _ = writeln!(io::stderr(), "ERROR: {error}");
}

/// A reader that has gone, as `head` goes, must not end the run.
fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}

fn counted(count: impl Display, noun: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
