//! The deploy record: what the bucket held when the last deploy finished, kept beside it in the bucket.

pub(crate) mod difference;
mod entries;
mod form;
pub(crate) mod object;
pub(crate) mod snapshot;

use std::collections::BTreeMap;

use bitbucket_pipe::changes::{Change, Difference};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::filters::Filters;
use crate::headers::sheet::Sheet;
use crate::plan::etag::ETag;

pub(crate) use entries::{Entries, Entry};
pub(crate) use form::{decode, encode};

/// Where the record is, below the prefix.
pub(crate) const PATH: &str = ".s3-deploy/record";

/// Whether an object with this key is the record of some prefix.
#[must_use]
pub fn is_record(key: &str) -> bool {
    key.strip_suffix(PATH).is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('/'))
}

/// What a record says of the objects that were there: path, size in bytes, ETag. The error says why it cannot be read.
pub fn described(record: &[u8]) -> Result<Vec<(String, u64, String)>, String> {
    let record = decode(&Bytes::copy_from_slice(record)).map_err(|why| why.to_string())?;
    let text = |etag: ETag| etag.text().unwrap_or_default().trim_matches('"').to_owned();
    let described = record.entries.iter().filter(|entry| !entry.is_of_nothing());
    Ok(described.map(|entry| (entry.path.to_owned(), entry.size, text(entry.etag))).collect())
}

/// Clocks of S3's machines differ, and `LastModified` has whole seconds.
const CLOCK_TOLERANCE: i64 = 1;

/// How many deploys it remembers, so that an invalidation that failed can be made good by a later build.
const DEPLOYS_KEPT: usize = 3;

/// How long a deleted fingerprinted file is remembered, in seconds: a year, the longest time to live that CloudFront's
/// own cache policies allow.
const GONE_KEPT: i64 = 365 * 24 * 60 * 60;

/// What one finished deploy left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// What the last deploys changed, newest first. Deploys that changed nothing are not among them.
    pub(crate) deploys: Vec<Difference>,
    /// Every object below the prefix, sorted by path.
    pub(crate) entries: Entries,
    /// Fingerprinted files that were deleted, and when, in seconds since 1970: should one come back, an error or a
    /// fallback may be cached at its URL.
    pub(crate) gone: BTreeMap<String, i64>,
    /// The headers that objects were sent with, by the digests in their entries.
    pub(crate) sheets: BTreeMap<u64, Sheet>,
    /// Fingerprinted files that left the build and are kept for a while, and when a deploy first missed them, in seconds
    /// since 1970.
    pub(crate) left: BTreeMap<String, i64>,
}

/// What a deploy knows of an object that it wrote itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    /// CRC-64/NVME of its bytes.
    pub(crate) crc64: u64,
    /// Digest of the headers it was sent with.
    pub(crate) headers: u64,
}

impl Record {
    /// The entry of a path.
    pub(crate) fn entry(&self, path: &str) -> Option<Entry<'_>> {
        self.entries.get(path)
    }

    /// The record after another deploy that ended at `now`: its entries, and its difference before the older ones.
    pub(crate) fn after(
        &self,
        difference: Difference,
        entries: Entries,
        now: i64,
        is_fingerprinted: impl Fn(&str) -> bool,
    ) -> Self {
        let mut next = Self {
            deploys: Vec::new(),
            entries,
            gone: self.gone.clone(),
            left: self.left.clone(),
            sheets: self.sheets.clone(),
        };
        let deleted = difference
            .paths
            .iter()
            .filter(|(_, change)| matches!(change, Change::Deleted | Change::DeletedFingerprinted));
        let deleted = deleted.filter(|(path, _)| is_fingerprinted(path)).map(|(path, _)| (path.clone(), now));
        next.gone.extend(deleted);
        let back: Vec<String> = next.gone.keys().filter(|path| next.entry(path).is_some()).cloned().collect();
        next.gone.retain(|path, time| !back.contains(path) && *time > now - GONE_KEPT);
        let own = (!difference.is_empty()).then_some(difference);
        next.deploys = own.into_iter().chain(self.deploys.iter().cloned()).take(DEPLOYS_KEPT).collect();
        next
    }

    /// Whether the deploy that left this in the place of `before` wrote or deleted an object that these filters include.
    pub(crate) fn touches(&self, before: Option<&Self>, filters: &Filters) -> bool {
        let ours = |entry: &Entry<'_>| filters.includes(entry.path);
        let Some(before) = before else {
            // The first record has what was there before it too.
            return self.entries.iter().filter(ours).any(|entry| entry.written.is_some());
        };
        let is_in = |entry: &Entry<'_>, other: &Self| {
            other
                .entry(entry.path)
                .is_some_and(|known| known.is(entry.size, entry.etag) && known.date == entry.date)
        };
        self.entries.iter().filter(ours).any(|entry| !is_in(&entry, before))
            || before.entries.iter().filter(ours).any(|entry| !is_in(&entry, self))
    }

    /// Whether this is what a deploy left, however often its request arrived.
    pub(crate) fn is_of(&self, deploy: &str, ours: &Self) -> bool {
        let is_named = self.deploys.first().is_some_and(|difference| difference.deploy == deploy);
        is_named || (self.entries == ours.entries && self.left == ours.left)
    }

    /// This record as it has to be before a deploy touches anything; `None` when it is so already.
    ///
    /// It has an entry that fits no object for each of the deletions that it does not know, so that each is a difference
    /// even to a run that finds neither entry nor object. The files that are back never left, even if the deploy fails:
    /// pages that refer to them may be published by then.
    pub(crate) fn expecting(&self, deletions: &[String], back: &[String]) -> Option<Self> {
        let mut unknown: Vec<&String> = deletions.iter().filter(|path| self.entry(path).is_none()).collect();
        if unknown.is_empty() && !back.iter().any(|path| self.left.contains_key(path)) {
            return None;
        }
        unknown.sort();
        let mut next = self.clone();
        next.left.retain(|path, _| !back.contains(path));
        let unknown = unknown.into_iter().map(|path| Entry::of_nothing(path));
        next.entries = in_order(self.entries.iter(), unknown).collect();
        Some(next)
    }
}

/// Two sorted sequences as one.
fn in_order<'a>(
    one: impl Iterator<Item = Entry<'a>>,
    other: impl Iterator<Item = Entry<'a>>,
) -> impl Iterator<Item = Entry<'a>> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    std::iter::from_fn(move || match (one.peek(), other.peek()) {
        (Some(first), Some(second)) if second.path < first.path => other.next(),
        (None, _) => other.next(),
        (Some(_), _) => one.next(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::rules::HeaderRules;
    use crate::plan::etag::ETag;

    fn entry(path: &str) -> Entry<'_> {
        Entry { path, size: 1, etag: ETag::Single([1; 16]), date: 5, written: None }
    }

    fn difference(deploy: &str, paths: &[(&str, Change)]) -> Difference {
        let paths = paths.iter().map(|(path, change)| ((*path).to_owned(), *change)).collect();
        Difference { deploy: deploy.into(), incomplete: None, paths }
    }

    fn after(record: &Record, difference: Difference, entries: Entries, now: i64) -> Record {
        let rules = HeaderRules::default();
        record.after(difference, entries, now, |path| rules.is_fingerprinted(path))
    }

    #[test]
    fn three_deploys_are_kept_and_empty_ones_take_no_place() {
        let mut record = Record::default();
        for deploy in ["1", "2", "3", "4"] {
            record = after(&record, difference(deploy, &[("a", Change::Content)]), Entries::default(), 0);
            record = after(&record, difference("nothing", &[]), Entries::default(), 0);
        }
        let deploys: Vec<&str> = record.deploys.iter().map(|difference| difference.deploy.as_str()).collect();
        assert_eq!(deploys, ["4", "3", "2"]);
    }

    #[test]
    fn deleted_fingerprinted_files_are_remembered_until_they_are_back_or_a_year_has_gone() {
        const HASHED: &str = "app.1a2b3c4d.js";
        let deleted =
            difference("1", &[(HASHED, Change::DeletedFingerprinted), ("plain.js", Change::Deleted)]);
        let record = after(&Record::default(), deleted, Entries::default(), 100);
        assert_eq!(record.gone, BTreeMap::from([(HASHED.to_owned(), 100)]));
        let still = after(&record, difference("2", &[]), Entries::default(), 100 + GONE_KEPT - 1);
        assert_eq!(still.gone.len(), 1);
        let later = after(&record, difference("2", &[]), Entries::default(), 100 + GONE_KEPT);
        assert!(later.gone.is_empty());
        let back = after(&record, difference("2", &[]), [entry(HASHED)].into_iter().collect(), 101);
        assert!(back.gone.is_empty());
    }

    #[test]
    fn deletions_of_what_the_record_does_not_know_are_expected() {
        let record = Record { entries: [entry("b")].into_iter().collect(), ..Record::default() };
        assert_eq!(record.expecting(&["b".into()], &["b".into()]), None);
        let expecting = record.expecting(&["c".into(), "b".into(), "a".into()], &[]).expect("two are new");
        let paths: Vec<&str> = expecting.entries.iter().map(|entry| entry.path).collect();
        assert_eq!(paths, ["a", "b", "c"]);
        assert_eq!(expecting.entry("b"), Some(entry("b")));
        assert_eq!(expecting.expecting(&["a".into()], &[]), None);
        let left = [("b".to_owned(), 1), ("x".to_owned(), 2)].into();
        let next = Record { left, ..record }.expecting(&[], &["b".into()]).expect("one is back");
        assert_eq!(next.left, [("x".to_owned(), 2)].into());
    }
}
