//! How far the work has come: a bar on a terminal, a line every few seconds in a build log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

use crate::log::Log;
use crate::text;

/// Often enough to show life, seldom enough to keep a ten-minute deploy on one screen.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Progress of one phase, in files and bytes. Shown until it is dropped.
#[derive(Debug)]
pub struct Progress {
    done: Arc<Done>,
    shown: Shown,
}

/// A number of files and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Files.
    pub items: u64,
    /// Bytes of them all.
    pub bytes: u64,
}

#[derive(Debug, Default)]
struct Done {
    items: AtomicU64,
    bytes: AtomicU64,
}

#[derive(Debug)]
enum Shown {
    Bar(Log, ProgressBar),
    /// The task that prints a line every few seconds, whether anything arrives or not.
    Lines(JoinHandle<()>),
    Nothing,
}

impl Progress {
    /// Starts a phase; `label` is a participle such as `Uploading`. Without a `total` the lines tell the time instead.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    #[must_use]
    pub fn start(log: &Log, label: &str, total: Option<Amount>) -> Self {
        Self::start_with(LINE_EVERY, log, label, total)
    }

    /// A phase of which nothing is shown.
    #[must_use]
    pub fn hidden() -> Self {
        Self { done: Arc::default(), shown: Shown::Nothing }
    }

    fn start_with(every: Duration, log: &Log, label: &str, total: Option<Amount>) -> Self {
        let done = Arc::<Done>::default();
        let bar = bar(label, total);
        // Hidden where nobody could see it move: not on a terminal, or on one that cannot.
        let shown = if bar.is_hidden() {
            Shown::Lines(tokio::spawn(print_lines(every, log.clone(), label.to_owned(), total, done.clone())))
        } else {
            bar.enable_steady_tick(Duration::from_millis(200));
            log.show(Some(bar.clone()));
            Shown::Bar(log.clone(), bar)
        };
        Self { done, shown }
    }

    /// Bytes have arrived.
    pub fn advance(&self, bytes: u64) {
        self.done.bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Shown::Bar(_, bar) = &self.shown {
            bar.inc(bytes);
        }
    }

    /// A file is complete; its bytes were counted by [`Progress::advance`].
    pub fn complete(&self) {
        self.done.items.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        match &self.shown {
            Shown::Bar(log, bar) => {
                log.show(None);
                bar.finish_and_clear();
            }
            Shown::Lines(task) => task.abort(),
            Shown::Nothing => {}
        }
    }
}

async fn print_lines(every: Duration, log: Log, label: String, total: Option<Amount>, done: Arc<Done>) {
    let started = tokio::time::Instant::now();
    loop {
        tokio::time::sleep(every).await;
        let done =
            Amount { items: done.items.load(Ordering::Relaxed), bytes: done.bytes.load(Ordering::Relaxed) };
        log.info(line(&label, done, total, started.elapsed()));
    }
}

fn line(label: &str, done: Amount, total: Option<Amount>, time: Duration) -> String {
    let seconds = time.as_secs();
    let Some(total) = total else { return format!("{label}: {seconds} s so far") };
    format!(
        "{label}: {} of {} ({} of {}) in {seconds} s",
        done.items,
        text::plural(total.items, "file"),
        text::bytes(done.bytes),
        text::bytes(total.bytes)
    )
}

fn bar(label: &str, total: Option<Amount>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total.bytes),
            "{msg} [{bar:40}] {binary_bytes} of {binary_total_bytes} ({binary_bytes_per_sec})",
        ),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}: {elapsed} so far"),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.progress_chars("=> ")).with_message(label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::tests::Page;

    #[test]
    fn a_line_says_files_bytes_and_time() {
        let done = Amount { items: 3, bytes: 1536 };
        let total = Amount { items: 10, bytes: 4 << 20 };
        let time = Duration::from_secs(7);
        assert_eq!(
            line("Uploading", done, Some(total), time),
            "Uploading: 3 of 10 files (1.5 KiB of 4.0 MiB) in 7 s"
        );
        assert_eq!(line("Comparing", Amount::default(), None, time), "Comparing: 7 s so far");
    }

    /// Tests have no terminal, as a build has none.
    #[tokio::test]
    async fn without_a_terminal_lines_come_even_when_nothing_arrives_and_end_with_the_phase() {
        let page = Page::default();
        let log = Log::to(Box::new(page.clone()), false);
        let total = Some(Amount { items: 2, bytes: 2048 });
        let progress = Progress::start_with(Duration::from_millis(5), &log, "Uploading", total);
        progress.advance(1024);
        progress.complete();
        while page.text().lines().count() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(progress);
        let last = page.text();
        assert!(
            last.lines()
                .all(|line| line.starts_with("INFO: Uploading: 1 of 2 files (1.0 KiB of 2.0 KiB) in ")),
            "{last}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(page.text().lines().count(), last.lines().count());
    }
}
