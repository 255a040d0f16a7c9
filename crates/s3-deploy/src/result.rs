//! The result file: what a deploy did, as JSON for whatever comes after this pipe.

pub(crate) mod planned;

use serde::Serialize;

use crate::outcome::Outcome;
use crate::target::Target;
use planned::Planned;

/// Changes when a reader of the old form would misread the new one.
const VERSION: u32 = 1;

/// The document.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RunResult<'a> {
    /// Version of this form.
    version: u32,
    /// Whether the bucket now holds the folder; of a dry run, whether there is a plan.
    successful: bool,
    /// Nothing was written, nor was to be.
    dry_run: bool,
    /// Why nothing at all was written, or why what was written may not be all that is there; `null` otherwise.
    error: Option<String>,
    bucket: &'a str,
    /// Empty, or with its final slash.
    prefix: &'a str,
    /// Where the bucket is; `null` when it was not reached.
    region: Option<&'a str>,
    uploaded: u64,
    updated: u64,
    /// Files that only got other headers.
    headers_changed: usize,
    unchanged: u64,
    deleted: usize,
    /// Fingerprinted files that left the build and are deleted by a later deploy, as `DELETE_GRACE` asks.
    kept: usize,
    /// Of the files that were uploaded or updated.
    bytes: u64,
    seconds: f64,
    /// Files that did not arrive and objects that were not deleted.
    failures: Vec<FailedPath<'a>>,
    /// Everything that was to be done; `null` when it did not come to a plan.
    plan: Option<&'a Planned>,
}

#[derive(Clone, Debug, Serialize)]
struct FailedPath<'a> {
    path: &'a str,
    error: String,
}

impl<'a> RunResult<'a> {
    /// `error` says why nothing was written, if nothing was, or who else wrote.
    pub(crate) fn new(
        target: &'a Target,
        region: Option<&'a str>,
        outcome: &'a Outcome,
        seconds: f64,
        error: Option<String>,
    ) -> Self {
        let failed = outcome
            .failed
            .iter()
            .map(|(upload, error)| FailedPath { path: &upload.file.path, error: error.to_string() });
        let kept =
            outcome.kept.iter().map(|kept| FailedPath { path: &kept.path, error: kept.failure.to_string() });
        let skipped = outcome
            .skipped
            .iter()
            .map(|skipped| FailedPath { path: &skipped.path, error: skipped.why.to_string() });
        Self {
            version: VERSION,
            successful: error.is_none() && outcome.is_complete(),
            error,
            bucket: target.bucket.as_str(),
            prefix: target.prefix.as_str(),
            region,
            uploaded: outcome.uploaded,
            updated: outcome.updated,
            headers_changed: outcome.copied.len(),
            unchanged: outcome.unchanged,
            deleted: outcome.deleted.len(),
            kept: outcome.departed.len(),
            bytes: outcome.bytes,
            seconds,
            failures: failed.chain(kept).chain(skipped).collect(),
            dry_run: false,
            plan: None,
        }
    }

    /// With the plan, if it came to one.
    pub(crate) fn planned(self, dry_run: bool, plan: Option<&'a Planned>) -> Self {
        Self { dry_run, plan, ..self }
    }
}
