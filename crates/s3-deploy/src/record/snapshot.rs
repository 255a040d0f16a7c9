//! What the bucket holds below the prefix when a run ends: the listing, less what was deleted, plus what arrived.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::{CLOCK_TOLERANCE, Entries, Entry, Record, Written, in_order};
use crate::filters::Filters;
use crate::outcome::{Outcome, Stored};
use crate::plan::etag::ETag;
use crate::plan::join::{HasPath, Walk};
use crate::plan::objects::{Objects, RemoteObject};
use crate::private::is_private;

/// The objects of a site at one moment. It holds nothing of its own: whoever walks it walks the listing and what was stored
/// side by side.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot<'a> {
    listed: &'a Objects,
    outcome: &'a Outcome,
    deleted: BTreeSet<&'a str>,
    /// The digests of the headers of what was stored, in the order of its paths.
    headers: Vec<u64>,
    /// What was looked at and is right, by the index of the object.
    verified: Option<&'a BTreeMap<usize, Written>>,
}

/// An object and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed<'a> {
    pub(crate) path: &'a str,
    pub(crate) present: Present,
}

impl HasPath for Placed<'_> {
    fn path(&self) -> &str {
        self.path
    }
}

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

impl<'a> Snapshot<'a> {
    /// `headers` gives the digest of the headers that a path is sent with.
    pub(crate) fn new(listed: &'a Objects, outcome: &'a Outcome, headers: impl FnMut(&str) -> u64) -> Self {
        let headers = outcome.stored.keys().map(|path| &**path).map(headers).collect();
        let deleted = outcome.deleted.iter().map(String::as_str).collect();
        Self { listed, outcome, deleted, headers, verified: None }
    }

    /// With what a look at objects showed that this run did not write.
    pub(crate) fn with_verified(self, verified: &'a BTreeMap<usize, Written>) -> Self {
        Self { verified: Some(verified), ..self }
    }

    /// Whether there is an object at this path.
    pub(crate) fn has(&self, path: &str) -> bool {
        let is_left = || !is_private(path) && !self.deleted.contains(path) && self.listed.at(path).is_some();
        self.outcome.stored.contains_key(path) || is_left()
    }

    /// All objects, sorted by path.
    pub(crate) fn objects(&self) -> impl Iterator<Item = Placed<'_>> {
        let is_left = |(_, object): &(usize, RemoteObject<'_>)| {
            !is_private(object.path) && !self.deleted.contains(object.path)
        };
        let mut listed = self.listed.iter().enumerate().filter(is_left).peekable();
        let mut stored = self.outcome.stored.iter().zip(&self.headers).peekable();
        std::iter::from_fn(move || {
            let order = match (listed.peek(), stored.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((_, object)), Some(((path, _), _))) => object.path.cmp(&**path),
            };
            let before = if order.is_le() { listed.next() } else { None };
            let written = if order.is_ge() { stored.next() } else { None };
            let placed = match (before, written) {
                (before, Some(((path, stored), headers))) => {
                    let is_copy = self.outcome.copied.contains(path);
                    let before = before.map(|(_, object)| object);
                    Placed { path, present: Present::stored(*stored, *headers, before, is_copy) }
                }
                (Some((index, object)), None) => self.untouched(index, object),
                (None, None) => return None,
            };
            Some(placed)
        })
    }

    fn untouched<'o>(&self, index: usize, object: RemoteObject<'o>) -> Placed<'o> {
        let RemoteObject { path, size, etag, last_modified: listed } = object;
        let verified = self.verified.and_then(|verified| verified.get(&index)).copied();
        let present = Present { size, etag, listed, stored: None, replaced: false, copied: None, verified };
        Placed { path, present }
    }

    /// The entries of the next record; what the last one knows of untouched objects is kept.
    ///
    /// What it has on paths that this deploy is not about stays as it is, right or wrong: another deploy answers for
    /// them. The first record takes them from the bucket, so that that deploy can tell what has changed since.
    pub(crate) fn entries<'e>(&'e self, last: Option<&'e Record>, filters: &Filters) -> Entries {
        let is_others = |path: &str| last.is_some() && !filters.includes(path);
        let entries_before = || last.into_iter().flat_map(|record| record.entries.iter());
        let mut before = Walk::new(entries_before());
        let entry = |Placed { path, present }: Placed<'e>| -> Entry<'e> {
            let known = before.at(path).filter(|entry| present.is_still(entry));
            let (date, written) = match (present.stored, known) {
                (Some((written, date)), _) => (date, written),
                (None, Some(known)) => (known.date, known.written.or(present.verified)),
                (None, None) => (present.listed.unwrap_or(i64::MIN), present.verified),
            };
            Entry { path, size: present.size, etag: present.etag, date, written }
        };
        let own = self.objects().filter(|placed| !is_others(placed.path)).map(entry);
        in_order(own, entries_before().filter(|entry| is_others(entry.path))).collect()
    }
}

impl Present {
    /// What this run wrote, in the place of what was `before`.
    fn stored(stored: Stored, headers: u64, before: Option<RemoteObject<'_>>, is_copy: bool) -> Self {
        let Stored { size, etag, crc64, date } = stored;
        let written = date.map(|_| Written { crc64, headers });
        let copied = before.filter(|_| is_copy).map(|before| before.etag);
        let is_same =
            |before: RemoteObject<'_>| before.size == size && (before.etag == etag || copied.is_some());
        let replaced = !before.is_some_and(is_same);
        let listed = before.and_then(|before| before.last_modified);
        // A store that tells no time is asked again by the next run, as if somebody had written the object since.
        let stored = Some((written, date.unwrap_or(i64::MIN)));
        Self { size, etag, listed, stored, replaced, copied, verified: None }
    }

    /// Whether nobody has written it since the entry was made, not even with the same bytes; what this run itself wrote
    /// does not count.
    pub(crate) fn is_still(&self, entry: &Entry<'_>) -> bool {
        let touched = self.listed.is_some_and(|time| time > entry.date.saturating_add(CLOCK_TOLERANCE));
        entry.is(self.size, self.etag) && !touched
    }

    /// Whether its bytes are those of the entry; a copy of them may have another ETag.
    pub(crate) fn has_bytes_of(&self, entry: &Entry<'_>) -> bool {
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

    fn listed(path: &str, content: u8, last_modified: i64) -> RemoteObject<'_> {
        RemoteObject { path, size: 1, etag: ETag::Single([content; 16]), last_modified: Some(last_modified) }
    }

    fn stored(content: u8, date: i64) -> Stored {
        Stored { size: 1, etag: ETag::Single([content; 16]), crc64: content.into(), date: Some(date) }
    }

    #[test]
    fn deleted_objects_are_gone_and_new_ones_are_there() {
        let listed = [listed(".git/x", 1, 5), listed("a", 1, 5), listed("b", 1, 5), listed("c", 1, 5)];
        let listed: Objects = listed.into_iter().collect();
        let outcome = Outcome {
            deleted: vec!["b".into()],
            stored: BTreeMap::from([("a".into(), stored(2, 9)), ("d".into(), stored(3, 9))]),
            ..Outcome::default()
        };
        let snapshot = Snapshot::new(&listed, &outcome, |_| 7);
        let found: Vec<(&str, bool)> =
            snapshot.objects().map(|placed| (placed.path, placed.present.is_stored())).collect();
        assert_eq!(found, [("a", true), ("c", false), ("d", true)]);
        assert_eq!(
            [".git/x", "a", "b", "c", "d", "e"].map(|path| snapshot.has(path)),
            [false, true, false, true, true, false]
        );
    }

    #[test]
    fn knowledge_lasts_until_somebody_writes_the_object_again() {
        let written = Some(Written { crc64: 1, headers: 7 });
        let entry = Entry { path: "a", size: 1, etag: ETag::Single([1; 16]), date: 100, written };
        let record = Record { entries: [entry].into_iter().collect(), ..Record::default() };
        for (object, known) in [
            (listed("a", 1, 90), (100, written)),
            (listed("a", 1, 101), (100, written)),
            (listed("a", 1, 102), (102, None)),
            (listed("a", 2, 100), (100, None)),
        ] {
            let (objects, outcome) = ([object].into_iter().collect(), Outcome::default());
            let snapshot = Snapshot::new(&objects, &outcome, |_| 0);
            let entries = snapshot.entries(Some(&record), &Filters::default());
            let entry = entries.get("a").expect("an entry");
            assert_eq!((entry.date, entry.written), known, "{object:?}");
        }
    }

    #[test]
    fn a_deploy_touches_only_the_entries_it_is_about() {
        let entry = |path: &'static str, content: u8| Entry {
            path,
            size: 1,
            etag: ETag::Single([content; 16]),
            date: 5,
            written: None,
        };
        let entries = [entry("a.css", 1), entry("gone.css", 1)].into_iter().collect();
        let record = Record { entries, ..Record::default() };
        let now = [listed("a.css", 2, 5), listed("a.html", 2, 5), listed("new.css", 2, 5)];
        let (now, outcome): (Objects, _) = (now.into_iter().collect(), Outcome::default());
        let snapshot = Snapshot::new(&now, &outcome, |_| 0);
        let pages = Filters::new(vec![Rule::new("*.css", false)], Path::new("/"));
        let kept = [entry("a.css", 1), entry("a.html", 2), entry("gone.css", 1)];
        assert_eq!(snapshot.entries(Some(&record), &pages).iter().collect::<Vec<_>>(), kept);
        let first = [entry("a.css", 2), entry("a.html", 2), entry("new.css", 2)];
        assert_eq!(snapshot.entries(None, &pages).iter().collect::<Vec<_>>(), first);
    }
}
