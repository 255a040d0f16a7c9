//! What the bucket holds below the prefix when a run ends: the listing, less what was deleted, plus what arrived.

use std::collections::BTreeMap;

use super::{Entry, Record, Written};
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
    /// Seconds since 1970, from the listing at the start; `None` for what was not there.
    listed: Option<i64>,
    /// What this run wrote, and when.
    stored: Option<(Option<Written>, i64)>,
    /// This run put it in the place of other bytes, or of nothing.
    pub(crate) replaced: bool,
}

impl Snapshot {
    /// `headers` gives the digest of the headers that a path is sent with.
    pub(crate) fn new(listed: &[RemoteObject], outcome: &Outcome, headers: impl Fn(&str) -> u64) -> Self {
        let there = listed.iter().filter(|object| !is_private(&object.path)).map(|object| {
            let (size, etag, listed) = (object.size, object.etag, object.last_modified);
            (object.path.clone(), Present { size, etag, listed, stored: None, replaced: false })
        });
        let mut objects: BTreeMap<String, Present> = there.collect();
        for path in &outcome.deleted {
            objects.remove(path);
        }
        for (path, stored) in &outcome.stored {
            let Stored { size, etag, crc64, date } = *stored;
            let written = date.map(|_| Written { crc64, headers: headers(path) });
            let before = objects.get(path);
            let replaced = !before.is_some_and(|before| before.size == size && before.etag == etag);
            let listed = before.and_then(|before| before.listed);
            // A store that tells no time is asked again by the next run, as if somebody had written the object since.
            let stored = Some((written, date.unwrap_or(i64::MIN)));
            objects.insert(path.clone(), Present { size, etag, listed, stored, replaced });
        }
        Self(objects)
    }

    pub(crate) fn objects(&self) -> &BTreeMap<String, Present> {
        &self.0
    }

    /// The entries of the next record; what the last one knows of untouched objects is kept.
    pub(crate) fn entries(&self, last: Option<&Record>) -> Vec<Entry> {
        let entry = |(path, present): (&String, &Present)| {
            let known = last.and_then(|record| record.entry(path)).filter(|entry| present.is_still(entry));
            let (date, written) = match (present.stored, known) {
                (Some((written, date)), _) => (date, written),
                (None, Some(known)) => (known.date, known.written),
                (None, None) => (present.listed.unwrap_or(i64::MIN), None),
            };
            Entry { path: path.clone(), size: present.size, etag: present.etag, date, written }
        };
        self.0.iter().map(entry).collect()
    }
}

impl Present {
    /// Whether nobody has written it since the entry was made, not even with the same bytes; what this run itself wrote
    /// does not count.
    pub(crate) fn is_still(&self, entry: &Entry) -> bool {
        let touched = self.listed.is_some_and(|time| time > entry.date.saturating_add(CLOCK_TOLERANCE));
        entry.is(self.size, self.etag) && !touched
    }

    /// The digest of the headers that this run sent it with.
    pub(crate) fn sent_headers(&self) -> Option<u64> {
        self.stored.and_then(|(written, _)| written).map(|written| written.headers)
    }

    /// Whether this run wrote it.
    pub(crate) fn is_stored(&self) -> bool {
        self.stored.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            snapshot.0.iter().map(|(path, present)| (path.as_str(), present.is_stored())).collect();
        assert_eq!(found, [("a", true), ("c", false), ("d", true)]);
    }

    #[test]
    fn knowledge_lasts_until_somebody_writes_the_object_again() {
        let written = Some(Written { crc64: 1, headers: 7 });
        let entry = Entry { path: "a".into(), size: 1, etag: ETag::Single([1; 16]), date: 100, written };
        let record = Record { entries: vec![entry], ..Record::default() };
        for (object, known) in [
            (listed("a", 1, 90), (100, written)),
            (listed("a", 1, 101), (100, written)),
            (listed("a", 1, 102), (102, None)),
            (listed("a", 2, 100), (100, None)),
        ] {
            let snapshot = Snapshot::new(std::slice::from_ref(&object), &Outcome::default(), |_| 0);
            let entry = &snapshot.entries(Some(&record))[0];
            assert_eq!((entry.date, entry.written), known, "{object:?}");
        }
    }
}
