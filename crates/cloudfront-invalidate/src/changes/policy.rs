//! How differences become paths: what the variables say, completed by what the distribution tells.

use std::collections::BTreeSet;

use crate::changes::origin_paths::OriginPaths;
use crate::changes::query_strings::QueryStrings;
use crate::changes::viewer::INDEX;
use crate::setup::Setup;

/// How differences become paths. `None` stands for what nobody has said yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// From `ORIGIN_PATH`, else from the distribution: what it puts before the key.
    pub origin_paths: Option<OriginPaths>,
    /// From `MAX_PATHS`: how many paths a distribution may get for one deploy.
    pub max_paths: usize,
    /// From `INVALIDATE_NEW`: an error or a fallback may be cached where a key is new.
    pub invalidate_new: bool,
    /// From `CLEAN_URLS`: `about.html` is also served as `/about`.
    pub clean_urls: bool,
    /// From `FALLBACK_PAGES`, else from the distribution: pages that are served under other addresses too, as viewers see
    /// their keys.
    pub fallback_pages: Option<BTreeSet<String>>,
    /// From `QUERY_STRINGS`, else from the distribution: where copies are kept apart by query string.
    pub query_strings: Option<QueryStrings>,
    /// From the distribution: the object that is served for `/`.
    pub root_page: Option<String>,
}

impl Policy {
    /// Whether the distribution could tell more.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.origin_paths.is_none() || self.fallback_pages.is_none() || self.query_strings.is_none()
    }

    /// The same with what a distribution in front of `bucket` tells where the variables say nothing.
    #[must_use]
    pub fn completed(&self, setup: &Setup, bucket: &str) -> Self {
        let mut policy = self.clone();
        policy.origin_paths = policy.origin_paths.or_else(|| Some(setup.origin_paths(bucket)));
        policy.fallback_pages.get_or_insert_with(|| setup.fallback_pages.clone());
        policy.query_strings = policy.query_strings.or_else(|| setup.query_strings.clone());
        // Without a default root object, a website endpoint may still serve its index.
        policy.root_page = policy.root_page.or_else(|| setup.root_page.clone());
        policy
    }

    /// The object that is served for `/`.
    #[must_use]
    pub fn root_page(&self) -> &str {
        self.root_page.as_deref().unwrap_or(INDEX)
    }

    /// Whether a key, as viewers see it, is served under addresses that nobody can list.
    #[must_use]
    pub fn is_fallback(&self, visible: &str) -> bool {
        self.fallback_pages.as_ref().is_some_and(|pages| pages.contains(visible))
    }

    /// Whether copies of what is served under an address are kept apart by query string.
    #[must_use]
    pub fn varies(&self, address: &str) -> bool {
        self.query_strings.as_ref().is_some_and(|query_strings| query_strings.vary(address))
    }
}
