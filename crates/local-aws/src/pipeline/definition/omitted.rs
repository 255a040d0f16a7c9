//! What a pipelines file may ask for and this runner does not do: accepted, and named once.

use std::fmt;

/// Keys that Bitbucket knows and this runner does not act on, each with what happens instead.
const OMITTED: [(&str, &str); 12] = [
    ("caches", "every step starts without caches"),
    ("clone", "the directory is copied instead"),
    ("concurrency-group", "nothing else runs at the same time"),
    ("docker", "no container is started"),
    ("image", "script lines run with this machine's programs"),
    ("max-time", "no time limit"),
    ("runs-on", "this machine is the runner"),
    ("runtime", "this machine is the runner"),
    ("services", "no service is started"),
    ("size", "no memory limit"),
    ("status", "no commit status is reported"),
    ("trigger", "the step starts without being asked"),
];

/// What a pipeline asks for in vain, each key once, in order of appearance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Omissions(Vec<(String, &'static str)>);

impl Omissions {
    /// Notes `key` if it is one of those that are left out, and says whether it is.
    pub(super) fn note(&mut self, key: &str) -> bool {
        let omitted = OMITTED.iter().find(|(name, _)| *name == key);
        if let Some((_, instead)) = omitted {
            self.add(key, instead);
        }
        omitted.is_some()
    }

    /// Notes `key` where Bitbucket itself takes any key.
    pub(super) fn note_any(&mut self, key: &str) {
        if !self.note(key) {
            self.add(key, "not known here");
        }
    }

    fn add(&mut self, key: &str, instead: &'static str) {
        if self.0.iter().all(|(noted, _)| noted != key) {
            self.0.push((key.to_owned(), instead));
        }
    }

    /// Whether everything the pipeline asks for is done.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Omissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, instead)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{key} ({instead})")?;
        }
        Ok(())
    }
}
