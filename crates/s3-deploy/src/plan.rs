//! What has to happen so that the bucket holds the folder. Pure: no network, no clock, no environment.

pub(crate) mod etag;
pub(crate) mod folders;
mod reason;
pub(crate) mod requests;
pub(crate) mod stored;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::grace::Departed;
use crate::headers::rules::HeaderRules;
use crate::headers::sheet::HeaderChange;
use crate::scan::{LocalFile, is_private};
use etag::ETag;
use reason::reason;

pub(crate) use reason::{Compare, Evidence, Reason};

/// One object of the bucket, as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteObject {
    /// Its key without the prefix.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// What the listing says of its bytes.
    pub etag: ETag,
    /// Seconds since 1970.
    pub last_modified: Option<i64>,
}

/// One upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    /// What is uploaded.
    pub file: LocalFile,
    /// What it is sent with.
    pub content_type: Option<String>,
    /// It refers to other files.
    pub is_page: bool,
    /// Why.
    pub reason: Reason,
}

/// Everything that has to happen, in the order in which it has to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Files that are not pages, sorted by path.
    pub assets: Vec<Upload>,
    /// Files that refer to other files, sorted by path.
    pub pages: Vec<Upload>,
    /// Keys without the prefix, sorted.
    pub deletions: Vec<String>,
    /// Objects that are to be deleted by a later deploy, sorted by path.
    pub departed: Vec<Departed>,
    /// How many files the bucket already holds.
    pub unchanged: u64,
}

impl Upload {
    /// Whether only the headers of its object are written.
    #[must_use]
    pub(crate) fn is_copy(&self) -> bool {
        matches!(self.reason, Reason::Headers { from: Some(_), .. })
    }
}

impl Plan {
    /// Files to upload, assets first.
    pub(crate) fn uploads(&self) -> impl Iterator<Item = &Upload> {
        self.assets.iter().chain(&self.pages)
    }

    /// Bytes to upload.
    #[must_use]
    pub(crate) fn bytes(&self) -> u64 {
        self.uploads().filter(|upload| !upload.is_copy()).map(|upload| upload.file.digests.size).sum()
    }

    /// Whether nothing has to happen.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.assets.is_empty() && self.pages.is_empty() && self.deletions.is_empty()
    }

    /// Compares the folder with the bucket, here by [`Compare::Content`]. Both are sorted by path; `evidence` answers for
    /// [`undecided`] paths, `headers` has the changes of objects whose headers are not those they would be sent with, and
    /// `deletable` answers for objects without a file.
    ///
    /// | object | size | ETag fits | evidence | |
    /// |---|---|---|---|---|
    /// | none | | | | upload: new |
    /// | there | differs | | | upload: size |
    /// | there | equal | yes | | unchanged, or a copy with other headers |
    /// | there | equal | no | CRC equal | unchanged, or a copy with other headers |
    /// | there | equal | no | the ETag of its parts | unchanged, or a copy with other headers |
    /// | there | equal | no | CRC or ETag of its parts differs, or the ETag is an MD5 | upload: content |
    /// | there | equal | no | gone since | upload: new |
    /// | there | equal | no | nothing, refused | upload: unverifiable |
    #[must_use]
    pub(crate) fn new(
        local: Vec<LocalFile>,
        remote: &[RemoteObject],
        evidence: &BTreeMap<String, Evidence>,
        other_headers: &BTreeMap<String, Vec<HeaderChange>>,
        deletable: impl Fn(&str) -> bool,
        headers: &HeaderRules,
        compare: Compare,
    ) -> Self {
        let mut plan = Self::default();
        let mut objects = remote.iter().peekable();
        for file in local {
            while let Some(object) = objects.next_if(|object| object.path < file.path) {
                plan.surplus(object, &deletable);
            }
            let object = objects.next_if(|object| object.path == file.path);
            match reason(&file, object, evidence.get(&file.path), compare) {
                Some(reason) => plan.upload(file, reason, headers),
                None => match object.zip(other_headers.get(&file.path)) {
                    Some((object, changes)) => {
                        plan.upload(file, stored::other_headers(object, changes, headers), headers);
                    }
                    None => plan.unchanged += 1,
                },
            }
        }
        objects.for_each(|object| plan.surplus(object, &deletable));
        plan
    }

    fn upload(&mut self, file: LocalFile, reason: Reason, headers: &HeaderRules) {
        let is_page = headers.is_page(&file.path);
        let content_type = headers.of(&file.path).content_type;
        let phase = if is_page { &mut self.pages } else { &mut self.assets };
        phase.push(Upload { file, content_type, is_page, reason });
    }

    fn surplus(&mut self, object: &RemoteObject, deletable: impl Fn(&str) -> bool) {
        if !is_private(&object.path) && deletable(&object.path) {
            self.deletions.push(object.path.clone());
        }
    }
}

/// The paths of which size and ETag do not tell whether the bytes are the same, where that matters. Both sides are sorted by path.
#[must_use]
pub(crate) fn undecided(local: &[LocalFile], remote: &[RemoteObject], compare: Compare) -> Vec<String> {
    if compare != Compare::Content {
        return Vec::new();
    }
    let mut objects = remote.iter().peekable();
    let mut paths = Vec::new();
    for file in local {
        while objects.next_if(|object| object.path < file.path).is_some() {}
        let object = objects.next_if(|object| object.path.cmp(&file.path) == Ordering::Equal);
        if object.is_some_and(|object| object.size == file.digests.size && !object.etag.is_of(&file.digests))
        {
            paths.push(file.path.clone());
        }
    }
    paths
}

/// The object at a path of a listing, which is sorted.
#[must_use]
pub(crate) fn object_at<'a>(path: &str, remote: &'a [RemoteObject]) -> Option<&'a RemoteObject> {
    let found = remote.binary_search_by(|object| object.path.as_str().cmp(path));
    found.ok().map(|index| &remote[index])
}

/// What decides about one file, in words: `None` when there is nothing to decide because it is uploaded for a [`Reason`].
#[must_use]
pub(crate) fn unchanged_because(
    file: &LocalFile,
    remote: &[RemoteObject],
    evidence: &BTreeMap<String, Evidence>,
    compare: Compare,
) -> Option<&'static str> {
    let object = object_at(&file.path, remote)?;
    match (reason(file, Some(object), evidence.get(&file.path), compare), compare) {
        (Some(_), _) => None,
        (None, Compare::Size) => Some("its size is that of the file"),
        (None, Compare::Time) => Some("its size is that of the file, which is not newer"),
        (None, _) if object.etag.is_of(&file.digests) => Some("its ETag is that of the file"),
        (None, _) => Some("its checksum is that of the file"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::hash::Digests;
    use crate::headers::Headers;

    fn file(path: &str, content: u8) -> LocalFile {
        let digests = Digests {
            size: 10,
            md5: [content; 16],
            md5_of_parts: [content; 16],
            parts: 1,
            crc64: content.into(),
        };
        LocalFile {
            path: path.into(),
            file: path.into(),
            modified: Timestamp::from_second(100).ok(),
            digests,
        }
    }

    fn object(path: &str, size: u64, etag: ETag) -> RemoteObject {
        RemoteObject { path: path.into(), size, etag, last_modified: None }
    }

    /// The truth table of [`Plan::new`], row by row.
    #[test]
    fn every_row_of_the_table() {
        let same = Some(object("a", 10, ETag::Single([1; 16])));
        let other = Some(object("a", 10, ETag::Single([9; 16])));
        let rows = [
            (None, None, Some(Reason::New)),
            (Some(object("a", 11, ETag::Single([1; 16]))), None, Some(Reason::Size(11))),
            (same, None, None),
            (Some(object("a", 10, ETag::Parts([1; 16], 1))), None, None),
            (other.clone(), Some(Evidence::Crc64(1)), None),
            (other.clone(), Some(Evidence::Crc64(2)), Some(Reason::Content)),
            (other.clone(), Some(Evidence::ETagIsMd5), Some(Reason::Content)),
            (other.clone(), Some(Evidence::WouldBe(ETag::Single([9; 16]))), None),
            (other.clone(), Some(Evidence::WouldBe(ETag::Single([8; 16]))), Some(Reason::Content)),
            (other.clone(), Some(Evidence::Gone), Some(Reason::New)),
            (other.clone(), Some(Evidence::Nothing), Some(Reason::Unverifiable)),
            (other, Some(Evidence::Refused), Some(Reason::Unverifiable)),
            (Some(object("a", 10, ETag::Other([0; 16]))), None, Some(Reason::Unverifiable)),
        ];
        for (object, evidence, expected) in rows {
            let remote: Vec<RemoteObject> = object.into_iter().collect();
            let evidence = evidence.into_iter().map(|evidence| ("a".to_owned(), evidence)).collect();
            let plan = Plan::new(
                vec![file("a", 1)],
                &remote,
                &evidence,
                &BTreeMap::new(),
                |_| true,
                &HeaderRules::default(),
                Compare::Content,
            );
            assert_eq!(
                plan.assets.first().map(|upload| upload.reason.clone()),
                expected,
                "{remote:?} {evidence:?}"
            );
            assert_eq!(plan.unchanged, u64::from(expected.is_none()));
            let told = unchanged_because(&file("a", 1), &remote, &evidence, Compare::Content);
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
            let remote =
                [RemoteObject { last_modified: written, ..object("a", bytes, ETag::Other([0; 16])) }];
            let local = [file("a", 1)];
            assert_eq!(undecided(&local, &remote, compare), Vec::<String>::new());
            let told = unchanged_because(&local[0], &remote, &BTreeMap::new(), compare);
            let plan = Plan::new(
                local.into(),
                &remote,
                &BTreeMap::new(),
                &BTreeMap::new(),
                |_| true,
                &HeaderRules::default(),
                compare,
            );
            let reason = plan.assets.first().map(|upload| upload.reason.clone());
            assert_eq!(
                (reason, told.is_none()),
                (expected.clone(), expected.is_some()),
                "{bytes} {written:?} {compare:?}"
            );
        }
        let missing = Plan::new(
            vec![file("a", 1)],
            &[],
            &BTreeMap::new(),
            &BTreeMap::new(),
            |_| true,
            &HeaderRules::default(),
            Compare::Nothing,
        );
        assert_eq!(missing.assets[0].reason, Reason::New);
    }

    #[test]
    fn a_content_type_for_all_makes_pages_and_unmakes_none() {
        let pages = |content_type: Option<&str>, no_guess| {
            let headers =
                Headers { content_type: content_type.map(str::to_owned), no_guess, ..Headers::default() };
            let headers = HeaderRules::from(headers);
            let local = vec![file("about", 1), file("app.js", 1), file("index.html", 1)];
            let plan = Plan::new(
                local,
                &[],
                &BTreeMap::new(),
                &BTreeMap::new(),
                |_| true,
                &headers,
                Compare::Content,
            );
            plan.pages.into_iter().map(|upload| (upload.file.path, upload.content_type)).collect::<Vec<_>>()
        };
        let html = || Some("text/html".to_owned());
        assert_eq!(pages(None, false), [("index.html".into(), html())]);
        assert_eq!(pages(None, true), [("index.html".into(), None)]);
        assert_eq!(pages(Some("text/plain"), false), [("index.html".into(), Some("text/plain".to_owned()))]);
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
        let plan = Plan::new(
            local.clone(),
            &remote,
            &BTreeMap::new(),
            &BTreeMap::new(),
            |_| true,
            &HeaderRules::default(),
            Compare::Content,
        );
        let paths =
            |uploads: &[Upload]| uploads.iter().map(|upload| upload.file.path.clone()).collect::<Vec<_>>();
        assert_eq!(paths(&plan.assets), ["assets/app.js"]);
        assert_eq!(paths(&plan.pages), ["index.html"]);
        assert_eq!(plan.deletions, ["old.html"]);
        assert!(
            Plan::new(
                local,
                &remote,
                &BTreeMap::new(),
                &BTreeMap::new(),
                |_| false,
                &HeaderRules::default(),
                Compare::Content
            )
            .deletions
            .is_empty()
        );
    }

    proptest! {
        /// Whatever either side holds: each file is uploaded or unchanged, each other object deleted, nothing twice.
        #[test]
        fn nothing_is_lost(
            local in prop::collection::btree_map("[a-c/]{1,3}", 0_u8..3, 0..12),
            remote in prop::collection::btree_map("[a-c/]{1,3}", 0_u8..3, 0..12),
        ) {
            let files: Vec<LocalFile> = local.iter().map(|(path, content)| file(path, *content)).collect();
            let objects: Vec<RemoteObject> =
                remote.iter().map(|(path, content)| object(path, 10, ETag::Single([*content; 16]))).collect();
            let undecided = undecided(&files, &objects, Compare::Content);
            let plan = Plan::new(files, &objects, &BTreeMap::new(), &BTreeMap::new(), |_| true, &HeaderRules::default(), Compare::Content);
            let uploads: Vec<&str> = plan.uploads().map(|upload| upload.file.path.as_str()).collect();
            for (path, content) in &local {
                prop_assert_eq!(uploads.contains(&path.as_str()), remote.get(path) != Some(content));
                let unequal = remote.get(path).is_some_and(|other| other != content);
                prop_assert_eq!(undecided.contains(path), unequal);
            }
            prop_assert_eq!(uploads.len() as u64 + plan.unchanged, local.len() as u64);
            let surplus: Vec<&String> = remote.keys().filter(|path| !local.contains_key(*path)).collect();
            prop_assert_eq!(plan.deletions.iter().collect::<Vec<_>>(), surplus);
        }
    }
}
