//! What a deploy leaves behind: the record in the bucket for the next deploy, the list of changes for the next pipe.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bitbucket_pipe::Environment;
use bitbucket_pipe::changes::{ChangeList, Deploy, Difference};
use oidc_auth::Failure;

use crate::bucket::Bucket;
use crate::config::Config;
use crate::outcome::Outcome;
use crate::plan::RemoteObject;
use crate::record::Record;
use crate::record::difference::compare;
use crate::record::object::{Found, Saved};
use crate::record::snapshot::Snapshot;
use crate::report::Report;

/// One deploy that overtakes this one is a coincidence; one that does it again and again is a fault.
const ATTEMPTS: usize = 3;

/// A deploy at its end.
#[derive(Debug)]
pub(crate) struct Handover<'a> {
    pub(crate) bucket: &'a Bucket,
    pub(crate) config: &'a Config,
    /// What the bucket held at the start.
    pub(crate) listed: &'a [RemoteObject],
    /// What was at the record's place at the start.
    pub(crate) found: Found,
    /// What was done since.
    pub(crate) outcome: &'a Outcome,
    /// Names this deploy; never used twice.
    pub(crate) deploy: String,
}

impl Handover<'_> {
    /// Advances the record if the deploy finished, and appends to the list of changes however it ended. Neither can
    /// fail a deploy: what is missing only costs the next pipe or the next deploy more.
    pub(crate) async fn finish(&self, file: Option<PathBuf>, environment: &Environment, report: &Report) {
        let headers = |path: &str| self.config.headers.digest(path);
        let now = Snapshot::new(self.listed, self.outcome, headers);
        let (difference, unchanged) = self.difference(&now);
        report.difference(&difference);
        if self.outcome.is_success() {
            self.advance(&difference, &now, report).await;
        }
        let Some(file) = file else { return };
        let deploy = Deploy {
            bucket: self.config.target.bucket.as_str().to_owned(),
            prefix: self.config.target.prefix.as_str().to_owned(),
            unchanged,
            difference,
            earlier: self.last().map(|record| record.deploys.clone()).unwrap_or_default(),
        };
        report.changes(&file, ChangeList::append(&file, environment, deploy));
    }

    fn last(&self) -> Option<&Record> {
        match &self.found {
            Found::Present(record, _) => Some(record),
            Found::Off | Found::Absent | Found::Unusable(..) | Found::Refused(_) => None,
        }
    }

    fn difference(&self, now: &Snapshot) -> (Difference, BTreeMap<String, u64>) {
        let unknown = |why: String| (Difference::unknown(self.deploy.clone(), why), BTreeMap::new());
        match &self.found {
            Found::Present(last, _) => {
                let comparison = compare(last, now, self.outcome, &self.config.filters);
                let difference =
                    Difference { deploy: self.deploy.clone(), incomplete: None, paths: comparison.paths };
                (difference, comparison.unchanged)
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

    async fn advance(&self, difference: &Difference, now: &Snapshot, report: &Report) {
        let entries = now.entries(self.last(), &self.config.filters);
        match &self.found {
            // What cannot be read must not be overwritten.
            Found::Off | Found::Refused(_) => return,
            Found::Present(last, _) if difference.is_empty() && last.entries == entries => return,
            Found::Present(..) | Found::Absent | Found::Unusable(..) => {}
        }
        let empty = Record::default();
        let mut next = self.last().unwrap_or(&empty).after(difference.clone(), entries);
        let mut found = self.found.clone();
        for _ in 0..ATTEMPTS {
            match self.bucket.save_record(&next, &found, &self.config.headers).await {
                Saved::Yes => return,
                Saved::Refused(failure) => return report.record_refused(self.bucket, &failure),
                Saved::Overtaken => found = self.bucket.read_record().await,
            }
            next = match &found {
                Found::Present(theirs, _) => theirs.merged(difference.clone(), &next, self.outcome),
                Found::Refused(failure) => return report.record_refused(self.bucket, failure),
                Found::Off | Found::Absent | Found::Unusable(..) => next,
            };
        }
        report.record_refused(self.bucket, &Failure::reported(None, Some("other deploys keep writing it")));
    }
}
