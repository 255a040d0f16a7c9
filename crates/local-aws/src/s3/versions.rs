//! Versions of objects: what a bucket keeps of them, and what deleting means then.

use std::sync::Arc;

use jiff::Timestamp;

use super::bucket::Bucket;
use super::object::{Object, to_second};
use crate::random;

/// The id of the version that a bucket without versioning holds.
pub(super) const NULL: &str = "null";

/// How long version ids are.
const ID_LENGTH: usize = 32;

/// Whether a bucket keeps versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versioning {
    /// It never did.
    #[default]
    Off,
    /// Every write makes a version, and deleting makes a marker.
    Enabled,
    /// It keeps those it has; writes and markers replace the version `null`.
    Suspended,
}

/// One version of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// Opaque, or `null` for one that was made without versioning.
    pub id: String,
    /// When it was made, to the second.
    pub created: Timestamp,
    /// What it holds; `None` for a delete marker.
    pub object: Option<Arc<Object>>,
}

/// What became of a deletion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Deletion {
    /// The version that was deleted, or the marker that was made.
    pub(super) version: Option<String>,
    /// Whether that is a marker.
    pub(super) is_marker: bool,
}

impl Bucket {
    /// Makes this the current object, and names its version where the bucket keeps any.
    pub(super) fn put(&mut self, key: &str, object: Arc<Object>) -> Option<String> {
        let created = object.last_modified;
        let id = self.push(key, Some(Arc::clone(&object)), created);
        self.objects.insert(key.to_owned(), object);
        id
    }

    /// Removes the current object, behind a marker where the bucket keeps versions.
    pub(super) fn delete(&mut self, key: &str, now: Timestamp) -> Deletion {
        let version = self.push(key, None, to_second(now));
        self.objects.remove(key);
        Deletion { is_marker: version.is_some(), version }
    }

    /// Removes one version for good; one that is not there counts as removed.
    pub(super) fn delete_version(&mut self, key: &str, id: &str) -> Deletion {
        let mut all = self.versions_of(key);
        let place = all.iter().position(|version| version.id == id);
        let removed = place.map(|place| all.remove(place));
        match all.last().and_then(|last| last.object.clone()) {
            Some(object) => drop(self.objects.insert(key.to_owned(), object)),
            None => drop(self.objects.remove(key)),
        }
        if all.is_empty() {
            self.history.remove(key);
        } else if self.versioning != Versioning::Off {
            self.history.insert(key.to_owned(), all);
        }
        let is_marker = removed.is_some_and(|version| version.object.is_none());
        Deletion { version: Some(id.to_owned()), is_marker }
    }

    /// All versions of an object, oldest first.
    pub(super) fn versions_of(&self, key: &str) -> Vec<Version> {
        let before = || self.objects.get(key).map(|object| version_null(Arc::clone(object)));
        self.history.get(key).cloned().unwrap_or_else(|| before().into_iter().collect())
    }

    /// The version of an object that a plain request is about, where the bucket keeps versions.
    pub(super) fn latest(&self, key: &str) -> Option<Version> {
        if self.versioning == Versioning::Off { None } else { self.versions_of(key).pop() }
    }

    /// Adds a version, and names it.
    fn push(&mut self, key: &str, object: Option<Arc<Object>>, created: Timestamp) -> Option<String> {
        let id = match self.versioning {
            Versioning::Off => return None,
            Versioning::Enabled => random::identifier("", ID_LENGTH),
            Versioning::Suspended => NULL.to_owned(),
        };
        let mut all = self.versions_of(key);
        if self.versioning == Versioning::Suspended {
            all.retain(|version| version.id != NULL);
        }
        all.push(Version { id: id.clone(), created, object });
        self.history.insert(key.to_owned(), all);
        Some(id)
    }
}

/// An object that was made without versioning, as a version.
fn version_null(object: Arc<Object>) -> Version {
    Version { id: NULL.to_owned(), created: object.last_modified, object: Some(object) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn bucket() -> Bucket {
        Bucket::new("eu-west-1", "111122223333", NOW)
    }

    fn put(bucket: &mut Bucket, body: &'static str) -> Option<String> {
        bucket.put("a", Arc::new(Object::new(body, NOW)))
    }

    /// Bodies of all versions, oldest first, `-` for a marker, and of what is current.
    fn state(bucket: &Bucket) -> String {
        let body = |object: &Arc<Object>| String::from_utf8_lossy(&object.body).into_owned();
        let shown = |version: &Version| version.object.as_ref().map_or_else(|| "-".to_owned(), body);
        let all: Vec<String> = bucket.versions_of("a").iter().map(shown).collect();
        format!("{} > {}", all.join(" "), bucket.objects.get("a").map_or_else(String::new, body))
    }

    #[test]
    fn without_versioning_nothing_is_kept() {
        let mut bucket = bucket();
        assert_eq!((put(&mut bucket, "1"), put(&mut bucket, "2")), (None, None));
        assert_eq!(state(&bucket), "2 > 2");
        assert_eq!(bucket.delete("a", NOW), Deletion::default());
        assert_eq!(state(&bucket), " > ");
        put(&mut bucket, "3");
        bucket.delete_version("a", NULL);
        assert_eq!(state(&bucket), " > ");
    }

    #[test]
    fn with_versioning_everything_is_kept() {
        let mut bucket = bucket();
        put(&mut bucket, "1");
        bucket.versioning = Versioning::Enabled;
        let second = put(&mut bucket, "2").expect("a version");
        let marker = bucket.delete("a", NOW);
        assert!(marker.is_marker);
        assert_eq!(state(&bucket), "1 2 - > ");
        put(&mut bucket, "3");
        assert_eq!(state(&bucket), "1 2 - 3 > 3");
        bucket.versioning = Versioning::Suspended;
        assert_eq!(put(&mut bucket, "4").as_deref(), Some(NULL));
        assert_eq!(state(&bucket), "2 - 3 4 > 4");
        bucket.delete_version("a", NULL);
        assert_eq!(state(&bucket), "2 - 3 > 3");
        assert!(!bucket.delete_version("a", &second).is_marker);
        assert!(bucket.delete_version("a", marker.version.as_deref().expect("a marker")).is_marker);
        assert_eq!(state(&bucket), "3 > 3");
        bucket.delete_version("a", "unknown");
        assert_eq!(state(&bucket), "3 > 3");
        assert_eq!(bucket.delete("a", NOW).version.as_deref(), Some(NULL));
        assert_eq!(state(&bucket), "3 - > ");
    }
}
