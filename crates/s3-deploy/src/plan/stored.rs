//! Which objects have the bytes of their files and other headers than they would be sent with. Pure.

use std::collections::BTreeMap;

use super::reason::{Compare, Evidence, Reason, reason};
use super::{RemoteObject, object_at};
use crate::headers::rules::HeaderRules;
use crate::headers::sheet::{HeaderChange, Seen, Sheet};
use crate::record::{Record, Written};
use crate::scan::LocalFile;

/// What is known of the headers of objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known<'a> {
    /// The record of the last finished deploy.
    pub(crate) record: Option<&'a Record>,
    /// What a look at single objects showed, by path.
    pub(crate) seen: BTreeMap<String, Seen>,
}

/// What came of comparing headers, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Headers {
    /// Other than they would be sent with now. Nothing may be known of what they are.
    pub(crate) differ: BTreeMap<String, Vec<HeaderChange>>,
    /// Looked at, and right.
    pub(crate) verified: BTreeMap<String, Written>,
}

impl Known<'_> {
    /// The paths of files whose bytes may be in the bucket, with headers of which the record does not tell.
    #[must_use]
    pub(crate) fn unknown(&self, local: &[LocalFile], remote: &[RemoteObject]) -> Vec<String> {
        let is_unknown = |file: &&LocalFile| {
            let object = object_at(&file.path, remote).filter(|object| object.size == file.digests.size);
            object.is_some_and(|object| self.recorded(object).is_none())
        };
        local.iter().filter(is_unknown).map(|file| file.path.clone()).collect()
    }

    /// Compares the headers of every object that has the bytes of its file.
    #[must_use]
    pub(crate) fn compare(
        &self,
        local: &[LocalFile],
        remote: &[RemoteObject],
        evidence: &BTreeMap<String, Evidence>,
        rules: &HeaderRules,
    ) -> Headers {
        let mut found = Headers::default();
        for file in local {
            let object = object_at(&file.path, remote);
            let evidence = evidence.get(&file.path);
            let Some(object) = object.filter(|_| reason(file, object, evidence, Compare::Content).is_none())
            else {
                continue;
            };
            let wanted = rules.of(&file.path);
            let sheet = wanted.sheet();
            let path = file.path.clone();
            match (self.recorded(object), self.seen.get(&file.path)) {
                (Some(written), _) if written.headers == sheet.digest() => {}
                (Some(written), _) => {
                    let before = self.record.and_then(|record| record.sheets.get(&written.headers));
                    found
                        .differ
                        .insert(path, before.map(|before| before.changes_to(&sheet)).unwrap_or_default());
                }
                (None, Some(seen)) => match seen.changes_to(&wanted) {
                    changes if changes.is_empty() => {
                        let written = Written { crc64: file.digests.crc64, headers: sheet.digest() };
                        found.verified.insert(path, written);
                    }
                    changes => drop(found.differ.insert(path, changes)),
                },
                (None, None) => {}
            }
        }
        found
    }

    fn recorded(&self, object: &RemoteObject) -> Option<Written> {
        self.record?.headers_of(object)
    }
}

/// Why the object of a file with these changes is written again. S3 copies nothing under a key that it does not keep.
pub(super) fn other_headers(object: &RemoteObject, changes: &[HeaderChange], rules: &HeaderRules) -> Reason {
    let from = object.etag.text().filter(|_| rules.base.customer_key.is_none());
    Reason::Headers { from, changes: changes.to_vec() }
}

/// The sheets that entries of a record refer to, from the record before and from what is sent now.
#[must_use]
pub(crate) fn sheets(record: &Record, rules: &HeaderRules) -> BTreeMap<u64, Sheet> {
    let mut sheets = BTreeMap::new();
    for entry in &record.entries {
        let Some(digest) = entry.written.map(|written| written.headers) else { continue };
        if sheets.contains_key(&digest) {
            continue;
        }
        let old = record.sheets.get(&digest).cloned();
        let sheet =
            old.or_else(|| Some(rules.of(&entry.path).sheet()).filter(|sheet| sheet.digest() == digest));
        sheets.extend(sheet.map(|sheet| (digest, sheet)));
    }
    sheets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Digests;
    use crate::headers;
    use crate::plan::etag::ETag;
    use crate::record::Entry;

    const DATE: i64 = 100;

    fn file(content: u8) -> LocalFile {
        let md5 = [content; 16];
        let digests = Digests { size: 1, md5, md5_of_parts: md5, parts: 1, crc64: content.into() };
        LocalFile { path: "a".into(), file: "a".into(), modified: None, digests }
    }

    fn object(content: u8, last_modified: i64) -> RemoteObject {
        let last_modified = Some(last_modified);
        RemoteObject { path: "a".into(), size: 1, etag: ETag::Single([content; 16]), last_modified }
    }

    fn cached(text: &str) -> headers::Headers {
        headers::Headers { cache_control: Some(text.into()), ..headers::Headers::default() }
    }

    fn record(text: &str) -> Record {
        let rules = HeaderRules::from(cached(text));
        let written = Some(Written { crc64: 1, headers: rules.digest("a") });
        let entry = Entry { path: "a".into(), size: 1, etag: ETag::Single([1; 16]), date: DATE, written };
        let record = Record { entries: vec![entry], ..Record::default() };
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
            let seen = seen.map(|text| ("a".to_owned(), Seen { headers: cached(text) }));
            let known = Known { record: record.as_ref(), seen: seen.into_iter().collect() };
            let (local, remote) = ([file(content)], [object(1, time)]);
            assert_eq!(!known.unknown(&local, &remote).is_empty(), look, "{time} {recorded:?}");
            let found = known.compare(&local, &remote, &BTreeMap::new(), &HeaderRules::from(cached("new")));
            let told = found
                .differ
                .get("a")
                .map(|changes| changes.iter().map(ToString::to_string).collect::<String>());
            assert_eq!(
                (told, found.verified.contains_key("a")),
                (changes, verified),
                "{time} {recorded:?} {known:?}"
            );
        }
    }
}
