//! A distribution: an origin in a bucket, and the invalidations so far.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::cache_policy::{CachePolicy, QueryStrings};
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
    /// What the configuration names instead of the bucket's own host.
    pub(crate) host: Option<String>,
    pub(crate) default_root_object: Option<String>,
    pub(crate) index_document: Option<String>,
    /// Custom error responses by the status of the origin.
    pub(crate) errors: BTreeMap<u16, ErrorResponse>,
    /// The least time an error is cached.
    pub(crate) error_minimum: Duration,
    /// How long anything else is cached.
    pub(crate) limits: Limits,
    /// Whether query strings are part of the cache key, where no cache policy says it.
    pub(crate) query_strings: bool,
    /// The cache policy of the default cache behaviour.
    pub(crate) cache_policy: Option<CachePolicy>,
    /// The cache behaviours by their path patterns, of which the first that fits is taken.
    pub(crate) behaviours: Vec<(String, CachePolicy)>,
    /// Whether what has no ending in its name is asked for with `.html`.
    pub(crate) clean_urls: bool,
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
            host: None,
            default_root_object: None,
            index_document: None,
            errors: BTreeMap::new(),
            error_minimum: ERROR_MINIMUM,
            limits: Limits::default(),
            query_strings: false,
            cache_policy: None,
            behaviours: Vec::new(),
            clean_urls: false,
            hides_missing: false,
        }
    }

    /// Reaches the bucket by a host name that does not tell which bucket it is, as through a proxy.
    #[must_use]
    pub fn host(self, name: &str) -> Self {
        Self { host: Some(name.to_owned()), ..self }
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

    /// Caches by query string, as a distribution without a cache policy does it.
    #[must_use]
    pub fn by_query_string(self) -> Self {
        Self { query_strings: true, ..self }
    }

    /// Caches by this policy, whatever else was said of query strings and times.
    #[must_use]
    pub fn cache_policy(self, policy: CachePolicy) -> Self {
        Self { cache_policy: Some(policy), ..self }
    }

    /// Caches what fits a path pattern by this policy; the first pattern that fits is taken.
    #[must_use]
    pub fn behaviour(mut self, pattern: &str, policy: CachePolicy) -> Self {
        self.behaviours.push((pattern.to_owned(), policy));
        self
    }

    /// A function between the cache and the bucket puts `.html` behind a name without an ending: a copy is known by the
    /// address that the viewer asked for.
    #[must_use]
    pub fn clean_urls(self) -> Self {
        Self { clean_urls: true, ..self }
    }

    /// The distribution may not list the bucket, as most may not: S3 answers 403 for what does not exist.
    #[must_use]
    pub fn without_listing(self) -> Self {
        Self { hides_missing: true, ..self }
    }

    /// What copies of a path are known by, and how long they are kept.
    pub(crate) fn caching(&self, path: &str) -> (QueryStrings, Limits) {
        let behaviour = self.behaviours.iter().find(|(pattern, _)| fits(pattern, path));
        match behaviour.map(|(_, policy)| policy).or(self.cache_policy.as_ref()) {
            Some(policy) => (policy.query_strings.clone(), policy.limits),
            None if self.query_strings => (QueryStrings::All, self.limits),
            None => (QueryStrings::None, self.limits),
        }
    }

    /// The cache policies that the distribution refers to.
    pub(crate) fn policies(&self) -> impl Iterator<Item = &CachePolicy> {
        self.behaviours.iter().map(|(_, policy)| policy).chain(&self.cache_policy)
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

/// Whether a path is one of a pattern's: `*` is any text, `?` one character. A slash at the beginning may be left out.
fn fits(pattern: &str, path: &str) -> bool {
    fn rest(pattern: &[u8], path: &[u8]) -> bool {
        match (pattern.split_first(), path.split_first()) {
            (None, None) => true,
            (Some((b'*', behind)), _) => (0..=path.len()).any(|end| rest(behind, &path[end..])),
            (Some((first, behind)), Some((byte, left))) => {
                (*first == b'?' || first == byte) && rest(behind, left)
            }
            _ => false,
        }
    }
    let bare = |text: &str| text.strip_prefix('/').unwrap_or(text).as_bytes().to_vec();
    rest(&bare(pattern), &bare(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_say_which_behaviour_is_meant() {
        for (pattern, path, expected) in [
            ("*", "/", true),
            ("/blog/*", "/blog/a/b.html", true),
            ("blog/*", "/blog/", true),
            ("blog/*", "/blog", false),
            ("*.jpg", "/a/b.jpg", true),
            ("*.jpg", "/a/b.jpg.txt", false),
            ("a?c", "/abc", true),
            ("a?c", "/ac", false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn keys_lie_under_the_origin_path() {
        for (path, expected) in
            [("", "a.html"), ("/", "a.html"), ("/site", "site/a.html"), ("a/b/", "a/b/a.html")]
        {
            assert_eq!(Origin::new("bucket", path).key("a.html"), expected, "{path}");
        }
    }
}
