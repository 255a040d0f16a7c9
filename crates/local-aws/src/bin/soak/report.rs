//! Everything that the soak says.

use std::fmt;
use std::io::{self, Write as _};

use crate::arguments::Arguments;
use crate::attempt::Ending;

/// What happened so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) rounds: u64,
    /// Runs of either pipe.
    pub(crate) runs: u64,
    /// Those among them that did not end well.
    pub(crate) failures: u64,
    /// Those among them that were killed, or told to stop.
    pub(crate) deaths: u64,
}

/// What differed, and when.
#[derive(Debug)]
pub(crate) struct Differences {
    pub(crate) round: u64,
    /// What happened in that round.
    pub(crate) story: Vec<String>,
    /// The last run's log.
    pub(crate) log: String,
    pub(crate) found: Vec<String>,
}

/// One event of a round.
pub(crate) fn event(words: &str) {
    say(format_args!("  {words}"));
}

/// A round begins.
pub(crate) fn round(number: u64) {
    say(format_args!("round {number}"));
}

/// One run, in words.
pub(crate) fn run(what: &str, trouble: &[String], ending: &Ending) -> String {
    let trouble = if trouble.is_empty() { "no trouble".to_owned() } else { trouble.join("; ") };
    format!("{what} with {trouble}: {}", ending.words())
}

/// All is well.
pub(crate) fn closing(arguments: &Arguments, tally: &Tally, pages: u64) {
    let Tally { rounds, runs, failures, deaths } = tally;
    say(format_args!(
        "{rounds} rounds of seed {}: {runs} runs, {failures} of them failed, {deaths} of those stopped from outside; the \
         visitor saw {pages} pages. No difference.",
        arguments.seed
    ));
}

/// All is not.
pub(crate) fn difference(arguments: &Arguments, differences: &Differences) {
    say(format_args!("Round {} of seed {} ended with a difference.", differences.round, arguments.seed));
    for words in &differences.story {
        event(words);
    }
    say(format_args!("The last run said:\n{}", differences.log));
    for difference in &differences.found {
        say(format_args!("DIFFERENCE: {difference}"));
    }
    say(format_args!(
        "Again: cargo run --release --bin soak -- --rounds {} --seed {} --verbose",
        differences.round, arguments.seed
    ));
}

/// A reader that has gone, as `head` goes, must not end the run.
fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}
