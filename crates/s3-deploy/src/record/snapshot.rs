//! What the bucket holds below the prefix when a run ends: the listing, less what was deleted, plus what arrived.

use std::collections::BTreeMap;

use super::{CLOCK_TOLERANCE, Entry, Record, Written};
use crate::filters::Filters;
use crate::outcome::{Outcome, Stored};
use crate::plan::RemoteObject;
use crate::plan::etag::ETag;
use crate::scan::is_private;

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
    /// The ETag it had before this run copied it onto itself.
    copied: Option<ETag>,
    /// What a look at it showed.
    verified: Option<Written>,
}

impl Snapshot {
    /// `headers` gives the digest of the headers that a path is sent with.
    pub(crate) fn new(listed: &[RemoteObject], outcome: &Outcome, headers: impl Fn(&str) -> u64) -> Self {
        let there = listed.iter().filter(|object| !is_private(&object.path)).map(|object| {
            let (size, etag, listed) = (object.size, object.etag, object.last_modified);
            (
                object.path.clone(),
                Present { size, etag, listed, stored: None, replaced: false, copied: None, verified: None },
            )
        });
        let mut objects: BTreeMap<String, Present> = there.collect();
        for path in &outcome.deleted {
            objects.remove(path);
        }
        for (path, stored) in &outcome.stored {
            let Stored { size, etag, crc64, date } = *stored;
            let written = date.map(|_| Written { crc64, headers: headers(path) });
            let before = objects.get(path);
            let copied = before.filter(|_| outcome.copied.contains(path)).map(|before| before.etag);
            let is_same = |before: &Present| before.size == size && (before.etag == etag || copied.is_some());
            let replaced = !before.is_some_and(is_same);
            let listed = before.and_then(|before| before.listed);
            // A store that tells no time is asked again by the next run, as if somebody had written the object since.
            let stored = Some((written, date.unwrap_or(i64::MIN)));
            objects.insert(
                path.clone(),
                Present { size, etag, listed, stored, replaced, copied, verified: None },
            );
        }
        Self(objects)
    }

    /// What a listing shows that was made after this run and another had written: of what this run stored, only what is
    /// still there is known.
    pub(crate) fn of_both(listed: &[RemoteObject], outcome: &Outcome, headers: impl Fn(&str) -> u64) -> Self {
        let mut snapshot = Self::new(listed, &Outcome::default(), |_| 0);
        for (path, stored) in &outcome.stored {
            let Stored { size, etag, crc64, date } = *stored;
            if let Some(present) =
                snapshot.0.get_mut(path).filter(|there| there.size == size && there.etag == etag)
            {
                let written = date.map(|_| Written { crc64, headers: headers(path) });
                present.stored = Some((written, date.unwrap_or(i64::MIN)));
            }
        }
        snapshot
    }

    /// With what a look at objects showed that this run did not write.
    pub(crate) fn with_verified(mut self, verified: &BTreeMap<String, Written>) -> Self {
        for (path, present) in &mut self.0 {
            present.verified = verified.get(path).copied();
        }
        self
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
            let known = last.and_then(|record| record.entry(path)).filter(|entry| present.is_still(entry));
            let (date, written) = match (present.stored, known) {
                (Some((written, date)), _) => (date, written),
                (None, Some(known)) => (known.date, known.written.or(present.verified)),
                (None, None) => (present.listed.unwrap_or(i64::MIN), present.verified),
            };
            Entry { path: path.clone(), size: present.size, etag: present.etag, date, written }
        };
        let own = self.0.iter().filter(|(path, _)| !is_others(path)).map(entry);
        let others = last.iter().flat_map(|record| &record.entries).filter(|entry| is_others(&entry.path));
        let mut entries: Vec<Entry> = own.chain(others.cloned()).collect();
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        entries
    }
}

impl Present {
    /// Whether nobody has written it since the entry was made, not even with the same bytes; what this run itself wrote
    /// does not count.
    pub(crate) fn is_still(&self, entry: &Entry) -> bool {
        let touched = self.listed.is_some_and(|time| time > entry.date.saturating_add(CLOCK_TOLERANCE));
        entry.is(self.size, self.etag) && !touched
    }

    /// Whether its bytes are those of the entry; a copy of them may have another ETag.
    pub(crate) fn has_bytes_of(&self, entry: &Entry) -> bool {
        entry.is(self.size, self.copied.unwrap_or(self.etag))
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
            let entry = &snapshot.entries(Some(&record), &Filters::default())[0];
            assert_eq!((entry.date, entry.written), known, "{object:?}");
        }
    }

    #[test]
    fn a_deploy_touches_only_the_entries_it_is_about() {
        let entry = |path: &str, content: u8| Entry {
            path: path.into(),
            size: 1,
            etag: ETag::Single([content; 16]),
            date: 5,
            written: None,
        };
        let entries = vec![entry("a.css", 1), entry("gone.css", 1)];
        let record = Record { entries, ..Record::default() };
        let now = [listed("a.css", 2, 5), listed("a.html", 2, 5), listed("new.css", 2, 5)];
        let snapshot = Snapshot::new(&now, &Outcome::default(), |_| 0);
        let pages = Filters::new(vec![Rule::new("*.css", false)], Path::new("/"));
        let kept = [entry("a.css", 1), entry("a.html", 2), entry("gone.css", 1)];
        assert_eq!(snapshot.entries(Some(&record), &pages), kept);
        let first = [entry("a.css", 2), entry("a.html", 2), entry("new.css", 2)];
        assert_eq!(snapshot.entries(None, &pages), first);
    }
}
