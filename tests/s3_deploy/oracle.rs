//! The real `aws s3 sync` and this pipe, with the same flags, trees and servers: what they leave is the same, object by
//! object, but for the differences that are stated here.

mod account;
mod aws;
mod bucket;
mod case;
mod differences;
mod filters;
mod flags;
mod headers;
mod installation;
#[path = "../oracle/moto.rs"]
mod moto;
mod round;
mod sequences;
mod tree;

use std::io::Write as _;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use account::Account;
use case::Case;
use installation::Installation;
use moto::Moto;

/// What both servers are tried with. More than these would only wait for each other.
const MOST_THREADS: usize = 4;

/// A part of the names of the cases to run, while one looks for a fault. Without it all are run.
const ONLY: &str = "AWS_CLI_ORACLE_CASE";

/// Runs every case, on some threads, and fails with all that differs.
fn run(
    server: &str,
    cases: &[&Case],
    installation: &Installation,
    account: impl Fn(usize) -> Account + Sync,
) {
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((number, case)) = take(&next, cases) {
                    let one = AssertUnwindSafe(|| round::run(case, &account(number), installation));
                    // What the harness prints of a panic does not name the case.
                    let found =
                        catch_unwind(one).unwrap_or_else(|_| vec![format!("{}: panicked", case.name)]);
                    faults.lock().expect("no case panics while it holds them").extend(found);
                }
            });
        }
    });
    say(&format!("{} cases on {server} compared with `aws s3 sync`", cases.len()));
    let faults = faults.into_inner().expect("no case panics while it holds them");
    assert!(faults.is_empty(), "{} differences on {server}:\n{}", faults.len(), faults.join("\n"));
}

fn take<'a>(next: &AtomicUsize, cases: &[&'a Case]) -> Option<(usize, &'a Case)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    cases.get(number).map(|case| (number, *case))
}

/// All of them, or those that the environment names.
fn cases() -> Vec<&'static Case> {
    let only = std::env::var(ONLY).unwrap_or_default();
    let tables = [headers::CASES, flags::CASES, filters::CASES, sequences::CASES];
    tables.into_iter().flatten().filter(|case| case.name.contains(&only)).collect()
}

/// Says it past the capture of the test harness, which would hide it.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

#[test]
fn the_embedded_aws_holds_what_aws_s3_sync_leaves() {
    let Some(installation) = Installation::find() else { return };
    run("the embedded AWS", &cases(), &installation, |_| Account::embedded());
}

#[test]
fn moto_holds_what_aws_s3_sync_leaves() {
    let Some(installation) = Installation::find() else { return };
    let moto = Moto::start(&installation.moto_server);
    say(&format!("skipped on moto: {}", bucket::NOT_ON_MOTO));
    let mut cases = cases();
    for (case, why) in cases.iter().filter_map(|case| Some((case, case.not_on_moto?))) {
        say(&format!("skipped on moto: {}: {why}", case.name));
    }
    cases.retain(|case| case.not_on_moto.is_none());
    run("moto", &cases, &installation, |number| Account::on_moto(&moto, number));
}
