//! Every word of a deploy: its lines, its summary, its result file.

mod causes;
mod checksum_headers;
pub(crate) mod closing;
mod contents;
mod folder;
mod guarding;
mod headers;
mod plan;
pub(crate) mod retries;
mod script;
mod wrong_folder;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bitbucket_pipe::changes::Difference;
use bitbucket_pipe::progress::{Amount, Progress};
use bitbucket_pipe::text::{plural, printable};
use bitbucket_pipe::{Log, Pipe, Settings, output};
use oidc_auth::{Access, Level, Notice, Session};

use crate::advice::facts::Facts;
use crate::advice::{self, Asked};
use crate::bucket::{Bucket, RegionNews};
use crate::config::Config;
use crate::config::ignored::IgnoredVariable;
use crate::extra_args::Silence;
use crate::headers::sheet::Changes;
use crate::permissions::{self, GET};
use crate::plan::join::join;
use crate::plan::objects::Objects;
use crate::plan::stored::Known;
use crate::plan::{Compare, unchanged_because};
use crate::record;
use crate::result::planned::Planned;
use crate::scan::TreeFile;
use crate::target::Target;
use crate::upload::Arrival;

/// More lines than this tell a reader nothing; DEBUG prints them all.
const LINES_SHOWN: usize = 200;

/// The voice of one deploy.
#[derive(Debug)]
pub(crate) struct Report {
    log: Log,
    settings: Settings,
    target: Target,
    folder_name: String,
    facts: Facts,
    /// The deploy is one of several that share the work.
    is_share: bool,
    silence: Silence,
    dry_run: bool,
    started: Instant,
    lines: AtomicUsize,
    planned: OnceLock<Planned>,
}

/// One line about the way to AWS.
pub(crate) fn notice(log: &Log, notice: &Notice) {
    match notice.level {
        Level::Debug => log.debug(&notice.text),
        Level::Info => log.info(&notice.text),
        Level::Warning => log.warning(&notice.text),
    }
}

impl Report {
    /// From here on no secret is printed, whoever says it.
    pub(crate) fn start(pipe: &Pipe, config: &Config, access: &Access) -> Self {
        let of_access = access.secrets().into_iter();
        for secret in of_access.chain(config.headers.base.secrets()) {
            pipe.log.conceal(secret);
        }
        pipe.log.info("Starting deployment to S3...");
        Self {
            log: pipe.log.clone(),
            settings: pipe.settings.clone(),
            target: config.target.clone(),
            folder_name: config.folder_name.clone(),
            facts: Facts::new(access, &config.headers.base),
            is_share: config.shard.is_some(),
            silence: config.silence,
            dry_run: config.dry_run,
            started: Instant::now(),
            lines: AtomicUsize::new(0),
            planned: OnceLock::new(),
        }
    }

    /// What to do about a failure, where that is known.
    pub(crate) fn hint(&self, asked: Asked, failure: &oidc_auth::Failure, bucket: &Bucket) -> Option<String> {
        advice::hint(asked, failure, &self.target, bucket.partition(), &self.facts)
    }

    /// Flags that are known and have no effect: nothing of `EXTRA_ARGS` is passed over in silence.
    pub(crate) fn meaningless(&self, flags: &[String]) {
        if !flags.is_empty() {
            self.log.info(format_args!("Without meaning for this pipe, so left aside: {}", flags.join(", ")));
        }
    }

    /// Variables that are given and have no effect because of others.
    pub(crate) fn ignored_variables(&self, variables: &[IgnoredVariable]) {
        for (variable, reason) in variables {
            self.log.info(format_args!("{variable} has no effect: {reason}"));
        }
    }

    /// How the pipe logs in, in the words of the official pipes.
    pub(crate) fn access(&self, access: &Access) {
        access.notices().iter().for_each(|each| notice(&self.log, each));
    }

    pub(crate) fn session(&self, session: &Session) {
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

    /// Objects that could not be compared because the role may not look at them: some in their bytes, some in their
    /// headers alone.
    pub(crate) fn blind(&self, bucket: &Bucket, bytes: usize, headers: usize) {
        let objects = permissions::objects(&self.target, bucket.partition());
        if bytes > 0 {
            self.log.info(format_args!(
                "{} cannot be compared without a look and so will be uploaded; `{GET}` on `{objects}` would save that",
                plural(bytes as u64, "file"),
            ));
        }
        if headers > 0 {
            self.log.info(format_args!(
                "The headers of {} cannot be looked at and stay as they are; `{GET}` on `{objects}` would mend that",
                plural(headers as u64, "unchanged file"),
            ));
        }
    }

    /// The record cannot be read: named once, with what would mend it.
    pub(crate) fn record_not_read(&self, bucket: &Bucket, failure: &oidc_auth::Failure) {
        if !failure.is_code("AccessDenied") {
            self.log.warning(format_args!(
                "The deploy record {} cannot be read ({failure}), so `PATHS: changed` will invalidate everything, and \
                 each object is looked at; the next deploy tries again",
                self.target.address(record::PATH),
            ));
            return;
        }
        self.log.info(format_args!(
            "The deploy record {} cannot be read ({failure}), so `PATHS: changed` will invalidate everything and \
             headers of unchanged files are not compared; \
             `{GET}` on `{}` would mend that, RECORD: 'off' does without",
            self.target.address(record::PATH),
            permissions::objects(&self.target, bucket.partition()),
        ));
    }

    /// The record cannot be written.
    pub(crate) fn record_not_written(&self, failure: &oidc_auth::Failure) {
        self.log.warning(format_args!(
            "The deploy record {} cannot be written ({failure}): the next deploy compares with the one before this, \
             looks at each object that is not in its record, and lists what this one changed again",
            self.target.address(record::PATH),
        ));
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

    /// The place of the list was left for later steps, or was not: nothing depends on it.
    pub(crate) fn pointer(&self, left: Option<io::Result<()>>) {
        match left {
            Some(Ok(())) => {
                self.log.debug(format_args!("the output variable {} names the list", output::CHANGES_FILE));
            }
            Some(Err(error)) => self
                .log
                .debug(format_args!("the output variable {} cannot be left: {error}", output::CHANGES_FILE)),
            None => {}
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
        files: &[TreeFile],
        listed: &Objects,
        known: &Known<'_>,
        compare: Compare,
        other_headers: &BTreeMap<usize, Changes>,
    ) {
        if !self.log.is_debug() {
            return;
        }
        for joint in join(files, listed, known.record) {
            if let Some(why) = unchanged_because(&joint, known, compare)
                && !other_headers.contains_key(&joint.index)
            {
                self.log.debug(format_args!("{}: unchanged, {why}", printable(&joint.file.path)));
            }
        }
    }

    pub(crate) fn progress(&self, total: Amount) -> Progress {
        self.phase("Uploading", Some(total))
    }

    /// While folder and bucket are read and compared.
    pub(crate) fn comparing(&self) -> Progress {
        self.phase(&format!("Comparing with {}", self.target), None)
    }

    /// While surplus objects are deleted.
    pub(crate) fn deleting(&self, objects: usize) -> Progress {
        self.phase(&format!("Deleting {}", plural(objects as u64, "object")), None)
    }

    fn phase(&self, label: &str, total: Option<Amount>) -> Progress {
        match self.silence {
            Silence::Nothing => Progress::start(&self.log, label, total),
            Silence::Progress | Silence::Lines | Silence::Plan => Progress::hidden(),
        }
    }

    pub(crate) fn arrived(&self, arrival: &Arrival) {
        self.line(&self.upload_line(&arrival.upload, arrival.is_copied));
    }

    pub(crate) fn deleted(&self, address: &str) {
        self.line(&printable(&format!("delete: {address}")));
    }

    fn line(&self, line: &str) {
        if self.silence >= Silence::Lines {
            return;
        }
        let printed = self.lines.fetch_add(1, Ordering::Relaxed);
        if printed < LINES_SHOWN || self.log.is_debug() {
            self.log.plain(line);
        } else if printed == LINES_SHOWN {
            self.log.info("More of the same is not shown one by one; DEBUG: 'true' shows every line");
        }
    }
}
