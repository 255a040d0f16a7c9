//! A distribution: an origin in a bucket, and the invalidations so far.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::invalidation::Invalidations;
use crate::edge::{Cache, Limits};
use crate::random;

/// How long an error of the origin is cached at least, unless set otherwise: CloudFront's own default.
const ERROR_MINIMUM: Duration = Duration::from_secs(10);

/// Where a distribution takes its files from, and which files stand in for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub(crate) bucket: String,
    /// Without slashes at the ends; may be empty.
    pub(crate) path: String,
    pub(crate) default_root_object: Option<String>,
    pub(crate) index_document: Option<String>,
    /// Custom error responses by the status of the origin.
    pub(crate) errors: BTreeMap<u16, ErrorResponse>,
    /// The least time an error is cached.
    pub(crate) error_minimum: Duration,
    /// How long anything else is cached.
    pub(crate) limits: Limits,
    /// Whether query strings are part of the cache key.
    pub(crate) query_strings: bool,
    /// Whether what does not exist is answered as forbidden.
    pub(crate) hides_missing: bool,
}

/// What is answered instead of an error of the origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ErrorResponse {
    /// The name of the object, below the origin path.
    pub(crate) page: String,
    pub(crate) status: u16,
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
            errors: BTreeMap::new(),
            error_minimum: ERROR_MINIMUM,
            limits: Limits::default(),
            query_strings: false,
            hides_missing: false,
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
        self.error_response(404, name, 404)
    }

    /// The object that is served with `status` where the origin answers `code`, as single-page applications do it with
    /// 403 and 404, `index.html` and 200.
    #[must_use]
    pub fn error_response(mut self, code: u16, name: &str, status: u16) -> Self {
        let page = name.trim_start_matches('/').to_owned();
        self.errors.insert(code, ErrorResponse { page, status });
        self
    }

    /// How long an error is cached at least; ten seconds unless set.
    #[must_use]
    pub fn error_caching(self, minimum: Duration) -> Self {
        Self { error_minimum: minimum, ..self }
    }

    /// How long objects are cached: at least, without a word in their headers, and at most. Unless set it is nothing, a
    /// day and a year, as CloudFront has it without a cache policy. Its managed policy `CachingOptimized` differs in a
    /// minimum of one second.
    #[must_use]
    pub fn ttl(self, minimum: Duration, default: Duration, maximum: Duration) -> Self {
        Self { limits: Limits { minimum, default, maximum }, ..self }
    }

    /// Caches by query string.
    #[must_use]
    pub fn by_query_string(self) -> Self {
        Self { query_strings: true, ..self }
    }

    /// The distribution may not list the bucket, as most may not: S3 answers 403 for what does not exist.
    #[must_use]
    pub fn without_listing(self) -> Self {
        Self { hides_missing: true, ..self }
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
    /// What its edge holds.
    pub(crate) cache: Cache,
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
            cache: Cache::default(),
        }
    }

    /// Forgets at the edge what these invalidation paths stand for.
    pub(crate) fn evict(&mut self, paths: &[String]) {
        self.cache.evict(paths, self.origin.default_root_object.as_deref());
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
