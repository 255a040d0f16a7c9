//! The table of [`Plan::new`], row by row, and what must be true of any plan.

use jiff::Timestamp;
use proptest::prelude::*;

use super::etag::ETag;
use super::join::join;
use super::questions::{questions, unproven};
use super::stored::Alike;
use super::*;
use crate::hash::Digests;
use crate::headers::Headers;

fn file(path: &str, content: u8) -> TreeFile {
    let digests = Digests { size: 10, crc64: content.into() };
    TreeFile { path: path.into(), modified: Timestamp::from_second(100).ok(), digests }
}

fn object(path: &str, size: u64, etag: ETag) -> RemoteObject<'_> {
    RemoteObject { path, size, etag, last_modified: None }
}

/// By content and without other headers; everything may be deleted.
fn plan(local: Vec<TreeFile>, remote: &Objects, known: &Known<'_>, compare: Compare) -> Plan {
    let headers = HeaderRules::default();
    Plan::new(local, remote, known, &BTreeMap::new(), |_| true, &headers, compare)
}

fn told(file: &TreeFile, remote: &Objects, known: &Known<'_>, compare: Compare) -> Option<&'static str> {
    let joint = join(std::slice::from_ref(file), remote, known.record).next().expect("one file");
    unchanged_because(&joint, known, compare)
}

/// The truth table of [`Plan::new`], row by row.
#[test]
fn every_row_of_the_table() {
    let other = Some(object("a", 10, ETag::Single([9; 16])));
    let rows = [
        (None, None, Some(Reason::New)),
        (Some(object("a", 11, ETag::Single([1; 16]))), None, Some(Reason::Size(11))),
        (other, Some(Evidence::Crc64(1)), None),
        (other, Some(Evidence::Crc64(2)), Some(Reason::Content)),
        (other, Some(Evidence::ETagIsMd5), Some(Reason::Content)),
        (other, Some(Evidence::WouldBe(ETag::Single([9; 16]))), None),
        (other, Some(Evidence::WouldBe(ETag::Single([8; 16]))), Some(Reason::Content)),
        (other, Some(Evidence::Gone), Some(Reason::New)),
        (other, Some(Evidence::Nothing), Some(Reason::Unverifiable)),
        (other, Some(Evidence::Refused), Some(Reason::Unverifiable)),
        (other, None, Some(Reason::Unverifiable)),
    ];
    for (object, evidence, expected) in rows {
        let remote: Objects = object.into_iter().collect();
        let evidence = evidence.into_iter().map(|evidence| (0, evidence)).collect();
        let known = Known { evidence, ..Known::default() };
        let plan = plan(vec![file("a", 1)], &remote, &known, Compare::Content);
        assert_eq!(plan.assets.first().map(|upload| upload.reason.clone()), expected, "{remote:?} {known:?}");
        assert_eq!(plan.unchanged, u64::from(expected.is_none()));
        let told = told(&file("a", 1), &remote, &known, Compare::Content);
        assert_eq!(told.is_some(), expected.is_none());
        assert!(plan.deletions.is_empty());
    }
}

#[test]
fn other_comparisons_look_at_less() {
    let [size, time, nothing] = [Compare::Size, Compare::Time, Compare::Nothing];
    // Each row: the object's size, when it was written, the comparison, why the file is uploaded.
    for (bytes, written, compare, expected) in [
        (10, Some(0), size, None),
        (11, Some(200), size, Some(Reason::Size(11))),
        (10, Some(99), time, Some(Reason::Newer)),
        (10, Some(100), time, None),
        (10, Some(101), time, None),
        (10, None, time, Some(Reason::Newer)),
        (11, Some(101), time, Some(Reason::Size(11))),
        (10, Some(101), nothing, Some(Reason::Forced)),
    ] {
        let remote = RemoteObject { last_modified: written, ..object("a", bytes, ETag::Other([0; 16])) };
        let remote: Objects = [remote].into_iter().collect();
        let local = [file("a", 1)];
        assert_eq!(unproven(&local, &remote, None, compare), []);
        assert_eq!(questions(&local, &remote, None, &Alike::default(), compare, true), []);
        let known = Known::default();
        let told = told(&local[0], &remote, &known, compare);
        let plan = plan(local.into(), &remote, &known, compare);
        let reason = plan.assets.first().map(|upload| upload.reason.clone());
        assert_eq!(
            (reason, told.is_none()),
            (expected.clone(), expected.is_some()),
            "{bytes} {written:?} {compare:?}"
        );
    }
    let missing = plan(vec![file("a", 1)], &Objects::default(), &Known::default(), Compare::Nothing);
    assert_eq!(missing.assets[0].reason, Reason::New);
}

#[test]
fn a_content_type_for_all_makes_pages_and_unmakes_none() {
    let pages = |content_type: Option<&str>, no_guess| {
        let headers =
            Headers { content_type: content_type.map(str::to_owned), no_guess, ..Headers::default() };
        let headers = HeaderRules::from(headers);
        let local = vec![file("about", 1), file("app.js", 1), file("index.html", 1)];
        let (nothing, known) = (Objects::default(), Known::default());
        let plan = Plan::new(local, &nothing, &known, &BTreeMap::new(), |_| true, &headers, Compare::Content);
        plan.pages.into_iter().map(|upload| upload.file.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(pages(None, false), ["index.html"]);
    assert_eq!(pages(None, true), ["index.html"]);
    assert_eq!(pages(Some("text/plain"), false), ["index.html"]);
    assert_eq!(pages(Some("text/html"), false).len(), 3);
}

#[test]
fn pages_stand_apart_and_surplus_is_deleted_only_when_asked() {
    let local = vec![file("assets/app.js", 1), file("index.html", 1)];
    let remote = [
        object(".git/config", 1, ETag::Other([0; 16])),
        object("assets/app.js", 1, ETag::Other([0; 16])),
        object("old.html", 1, ETag::Other([0; 16])),
    ];
    let remote: Objects = remote.into_iter().collect();
    let known = Known::default();
    let plan = plan(local.clone(), &remote, &known, Compare::Content);
    let paths =
        |uploads: &[Upload]| uploads.iter().map(|upload| upload.file.path.to_string()).collect::<Vec<_>>();
    assert_eq!(paths(&plan.assets), ["assets/app.js"]);
    assert_eq!(paths(&plan.pages), ["index.html"]);
    assert_eq!(plan.deletions, ["old.html"]);
    let rules = HeaderRules::default();
    let kept = Plan::new(local, &remote, &known, &BTreeMap::new(), |_| false, &rules, Compare::Content);
    assert_eq!(kept.deletions, Vec::<String>::new());
}

/// What the record knows, and an ETag that no file can have, are no reason to read a file again.
#[test]
fn a_file_is_read_again_only_where_an_etag_may_tell() {
    use crate::record::{Entry, Record, Written};
    let written = Some(Written { crc64: 1, headers: 0 });
    let entry = |etag| Entry { path: "a", size: 10, etag, date: 0, written };
    let (single, other) = (ETag::Single([9; 16]), ETag::Other([9; 16]));
    for (etag, recorded, crc64, read_again, expected) in [
        (single, None, 1, true, None),
        (single, Some(other), 1, true, None),
        (single, Some(single), 1, false, None),
        (single, Some(single), 2, false, Some(Reason::Content)),
        (other, Some(other), 1, false, None),
        (other, None, 1, false, Some(Reason::Unverifiable)),
    ] {
        let remote: Objects = [object("a", 10, etag)].into_iter().collect();
        let entries = recorded.map(entry).into_iter().collect();
        let record = Record { entries, ..Record::default() };
        let local = vec![file("a", crc64)];
        let unproven = unproven(&local, &remote, Some(&record), Compare::Content);
        assert_eq!(unproven.len(), usize::from(read_again), "{etag:?} {recorded:?}");
        let alike = unproven.into_iter().map(|(index, _)| index).collect();
        let known = Known { record: Some(&record), alike, ..Known::default() };
        let plan = plan(local, &remote, &known, Compare::Content);
        let reason = plan.assets.first().map(|upload| upload.reason.clone());
        assert_eq!(reason, expected, "{etag:?} {recorded:?} {crc64}");
    }
}

proptest! {
    /// Whatever either side holds: each file is uploaded or unchanged, each other object deleted, nothing twice.
    #[test]
    fn nothing_is_lost(
        local in prop::collection::btree_map("[a-c/]{1,3}", 0_u8..3, 0..12),
        remote in prop::collection::btree_map("[a-c/]{1,3}", 0_u8..3, 0..12),
    ) {
        let files: Vec<TreeFile> = local.iter().map(|(path, content)| file(path, *content)).collect();
        let objects: Objects =
            remote.iter().map(|(path, content)| object(path, 10, ETag::Single([*content; 16]))).collect();
        // As if each file were read for its MD5.
        let unproven = unproven(&files, &objects, None, Compare::Content);
        prop_assert_eq!(unproven.len(), local.keys().filter(|path| remote.contains_key(*path)).count());
        let own = |index: usize| files[index].digests.crc64;
        let is_alike = |(index, etag): &(usize, ETag)| *etag == ETag::Single([u8::try_from(own(*index)).expect("small"); 16]);
        let alike: Alike = unproven.into_iter().filter(is_alike).map(|(index, _)| index).collect();
        let doubted = questions(&files, &objects, None, &alike, Compare::Content, false);
        let doubted: Vec<usize> = doubted.iter().map(|question| question.file).collect();
        let plan = plan(files, &objects, &Known { alike, ..Known::default() }, Compare::Content);
        let uploads: Vec<&str> = plan.uploads().map(|upload| &*upload.file.path).collect();
        for (index, (path, content)) in local.iter().enumerate() {
            prop_assert_eq!(uploads.contains(&path.as_str()), remote.get(path) != Some(content));
            let unequal = remote.get(path).is_some_and(|other| other != content);
            prop_assert_eq!(doubted.contains(&index), unequal);
        }
        prop_assert_eq!(uploads.len() as u64 + plan.unchanged, local.len() as u64);
        let surplus: Vec<&String> = remote.keys().filter(|path| !local.contains_key(*path)).collect();
        prop_assert_eq!(plan.deletions.iter().collect::<Vec<_>>(), surplus);
    }
}
