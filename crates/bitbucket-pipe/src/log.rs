//! The build log: `INFO:`, `WARNING:`, `ERROR:`, `DEBUG:` lines and the closing `✔` or `✖`, as the official pipes print them.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use indicatif::ProgressBar;

use crate::text::printable_lines;

/// Where every word of a pipe goes: one stream, so that the log keeps the order of events.
///
/// Concealed strings are replaced by `***` in whatever is printed: the last line of defence behind redacting types.
#[derive(Clone)]
pub struct Log(Arc<Inner>);

struct Inner {
    out: Mutex<Box<dyn Write + Send>>,
    colour: bool,
    debug: AtomicBool,
    concealed: RwLock<Vec<String>>,
    bar: Mutex<Option<ProgressBar>>,
}

/// ANSI colours of the official shell pipes.
#[derive(Clone, Copy)]
enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Cyan = 36,
    Grey = 37,
}

/// A shorter secret would blot out ordinary words; AWS's and Bitbucket's are all longer.
const SHORTEST_SECRET: usize = 8;

impl Log {
    /// A log on standard output. Bitbucket shows colours, so they are on unless `NO_COLOR` asks otherwise.
    #[must_use]
    pub fn stdout(colour: bool) -> Self {
        Self::to(Box::new(io::stdout()), colour)
    }

    /// A log to any writer.
    #[must_use]
    pub fn to(out: Box<dyn Write + Send>, colour: bool) -> Self {
        Self(Arc::new(Inner {
            out: Mutex::new(out),
            colour,
            debug: AtomicBool::new(false),
            concealed: RwLock::default(),
            bar: Mutex::default(),
        }))
    }

    /// Turns `DEBUG:` lines on.
    pub fn enable_debug(&self) {
        self.0.debug.store(true, Ordering::Relaxed);
    }

    /// Whether `DEBUG:` lines are printed.
    #[must_use]
    pub fn is_debug(&self) -> bool {
        self.0.debug.load(Ordering::Relaxed)
    }

    /// Never prints `secret` from now on, as it is or as it stands in JSON.
    pub fn conceal(&self, secret: &str) {
        if secret.len() >= SHORTEST_SECRET {
            let mut concealed = self.0.concealed.write().unwrap_or_else(PoisonError::into_inner);
            let in_json = serde_json::Value::from(secret).to_string();
            concealed.extend([secret.to_owned(), in_json[1..in_json.len() - 1].to_owned()]);
            concealed.dedup();
            // A secret that contains another must be replaced first.
            concealed.sort_by_key(|known| std::cmp::Reverse(known.len()));
        }
    }

    /// What happens.
    pub fn info(&self, message: impl Display) {
        self.line(Colour::Cyan, &format_args!("INFO: {message}"));
    }

    /// What a user should look at, although the work goes on.
    pub fn warning(&self, message: impl Display) {
        self.line(Colour::Yellow, &format_args!("WARNING: {message}"));
    }

    /// What went wrong.
    pub fn error(&self, message: impl Display) {
        self.line(Colour::Red, &format_args!("ERROR: {message}"));
    }

    /// A decision and its reason; printed only with `DEBUG`.
    pub fn debug(&self, message: impl Display) {
        if self.is_debug() {
            self.line(Colour::Grey, &format_args!("DEBUG: {message}"));
        }
    }

    /// The closing line of work that is done.
    pub fn success(&self, message: impl Display) {
        self.line(Colour::Green, &format_args!("✔ {message}"));
    }

    /// The closing line of work that failed.
    pub fn fail(&self, message: impl Display) {
        self.line(Colour::Red, &format_args!("✖ {message}"));
    }

    /// A line without a level, such as `upload: …`.
    pub fn plain(&self, message: impl Display) {
        self.write(&self.masked(&message.to_string()));
    }

    /// Whatever a message quotes, it moves no cursor and turns no reading order: the last line of defence behind
    /// [`printable`](crate::text::printable), which also keeps names on one line.
    fn line(&self, colour: Colour, message: &dyn Display) {
        let text = message.to_string();
        let text = self.masked(&text);
        let text = printable_lines(&text);
        if self.0.colour {
            self.write(&format!("\u{1b}[{}m{text}\u{1b}[0m", colour as u8));
        } else {
            self.write(&text);
        }
    }

    /// The text without what is concealed.
    pub(crate) fn masked<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let concealed = self.0.concealed.read().unwrap_or_else(PoisonError::into_inner);
        concealed.iter().fold(text.into(), |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), "***").into() } else { text }
        })
    }

    fn write(&self, line: &str) {
        let print = || {
            let mut out = self.0.out.lock().unwrap_or_else(PoisonError::into_inner);
            // A reader that went away is no reason to stop a deploy.
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        };
        let bar = self.0.bar.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Lines step aside for this bar while it is shown.
    pub(crate) fn show(&self, bar: Option<ProgressBar>) {
        *self.0.bar.lock().unwrap_or_else(PoisonError::into_inner) = bar;
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("debug", &self.is_debug()).finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What a log printed.
    #[derive(Clone, Default)]
    pub(crate) struct Page(Arc<Mutex<Vec<u8>>>);

    impl Page {
        pub(crate) fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("no writer panicked").clone()).expect("a log is UTF-8")
        }
    }

    impl Write for Page {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no writer panicked").extend_from_slice(buffer);
            Ok(buffer.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_have_the_official_prefixes_and_colours() {
        let page = Page::default();
        let log = Log::to(Box::new(page.clone()), true);
        log.info("a");
        log.error("b");
        log.debug("not shown");
        log.enable_debug();
        log.debug("c");
        log.success("d");
        log.fail("e");
        assert_eq!(
            page.text(),
            "\u{1b}[36mINFO: a\u{1b}[0m\n\u{1b}[31mERROR: b\u{1b}[0m\n\u{1b}[37mDEBUG: c\u{1b}[0m\n\
             \u{1b}[32m✔ d\u{1b}[0m\n\u{1b}[31m✖ e\u{1b}[0m\n"
        );
    }

    #[test]
    fn what_a_message_quotes_cannot_steer_the_terminal() {
        let page = Page::default();
        let log = Log::to(Box::new(page.clone()), false);
        log.error("a\u{1b}[2K\rb\u{202e}c\nhint: d");
        assert_eq!(page.text(), "ERROR: a\\u{1b}[2K\\rb\\u{202e}c\nhint: d\n");
    }

    #[test]
    fn concealed_strings_are_never_printed() {
        let page = Page::default();
        let log = Log::to(Box::new(page.clone()), false);
        log.conceal("secretsecret");
        log.conceal("secretsecret-and-more");
        log.conceal("short");
        log.plain("a secretsecret-and-more b secretsecret short");
        assert_eq!(page.text(), "a *** b *** short\n");
    }
}
