//! A distribution: an origin in a bucket, and the invalidations so far.

use jiff::Timestamp;

use super::invalidation::Invalidations;
use crate::random;

/// Where a distribution takes its files from, and which files stand in for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub(crate) bucket: String,
    /// Without slashes at the ends; may be empty.
    pub(crate) path: String,
    pub(crate) default_root_object: Option<String>,
    pub(crate) index_document: Option<String>,
    pub(crate) error_page: Option<String>,
}

impl Origin {
    /// What lies under `path` of a bucket (the origin path, with or without slashes at its ends; empty for all of it),
    /// with nothing that stands in for what does not exist.
    #[must_use]
    pub fn new(bucket: impl Into<String>, path: impl AsRef<str>) -> Self {
        let path = path.as_ref().trim_matches('/').to_owned();
        Self {
            bucket: bucket.into(),
            path,
            default_root_object: None,
            index_document: None,
            error_page: None,
        }
    }

    /// The object that is served for `/`, as CloudFront itself does it.
    #[must_use]
    pub fn default_root_object(self, name: &str) -> Self {
        Self { default_root_object: Some(name.trim_start_matches('/').to_owned()), ..self }
    }

    /// The object that is served for every path with a slash at its end, as an S3 website endpoint does it.
    #[must_use]
    pub fn index_document(self, name: &str) -> Self {
        Self { index_document: Some(name.to_owned()), ..self }
    }

    /// The object that is served, with status 404, for what does not exist.
    #[must_use]
    pub fn error_page(self, name: &str) -> Self {
        Self { error_page: Some(name.trim_start_matches('/').to_owned()), ..self }
    }

    /// The key of a file of this origin.
    pub(crate) fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}/{name}", self.path) }
    }
}

/// A distribution.
#[derive(Debug)]
pub(crate) struct Distribution {
    pub(crate) id: String,
    /// The account it belongs to; `None` for whichever asks.
    pub(crate) account: Option<String>,
    pub(crate) origin: Origin,
    pub(crate) created: Timestamp,
    pub(crate) etag: String,
    pub(crate) invalidations: Invalidations,
}

impl Distribution {
    pub(crate) fn new(account: Option<&str>, id: &str, origin: Origin, created: Timestamp) -> Self {
        let etag = random::identifier("E", 14);
        Self {
            id: id.into(),
            account: account.map(str::to_owned),
            origin,
            created,
            etag,
            invalidations: Invalidations::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lie_under_the_origin_path() {
        for (path, expected) in
            [("", "a.html"), ("/", "a.html"), ("/site", "site/a.html"), ("a/b/", "a/b/a.html")]
        {
            assert_eq!(Origin::new("bucket", path).key("a.html"), expected, "{path}");
        }
    }
}
