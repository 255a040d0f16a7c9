//! What became of a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use oidc_auth::Failure;

use crate::delete::{Deletion, KeptKey};
use crate::grace::Departed;
use crate::plan::etag::ETag;
use crate::plan::objects::Objects;
use crate::plan::{Reason, Upload};
use crate::scan::Skipped;
use crate::upload::{Arrival, Phase, UploadError};

/// An object as S3 confirmed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) size: u64,
    pub(crate) etag: ETag,
    /// CRC-64/NVME of its bytes.
    pub(crate) crc64: u64,
    /// The Date of the reply, in seconds since 1970.
    pub(crate) date: Option<i64>,
}

/// Counts of what was done, and everything that was not.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Files the bucket did not have.
    pub(crate) uploaded: u64,
    /// Files that replaced other bytes.
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    /// Objects that got other headers and kept their bytes, by path.
    pub(crate) copied: BTreeSet<Arc<str>>,
    /// Objects that were written, by path.
    pub(crate) stored: BTreeMap<Arc<str>, Stored>,
    /// Paths that are gone.
    pub(crate) deleted: Vec<String>,
    /// How many files were uploaded because S3 refused to copy their objects, and why the first of them.
    pub(crate) not_copied: Option<(usize, Failure)>,
    /// How many objects keep their headers because a copy would lose their tags, and why the first of them.
    pub(crate) headers_left: Option<(usize, Failure)>,
    /// Objects that a later deploy deletes.
    pub(crate) departed: Vec<Departed>,
    /// Bytes of the files that arrived.
    pub(crate) bytes: u64,
    /// Files that did not arrive.
    pub(crate) failed: Vec<(Upload, UploadError)>,
    /// Files, pages among them, that were not tried because others failed.
    pub(crate) untried: usize,
    /// Keys that should be gone and are not.
    pub(crate) kept: Vec<KeptKey>,
    /// Deletions that were not tried.
    pub(crate) spared: usize,
    /// Files that cannot be deployed at all.
    pub(crate) skipped: Vec<Skipped>,
    /// A signal asked for an end.
    pub(crate) stopped: bool,
}

impl Outcome {
    /// Of what was written, that which a later listing still shows; nothing else.
    pub(crate) fn left_in(&self, listed: &Objects) -> Self {
        let is_left = |path: &str, stored: &Stored| {
            listed.at(path).is_some_and(|there| there.size == stored.size && there.etag == stored.etag)
        };
        let stored = self.stored.iter().filter(|(path, stored)| is_left(path, stored));
        Self { stored: stored.map(|(path, stored)| (path.clone(), *stored)).collect(), ..Self::default() }
    }

    /// Adds a file that arrived.
    pub(crate) fn count(&mut self, Arrival { upload, stored, is_copied }: Arrival) {
        if is_copied {
            self.copied.insert(upload.file.path.clone());
        } else {
            self.bytes += upload.file.digests.size;
            match upload.reason {
                Reason::New => self.uploaded += 1,
                Reason::Size(_)
                | Reason::Content
                | Reason::Unverifiable
                | Reason::Newer
                | Reason::Forced
                | Reason::Headers { .. } => self.updated += 1,
            }
        }
        self.stored.insert(upload.file.path, stored);
    }

    /// Adds what of a phase of uploads did not arrive, or not as it should.
    pub(crate) fn count_phase(&mut self, phase: Phase) {
        if let Some((files, refusal)) = phase.not_copied {
            self.not_copied.get_or_insert((0, refusal)).0 += files;
        }
        if let Some((objects, refusal)) = phase.headers_left {
            self.headers_left.get_or_insert((0, refusal)).0 += objects;
            self.unchanged += objects as u64;
        }
        self.failed.extend(phase.failed);
        self.untried += phase.untried;
    }

    /// Adds what the deletions did.
    pub(crate) fn count_deletion(&mut self, deletion: Deletion) {
        self.deleted.extend(deletion.deleted);
        self.kept.extend(deletion.kept);
    }

    /// Paths of requests that failed: S3 may have done their work all the same.
    pub(crate) fn uncertain(&self) -> impl Iterator<Item = &str> {
        let failed = self.failed.iter().map(|(upload, _)| &*upload.file.path);
        failed.chain(self.kept.iter().map(|kept| kept.path.as_str()))
    }

    /// Whether everything that was to be done so far is done.
    pub(crate) fn is_success(&self) -> bool {
        self.failed.is_empty() && self.untried == 0 && self.kept.is_empty() && self.spared == 0
    }

    /// Whether the bucket holds the folder: everything is done, and nothing had to be skipped.
    pub(crate) fn is_complete(&self) -> bool {
        self.is_success() && self.skipped.is_empty()
    }
}
