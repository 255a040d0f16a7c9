//! How a distribution is set up, as far as it decides under which addresses an object is cached.

use std::collections::BTreeSet;
use std::fmt;

use crate::changes::origin_paths::OriginPaths;
use crate::changes::query_strings::QueryStrings;
use crate::changes::viewer::OriginPath;

/// What a distribution's configuration tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The default root object: what is served for `/`.
    pub root_page: Option<String>,
    /// The pages that custom error responses serve as if they were no errors, as viewers see their keys.
    pub fallback_pages: BTreeSet<String>,
    /// Where the objects come from.
    pub origins: Vec<Origin>,
    /// Where copies are kept apart by query string; `None` where a cache policy cannot be read.
    pub query_strings: Option<QueryStrings>,
    /// The cache policies that cannot be read, and why.
    pub unread_policies: Vec<(String, String)>,
}

/// One origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its host.
    pub domain: String,
    /// What the distribution puts before every path.
    pub path: String,
}

impl Setup {
    /// What the distribution puts before the paths that it asks this bucket for. Where no origin is known to be the
    /// bucket, as behind a host name of one's own, each may be, or may lead to the bucket in a way of its own.
    #[must_use]
    pub fn origin_paths(&self, bucket: &str) -> OriginPaths {
        let any =
            || OriginPaths::new([OriginPath::default()].into_iter().chain(self.origins.iter().map(path)));
        self.origin_paths_of(bucket).unwrap_or_else(any)
    }

    /// The same of the origins that are known to be the bucket; `None` where there are none.
    #[must_use]
    pub fn origin_paths_of(&self, bucket: &str) -> Option<OriginPaths> {
        let mut of_bucket = self.origins.iter().filter(|origin| origin.is_bucket(bucket)).peekable();
        of_bucket.peek()?;
        Some(OriginPaths::new(of_bucket.map(path)))
    }
}

fn path(origin: &Origin) -> OriginPath {
    origin.path.parse().unwrap_or_default()
}

impl Origin {
    /// `BUCKET.s3.REGION.amazonaws.com`, `BUCKET.s3-website-REGION.amazonaws.com` and their like.
    fn is_bucket(&self, bucket: &str) -> bool {
        let host = self.domain.to_ascii_lowercase();
        let service = host.strip_prefix(&bucket.to_ascii_lowercase());
        service.is_some_and(|service| {
            (service.starts_with(".s3.") || service.starts_with(".s3-")) && service.contains(".amazonaws.com")
        })
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |words: Vec<String>| if words.is_empty() { "none".to_owned() } else { words.join(" ") };
        let origins = self.origins.iter().map(|origin| format!("{}{}", origin.domain, origin.path)).collect();
        let query_strings = match &self.query_strings {
            None => "not known",
            Some(query_strings) if query_strings.vary_anywhere() => "kept apart",
            Some(_) => "not looked at",
        };
        write!(
            f,
            "root page {}; fallback pages {}; origins {}; query strings {query_strings}",
            list(self.root_page.iter().cloned().collect()),
            list(self.fallback_pages.iter().cloned().collect()),
            list(origins)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_paths_are_those_of_the_buckets_own_origins_or_of_all() {
        let origin = |(domain, path): (&str, &str)| Origin { domain: domain.into(), path: path.into() };
        for (origins, bucket, expected) in [
            (vec![("site.s3.amazonaws.com", "")], "site", "/"),
            (vec![("site.s3.eu-west-1.amazonaws.com", "/web")], "site", "/web"),
            (vec![("site.s3-website-us-east-1.amazonaws.com", "/web")], "site", "/web"),
            (vec![("site.s3-website.eu-central-1.amazonaws.com", "/web")], "site", "/web"),
            (vec![("site.s3.cn-north-1.amazonaws.com.cn", "/web")], "site", "/web"),
            (vec![("doc-example.s3.amazonaws.com", "/a")], "DOC-example", "/a"),
            (vec![("other.s3.amazonaws.com", "/a"), ("site.s3.amazonaws.com", "/b")], "site", "/b"),
            (vec![("site.s3.amazonaws.com", "/b"), ("site.s3.amazonaws.com", "/b")], "site", "/b"),
            (vec![("site.s3.amazonaws.com", "/a"), ("site.s3.amazonaws.com", "/b")], "site", "/a /b"),
            (vec![("www.example.com", "/a")], "site", "/ /a"),
            (vec![("site.s3.example.com", "/a")], "site", "/ /a"),
            (vec![("mysite.s3.amazonaws.com", "/a")], "site", "/ /a"),
            (vec![], "site", "/"),
        ] {
            let setup = Setup {
                root_page: None,
                fallback_pages: BTreeSet::new(),
                origins: origins.iter().copied().map(origin).collect(),
                query_strings: None,
                unread_policies: Vec::new(),
            };
            assert_eq!(setup.origin_paths(bucket).to_string(), expected, "{bucket} of {origins:?}");
        }
    }
}
