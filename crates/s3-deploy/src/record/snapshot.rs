//! What the bucket holds below the prefix when a run ends: the listing, less what was deleted, plus what arrived.

use std::collections::BTreeMap;

use super::{Entry, Record, Written};
use crate::filters::Filters;
use crate::outcome::{Outcome, Stored};
use crate::plan::RemoteObject;
use crate::plan::etag::ETag;
use crate::scan::is_private;

/// Clocks of S3's machines differ, and `LastModified` has whole seconds.
const CLOCK_TOLERANCE: i64 = 1;

/// The objects of a site at one moment, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Snapshot(BTreeMap<String, Present>);

/// One object as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Present {
    pub(crate) size: u64,
    pub(crate) etag: ETag,
    /// Seconds since 1970, from the listing; `None` for what this run wrote.
    last_modified: Option<i64>,
    /// What this run knows because it wrote it.
    pub(crate) written: Option<Written>,
    /// This run put it in the place of other bytes, or of nothing.
    pub(crate) replaced: bool,
}

impl Snapshot {
    /// `headers` gives the digest of the headers that a path is sent with.
    pub(crate) fn new(listed: &[RemoteObject], outcome: &Outcome, headers: impl Fn(&str) -> u64) -> Self {
        let there = listed.iter().filter(|object| !is_private(&object.path)).map(|object| {
            let (size, etag, last_modified) = (object.size, object.etag, object.last_modified);
            (object.path.clone(), Present { size, etag, last_modified, written: None, replaced: false })
        });
        let mut objects: BTreeMap<String, Present> = there.collect();
        for path in &outcome.deleted {
            objects.remove(path);
        }
        for (path, stored) in &outcome.stored {
            let Stored { size, etag, crc64, date } = *stored;
            let written = date.map(|date| Written { crc64, headers: headers(path), date });
            let replaced =
                !objects.get(path).is_some_and(|before| before.size == size && before.etag == etag);
            objects.insert(path.clone(), Present { size, etag, last_modified: None, written, replaced });
        }
        Self(objects)
    }

    pub(crate) fn objects(&self) -> &BTreeMap<String, Present> {
        &self.0
    }

    /// The entries of the next record; what the last one knows of untouched objects is kept.
    ///
    /// What it has on paths that this deploy is not about stays as it is, right or wrong: another deploy answers for
    /// them. The first record takes them from the bucket, so that that deploy can tell what has changed since.
    pub(crate) fn entries(&self, last: Option<&Record>, filters: &Filters) -> Vec<Entry> {
        let is_others = |path: &str| last.is_some() && !filters.includes(path);
        let entry = |(path, present): (&String, &Present)| {
            let known = last.and_then(|record| record.entry(path)).and_then(|entry| present.knowledge(entry));
            Entry {
                path: path.clone(),
                size: present.size,
                etag: present.etag,
                written: present.written.or(known),
            }
        };
        let own = self.0.iter().filter(|(path, _)| !is_others(path)).map(entry);
        let others = last.iter().flat_map(|record| &record.entries).filter(|entry| is_others(&entry.path));
        let mut entries: Vec<Entry> = own.chain(others.cloned()).collect();
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        entries
    }
}

impl Present {
    /// What an entry still says of this object: nothing once somebody has written it again, even with the same bytes.
    pub(crate) fn knowledge(&self, entry: &Entry) -> Option<Written> {
        let written = entry.written.filter(|_| entry.is(self.size, self.etag))?;
        let untouched = self.last_modified.is_some_and(|time| time <= written.date + CLOCK_TOLERANCE);
        untouched.then_some(written)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::filters::Rule;

    fn listed(path: &str, content: u8, last_modified: i64) -> RemoteObject {
        RemoteObject {
            path: path.into(),
            size: 1,
            etag: ETag::Single([content; 16]),
            last_modified: Some(last_modified),
        }
    }

    fn stored(content: u8, date: i64) -> Stored {
        Stored { size: 1, etag: ETag::Single([content; 16]), crc64: content.into(), date: Some(date) }
    }

    #[test]
    fn deleted_objects_are_gone_and_new_ones_are_there() {
        let listed = [listed(".git/x", 1, 5), listed("a", 1, 5), listed("b", 1, 5), listed("c", 1, 5)];
        let outcome = Outcome {
            deleted: vec!["b".into()],
            stored: BTreeMap::from([("a".into(), stored(2, 9)), ("d".into(), stored(3, 9))]),
            ..Outcome::default()
        };
        let snapshot = Snapshot::new(&listed, &outcome, |_| 7);
        let found: Vec<(&str, bool)> =
            snapshot.0.iter().map(|(path, present)| (path.as_str(), present.written.is_some())).collect();
        assert_eq!(found, [("a", true), ("c", false), ("d", true)]);
    }

    #[test]
    fn knowledge_lasts_until_somebody_writes_the_object_again() {
        let written = Written { crc64: 1, headers: 7, date: 100 };
        let entry = Entry { path: "a".into(), size: 1, etag: ETag::Single([1; 16]), written: Some(written) };
        let record = Record { deploys: vec![], entries: vec![entry] };
        for (object, known) in [
            (listed("a", 1, 100), Some(written)),
            (listed("a", 1, 101), Some(written)),
            (listed("a", 1, 102), None),
            (listed("a", 2, 100), None),
        ] {
            let snapshot = Snapshot::new(std::slice::from_ref(&object), &Outcome::default(), |_| 0);
            assert_eq!(snapshot.entries(Some(&record), &Filters::default())[0].written, known, "{object:?}");
        }
    }

    #[test]
    fn a_deploy_touches_only_the_entries_it_is_about() {
        let entry = |path: &str, content: u8| Entry {
            path: path.into(),
            size: 1,
            etag: ETag::Single([content; 16]),
            written: None,
        };
        let record = Record { deploys: vec![], entries: vec![entry("a.css", 1), entry("gone.css", 1)] };
        let now = [listed("a.css", 2, 5), listed("a.html", 2, 5), listed("new.css", 2, 5)];
        let snapshot = Snapshot::new(&now, &Outcome::default(), |_| 0);
        let pages = Filters::new(vec![Rule::new("*.css", false)], Path::new("/"));
        let kept = [entry("a.css", 1), entry("a.html", 2), entry("gone.css", 1)];
        assert_eq!(snapshot.entries(Some(&record), &pages), kept);
        let first = [entry("a.css", 2), entry("a.html", 2), entry("new.css", 2)];
        assert_eq!(snapshot.entries(None, &pages), first);
    }
}
