//! How a deploy ends: its summary, what failed and what to do about it, its result file.

use std::io;

use anyhow::anyhow;
use bitbucket_pipe::Failure;
use bitbucket_pipe::text::{bytes, plural};

use super::Report;
use super::causes::{FailedPath, grouped, listed};
use crate::advice::Asked;
use crate::bucket::Bucket;
use crate::handover::Company;
use crate::outcome::Outcome;
use crate::permissions::{self, ABORT};
use crate::result::RunResult;
use crate::upload::UploadError;

/// The official pipe's closing lines.
const DONE: &str = "Deployment successful.";
const FAILED: &str = "Deployment failed.";
/// What to do where two deploys got into each other's way.
const AT_ONCE: &str = "hint: run this step again when no other deploy is under way; steps with the same \
                       `concurrency-group` never run at the same time";

impl Report {
    /// A failure before anything was written.
    pub(crate) fn failed(&self, error: anyhow::Error) -> Failure {
        self.leave(&Outcome::default(), None, Some(format!("{error:#}")));
        deployment_failed(error)
    }

    /// A signal before anything was written.
    pub(crate) fn stopped(&self, how_far: &str) -> Failure {
        self.leave(&Outcome::default(), None, Some(format!("stopped: {how_far}")));
        Failure::Stopped(how_far.to_owned())
    }

    /// Another deploy came first, before anything was written.
    pub(crate) fn overtaken(&self) -> Failure {
        self.failed(anyhow!(
            "another deploy to {} has written since this one read what is there; nothing was written\n{AT_ONCE}",
            self.target
        ))
    }

    /// Summary, result file and ending.
    pub(crate) fn finish(
        &self,
        outcome: &Outcome,
        bucket: &Bucket,
        company: Company,
    ) -> Result<String, Failure> {
        let summary = format!(
            "uploaded {}, updated {},{} unchanged {}, deleted {}{}; {} in {:.1} s",
            outcome.uploaded,
            outcome.updated,
            if outcome.copied.is_empty() {
                String::new()
            } else {
                format!(" other headers {},", outcome.copied.len())
            },
            outcome.unchanged,
            outcome.deleted.len(),
            if outcome.departed.is_empty() {
                String::new()
            } else {
                format!(", kept {}", outcome.departed.len())
            },
            bytes(outcome.bytes),
            self.started.elapsed().as_secs_f64()
        );
        let beside = (company == Company::Another).then(|| {
            format!(
                "another deploy to {} ended while this one ran: what is there now may be of both",
                self.target
            )
        });
        self.leave(outcome, Some(&bucket.region()), beside.clone());
        if outcome.stopped && !outcome.is_success() {
            return Err(Failure::Stopped(how_far(outcome)));
        }
        self.log.info(&summary);
        if let Some(beside) = beside {
            return Err(deployment_failed(anyhow!("{beside}\n{AT_ONCE}")));
        }
        if outcome.is_success() {
            return if outcome.skipped.is_empty() {
                Ok(DONE.to_owned())
            } else {
                Err(incomplete(outcome.skipped.len()))
            };
        }
        Err(deployment_failed(self.explain(outcome, bucket)))
    }

    /// Uploads in parts that ended early and could not be given back to the store: nobody sees them in a listing.
    pub(crate) fn left_behind(&self, bucket: &Bucket, refusals: &[oidc_auth::Failure]) {
        let Some(refusal) = refusals.first() else { return };
        let way_out = if refusal.is_code("AccessDenied") {
            format!(
                "allow the role or user `{ABORT}` on `{}`, and ",
                permissions::objects(&self.target, bucket.partition())
            )
        } else {
            String::new()
        };
        self.log.warning(format_args!(
            "the parts of {} are still in the bucket, unseen and paid for, as they could not be given back ({refusal}): \
             {way_out}let a lifecycle rule of the bucket abort incomplete multipart uploads",
            plural(refusals.len() as u64, "unfinished upload"),
        ));
    }

    fn explain(&self, outcome: &Outcome, bucket: &Bucket) -> anyhow::Error {
        let mut hints: Vec<String> = Vec::new();
        let mut lines: Vec<String> = not_uploaded(outcome).into_iter().collect();
        let failed = outcome.failed.iter().map(|(upload, error)| {
            let words = match error {
                UploadError::Refused(failure) => {
                    hints.extend(self.hint(Asked::Upload, failure, bucket));
                    failure.words()
                }
                error => error.to_string(),
            };
            self.failed_path(&upload.file.path, error.to_string(), &words)
        });
        lines.extend(self.spelt_out(&failed.collect::<Vec<_>>()));
        if !outcome.kept.is_empty() {
            lines.push(format!("{} could not be deleted", plural(outcome.kept.len() as u64, "object")));
        }
        let kept = outcome.kept.iter().map(|kept| {
            hints.extend(self.hint(Asked::Delete, &kept.failure, bucket));
            self.failed_path(&kept.path, kept.failure.to_string(), &kept.failure.words())
        });
        lines.extend(self.spelt_out(&kept.collect::<Vec<_>>()));
        hints.sort();
        hints.dedup();
        hints.push("run the step again once that is fixed: what has arrived is not sent again".to_owned());
        lines.extend(hints.into_iter().map(|hint| format!("hint: {hint}")));
        anyhow!(lines.join("\n"))
    }

    fn failed_path<'a>(&self, path: &'a str, text: String, words: &str) -> FailedPath<'a> {
        FailedPath::new(path, &self.target.key(path), text, words)
    }

    fn spelt_out(&self, failed: &[FailedPath<'_>]) -> Vec<String> {
        if self.log.is_debug() { listed(failed) } else { grouped(failed) }
    }

    pub(super) fn leave(&self, outcome: &Outcome, region: Option<&str>, error: Option<String>) {
        let Some(file) = &self.settings.result_file else { return };
        let seconds = self.started.elapsed().as_secs_f64();
        let result = RunResult::new(&self.target, region, outcome, seconds, error)
            .planned(self.dry_run, self.planned.get());
        match bitbucket_pipe::result::leave(file, &result, &self.log) {
            Ok(()) => self.log.debug(format_args!("the result is in {}", file.display())),
            Err(error) => {
                self.log.warning(format_args!("cannot write the result to {}: {error}", file.display()));
            }
        }
    }
}

/// How far a stopped deploy came.
fn how_far(outcome: &Outcome) -> String {
    let arrived = outcome.stored.len();
    let files = plural((arrived + outcome.failed.len() + outcome.untried) as u64, "file");
    let deleted = outcome.deleted.len();
    let objects = plural((deleted + outcome.kept.len() + outcome.spared) as u64, "object");
    format!("{arrived} of {files} arrived, {deleted} of {objects} deleted; run the step again to finish")
}

/// The bucket holds the folder, but the next pipe would be misled.
pub(crate) fn stale_list(error: &io::Error) -> Failure {
    deployment_failed(anyhow!(
        "the list of changes of an earlier deploy can be neither replaced nor removed: {error}\n\
         hint: `PATHS: changed` would take it for that of this deploy; make CHANGES_FILE or its folder writable"
    ))
}

/// Everything else is in the bucket, and yet it is not the folder that was to be there.
pub(super) fn incomplete(skipped: usize) -> Failure {
    let (files, them) = match skipped {
        1 => ("1 file was".to_owned(), "it"),
        _ => (format!("{skipped} files were"), "them"),
    };
    deployment_failed(anyhow!(
        "{files} skipped, as the warnings say, and nothing is deleted while any is\n\
         hint: mend or remove {them}, or leave {them} out with --exclude in EXTRA_ARGS"
    ))
}

pub(super) fn deployment_failed(error: anyhow::Error) -> Failure {
    Failure::Work { error, closing: FAILED.to_owned() }
}

/// How many files are not there, and what a visitor is spared by the order of the phases.
fn not_uploaded(outcome: &Outcome) -> Option<String> {
    let (failed, held_back) = (outcome.failed.len() as u64, outcome.untried as u64);
    let files = match (failed, held_back) {
        (0, 0) => return None,
        (0, _) => format!("{} held back", were(held_back, "file")),
        (_, 0) => format!("{} could not be uploaded", plural(failed, "file")),
        (_, _) => format!(
            "{} could not be uploaded; {} held back",
            plural(failed, "file"),
            were(held_back, "other")
        ),
    };
    let has_tried_pages = outcome.failed.iter().any(|(upload, _)| upload.is_page);
    let no_page = if has_tried_pages { "" } else { "no page was published and " };
    Some(format!("{files}, so {no_page}nothing was deleted"))
}

fn were(count: u64, noun: &str) -> String {
    format!("{} {}", plural(count, noun), if count == 1 { "was" } else { "were" })
}
