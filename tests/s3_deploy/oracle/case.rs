//! A case: a tree, and syncs of it with what changes in between.

use super::tree::{Age, Tree};

/// One row of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    /// What it is called in a failure.
    pub(super) name: &'static str,
    /// What lies in the folder at first.
    pub(super) tree: Tree,
    /// The folder, as both are told it.
    pub(super) source: &'static str,
    /// What follows the name of the bucket: nothing, or a slash and more.
    pub(super) prefix: &'static str,
    /// The flags of every sync, as a shell reads them; `{here}` is the folder above `source`.
    pub(super) flags: &'static str,
    /// The syncs, one after the other.
    pub(super) steps: &'static [Step],
    /// What every object of `aws s3 sync` shows in the end, by facet, so that nobody is compared with nothing.
    pub(super) shows: &'static [(&'static str, &'static str)],
    /// The keys that are there in the end, when the case is about them.
    pub(super) keys: Option<&'static [&'static str]>,
    /// Whether the pipe is asked to go by time, as `aws s3 sync` does, and not by content.
    pub(super) by_time: bool,
    /// The exit codes of every run of `aws s3 sync` and of this pipe.
    pub(super) ends: [i32; 2],
    /// Why moto cannot tell.
    pub(super) not_on_moto: Option<&'static str>,
}

/// What happens before a sync, and flags for it alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step(pub(super) &'static [Edit], pub(super) &'static str);

/// Something that happens between two syncs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edit {
    /// A file gets this content.
    Write(&'static str, &'static str, Age),
    /// A file gets so many bytes, and is newer than every object.
    Fill(&'static str, usize),
    /// Its time alone changes.
    Touch(&'static str, Age),
    /// A file is removed.
    Remove(&'static str),
    /// A folder and all below it are removed.
    RemoveFolder(&'static str),
    /// A folder without files.
    Folder(&'static str),
    /// A symbolic link, and what it points to.
    Link(&'static str, &'static str),
    /// Somebody else puts an object with this key into both buckets.
    Put(&'static str, &'static str),
}

/// How the objects of a case are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// Whether bodies are read even where ETags stand for them.
    pub(super) bodies: bool,
    /// Whether the objects are encrypted by `CUSTOMER_KEY`.
    pub(super) with_key: bool,
    /// Whether the reader pays.
    pub(super) pays: bool,
}

/// The key of all that is encrypted by a customer's.
pub(super) const CUSTOMER_KEY: &str = "0123456789abcdef0123456789abcdef";

impl Reading {
    /// Of objects that nothing is known about.
    pub(super) const PLAIN: Self = Self { bodies: false, with_key: false, pays: false };
}

impl Case {
    pub(super) fn reading(&self) -> Reading {
        Reading {
            bodies: self.flags.is_empty(),
            with_key: self.flags.contains(CUSTOMER_KEY),
            pays: self.flags.contains("--request-payer"),
        }
    }

    /// One sync of every kind of key.
    pub(super) const fn new(name: &'static str, flags: &'static str) -> Self {
        Self {
            name,
            tree: Tree::EveryKey,
            source: "build",
            prefix: "",
            flags,
            steps: &[Step(&[], "")],
            shows: &[],
            keys: None,
            by_time: false,
            ends: [0, 0],
            not_on_moto: None,
        }
    }

    /// Of these files instead.
    pub(super) const fn of(self, files: &'static [&'static str]) -> Self {
        Self { tree: Tree::Files(files), ..self }
    }

    /// Of files of these sizes instead.
    pub(super) const fn sized(self, files: &'static [(&'static str, usize)]) -> Self {
        Self { tree: Tree::Sized(files), ..self }
    }

    pub(super) const fn steps(self, steps: &'static [Step]) -> Self {
        Self { steps, ..self }
    }

    pub(super) const fn shows(self, shows: &'static [(&'static str, &'static str)]) -> Self {
        Self { shows, ..self }
    }

    pub(super) const fn leaves(self, keys: &'static [&'static str]) -> Self {
        Self { keys: Some(keys), ..self }
    }

    pub(super) const fn from(self, source: &'static str) -> Self {
        Self { source, ..self }
    }

    pub(super) const fn below(self, prefix: &'static str) -> Self {
        Self { prefix, ..self }
    }

    pub(super) const fn by_time(self) -> Self {
        Self { by_time: true, ..self }
    }

    pub(super) const fn ends(self, ends: [i32; 2]) -> Self {
        Self { ends, ..self }
    }

    pub(super) const fn not_on_moto(self, why: &'static str) -> Self {
        Self { not_on_moto: Some(why), ..self }
    }
}
