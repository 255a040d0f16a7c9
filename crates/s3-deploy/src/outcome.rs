//! What became of a plan.

use crate::delete::KeptKey;
use crate::plan::{Reason, Upload};
use crate::upload::{Phase, UploadError};

/// Counts of what was done, and everything that was not.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Files the bucket did not have.
    pub(crate) uploaded: u64,
    /// Files that replaced other bytes.
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    /// Paths that are gone.
    pub(crate) deleted: u64,
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
    /// A signal asked for an end.
    pub(crate) stopped: bool,
}

impl Outcome {
    /// Adds what a phase of uploads did.
    pub(crate) fn count(&mut self, phase: Phase) {
        for upload in phase.arrived {
            self.bytes += upload.file.digests.size;
            match upload.reason {
                Reason::New => self.uploaded += 1,
                Reason::Size(_) | Reason::Content | Reason::Unverifiable => self.updated += 1,
            }
        }
        self.failed.extend(phase.failed);
        self.untried += phase.untried;
    }

    /// Whether everything that was to be done so far is done.
    pub(crate) fn is_success(&self) -> bool {
        self.failed.is_empty() && self.untried == 0 && self.kept.is_empty() && self.spared == 0
    }
}
