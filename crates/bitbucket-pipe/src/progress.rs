//! How far the work has come: a bar on a terminal, a line every few seconds in a build log.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::log::Log;
use crate::text;

/// Often enough to show life, seldom enough to keep a ten-minute deploy on one screen.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Progress of one phase, in items and bytes.
#[derive(Debug)]
pub struct Progress {
    log: Log,
    label: String,
    total: Amount,
    state: Mutex<State>,
    bar: Option<ProgressBar>,
}

/// A number of items and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Files, parts or keys: what the label says.
    pub items: u64,
    /// Bytes of them all.
    pub bytes: u64,
}

#[derive(Debug)]
struct State {
    done: Amount,
    last_line: Instant,
}

impl Progress {
    /// Starts a phase; `label` is a participle such as `Uploading`.
    #[must_use]
    pub fn start(log: &Log, label: &str, total: Amount) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| bar(label, total.bytes));
        log.show(bar.clone());
        Self {
            log: log.clone(),
            label: label.to_owned(),
            total,
            state: Mutex::new(State { done: Amount::default(), last_line: Instant::now() }),
            bar,
        }
    }

    /// Bytes have arrived.
    pub fn advance(&self, bytes: u64) {
        self.add(Amount { items: 0, bytes });
    }

    /// An item is complete; its bytes were counted by [`Progress::advance`].
    pub fn complete(&self) {
        self.add(Amount { items: 1, bytes: 0 });
    }

    fn add(&self, amount: Amount) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.done.items += amount.items;
        state.done.bytes += amount.bytes;
        match &self.bar {
            Some(bar) => bar.set_position(state.done.bytes),
            None if state.last_line.elapsed() >= LINE_EVERY => {
                state.last_line = Instant::now();
                self.log.info(line(&self.label, state.done, self.total));
            }
            None => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            self.log.show(None);
            bar.finish_and_clear();
        }
    }
}

fn line(label: &str, done: Amount, total: Amount) -> String {
    format!(
        "{label}: {} of {} ({} of {})",
        done.items,
        text::plural(total.items, "file"),
        text::bytes(done.bytes),
        text::bytes(total.bytes)
    )
}

fn bar(label: &str, bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{bar:40}] {bytes} of {total_bytes} ({bytes_per_sec})")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style.progress_chars("=> ")).with_message(label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_files_and_bytes() {
        let done = Amount { items: 3, bytes: 1536 };
        let total = Amount { items: 10, bytes: 4 << 20 };
        assert_eq!(line("Uploading", done, total), "Uploading: 3 of 10 files (1.5 KiB of 4.0 MiB)");
    }
}
