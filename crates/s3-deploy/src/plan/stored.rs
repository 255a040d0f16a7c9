//! Which objects have the bytes of their files and other headers than they would be sent with. Pure.

use std::collections::BTreeMap;

use super::join::{Joint, join};
use super::objects::{Objects, RemoteObject};
use super::reason::{Compare, Evidence, Reason, reason};
use crate::headers::rules::HeaderRules;
use crate::headers::sheet::{Changes, Interned, Sheet};
use crate::headers::wanted::Wanted;
use crate::record::{Record, Written};
use crate::scan::TreeFile;

/// The files whose bytes have the ETags of their objects, by their indices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Alike(Vec<bool>);

/// What is known of objects beside their listing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known<'a> {
    /// The record of the last finished deploy.
    pub(crate) record: Option<&'a Record>,
    /// Where the ETags show that the bytes are the same.
    pub(crate) alike: Alike,
    /// What a look at single objects showed of their bytes, by the index of the file.
    pub(crate) evidence: BTreeMap<usize, Evidence>,
    /// What of their headers would have to change, as far as it showed, by the index of the file.
    pub(crate) seen: BTreeMap<usize, Changes>,
}

/// What came of comparing headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Headers {
    /// Other than they would be sent with now, by the index of the file. Nothing may be known of what they are.
    pub(crate) differ: BTreeMap<usize, Changes>,
    /// Looked at, and right, by the index of the object.
    pub(crate) verified: BTreeMap<usize, Written>,
}

impl Alike {
    /// Whether this file is one of them.
    #[must_use]
    pub(crate) fn has(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(|alike| *alike)
    }
}

impl FromIterator<usize> for Alike {
    fn from_iter<I: IntoIterator<Item = usize>>(indices: I) -> Self {
        let mut alike = Vec::new();
        for index in indices {
            if alike.len() <= index {
                alike.resize(index + 1, false);
            }
            alike[index] = true;
        }
        Self(alike)
    }
}

impl Known<'_> {
    /// What shows of the bytes of an object, beside size and ETag.
    #[must_use]
    pub(super) fn evidence(&self, joint: &Joint<'_>) -> Option<Evidence> {
        let looked = self.evidence.get(&joint.index).copied();
        looked.or_else(|| {
            let object = joint.object?;
            if self.alike.has(joint.index) {
                return Some(Evidence::WouldBe(object.etag));
            }
            Some(Evidence::Crc64(joint.entry?.knowledge_of(&object)?.crc64))
        })
    }

    /// Compares the headers of every object that has the bytes of its file.
    #[must_use]
    pub(crate) fn compare(&self, local: &[TreeFile], remote: &Objects, rules: &HeaderRules) -> Headers {
        let mut found = Headers::default();
        let (mut wanted, mut interned) = (Wanted::by(rules), Interned::default());
        for joint in join(local, remote, self.record) {
            let Joint { index, file, place: Some(place), object: Some(object), entry } = joint else {
                continue;
            };
            if reason(file, Some(object), self.evidence(&joint), Compare::Content).is_some() {
                continue;
            }
            let recorded = entry.and_then(|entry| entry.headers_of(&object));
            match (recorded, self.seen.get(&index)) {
                (Some(written), _) if written.headers == wanted.digest(&file.path) => {}
                (Some(written), _) => {
                    let before = self.record.and_then(|record| record.sheets.get(&written.headers));
                    let changes = before.map(|before| before.changes_to(&rules.of(&file.path).sheet()));
                    found.differ.insert(index, interned.share(changes.unwrap_or_default()));
                }
                (None, Some(changes)) if changes.is_empty() => {
                    let headers = wanted.digest(&file.path);
                    found.verified.insert(place, Written { crc64: file.digests.crc64, headers });
                }
                (None, Some(changes)) => drop(found.differ.insert(index, changes.clone())),
                (None, None) => {}
            }
        }
        found
    }
}

/// Why the object of a file with these changes is written again. S3 copies nothing under a key that it does not keep.
pub(super) fn other_headers(object: RemoteObject<'_>, changes: &Changes, rules: &HeaderRules) -> Reason {
    let can_be_copied = object.etag.is_known() && rules.base.customer_key.is_none();
    Reason::Headers { from: can_be_copied.then_some(object.etag), changes: changes.clone() }
}

/// The sheets that entries of a record refer to, from the record before and from what is sent now.
#[must_use]
pub(crate) fn sheets(record: &Record, rules: &HeaderRules) -> BTreeMap<u64, Sheet> {
    let mut sheets = BTreeMap::new();
    for entry in record.entries.iter() {
        let Some(digest) = entry.written.map(|written| written.headers) else { continue };
        if sheets.contains_key(&digest) {
            continue;
        }
        let old = record.sheets.get(&digest).cloned();
        let sheet =
            old.or_else(|| Some(rules.of(entry.path).sheet()).filter(|sheet| sheet.digest() == digest));
        sheets.extend(sheet.map(|sheet| (digest, sheet)));
    }
    sheets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Digests;
    use crate::headers::{self, sheet::Seen};
    use crate::plan::etag::ETag;
    use crate::plan::questions::questions;
    use crate::record::Entry;

    const DATE: i64 = 100;

    fn file(content: u8) -> TreeFile {
        let digests = Digests { size: 1, crc64: content.into() };
        TreeFile { path: "a".into(), modified: None, digests }
    }

    fn object(content: u8, last_modified: i64) -> RemoteObject<'static> {
        let last_modified = Some(last_modified);
        RemoteObject { path: "a", size: 1, etag: ETag::Single([content; 16]), last_modified }
    }

    fn cached(text: &str) -> headers::Headers {
        headers::Headers { cache_control: Some(text.into()), ..headers::Headers::default() }
    }

    fn record(text: &str) -> Record {
        let rules = HeaderRules::from(cached(text));
        let written = Some(Written { crc64: 1, headers: rules.of("a").sheet().digest() });
        let entry = Entry { path: "a", size: 1, etag: ETag::Single([1; 16]), date: DATE, written };
        let record = Record { entries: [entry].into_iter().collect(), ..Record::default() };
        Record { sheets: sheets(&record, &rules), ..record }
    }

    /// Each row: the file's and the object's content, when it was written, what the record and what a look says of its
    /// `Cache-Control`; whether a look is needed, whether it is right, and what has to change. Wanted is `new`.
    #[test]
    fn every_way_to_know() {
        let change = |from: &str| format!("Cache-Control \"{from}\" -> \"new\"");
        for (content, time, recorded, seen, look, verified, changes) in [
            (1, DATE, Some("new"), None, false, false, None),
            (1, DATE, Some("old"), None, false, false, Some(change("old"))),
            (1, DATE + 1, Some("old"), None, false, false, Some(change("old"))),
            (1, DATE + 2, Some("old"), None, true, false, None),
            (1, DATE + 2, Some("new"), Some("by hand"), true, false, Some(change("by hand"))),
            (1, DATE + 2, Some("new"), Some("new"), true, true, None),
            (1, DATE, None, Some("new"), true, true, None),
            (1, DATE, None, Some("old"), true, false, Some(change("old"))),
            (1, DATE, None, None, true, false, None),
            (2, DATE, None, Some("old"), true, false, None),
        ] {
            let record = recorded.map(record);
            let rules = HeaderRules::from(cached("new"));
            let seen = seen.map(|text| {
                (0, Seen { headers: cached(text), ..Seen::default() }.changes_to(&rules.of("a")).into())
            });
            let known =
                Known { record: record.as_ref(), seen: seen.into_iter().collect(), ..Known::default() };
            let local = [file(content)];
            let remote: Objects = [object(1, time)].into_iter().collect();
            let alike: Alike = (content == 1).then_some(0).into_iter().collect();
            let in_question = questions(&local, &remote, known.record, &alike, Compare::Content, true);
            let known = Known { alike, ..known };
            assert_eq!(!in_question.is_empty(), look, "{time} {recorded:?}");
            let found = known.compare(&local, &remote, &rules);
            let told = found
                .differ
                .get(&0)
                .map(|changes| changes.iter().map(ToString::to_string).collect::<String>());
            assert_eq!(
                (told, found.verified.contains_key(&0)),
                (changes, verified),
                "{time} {recorded:?} {known:?}"
            );
        }
    }
}
