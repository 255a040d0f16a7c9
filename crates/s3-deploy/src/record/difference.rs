//! What differs between the last finished deploy and the bucket as it is now. Pure.

use std::collections::{BTreeMap, HashMap};

use bitbucket_pipe::AssetKind;
use bitbucket_pipe::changes::Change;

use super::snapshot::{Placed, Present, Snapshot};
use super::{Entry, Record};
use crate::filters::Filters;
use crate::headers::rules::HeaderRules;
use crate::outcome::Outcome;
use crate::plan::join::Walk;

/// What changed by path, and how many objects of each directory and beside it did not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) paths: BTreeMap<String, Change>,
    pub(crate) unchanged: BTreeMap<String, u64>,
    pub(crate) beside: BTreeMap<String, u64>,
}

/// Compares, whoever made the difference.
///
/// What this run replaced or deleted counts even where the record knows the same bytes or nothing of it: what was there in
/// between may have been seen by visitors. So do paths of which nobody knows whether they were written. Paths that the
/// deploy is not about are no change of its: the deploy that answers for them lists them.
pub(crate) fn compare(
    last: &Record,
    now: &Snapshot<'_>,
    outcome: &Outcome,
    filters: &Filters,
    rules: &HeaderRules,
) -> Comparison {
    let doubted = |path: &str| {
        if last.entry(path).is_some() { replaced(path, rules) } else { added(path, last, rules) }
    };
    let deleted = outcome.deleted.iter().map(|path| (path.clone(), gone(path, rules)));
    let uncertain = outcome.uncertain().map(|path| (path.to_owned(), doubted(path)));
    let mut comparison = Comparison { paths: deleted.chain(uncertain).collect(), ..Comparison::default() };
    let mut entries = Walk::new(last.entries.iter());
    for Placed { path, present } in now.objects() {
        if comparison.paths.contains_key(path) {
            continue;
        }
        let change = change(path, last, entries.at(path), &present, rules);
        match change.filter(|_| filters.includes(path)) {
            Some(change) => drop(comparison.paths.insert(path.to_owned(), change)),
            None => count(&mut comparison.unchanged, directory(path)),
        }
    }
    let mut objects = Walk::new(now.objects());
    for Entry { path, .. } in last.entries.iter() {
        if objects.at(path).is_none() && filters.includes(path) {
            comparison.paths.entry(path.to_owned()).or_insert_with(|| gone(path, rules));
        }
    }
    let earlier = last.deploys.iter().flat_map(|difference| difference.paths.keys());
    let changed = comparison.paths.keys().chain(earlier).map(String::as_str);
    let is_unchanged = |path: &&str| !comparison.paths.contains_key(*path);
    comparison.beside = beside(changed, now.objects().map(|placed| placed.path).filter(is_unchanged));
    comparison
}

/// Adds one; a name is only copied when it is new.
fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}

/// How many unchanged objects are beside each changed path, and each directory that holds one, and begin with its name.
/// Pages are asked for without their ending too.
fn beside<'a>(
    changed: impl Iterator<Item = &'a str>,
    unchanged: impl Iterator<Item = &'a str>,
) -> BTreeMap<String, u64> {
    // By the directory that they are in, so that only objects in one of these are looked at.
    let mut directories: HashMap<&str, BTreeMap<&str, u64>> = HashMap::new();
    for path in changed.flat_map(|path| std::iter::once(path).chain(path.strip_suffix(".html"))) {
        let mut below = path;
        while !below.is_empty() && directories.entry(directory(below)).or_default().insert(below, 0).is_none()
        {
            below = directory(below);
        }
    }
    if directories.is_empty() {
        return BTreeMap::new();
    }
    for path in unchanged {
        let Some(neighbours) = directories.get_mut(directory(path)) else { continue };
        let name = directory(path).len() + 1;
        let beginnings = (name.min(path.len())..=path.len()).filter_map(|end| path.get(..end));
        for beginning in beginnings {
            if let Some(count) = neighbours.get_mut(beginning) {
                *count += 1;
            }
        }
    }
    let counts = directories.into_values().flatten();
    counts.map(|(directory, count)| (directory.to_owned(), count)).collect()
}

fn change(
    path: &str,
    last: &Record,
    entry: Option<Entry<'_>>,
    present: &Present,
    rules: &HeaderRules,
) -> Option<Change> {
    let Some(entry) = entry else { return Some(added(path, last, rules)) };
    if present.replaced || !present.has_bytes_of(&entry) {
        return Some(replaced(path, rules));
    }
    // The same bytes, but written again: what its headers were or are, and what it was in between, is not known.
    if !present.is_still(&entry) {
        return Some(Change::Headers);
    }
    let recorded = entry.written.map(|written| written.headers);
    (present.is_stored() && present.sent_headers() != recorded).then_some(Change::Headers)
}

/// A fingerprinted file that comes back may have left an error or a fallback at its URL while it was away.
fn added(path: &str, last: &Record, rules: &HeaderRules) -> Change {
    let was_there =
        || last.gone.contains_key(path) || last.deploys.iter().any(|deploy| deploy.paths.contains_key(path));
    if rules.is_fingerprinted(path) && !was_there() { Change::NewFingerprinted } else { Change::New }
}

fn replaced(path: &str, rules: &HeaderRules) -> Change {
    if rules.is_fingerprinted(path) { Change::ContentFingerprinted } else { Change::Content }
}

/// Only code, styles and fonts may stay in caches: an image, or a document that a pattern of `FINGERPRINTED` names, may
/// have been taken down.
fn gone(path: &str, rules: &HeaderRules) -> Change {
    let may_stay = AssetKind::is_part_of_pages(path) && rules.is_fingerprinted(path);
    if may_stay { Change::DeletedFingerprinted } else { Change::Deleted }
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

#[cfg(test)]
mod tests {
    use bitbucket_pipe::changes::Difference;
    use oidc_auth::Failure;

    use super::super::{Entry, Written};
    use super::*;
    use crate::delete::KeptKey;
    use crate::headers::fingerprint::Fingerprints;
    use crate::outcome::Stored;
    use crate::plan::etag::ETag;
    use crate::plan::objects::{Objects, RemoteObject};

    const DATE: i64 = 100;

    fn entry(path: &str, content: u8, headers: Option<u64>) -> Entry<'_> {
        let written = headers.map(|headers| Written { crc64: content.into(), headers });
        Entry { path, size: 1, etag: ETag::Single([content; 16]), date: DATE, written }
    }

    fn listed(path: &str, content: u8, last_modified: i64) -> RemoteObject<'_> {
        RemoteObject { path, size: 1, etag: ETag::Single([content; 16]), last_modified: Some(last_modified) }
    }

    fn stored(content: u8) -> Stored {
        Stored { size: 1, etag: ETag::Single([content; 16]), crc64: content.into(), date: Some(DATE + 50) }
    }

    fn compared(last: &Record, now: &Snapshot<'_>, outcome: &Outcome) -> Comparison {
        compare(last, now, outcome, &Filters::default(), &HeaderRules::default())
    }

    /// Each row: the record's entry, the listed object, what this run stored, the change.
    #[test]
    fn every_kind_of_change() {
        const HASHED: &str = "a.1a2b3c4d.js";
        for (path, then, there, new, expected) in [
            ("a", None, None, Some(stored(1)), Some(Change::New)),
            (HASHED, None, None, Some(stored(1)), Some(Change::NewFingerprinted)),
            ("a", None, Some(listed("a", 1, DATE)), None, Some(Change::New)),
            ("a", Some(entry("a", 1, Some(7))), Some(listed("a", 1, DATE)), None, None),
            ("a", Some(entry("a", 1, None)), Some(listed("a", 1, DATE)), None, None),
            (
                "a",
                Some(entry("a", 1, Some(7))),
                Some(listed("a", 1, DATE)),
                Some(stored(2)),
                Some(Change::Content),
            ),
            (
                HASHED,
                Some(entry(HASHED, 1, Some(7))),
                Some(listed(HASHED, 1, DATE)),
                Some(stored(2)),
                Some(Change::ContentFingerprinted),
            ),
            ("a", Some(entry("a", 1, Some(7))), Some(listed("a", 2, DATE)), None, Some(Change::Content)),
            ("a", Some(entry("a", 1, Some(7))), Some(listed("a", 1, DATE)), Some(stored(1)), None),
            (
                "a",
                Some(entry("a", 1, Some(8))),
                Some(listed("a", 1, DATE)),
                Some(stored(1)),
                Some(Change::Headers),
            ),
            ("a", Some(entry("a", 1, Some(7))), Some(listed("a", 1, DATE + 9)), None, Some(Change::Headers)),
            ("a", Some(entry("a", 1, Some(7))), None, None, Some(Change::Deleted)),
            (HASHED, Some(entry(HASHED, 1, Some(7))), None, None, Some(Change::DeletedFingerprinted)),
            // Written again with the same bytes, by a deploy that keeps no record or by hand.
            ("a", Some(entry("a", 1, None)), Some(listed("a", 1, DATE + 9)), None, Some(Change::Headers)),
            (
                "a",
                Some(entry("a", 1, Some(7))),
                Some(listed("a", 1, DATE + 9)),
                Some(stored(1)),
                Some(Change::Headers),
            ),
            // Somebody edited it by hand, or deleted it, and this run put the old bytes back.
            (
                "a",
                Some(entry("a", 1, Some(7))),
                Some(listed("a", 2, DATE + 9)),
                Some(stored(1)),
                Some(Change::Content),
            ),
            ("a", Some(entry("a", 1, Some(7))), None, Some(stored(1)), Some(Change::Content)),
            ("a", None, None, None, None),
        ] {
            let last = Record { entries: then.into_iter().collect(), ..Record::default() };
            let mut outcome = Outcome::default();
            outcome.stored.extend(new.map(|stored| (path.into(), stored)));
            let remote: Objects = there.into_iter().collect();
            let comparison = compared(&last, &Snapshot::new(&remote, &outcome, |_| 7), &outcome);
            assert_eq!(comparison.paths.get(path).copied(), expected, "{path} {then:?} {there:?} {new:?}");
        }
    }

    #[test]
    fn only_deleted_code_styles_and_fonts_may_stay_in_caches() {
        let fingerprints = Fingerprints::new(Some("docs/*"));
        let rules = HeaderRules { fingerprints, ..HeaderRules::default() };
        for (path, expected) in [
            ("app.3f9a1c07.js", Change::DeletedFingerprinted),
            ("app.3f9a1c07.css.map", Change::DeletedFingerprinted),
            ("inter-D1wRgT4a.woff2", Change::DeletedFingerprinted),
            ("_astro/app.js", Change::DeletedFingerprinted),
            ("docs/app.js", Change::DeletedFingerprinted),
            ("images/photo-D1wRgT4a.jpg", Change::Deleted),
            ("_astro/photo.jpg", Change::Deleted),
            ("report-2024ABCD.pdf", Change::Deleted),
            ("docs/report.pdf", Change::Deleted),
            ("docs/index.html", Change::Deleted),
            ("app.js", Change::Deleted),
        ] {
            assert_eq!(gone(path, &rules), expected, "{path}");
        }
    }

    #[test]
    fn what_is_beside_a_changed_directory_is_counted_by_its_name() {
        let changed = ["a/b/1", "a/b/2", "c", "e/1", "/x/1", "\u{e9}/1", "b.html"];
        let unchanged =
            ["a", "a.html", "a/b", "a/b.html", "a/bc/1", "a/c", "ab", "b-2.html", "e/2", "/x.html", "\u{e8}"];
        let expected = [
            ("a", 3),
            ("a/b", 2),
            ("a/b/1", 0),
            ("a/b/2", 0),
            ("b", 1),
            ("b.html", 0),
            ("c", 0),
            ("e", 0),
            ("e/1", 0),
            ("/x", 1),
            ("/x/1", 0),
            ("\u{e9}", 0),
            ("\u{e9}/1", 0),
        ];
        let expected = expected.map(|(directory, count): (&str, u64)| (directory.to_owned(), count));
        assert_eq!(beside(changed.into_iter(), unchanged.into_iter()), expected.into());
    }

    #[test]
    fn unchanged_objects_are_counted_by_directory_and_doubted_ones_are_changes() {
        let paths = ["4", "a/3", "a/b/1", "a/b/2"];
        let entries = paths.map(|path| entry(path, 1, Some(7))).into_iter().collect();
        let last = Record { entries, ..Record::default() };
        let remote: Objects = paths.map(|path| listed(path, 1, DATE)).into_iter().collect();
        let nothing = Outcome::default();
        let now = Snapshot::new(&remote, &nothing, |_| 7);
        let count = |pairs: &[(&str, u64)]| -> BTreeMap<String, u64> {
            pairs.iter().map(|(directory, count)| ((*directory).to_owned(), *count)).collect()
        };
        assert_eq!(
            compared(&last, &now, &Outcome::default()).unchanged,
            count(&[("", 1), ("a", 1), ("a/b", 2)])
        );
        let kept = |path: &str| KeptKey { path: path.into(), failure: Failure::unsent("no answer") };
        let outcome = Outcome {
            kept: vec![kept("a/3"), kept("new.html")],
            deleted: vec!["of a failed run.html".into()],
            ..Outcome::default()
        };
        let doubted = compared(&last, &now, &outcome);
        assert_eq!(doubted.unchanged, count(&[("", 1), ("a/b", 2)]));
        let changes: Vec<(&str, Change)> =
            doubted.paths.iter().map(|(path, change)| (path.as_str(), *change)).collect();
        assert_eq!(
            changes,
            [("a/3", Change::Content), ("new.html", Change::New), ("of a failed run.html", Change::Deleted)]
        );
    }

    #[test]
    fn a_fingerprinted_file_that_comes_back_is_not_like_a_new_one() {
        const HASHED: &str = "app.1a2b3c4d.js";
        let mut outcome = Outcome::default();
        outcome.stored.insert(HASHED.into(), stored(1));
        let nothing = Objects::default();
        let now = Snapshot::new(&nothing, &outcome, |_| 7);
        let gone = Record { gone: BTreeMap::from([(HASHED.into(), 5)]), ..Record::default() };
        let paths = BTreeMap::from([(HASHED.into(), Change::NewFingerprinted)]);
        let named = Difference { deploy: "one".into(), incomplete: None, paths };
        let named = Record { deploys: vec![named], ..Record::default() };
        for (last, expected) in
            [(Record::default(), Change::NewFingerprinted), (gone, Change::New), (named, Change::New)]
        {
            assert_eq!(compared(&last, &now, &outcome).paths.get(HASHED), Some(&expected), "{last:?}");
        }
    }
}
