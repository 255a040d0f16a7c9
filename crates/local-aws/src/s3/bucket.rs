//! A bucket: its settings, its objects and its unfinished uploads.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::checksum::Checksum;
use super::encryption::Encryption;
use super::habit::Habit;
use super::object::Object;
use super::upload::Upload;
use super::versions::{Version, Versioning};

/// A bucket's whole state.
pub(super) struct Bucket {
    pub(super) region: String,
    pub(super) created: Timestamp,
    /// The account that owns it: twelve digits.
    pub(super) owner: String,
    /// Off since 2023 unless the owner turns them on.
    pub(super) acls_enabled: bool,
    /// What an upload without encryption headers gets.
    pub(super) encryption: Encryption,
    pub(super) versioning: Versioning,
    /// Whether requests are answered only that agree to pay.
    pub(super) requester_pays: bool,
    /// How it is listed.
    pub(super) habit: Habit,
    /// What is current.
    pub(super) objects: BTreeMap<String, Arc<Object>>,
    /// All versions, oldest first, of the keys that were written or deleted since the bucket keeps any.
    pub(super) history: BTreeMap<String, Vec<Version>>,
    pub(super) uploads: BTreeMap<String, Upload>,
    /// Uploads that became objects, so that a client that lost the answer hears it again.
    pub(super) completed: BTreeMap<String, Completed>,
}

/// The answer to a completed upload.
#[derive(Clone)]
pub(super) struct Completed {
    pub(super) key: String,
    pub(super) etag: String,
    pub(super) checksum: Checksum,
    pub(super) encryption: Encryption,
    pub(super) version_id: Option<String>,
}

impl Bucket {
    /// An empty bucket with AWS's defaults.
    pub(super) fn new(region: &str, owner: &str, created: Timestamp) -> Self {
        Self {
            region: region.to_owned(),
            created,
            owner: owner.to_owned(),
            acls_enabled: false,
            encryption: Encryption::default(),
            versioning: Versioning::default(),
            requester_pays: false,
            habit: Habit::default(),
            objects: BTreeMap::new(),
            history: BTreeMap::new(),
            uploads: BTreeMap::new(),
            completed: BTreeMap::new(),
        }
    }
}
