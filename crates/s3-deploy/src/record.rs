//! The deploy record: what the bucket held when the last deploy finished, kept beside it in the bucket.

pub(crate) mod difference;
mod form;
pub(crate) mod object;
pub(crate) mod snapshot;

use bitbucket_pipe::changes::Difference;
use serde::{Deserialize, Serialize};

use crate::outcome::Outcome;
use crate::plan::etag::ETag;

pub(crate) use form::{decode, encode};

/// Where the record is, below the prefix.
pub(crate) const PATH: &str = ".s3-deploy/record";

/// Its folder: never part of a site, never deleted.
pub(crate) const FOLDER: &str = ".s3-deploy/";

/// Whether an object with this key is the record of some prefix.
#[must_use]
pub fn is_record(key: &str) -> bool {
    key.strip_suffix(PATH).is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('/'))
}

/// How many deploys it remembers, so that an invalidation that failed can be made good by a later build.
const DEPLOYS_KEPT: usize = 3;

/// What one finished deploy left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// What the last deploys changed, newest first. Deploys that changed nothing are not among them.
    pub(crate) deploys: Vec<Difference>,
    /// Every object below the prefix, sorted by path.
    pub(crate) entries: Vec<Entry>,
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Its key without the prefix.
    pub(crate) path: String,
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) etag: ETag,
    /// What is known of it because a deploy wrote it.
    pub(crate) written: Option<Written>,
}

/// What a deploy knows of an object that it wrote itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    /// CRC-64/NVME of its bytes.
    pub(crate) crc64: u64,
    /// Digest of the headers it was sent with.
    pub(crate) headers: u64,
    /// The Date of the reply, in seconds since 1970.
    pub(crate) date: i64,
}

impl Record {
    /// The entry of a path.
    pub(crate) fn entry(&self, path: &str) -> Option<&Entry> {
        let found = self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path));
        found.ok().map(|index| &self.entries[index])
    }

    /// The record after another deploy: its entries, and its difference before the older ones.
    pub(crate) fn after(&self, difference: Difference, entries: Vec<Entry>) -> Self {
        let own = (!difference.is_empty()).then_some(difference);
        let deploys = own.into_iter().chain(self.deploys.iter().cloned()).take(DEPLOYS_KEPT).collect();
        Self { deploys, entries }
    }

    /// This record, which another deploy wrote in the meantime, with what our deploy did to the bucket put over it.
    pub(crate) fn merged(&self, difference: Difference, ours: &Self, outcome: &Outcome) -> Self {
        let is_ours = |path: &str| {
            outcome.stored.contains_key(path) || outcome.deleted.iter().any(|deleted| deleted == path)
        };
        let theirs = self.entries.iter().filter(|entry| !is_ours(&entry.path));
        let own = ours.entries.iter().filter(|entry| is_ours(&entry.path));
        let mut entries: Vec<Entry> = theirs.chain(own).cloned().collect();
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        self.after(difference, entries)
    }
}

impl Entry {
    /// Whether the object is still the one that was recorded.
    pub(crate) fn is(&self, size: u64, etag: ETag) -> bool {
        self.size == size && self.etag == etag
    }
}
