//! Every word of a deploy: its lines, its summary, its result file.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::anyhow;
use bitbucket_pipe::changes::Difference;
use bitbucket_pipe::progress::{Amount, Progress};
use bitbucket_pipe::text::{bytes, plural, printable};
use bitbucket_pipe::{Failure, Log, Pipe, Settings};
use oidc_auth::{Access, Level, Session};

use crate::advice::{Asked, hint};
use crate::bucket::{Bucket, RegionNews};
use crate::config::Config;
use crate::outcome::Outcome;
use crate::permissions::{self, GET};
use crate::plan::{Evidence, Plan, RemoteObject, unchanged_because};
use crate::record;
use crate::result::RunResult;
use crate::scan::{LeftOut, LocalFile};
use crate::target::Target;
use crate::upload::UploadError;

/// The official pipe's closing lines.
const DONE: &str = "Deployment successful.";
const FAILED: &str = "Deployment failed.";

/// More lines than this tell a reader nothing; DEBUG prints them all.
const LINES_SHOWN: usize = 200;
/// Failures that are spelt out; the others are mostly the same one.
const FAILURES_SHOWN: usize = 10;

/// The voice of one deploy.
#[derive(Debug)]
pub(crate) struct Report {
    log: Log,
    settings: Settings,
    target: Target,
    started: Instant,
    lines: AtomicUsize,
}

impl Report {
    pub(crate) fn start(pipe: &Pipe, config: &Config) -> Self {
        pipe.log.info("Starting deployment to S3...");
        Self {
            log: pipe.log.clone(),
            settings: pipe.settings.clone(),
            target: config.target.clone(),
            started: Instant::now(),
            lines: AtomicUsize::new(0),
        }
    }

    /// How the pipe logs in, in the words of the official pipes.
    pub(crate) fn access(&self, access: &Access) {
        for secret in access.secrets() {
            self.log.conceal(secret);
        }
        for notice in access.notices() {
            match notice.level {
                Level::Info => self.log.info(notice.text),
                Level::Warning => self.log.warning(notice.text),
            }
        }
    }

    pub(crate) fn session(&self, session: &Session) {
        for secret in session.secrets() {
            self.log.conceal(&secret);
        }
        if let Some(principal) = session.principal() {
            self.log.info(format_args!("Logged in as {principal}"));
        }
    }

    pub(crate) fn region(&self, target: &Target, news: Option<&RegionNews>) {
        match news {
            None => {}
            Some(RegionNews::Found(region)) => {
                self.log.info(format_args!("The bucket {} is in {region}", target.bucket));
            }
            Some(RegionNews::Corrected { given, actual }) => self.log.info(format_args!(
                "The bucket {} is in {actual}, not in {given}: AWS_DEFAULT_REGION: '{actual}' would save requests",
                target.bucket
            )),
        }
    }

    pub(crate) fn left_out(&self, left_out: &[LeftOut]) {
        let names = |wanted: fn(&LeftOut) -> Option<&std::path::PathBuf>| {
            let names: Vec<String> =
                left_out.iter().filter_map(wanted).map(|path| path.display().to_string()).collect();
            (!names.is_empty()).then(|| printable(&names.join(", ")).into_owned())
        };
        let private = names(|item| if let LeftOut::Private(path) = item { Some(path) } else { None });
        let special = names(|item| if let LeftOut::Special(path) = item { Some(path) } else { None });
        if let Some(names) = private {
            self.log.info(format_args!("Left out, as never part of a site: {names}"));
        }
        if let Some(names) = special {
            self.log.warning(format_args!("Left out, as neither file nor folder: {names}"));
        }
    }

    /// Objects that could not be compared because the role may not look at them.
    pub(crate) fn blind(&self, bucket: &Bucket, objects: usize) {
        if objects > 0 {
            self.log.info(format_args!(
                "{} cannot be compared without a look and so will be uploaded; `{GET}` on `{}` would save that",
                plural(objects as u64, "file"),
                permissions::objects(&self.target, bucket.partition()),
            ));
        }
    }

    /// The record cannot be read: named once, with what would mend it.
    pub(crate) fn record_not_read(&self, bucket: &Bucket, failure: &oidc_auth::Failure) {
        self.log.info(format_args!(
            "The deploy record {} cannot be read ({failure}), so `PATHS: changed` will invalidate everything; \
             `{GET}` on `{}` would mend that, RECORD: 'off' does without",
            self.target.address(record::PATH),
            permissions::objects(&self.target, bucket.partition()),
        ));
    }

    /// The record cannot be written.
    pub(crate) fn record_not_written(&self, failure: &oidc_auth::Failure) {
        self.log.warning(format_args!(
            "The deploy record {} cannot be written ({failure}): the next deploy compares with the one before this, and \
             lists what this one changed again",
            self.target.address(record::PATH),
        ));
    }

    /// Files whose bytes are in the bucket, but with other headers than this configuration would send.
    pub(crate) fn other_headers(&self, files: usize) {
        if files > 0 {
            self.log.warning(format_args!(
                "{} unchanged since an upload with other headers: this version changes headers only together with the \
                 content, so they keep those",
                if files == 1 { "1 file is".to_owned() } else { format!("{files} files are") },
            ));
        }
    }

    /// What changed since the last finished deploy.
    pub(crate) fn difference(&self, difference: &Difference) {
        match &difference.incomplete {
            Some(why) => {
                self.log.debug(format_args!("what changed since the last deploy is not known: {why}"));
            }
            None => {
                for (path, change) in &difference.paths {
                    let path = printable(path);
                    self.log
                        .debug(format_args!("changed since the last finished deploy: {path} ({change:?})"));
                }
            }
        }
    }

    /// The list of changes was written, or was not.
    pub(crate) fn changes(&self, file: &Path, written: Result<&(), &io::Error>) {
        match written {
            Ok(()) => self.log.debug(format_args!("the list of changes is in {}", file.display())),
            Err(error) => self.log.warning(format_args!(
                "cannot write the list of changes to {}: {error}; `PATHS: changed` will not work after this deploy",
                file.display()
            )),
        }
    }

    /// Which files are left as they are, and why.
    pub(crate) fn unchanged(
        &self,
        files: &[LocalFile],
        listed: &[RemoteObject],
        evidence: &BTreeMap<String, Evidence>,
    ) {
        if !self.log.is_debug() {
            return;
        }
        for file in files {
            if let Some(why) = unchanged_because(file, listed, evidence) {
                self.log.debug(format_args!("{}: unchanged, {why}", printable(&file.path)));
            }
        }
    }

    pub(crate) fn plan(&self, plan: &Plan) {
        for (phase, uploads) in [("asset", &plan.assets), ("page", &plan.pages)] {
            for upload in uploads {
                let media_type = upload.content_type.unwrap_or("no content type");
                let path = printable(&upload.file.path);
                self.log.debug(format_args!("{path}: {phase}, {media_type}, {}", upload.reason));
            }
        }
        if plan.unchanged == 0 && plan.uploads().next().is_none() {
            self.log.warning("LOCAL_PATH has no files: did the build run, and is this its output?");
        }
        if plan.is_empty() {
            self.log.info(format_args!(
                "Nothing to do at {}: {} unchanged",
                self.target,
                plural(plan.unchanged, "file")
            ));
            return;
        }
        self.log.info(format_args!(
            "To upload to {}: {} ({}), pages last; to delete: {}; unchanged: {}",
            self.target,
            plural(plan.uploads().count() as u64, "file"),
            bytes(plan.bytes()),
            plan.deletions.len(),
            plan.unchanged
        ));
    }

    pub(crate) fn progress(&self, total: Amount) -> Progress {
        Progress::start(&self.log, "Uploading", Some(total))
    }

    /// While folder and bucket are read and compared.
    pub(crate) fn comparing(&self) -> Progress {
        Progress::start(&self.log, &format!("Comparing with {}", self.target), None)
    }

    /// While surplus objects are deleted.
    pub(crate) fn deleting(&self, objects: usize) -> Progress {
        Progress::start(&self.log, &format!("Deleting {}", plural(objects as u64, "object")), None)
    }

    pub(crate) fn uploaded(&self, line: &str) {
        self.line(line);
    }

    pub(crate) fn deleted(&self, address: &str) {
        self.line(&printable(&format!("delete: {address}")));
    }

    fn line(&self, line: &str) {
        let printed = self.lines.fetch_add(1, Ordering::Relaxed);
        if printed < LINES_SHOWN || self.log.is_debug() {
            self.log.plain(line);
        } else if printed == LINES_SHOWN {
            self.log.info("More of the same is not shown one by one; DEBUG: 'true' shows every line");
        }
    }

    /// A failure before anything was written.
    pub(crate) fn failed(&self, error: anyhow::Error) -> Failure {
        self.leave(&Outcome::default(), None, Some(format!("{error:#}")));
        deployment_failed(error)
    }

    /// The bucket holds the folder, but the next pipe would be misled.
    pub(crate) fn stale_list(&self, error: &io::Error) -> Failure {
        deployment_failed(anyhow!(
            "the list of changes of an earlier deploy can be neither replaced nor removed: {error}\n\
             hint: `PATHS: changed` would take it for that of this deploy; make CHANGES_FILE or its folder writable"
        ))
    }

    /// A signal before anything was written.
    pub(crate) fn stopped(&self, how_far: &str) -> Failure {
        self.leave(&Outcome::default(), None, Some(format!("stopped: {how_far}")));
        Failure::Stopped(how_far.to_owned())
    }

    /// Summary, result file and ending.
    pub(crate) fn finish(&self, outcome: &Outcome, bucket: &Bucket) -> Result<String, Failure> {
        let summary = format!(
            "uploaded {}, updated {}, unchanged {}, deleted {}; {} in {:.1} s",
            outcome.uploaded,
            outcome.updated,
            outcome.unchanged,
            outcome.deleted.len(),
            bytes(outcome.bytes),
            self.started.elapsed().as_secs_f64()
        );
        self.leave(outcome, Some(&bucket.region()), None);
        if outcome.stopped && !outcome.is_success() {
            return Err(Failure::Stopped(format!("{summary}; run the step again to finish")));
        }
        self.log.info(&summary);
        if outcome.is_success() {
            return Ok(DONE.to_owned());
        }
        Err(deployment_failed(self.explain(outcome, bucket)))
    }

    fn explain(&self, outcome: &Outcome, bucket: &Bucket) -> anyhow::Error {
        let mut lines = Vec::new();
        let mut hints: Vec<String> = Vec::new();
        if !outcome.failed.is_empty() || outcome.untried > 0 {
            let unfinished = (outcome.failed.len() + outcome.untried) as u64;
            lines.push(format!("{} did not arrive{}", plural(unfinished, "file"), consequence(outcome)));
        }
        for (upload, error) in &outcome.failed {
            lines.push(format!("  {}: {error}", printable(&upload.file.path)));
            if let UploadError::Refused(failure) = error {
                hints.extend(hint(Asked::Upload, failure, &self.target, bucket.partition()));
            }
        }
        if !outcome.kept.is_empty() {
            lines.push(format!("{} could not be deleted", plural(outcome.kept.len() as u64, "object")));
        }
        for kept in &outcome.kept {
            lines.push(format!("  {}: {}", printable(&kept.path), kept.failure));
            hints.extend(hint(Asked::Delete, &kept.failure, &self.target, bucket.partition()));
        }
        if lines.len() > FAILURES_SHOWN + 1 && !self.log.is_debug() {
            let more = lines.len() - FAILURES_SHOWN - 1;
            lines.truncate(FAILURES_SHOWN + 1);
            lines.push(format!("  … and {more} more"));
        }
        hints.sort();
        hints.dedup();
        hints.push("run the step again once that is mended: what has arrived is not sent again".to_owned());
        lines.extend(hints.into_iter().map(|hint| format!("hint: {hint}")));
        anyhow!(lines.join("\n"))
    }

    fn leave(&self, outcome: &Outcome, region: Option<&str>, error: Option<String>) {
        let Some(file) = &self.settings.result_file else { return };
        let seconds = self.started.elapsed().as_secs_f64();
        let result = RunResult::new(&self.target, region, outcome, seconds, error);
        match bitbucket_pipe::result::write(file, &result) {
            Ok(()) => self.log.debug(format_args!("the result is in {}", file.display())),
            Err(error) => {
                self.log.warning(format_args!("cannot write the result to {}: {error}", file.display()));
            }
        }
    }
}

fn deployment_failed(error: anyhow::Error) -> Failure {
    Failure::Work { error, closing: FAILED.to_owned() }
}

/// What a visitor is spared by the order of the phases.
fn consequence(outcome: &Outcome) -> &'static str {
    let page_tried = outcome
        .failed
        .iter()
        .any(|(upload, _)| crate::headers::page::is_page(&upload.file.path, upload.content_type));
    if page_tried { ": nothing was deleted" } else { ": no page was published and nothing was deleted" }
}
