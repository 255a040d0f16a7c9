//! The shared state behind the service, and what a test may do to it directly.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use s3s::S3Result;

use super::bucket::Bucket;
use super::encoding::hex;
use super::encryption::Encryption;
use super::error;
use super::habit::Habit;
use super::object::Object;
use super::upload::Upload;
use super::versions::{Version, Versioning};

/// The account that owns every bucket unless [`Store::set_owner`] says otherwise.
pub const DEFAULT_OWNER: &str = "111122223333";

/// All buckets of the embedded S3. Clones share their state.
#[derive(Clone, Default)]
pub struct Store {
    state: Arc<RwLock<State>>,
}

#[derive(Default)]
struct State {
    buckets: BTreeMap<String, Bucket>,
    /// Counts uploads, so that their ids differ.
    serial: u64,
    /// Whether SSE-C is taken although no connection here is encrypted.
    customer_keys: bool,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("buckets", &self.bucket_names()).finish()
    }
}

impl Store {
    /// A store without buckets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a bucket with AWS's defaults (ACLs disabled, SSE-S3); one that exists is left alone.
    pub fn create_bucket(&self, name: &str, region: &str) {
        self.change(|state| {
            state
                .buckets
                .entry(name.to_owned())
                .or_insert_with(|| Bucket::new(region, DEFAULT_OWNER, Timestamp::now()));
        });
    }

    /// The names of all buckets, sorted.
    #[must_use]
    pub fn bucket_names(&self) -> Vec<String> {
        self.look(|state| state.buckets.keys().cloned().collect())
    }

    /// The region a bucket lives in.
    #[must_use]
    pub fn region(&self, bucket: &str) -> Option<String> {
        self.read(bucket, |bucket| bucket.region.clone()).ok()
    }

    /// One object.
    #[must_use]
    pub fn object(&self, bucket: &str, key: &str) -> Option<Object> {
        self.read(bucket, |bucket| bucket.objects.get(key).map(|object| (**object).clone())).ok()?
    }

    /// Every object of a bucket by its key; empty for a bucket that does not exist.
    #[must_use]
    pub fn objects(&self, bucket: &str) -> BTreeMap<String, Object> {
        self.read(bucket, |bucket| {
            bucket.objects.iter().map(|(key, object)| (key.clone(), (**object).clone())).collect()
        })
        .unwrap_or_default()
    }

    /// Puts an object past the protocol, as a test's starting point.
    ///
    /// # Panics
    /// When the bucket does not exist.
    pub fn put(&self, bucket: &str, key: &str, object: Object) {
        self.set(bucket, |bucket| {
            bucket.put(key, Arc::new(object));
        });
    }

    /// Removes a bucket and all it holds, past the protocol; one that does not exist is no mistake.
    pub fn remove_bucket(&self, name: &str) {
        self.change(|state| state.buckets.remove(name));
    }

    /// Removes an object past the protocol and returns it.
    pub fn remove(&self, bucket: &str, key: &str) -> Option<Object> {
        let removed = self.write(bucket, |bucket| {
            let object = bucket.objects.get(key).cloned();
            bucket.delete(key, Timestamp::now());
            object
        });
        removed.ok()?.map(Arc::unwrap_or_clone)
    }

    /// How many multipart uploads were neither completed nor aborted.
    #[must_use]
    pub fn open_uploads(&self, bucket: &str) -> usize {
        self.read(bucket, |bucket| bucket.uploads.len()).unwrap_or_default()
    }

    /// How many parts these uploads hold: what S3 charges for.
    #[must_use]
    pub fn open_parts(&self, bucket: &str) -> usize {
        let parts = |upload: &Upload| upload.parts.len();
        self.read(bucket, |bucket| bucket.uploads.values().map(parts).sum()).unwrap_or_default()
    }

    /// Turns ACLs on or off (the `ObjectWriter` and `BucketOwnerEnforced` ownership settings).
    ///
    /// # Panics
    /// When the bucket does not exist.
    pub fn set_acls_enabled(&self, bucket: &str, enabled: bool) {
        self.set(bucket, |bucket| bucket.acls_enabled = enabled);
    }

    /// Sets whether the bucket keeps versions.
    ///
    /// # Panics
    /// When the bucket does not exist.
    pub fn set_versioning(&self, bucket: &str, versioning: Versioning) {
        self.set(bucket, |bucket| bucket.versioning = versioning);
    }

    /// All versions of an object, oldest first; of a bucket that keeps none, what is there.
    #[must_use]
    pub fn versions(&self, bucket: &str, key: &str) -> Vec<Version> {
        self.read(bucket, |bucket| bucket.versions_of(key)).unwrap_or_default()
    }

    /// Sets what an upload without encryption headers gets.
    ///
    /// # Panics
    /// When the bucket does not exist.
    pub fn set_encryption(&self, bucket: &str, encryption: Encryption) {
        self.set(bucket, |bucket| bucket.encryption = encryption);
    }

    /// Answers only requests that say that the requester pays. S3 spares the owner that; here nobody is spared.
    ///
    /// # Panics
    /// When the bucket does not exist.
    pub fn set_requester_pays(&self, bucket: &str) {
        self.set(bucket, |bucket| bucket.requester_pays = true);
    }

    /// Lists the bucket as a store does that is not S3.
    ///
    /// # Panics
    /// When the bucket does not exist.
    pub fn set_habit(&self, bucket: &str, habit: Habit) {
        self.set(bucket, |bucket| bucket.habit = habit);
    }

    /// Gives the bucket to another account (twelve digits).
    ///
    /// # Panics
    /// When the bucket does not exist.
    pub fn set_owner(&self, bucket: &str, account: &str) {
        self.set(bucket, |bucket| account.clone_into(&mut bucket.owner));
    }

    /// Takes encryption with customer's keys (SSE-C), which S3 refuses over plain HTTP, as if connections were encrypted.
    pub fn allow_customer_keys_over_http(&self) {
        self.change(|state| state.customer_keys = true);
    }

    pub(super) fn takes_customer_keys(&self) -> bool {
        self.look(|state| state.customer_keys)
    }

    /// Looks into a bucket, or answers `NoSuchBucket`.
    pub(super) fn read<R>(&self, bucket: &str, f: impl FnOnce(&Bucket) -> R) -> S3Result<R> {
        self.look(|state| state.buckets.get(bucket).map(f)).ok_or_else(error::no_such_bucket)
    }

    /// Changes a bucket, or answers `NoSuchBucket`. What `f` checks and does is one atomic step.
    pub(super) fn write<R>(&self, bucket: &str, f: impl FnOnce(&mut Bucket) -> R) -> S3Result<R> {
        self.change(|state| state.buckets.get_mut(bucket).map(f)).ok_or_else(error::no_such_bucket)
    }

    /// Adds a bucket unless there is one of that name; says whether it did.
    pub(super) fn add(&self, name: &str, bucket: Bucket) -> bool {
        self.change(|state| {
            let free = !state.buckets.contains_key(name);
            if free {
                state.buckets.insert(name.to_owned(), bucket);
            }
            free
        })
    }

    /// Name, region and age of every bucket.
    pub(super) fn buckets(&self) -> Vec<(String, String, Timestamp)> {
        self.look(|state| {
            state
                .buckets
                .iter()
                .map(|(name, bucket)| (name.clone(), bucket.region.clone(), bucket.created))
                .collect()
        })
    }

    /// An upload id that was never given before.
    pub(super) fn upload_id(&self, now: Timestamp) -> String {
        let serial = self.change(|state| {
            state.serial += 1;
            state.serial
        });
        let mut id = hex(&now.as_nanosecond().to_be_bytes());
        id.push_str(&hex(&serial.to_be_bytes()));
        id
    }

    fn set(&self, bucket: &str, f: impl FnOnce(&mut Bucket)) {
        assert!(self.write(bucket, f).is_ok(), "the embedded S3 has no bucket {bucket}: create it first");
    }

    fn look<R>(&self, f: impl FnOnce(&State) -> R) -> R {
        f(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}
