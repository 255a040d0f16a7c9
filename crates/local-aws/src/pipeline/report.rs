//! Everything the runner itself says; scripts and pipes write to the same output themselves.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the one file through which the runner speaks"
)]

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

use super::account::Account;
use super::definition::{Item, Pipeline, Step};
use crate::Cloud;

/// How the log shows an item before it runs.
pub(crate) fn echo(item: &Item) -> String {
    match item {
        Item::Line(line) => format!("+ {line}"),
        Item::Pipe(pipe) => format!("+ pipe: {}", pipe.reference),
    }
}

/// What is about to run, and what of the file needs a word.
pub(crate) fn opening(file: &Path, name: &str, pipeline: &Pipeline, cloud: &Cloud) {
    println!("Pipeline {name} of {}", file.display());
    println!(
        "INFO: AWS is embedded in this program and listens on {}. Nothing reaches a real account.",
        cloud.endpoint()
    );
    for duplicate in &pipeline.duplicates {
        println!("WARNING: {}, {duplicate}", file.display());
    }
    if !pipeline.omissions.is_empty() {
        println!("INFO: Not done here: {}", pipeline.omissions);
    }
}

/// The head of one step. `place` is its number and how many there are.
pub(crate) fn step(step: &Step, place: (usize, usize)) {
    let (number, count) = place;
    match step.name.as_str() {
        "" => println!("\nStep {number} of {count}"),
        name => println!("\nStep {number} of {count}: {name}"),
    }
}

/// That the step's `after-script` begins.
pub(crate) fn after_script() {
    println!("\nAfter the script:");
}

/// What the embedded cloud was given.
pub(crate) fn made(things: &[String]) {
    if !things.is_empty() {
        println!("INFO: Made in the embedded AWS: {}", things.join("; "));
    }
}

/// That step `number` failed.
pub(crate) fn failed(number: usize, code: u8) {
    println!("\nStep {number} failed with exit code {code}");
}

/// That `after-script` failed, which changes nothing.
pub(crate) fn after_script_failed(code: u8) {
    println!("WARNING: The after-script failed with exit code {code}; the step's own result stands");
}

/// What the embedded cloud holds at the end.
pub(crate) fn summary(cloud: &Cloud, account: &Account<'_>) {
    println!();
    for bucket in account.buckets() {
        let objects = cloud.store().objects(bucket);
        let bytes: u64 = objects.values().map(crate::s3::Object::size).sum();
        println!("Bucket {bucket}: {}, {}", counted(objects.len(), "object"), counted(bytes, "byte"));
    }
    for distribution in account.distributions() {
        for invalidation in cloud.invalidations(distribution) {
            println!(
                "Distribution {distribution}: invalidation {} of {}",
                invalidation.id,
                invalidation.paths.join(" ")
            );
        }
        println!("Distribution {distribution}: {}", cloud.site_url(distribution));
    }
}

/// How the pipeline ended.
pub(crate) fn closing(code: u8, stopped: bool) {
    match code {
        _ if stopped => println!("Pipeline stopped"),
        0 => println!("Pipeline successful"),
        code => println!("Pipeline failed with exit code {code}"),
    }
}

/// What becomes of the deployed site.
pub(crate) fn site(serve: bool) {
    if serve {
        println!("The site is up until Ctrl-C");
    } else {
        println!("The site ends with this program; --serve keeps it up until Ctrl-C");
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
    eprintln!("ERROR: {error}");
}

fn counted(count: impl Display, noun: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
