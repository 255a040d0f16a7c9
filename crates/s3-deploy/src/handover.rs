//! What a deploy leaves behind: the record in the bucket for the next deploy, the list of changes for the next pipe.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use bitbucket_pipe::changes::{ChangeList, Deploy, Difference};
use bitbucket_pipe::{Environment, output};
use jiff::Timestamp;
use oidc_auth::Failure;

use crate::bucket::Bucket;
use crate::config::Config;
use crate::headers::wanted::Wanted;
use crate::outcome::Outcome;
use crate::plan::objects::Objects;
use crate::plan::stored::sheets;
use crate::record::difference::{Comparison, compare};
use crate::record::object::{Found, Saved};
use crate::record::snapshot::Snapshot;
use crate::record::{Record, Written};
use crate::report::Report;
use crate::survey::Survey;

/// One deploy that overtakes this one is a coincidence; one that does it again and again is a fault.
const ATTEMPTS: usize = 3;

/// A deploy at its end.
#[derive(Debug)]
pub(crate) struct Handover<'a> {
    pub(crate) bucket: &'a Bucket,
    pub(crate) config: &'a Config,
    /// What the bucket held at the start.
    pub(crate) listed: Objects,
    /// What was at the record's place at the start.
    pub(crate) found: Found,
    /// What was looked at and is right, by the index of the object.
    pub(crate) verified: BTreeMap<usize, Written>,
    /// Files that are not in the build, and when a deploy first missed them.
    pub(crate) away: BTreeMap<String, i64>,
    /// What was done since.
    pub(crate) outcome: &'a Outcome,
    /// Names this deploy; never used twice.
    pub(crate) deploy: String,
    /// When it ended.
    pub(crate) now: Timestamp,
}

impl Handover<'_> {
    /// Advances the record if the deploy finished, and appends to the list of changes however it ended. A record that
    /// cannot be written costs the next deploy more. A list that cannot be written is an error only while an older one
    /// stands in its place: the next pipe would take that for the truth.
    pub(crate) async fn finish(
        mut self,
        file: Option<PathBuf>,
        environment: &Environment,
        report: &Report,
    ) -> io::Result<()> {
        let mut wanted = Wanted::by(&self.config.headers);
        let now = Snapshot::new(&self.listed, self.outcome, |path| wanted.digest(path));
        let now = now.with_verified(&self.verified);
        let (difference, Comparison { unchanged, beside, .. }) = self.difference(&now);
        report.difference(&difference);
        let next = if self.outcome.is_complete() { self.next(&difference, &now) } else { None };
        let earlier = self.last().map(|record| record.deploys.clone()).unwrap_or_default();
        // Each of these may be a hundred megabytes, and so is the body that is written.
        self.listed = Objects::default();
        self.found.forget();
        if let Some(next) = next {
            self.advance(next, &difference, report).await;
        }
        let Some(file) = file else { return Ok(()) };
        let deploy = Deploy {
            bucket: self.config.target.bucket.as_str().to_owned(),
            prefix: self.config.target.prefix.as_str().to_owned(),
            unchanged,
            beside,
            difference,
            earlier,
        };
        let written = ChangeList::append(&file, environment, deploy);
        report.changes(&file, written.as_ref());
        if written.is_ok() {
            report.pointer(output::leave(environment, output::CHANGES_FILE, &file));
        }
        match written {
            Err(_) if file.exists() => std::fs::remove_file(&file),
            _ => Ok(()),
        }
    }

    fn last(&self) -> Option<&Record> {
        self.found.record()
    }

    fn difference(&self, now: &Snapshot<'_>) -> (Difference, Comparison) {
        let unknown = |why: String| (Difference::unknown(self.deploy.clone(), why), Comparison::default());
        match &self.found {
            Found::Present(last, _) => {
                let mut comparison = compare(last, now, self.outcome, &self.config.filters);
                let paths = std::mem::take(&mut comparison.paths);
                (Difference { deploy: self.deploy.clone(), incomplete: None, paths }, comparison)
            }
            Found::Off => unknown("RECORD is off".to_owned()),
            Found::Absent => unknown("no deploy that left a record had finished here before".to_owned()),
            Found::Unusable(why, _) => {
                unknown(format!("the record of the last deploy cannot be used: {why}"))
            }
            Found::Refused(failure) => {
                unknown(format!("the record of the last deploy cannot be read: {failure}"))
            }
        }
    }

    /// When what is in the bucket but not in the build was first missed. A file may have been seen until this deploy
    /// ended, so that is when the time of those that it missed first begins.
    fn left(&self, now: &Snapshot<'_>) -> BTreeMap<String, i64> {
        let time = self.now.as_second();
        let missed = &self.outcome.departed;
        let missed = missed.iter().map(|object| (object.path.clone(), object.left.unwrap_or(time)));
        let mut left: BTreeMap<String, i64> = self.away.clone();
        left.extend(missed);
        left.retain(|path, _| now.has(path));
        left
    }

    /// The record to write; `None` where it may not be, or where it is there already.
    fn next(&self, difference: &Difference, now: &Snapshot<'_>) -> Option<Record> {
        // What cannot be read must not be overwritten.
        if matches!(self.found, Found::Off | Found::Refused(_)) {
            return None;
        }
        let entries = now.entries(self.last(), &self.config.filters);
        let left = self.left(now);
        let is_same = |last: &Record| difference.is_empty() && last.entries == entries && last.left == left;
        if self.last().is_some_and(is_same) {
            return None;
        }
        let empty = Record::default();
        let next = self.last().unwrap_or(&empty).after(difference.clone(), entries, self.now.as_second());
        Some(Record { left, ..next })
    }

    async fn advance(&self, mut next: Record, difference: &Difference, report: &Report) {
        let time = self.now.as_second();
        let mut found = self.found.clone();
        for _ in 0..ATTEMPTS {
            next.sheets = sheets(&next, &self.config.headers);
            match self.bucket.save_record(&next, &found, &self.config.headers.base).await {
                Saved::Yes(_) => return,
                Saved::Refused(failure) => return report.record_not_written(&failure),
                Saved::Overtaken => found = self.bucket.read_record().await,
            }
            next = match &found {
                // The reply was lost, and the request was repeated.
                Found::Present(theirs, _) if theirs.is_of(&self.deploy, &next) => return,
                Found::Present(theirs, _) => theirs.merged(difference.clone(), &next, self.outcome, time),
                Found::Refused(failure) => return report.record_not_written(failure),
                Found::Off | Found::Absent | Found::Unusable(..) => next,
            };
        }
        report.record_not_written(&Failure::reported(None, Some("other deploys keep writing it")));
    }
}

/// Before anything is touched: notes in the record what the next run could not tell if this one did not come to its end.
/// That is rarely anything. Takes what the survey found there, and returns what is there then. A share leaves all of it to the deploy that comes after.
pub(crate) async fn expect(survey: &mut Survey, config: &Config, report: &Report) -> Found {
    let mut found = std::mem::replace(&mut survey.found, Found::Off);
    if config.shard.is_some() {
        return found;
    }
    for _ in 0..ATTEMPTS {
        let Found::Present(record, _) = &found else { return found };
        let Some(expecting) = record.expecting(&survey.plan.deletions, &survey.back) else { return found };
        match survey.bucket.save_record(&expecting, &found, &config.headers.base).await {
            Saved::Yes(etag) => return Found::Present(Box::new(expecting), etag),
            Saved::Overtaken => found = survey.bucket.read_record().await,
            Saved::Refused(failure) => {
                report.record_not_written(&failure);
                return found;
            }
        }
    }
    found
}
