//! Carries a plan out: assets, pages, deletions. Nothing is decided here but whether the next phase may start.

use std::sync::Arc;

use bitbucket_pipe::Stop;
use bitbucket_pipe::progress::Amount;

use crate::bucket::Bucket;
use crate::config::Config;
use crate::delete::{KeptKey, delete};
use crate::plan::{Plan, Reason, Upload};
use crate::report::Report;
use crate::upload::limits::Limits;
use crate::upload::{Phase, UploadError, Uploader};

/// What became of a plan.
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

/// Uploads the assets, then the pages, then deletes; a phase that is not complete stops the next.
pub(crate) async fn execute(
    plan: Plan,
    config: &Config,
    bucket: &Arc<Bucket>,
    stop: &Stop,
    report: &Report,
) -> Outcome {
    let mut outcome = Outcome { unchanged: plan.unchanged, ..Outcome::default() };
    let total = Amount { items: plan.uploads().count() as u64, bytes: plan.bytes() };
    let uploader = Uploader {
        bucket: bucket.clone(),
        headers: Arc::new(config.headers.clone()),
        limits: Limits::default(),
        stop: stop.clone(),
        progress: Arc::new(report.progress(total)),
    };
    for uploads in [plan.assets, plan.pages] {
        if outcome.is_success() && stop.signal().is_none() {
            let each = |upload: &Upload| report.uploaded(&uploader.line(&config.folder_name, upload));
            outcome.count(uploader.run(uploads, each).await);
        } else {
            outcome.untried += uploads.len();
        }
    }
    // The bar goes before the lines of the deletions come.
    drop(uploader);
    if outcome.is_success() && stop.signal().is_none() {
        let deletion = delete(bucket, &plan.deletions).await;
        for path in &deletion.deleted {
            report.deleted(&bucket.target().address(path));
        }
        outcome.deleted = deletion.deleted.len() as u64;
        outcome.kept = deletion.kept;
    } else {
        outcome.spared = plan.deletions.len();
    }
    outcome.stopped = stop.signal().is_some();
    outcome
}

impl Outcome {
    fn count(&mut self, phase: Phase) {
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
