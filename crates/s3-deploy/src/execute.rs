//! Carries a plan out: assets, pages, deletions. Nothing is decided here but whether the next phase may start.

use std::sync::{Arc, PoisonError};

use bitbucket_pipe::Stop;
use bitbucket_pipe::progress::Amount;

use crate::bucket::Bucket;
use crate::config::Config;
use crate::delete::delete;
use crate::outcome::Outcome;
use crate::part_size::LARGEST_COPY;
use crate::plan::Plan;
use crate::report::Report;
use crate::upload::Uploader;
use crate::upload::buffers::Buffers;

/// Uploads the assets, then the pages, then deletes; a phase that is not complete stops the next.
pub(crate) async fn execute(
    plan: Plan,
    config: &Config,
    bucket: &Arc<Bucket>,
    stop: &Stop,
    report: &Report,
) -> Outcome {
    let total = Amount { items: plan.uploads().count() as u64, bytes: plan.bytes() };
    let mut outcome = Outcome { unchanged: plan.unchanged, departed: plan.departed, ..Outcome::default() };
    let uploader = Uploader {
        folder: config.folder.as_path().into(),
        bucket: bucket.clone(),
        headers: Arc::new(config.headers.clone()),
        largest_copy: LARGEST_COPY,
        copies_refused: Arc::default(),
        tags_refused: Arc::default(),
        left_behind: Arc::default(),
        buffers: Buffers::default(),
        limits: bucket.limits().clone(),
        stop: stop.clone(),
        progress: Arc::new(report.progress(total)),
    };
    for uploads in [plan.assets, plan.pages] {
        if outcome.is_success() && stop.signal().is_none() {
            let arrived = |arrival| {
                report.arrived(&arrival);
                outcome.count(arrival);
            };
            let phase = uploader.run(uploads, arrived).await;
            outcome.count_phase(phase);
        } else {
            outcome.untried += uploads.len();
        }
    }
    let left_behind =
        std::mem::take(&mut *uploader.left_behind.lock().unwrap_or_else(PoisonError::into_inner));
    // The bar goes before the lines of the deletions come.
    drop(uploader);
    report.not_copied(bucket, outcome.not_copied.as_ref());
    report.headers_left(bucket, outcome.headers_left.as_ref());
    report.left_behind(bucket, &left_behind);
    if outcome.is_success() && stop.signal().is_none() {
        let progress = report.deleting(plan.deletions.len());
        let deletion = delete(bucket, &plan.deletions, stop).await;
        drop(progress);
        for path in &deletion.deleted {
            report.deleted(&bucket.target().address(path));
        }
        outcome.count_deletion(deletion);
    } else {
        outcome.spared = plan.deletions.len();
    }
    outcome.stopped = stop.signal().is_some();
    outcome
}
