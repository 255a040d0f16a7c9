//! The fault matrix: every kind of request meets every fault, once, several times and for ever.

mod cell;
mod fault;
mod request;
mod start;

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use cell::{Cell, Verdict};
use fault::{FAULTS, TIMES};
use request::{LEFT_OUT, REQUESTS};
use start::Start;

/// Most cells wait for a retry most of the time.
const AT_ONCE: usize = 16;

/// Names part of the matrix, as `FAULT_MATRIX='PutObject / SlowDown'`, for whoever looks into one cell.
const ONLY: &str = "FAULT_MATRIX";

#[test]
fn whatever_breaks_the_deploy_survives_it_or_says_why_and_the_next_run_finishes() {
    let started = Instant::now();
    let only = std::env::var(ONLY).unwrap_or_default();
    let start = Start::make();
    let (mut cells, mut skipped) = (Vec::new(), BTreeMap::<&str, usize>::new());
    for request in &REQUESTS {
        for fault in &FAULTS {
            for times in TIMES {
                let cell = Cell { request, fault, times };
                match fault.is_impossible(request, times) {
                    _ if !cell.to_string().contains(&only) => {}
                    Some(reason) => *skipped.entry(reason).or_default() += 1,
                    None => cells.push(cell),
                }
            }
        }
    }
    // The slow ones first, so that nothing is waited for alone.
    cells.sort_by_key(|cell| std::cmp::Reverse(cell.slowness()));
    let (next, verdicts) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ran = panic::catch_unwind(AssertUnwindSafe(|| cell.run(&start)));
                    let verdict =
                        ran.unwrap_or_else(|_| Verdict::Wrong("the cell itself broke, see above".to_owned()));
                    match &verdict {
                        // At once, for whoever waits.
                        Verdict::Wrong(why) => say(format_args!("{cell}: {why}\n")),
                        _ if only.is_empty() => {}
                        verdict => say(format_args!("{cell}: {verdict:?}")),
                    }
                    verdicts.lock().expect("no cell panics").push((cell, verdict));
                }
            });
        }
    });
    let verdicts = verdicts.into_inner().expect("no cell panics");
    let count = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|(_, verdict)| wanted(verdict)).count();
    say(format_args!(
        "{} cells in {} s: {} survived, {} failed as they should, {} skipped",
        verdicts.len(),
        started.elapsed().as_secs(),
        count(|verdict| matches!(verdict, Verdict::Survived)),
        count(|verdict| matches!(verdict, Verdict::Failed)),
        skipped.values().sum::<usize>()
    ));
    for (reason, cells) in &skipped {
        say(format_args!("  {cells} skipped: {reason}"));
    }
    for (request, reason) in LEFT_OUT {
        say(format_args!("  {request} is left out: {reason}"));
    }
    assert!(!verdicts.is_empty(), "{ONLY} names no cell");
    let mut left = BTreeMap::<&str, usize>::new();
    for reason in verdicts.iter().filter_map(|(cell, _)| cell.is_left_behind()) {
        *left.entry(reason).or_default() += 1;
    }
    for (reason, cells) in left {
        say(format_args!(
            "  in {cells} an upload in parts may be left to the bucket's lifecycle rules: {reason}"
        ));
    }
    let wrong = verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Wrong(_)));
    let wrong: Vec<String> = wrong.map(|(cell, _)| cell.to_string()).collect();
    assert!(wrong.is_empty(), "{} cells went wrong, as is told above:\n{}", wrong.len(), wrong.join("\n"));
}

/// Past the test's own output, which is shown only when it fails.
fn say(words: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr().lock(), "{words}");
}
