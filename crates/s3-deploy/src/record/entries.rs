//! The record's entries, kept in their encoded form: a million of them are read one after the other, never all at once.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{CLOCK_TOLERANCE, Written};
use crate::list::outline::Outline;
use crate::plan::etag::ETag;
use crate::plan::join::HasPath;
use crate::plan::objects::RemoteObject;

/// Every so many entries the place is noted, so that a single one is found without reading them all.
const NOTED: usize = 64;

/// One object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry<'a> {
    /// Its key without the prefix.
    pub(crate) path: &'a str,
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) etag: ETag,
    /// When it was last known to be written, in seconds since 1970: the listing's `LastModified`, or the Date of the
    /// reply that confirmed it. Whoever writes it again, even with the same bytes, does so later.
    pub(crate) date: i64,
    /// What is known of it because a deploy wrote it.
    pub(crate) written: Option<Written>,
}

/// All of them, sorted by path.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Entries {
    /// Each in postcard's wire format.
    encoded: Bytes,
    count: usize,
    noted: Vec<usize>,
}

impl<'a> Entry<'a> {
    /// An entry that no object fits.
    pub(super) fn of_nothing(path: &'a str) -> Self {
        Self { path, size: u64::MAX, etag: ETag::Other([0; 16]), date: i64::MIN, written: None }
    }

    pub(super) fn is_of_nothing(&self) -> bool {
        self.size == u64::MAX
    }

    /// Whether the object is still the one that was recorded.
    pub(crate) fn is(&self, size: u64, etag: ETag) -> bool {
        self.size == size && self.etag == etag
    }

    /// What a deploy knows of this object because it wrote it, as far as its size and ETag are still those.
    pub(crate) fn knowledge_of(&self, object: &RemoteObject<'_>) -> Option<Written> {
        self.written.filter(|_| self.is(object.size, object.etag))
    }

    /// The same for its headers, which somebody may have changed without touching a byte: it must not have been written
    /// since.
    pub(crate) fn headers_of(&self, object: &RemoteObject<'_>) -> Option<Written> {
        let latest = self.date.saturating_add(CLOCK_TOLERANCE);
        self.knowledge_of(object).filter(|_| object.last_modified.is_some_and(|time| time <= latest))
    }
}

impl HasPath for Entry<'_> {
    fn path(&self) -> &str {
        self.path
    }
}

impl Entries {
    /// Reads so many entries from the beginning of the bytes; also returns what follows. `None` when there are fewer, or
    /// when they are not sorted by path.
    pub(super) fn take(bytes: &Bytes, count: usize) -> Option<(Self, Bytes)> {
        let mut rest: &[u8] = bytes;
        let mut noted = Vec::new();
        let mut last = None;
        for number in 0..count {
            if number.is_multiple_of(NOTED) {
                noted.push(bytes.len() - rest.len());
            }
            let entry: Entry<'_>;
            (entry, rest) = postcard::take_from_bytes(rest).ok()?;
            if last.replace(entry.path) >= Some(entry.path) {
                return None;
            }
        }
        let end = bytes.len() - rest.len();
        Some((Self { encoded: bytes.slice(..end), count, noted }, bytes.slice(end..)))
    }

    /// Where a listing of what they describe can be cut.
    pub(crate) fn outline(&self) -> Outline {
        Outline::of(self.count, self.iter().map(|entry| entry.path))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// All of them as they are written.
    pub(super) fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        self.iter_from(0)
    }

    /// The entry of a path.
    pub(crate) fn get(&self, path: &str) -> Option<Entry<'_>> {
        let begins_before =
            |start: &usize| self.iter_from(*start).next().is_some_and(|entry| entry.path <= path);
        let block = self.noted.partition_point(begins_before).checked_sub(1)?;
        let mut entries = self.iter_from(self.noted[block]).take(NOTED);
        entries.find(|entry| entry.path == path)
    }

    fn iter_from(&self, start: usize) -> impl Iterator<Item = Entry<'_>> {
        let mut rest = &self.encoded[start..];
        std::iter::from_fn(move || {
            // Whole: it was encoded here, or read once before.
            let (entry, after) = postcard::take_from_bytes(rest).ok()?;
            rest = after;
            Some(entry)
        })
    }
}

impl<'a> FromIterator<Entry<'a>> for Entries {
    /// Of entries that are sorted by path.
    fn from_iter<I: IntoIterator<Item = Entry<'a>>>(entries: I) -> Self {
        let (mut encoded, mut count, mut noted) = (Vec::new(), 0, Vec::new());
        for entry in entries {
            if count % NOTED == 0 {
                noted.push(encoded.len());
            }
            encoded = postcard::to_extend(&entry, encoded).expect("memory takes whatever is written");
            count += 1;
        }
        Self { encoded: encoded.into(), count, noted }
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_kept_is_found(paths in prop::collection::btree_set("[ab/\u{e9}]{1,5}", 0..300)) {
            let entry = |path| Entry { date: 5, ..Entry::of_nothing(path) };
            let entries: Entries = paths.iter().map(|path| entry(path)).collect();
            let walked: BTreeSet<&str> = entries.iter().map(|entry| entry.path).collect();
            prop_assert_eq!(walked, paths.iter().map(String::as_str).collect());
            let outline = Outline::of(paths.len(), paths.iter().map(String::as_str));
            prop_assert_eq!(entries.outline(), outline);
            for path in paths.iter().map(String::as_str).chain(["", "a", "b/a", "c"]) {
                prop_assert_eq!(entries.get(path).is_some(), paths.contains(path), "{}", path);
            }
            let mut bytes = entries.encoded().to_vec();
            bytes.extend(b"rest");
            let (read, rest) = Entries::take(&bytes.clone().into(), paths.len()).expect("all are there");
            prop_assert_eq!((read, &rest[..]), (entries, &b"rest"[..]));
            prop_assert_eq!(Entries::take(&bytes.into(), paths.len() + 5), None);
        }
    }
}
