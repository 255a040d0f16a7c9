//! What has to happen so that the bucket holds the folder. Pure: no network, no clock, no environment.

pub(crate) mod etag;
pub(crate) mod folders;
pub(crate) mod join;
pub(crate) mod objects;
pub(crate) mod questions;
mod reason;
pub(crate) mod requests;
pub(crate) mod stored;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::grace::Departed;
use crate::headers::rules::HeaderRules;
use crate::headers::sheet::{Changes, TAGS};
use crate::part_size::LARGEST_COPY;
use crate::private::is_private;
use crate::scan::TreeFile;
use join::{Joint, Walk};
use objects::{Objects, RemoteObject};
use reason::reason;
use stored::Known;

pub(crate) use reason::{Compare, Evidence, Reason};

/// One upload. There may be a million of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    /// What is uploaded.
    pub file: TreeFile,
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

impl Upload {
    /// Whether the tags of its object are read first.
    #[must_use]
    pub(crate) fn reads_tags(&self) -> bool {
        let Reason::Headers { from: Some(_), changes } = &self.reason else { return false };
        self.file.digests.size > LARGEST_COPY || changes.iter().any(|change| change.name == TAGS)
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

    /// How many objects have no file: those that are deleted, and those that are deleted later.
    #[must_use]
    pub(crate) fn surplus(&self) -> usize {
        self.deletions.len() + self.departed.len()
    }

    /// Whether nothing has to happen.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.assets.is_empty() && self.pages.is_empty() && self.deletions.is_empty()
    }

    /// Compares the folder with the bucket, here by [`Compare::Content`]. Both are sorted by path; `known` has the evidence
    /// for what was in question, `other_headers` the changes of objects whose headers are not those they would be sent with,
    /// and `deletable` answers for objects without a file.
    ///
    /// | object | size | evidence | |
    /// |---|---|---|---|
    /// | none | | | upload: new |
    /// | there | differs | | upload: size |
    /// | there | equal | CRC equal, by the record or by a look | unchanged, or a copy with other headers |
    /// | there | equal | the ETag that the file would have | unchanged, or a copy with other headers |
    /// | there | equal | CRC differs, or an ETag that is an MD5 | upload: content |
    /// | there | equal | gone since | upload: new |
    /// | there | equal | nothing, refused | upload: unverifiable |
    #[must_use]
    pub(crate) fn new(
        local: Vec<TreeFile>,
        remote: &Objects,
        known: &Known<'_>,
        other_headers: &BTreeMap<usize, Changes>,
        deletable: impl Fn(&str) -> bool,
        headers: &HeaderRules,
        compare: Compare,
    ) -> Self {
        let mut plan = Self::default();
        let mut objects = remote.iter().peekable();
        let mut entries = Walk::new(known.record.into_iter().flat_map(|record| record.entries.iter()));
        for (index, file) in local.into_iter().enumerate() {
            while let Some(object) = objects.next_if(|object| object.path < &*file.path) {
                plan.without_file(object, &deletable);
            }
            let object = objects.next_if(|object| object.path == &*file.path);
            let entry = entries.at(&file.path);
            let joint = Joint { index, file: &file, place: None, object, entry };
            let evidence = known.evidence(&joint);
            match reason(&file, object, evidence, compare) {
                Some(reason) => plan.upload(file, reason, headers),
                None => match object.zip(other_headers.get(&index)) {
                    Some((object, changes)) => {
                        let reason = stored::other_headers(object, changes, headers);
                        plan.upload(file, reason, headers);
                    }
                    None => plan.unchanged += 1,
                },
            }
        }
        objects.for_each(|object| plan.without_file(object, &deletable));
        plan
    }

    fn upload(&mut self, file: TreeFile, reason: Reason, headers: &HeaderRules) {
        let is_page = headers.is_page(&file.path);
        let phase = if is_page { &mut self.pages } else { &mut self.assets };
        phase.push(Upload { file, is_page, reason });
    }

    fn without_file(&mut self, object: RemoteObject<'_>, deletable: impl Fn(&str) -> bool) {
        if !is_private(object.path) && deletable(object.path) {
            self.deletions.push(object.path.to_owned());
        }
    }
}

/// What decides about one file, in words: `None` when there is nothing to decide because it is uploaded for a [`Reason`].
#[must_use]
pub(crate) fn unchanged_because(
    joint: &Joint<'_>,
    known: &Known<'_>,
    compare: Compare,
) -> Option<&'static str> {
    let Joint { file, object, .. } = joint;
    let evidence = known.evidence(joint);
    match (reason(file, Some((*object)?), evidence, compare), compare) {
        (Some(_), _) => None,
        (None, Compare::Size) => Some("its size is that of the file"),
        (None, Compare::Time) => Some("its size is that of the file, which is not newer"),
        (None, _) if matches!(evidence, Some(Evidence::WouldBe(_))) => Some("its ETag is that of the file"),
        (None, _) => Some("its checksum is that of the file"),
    }
}
