//! What a deploy leaves behind: the record in the bucket for the next deploy, the list of changes for the next pipe.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use bitbucket_pipe::changes::{ChangeList, Deploy, Difference};
use bitbucket_pipe::{Environment, output};
use jiff::Timestamp;
use oidc_auth::Failure;
use tokio::sync::mpsc;

use crate::bucket::Bucket;
use crate::config::Config;
use crate::headers::wanted::Wanted;
use crate::list::{ListError, list};
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

/// Whether the deploy was alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Company {
    /// Nobody else touched what it is about.
    None,
    /// Another deploy did, and its record came first.
    Another,
}

/// What a deploy sees at its end: the record that it follows, what differs, and the record as it has to be.
struct View {
    found: Found,
    difference: Difference,
    comparison: Comparison,
    /// `None` where it is so already, or must not be overwritten.
    next: Option<Record>,
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
    ) -> io::Result<Company> {
        let mut wanted = Wanted::by(&self.config.headers);
        let now = Snapshot::new(&self.listed, self.outcome, |path| wanted.digest(path));
        let view = self.view(self.found.clone(), &now.with_verified(&self.verified), None);
        // It may be a hundred megabytes, and so is the body that is written.
        self.listed = Objects::default();
        let (view, company) = self.advance(view, report).await;
        report.difference(&view.difference);
        let Some(file) = file else { return Ok(company) };
        let View { found, difference, comparison: Comparison { unchanged, beside, .. }, .. } = view;
        let deploy = Deploy {
            bucket: self.config.target.bucket.as_str().to_owned(),
            prefix: self.config.target.prefix.as_str().to_owned(),
            unchanged,
            beside,
            difference,
            earlier: found.record().map(|record| record.deploys.clone()).unwrap_or_default(),
        };
        let written = ChangeList::append(&file, environment, deploy);
        report.changes(&file, written.as_ref());
        if written.is_ok() {
            report.pointer(output::leave(environment, output::CHANGES_FILE, &file));
        }
        match written {
            Err(_) if file.exists() => std::fs::remove_file(&file).map(|()| company),
            _ => Ok(company),
        }
    }

    /// `before` is what the deploy saw when it looked the first time.
    fn view(&self, found: Found, now: &Snapshot<'_>, before: Option<Difference>) -> View {
        let unknown = |why: String| (Difference::unknown(self.deploy.clone(), why), Comparison::default());
        let (mut difference, comparison) = match &found {
            Found::Present(last, _) => {
                let mut comparison =
                    compare(last, now, self.outcome, &self.config.filters, &self.config.headers);
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
        };
        // What this deploy replaced may have been seen in between, whatever is there now.
        for (path, change) in before.iter().flat_map(|before| &before.paths) {
            difference.paths.entry(path.clone()).or_insert(*change);
        }
        difference.incomplete = difference.incomplete.or(before.and_then(|before| before.incomplete));
        let next = if self.outcome.is_complete() { self.next(&found, &difference, now) } else { None };
        View { found, difference, comparison, next }
    }

    /// The same after another deploy wrote the record in the meantime: what both left is listed anew, so that nothing is
    /// recorded that is not there. What was looked at before is not known to be right any more.
    async fn view_again(&self, before: Difference, found: Found) -> Result<View, ListError> {
        // Nothing says how large the bucket is by now, and this is rare: it is listed from page to page.
        let (_, no_outline) = mpsc::unbounded_channel();
        let listed = list(self.bucket, no_outline).await?.objects;
        let left = self.outcome.left_in(&listed);
        let mut wanted = Wanted::by(&self.config.headers);
        let now = Snapshot::new(&listed, &left, |path| wanted.digest(path));
        Ok(self.view(found, &now, Some(before)))
    }

    /// When what is in the bucket but not in the build was first missed. A file may have been seen until this deploy
    /// ended, so that is when the time of those that it missed first begins. What another deploy noted stays noted.
    fn left(&self, found: &Found, now: &Snapshot<'_>) -> BTreeMap<String, i64> {
        let time = self.now.as_second();
        let missed = &self.outcome.departed;
        let missed = missed.iter().map(|object| (object.path.clone(), object.left.unwrap_or(time)));
        let mut left: BTreeMap<String, i64> = self.away.clone();
        left.extend(missed);
        let theirs = found.record().filter(|_| found.etag() != self.found.etag());
        for (path, time) in theirs.into_iter().flat_map(|theirs| &theirs.left) {
            let is_back = self.outcome.stored.contains_key(path.as_str());
            if !is_back {
                let known = left.entry(path.clone()).or_insert(*time);
                *known = (*known).max(*time);
            }
        }
        left.retain(|path, _| now.has(path));
        left
    }

    /// The record as it has to be; `None` where it is so already, or must not be overwritten because it cannot be read.
    fn next(&self, found: &Found, difference: &Difference, now: &Snapshot<'_>) -> Option<Record> {
        if matches!(found, Found::Off | Found::Refused(_)) {
            return None;
        }
        let last = found.record();
        let entries = now.entries(last, &self.config.filters);
        let left = self.left(found, now);
        let is_same = |last: &Record| difference.is_empty() && last.entries == entries && last.left == left;
        if last.is_some_and(is_same) {
            return None;
        }
        let empty = Record::default();
        let is_fingerprinted = |path: &str| self.config.headers.is_fingerprinted(path);
        let last = last.unwrap_or(&empty);
        let mut next = last.after(difference.clone(), entries, self.now.as_second(), is_fingerprinted);
        next.left = left;
        next.sheets = sheets(&next, &self.config.headers);
        Some(next)
    }

    async fn advance(&self, mut view: View, report: &Report) -> (View, Company) {
        let mut company = Company::None;
        for _ in 0..ATTEMPTS {
            let Some(next) = &view.next else { return (view, company) };
            match self.bucket.save_record(next, &view.found, &self.config.headers.base).await {
                Saved::Yes(_) => return (view, company),
                Saved::Refused(failure) => {
                    report.record_not_written(&failure);
                    return (view, company);
                }
                Saved::Overtaken => {}
            }
            let found = self.bucket.read_record().await;
            match &found {
                // The reply was lost, and the request was repeated.
                Found::Present(theirs, _) if theirs.is_of(&self.deploy, next) => return (view, company),
                Found::Refused(failure) => {
                    report.record_not_written(failure);
                    return (view, Company::Another);
                }
                // Something was in the way that left everything as it was.
                _ if found.etag() == view.found.etag() => continue,
                _ => {}
            }
            if found.touches(&view.found, &self.config.filters) {
                company = Company::Another;
            }
            match self.view_again(view.difference.clone(), found.clone()).await {
                Ok(again) => view = again,
                Err(error) => {
                    report.record_not_written(&Failure::reported(None, Some(&error.to_string())));
                    return (View { found, next: None, ..view }, company);
                }
            }
        }
        report.record_not_written(&Failure::reported(None, Some("other deploys keep writing it")));
        (view, company)
    }
}

/// Another deploy touched the same objects after this one had read the bucket.
#[derive(Debug)]
pub(crate) struct Overtaken;

/// Before anything is touched: notes in the record what the next run could not tell if this one did not come to its end.
/// That is rarely anything. Takes what the survey found there, and returns what is there then. A share leaves all of it to
/// the deploy that comes after.
pub(crate) async fn expect(
    survey: &mut Survey,
    config: &Config,
    report: &Report,
) -> Result<Found, Overtaken> {
    let mut found = std::mem::replace(&mut survey.found, Found::Off);
    if config.shard.is_some() {
        return Ok(found);
    }
    for _ in 0..ATTEMPTS {
        let Found::Present(record, _) = &found else { return Ok(found) };
        let Some(expecting) = record.expecting(&survey.plan.deletions, &survey.back) else {
            return Ok(found);
        };
        match survey.bucket.save_record(&expecting, &found, &config.headers.base).await {
            Saved::Yes(etag) => return Ok(Found::Present(Box::new(expecting), etag)),
            Saved::Refused(failure) => {
                report.record_not_written(&failure);
                return Ok(found);
            }
            Saved::Overtaken => {}
        }
        let theirs = survey.bucket.read_record().await;
        match &theirs {
            // The reply was lost, and the request was repeated.
            Found::Present(theirs, etag) if **theirs == expecting => {
                return Ok(Found::Present(Box::new(expecting), etag.clone()));
            }
            _ if theirs.etag() != found.etag() && theirs.touches(&found, &config.filters) => {
                return Err(Overtaken);
            }
            _ => found = theirs,
        }
    }
    Ok(found)
}
