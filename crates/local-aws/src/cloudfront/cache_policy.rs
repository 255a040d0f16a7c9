//! Cache policies: what copies of a page are known by, and how long they are kept. AWS's own, and those of distributions.

use std::time::Duration;

use crate::edge::Limits;

/// A cache policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachePolicy {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) query_strings: QueryStrings,
    pub(crate) limits: Limits,
}

/// Which parts of a query string copies are known by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum QueryStrings {
    /// None: two query strings are one copy.
    #[default]
    None,
    /// Those of these names.
    Whitelist(Vec<String>),
    /// Those of other names.
    AllExcept(Vec<String>),
    /// All.
    All,
}

/// The policies that AWS has for everybody, by id, name, query strings, and least, usual and longest time to live in
/// seconds: Developer Guide, "Use managed cache policies".
const MANAGED: [(&str, &str, QueryStrings, [u64; 3]); 4] = [
    ("658327ea-f89d-4fab-a63d-7e88639e58f6", "Managed-CachingOptimized", QueryStrings::None, [1, DAY, YEAR]),
    ("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "Managed-CachingDisabled", QueryStrings::None, [0, 0, 0]),
    (
        "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
        "UseOriginCacheControlHeaders",
        QueryStrings::None,
        [0, 0, YEAR],
    ),
    (
        "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
        "UseOriginCacheControlHeaders-QueryStrings",
        QueryStrings::All,
        [0, 0, YEAR],
    ),
];

const DAY: u64 = 24 * 60 * 60;
const YEAR: u64 = 365 * DAY;

impl CachePolicy {
    /// A policy of one's own, with the times of a policy that says nothing of them.
    #[must_use]
    pub fn new(id: &str, query_strings: QueryStrings) -> Self {
        let limits = Limits::default();
        Self { id: id.to_owned(), name: id.to_owned(), query_strings, limits }
    }

    /// The same, where what says nothing of its time is kept for so long.
    #[must_use]
    pub fn kept_for(self, time: Duration) -> Self {
        Self { limits: Limits { default: time, ..self.limits }, ..self }
    }

    /// The managed policy of this id or name.
    #[must_use]
    pub fn managed(name: &str) -> Option<Self> {
        let (id, name, query_strings, seconds) =
            MANAGED.into_iter().find(|(id, known, ..)| *id == name || *known == name)?;
        let [minimum, default, maximum] = seconds.map(Duration::from_secs);
        let limits = Limits { minimum, default, maximum };
        Some(Self { id: id.to_owned(), name: name.to_owned(), query_strings, limits })
    }
}

impl QueryStrings {
    /// The API's word for it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Whitelist(_) => "whitelist",
            Self::AllExcept(_) => "allExcept",
            Self::All => "all",
        }
    }

    /// The names that it lists.
    pub(crate) fn names(&self) -> &[String] {
        match self {
            Self::None | Self::All => &[],
            Self::Whitelist(names) | Self::AllExcept(names) => names,
        }
    }

    /// The part of a query that a copy is known by; empty where there is none.
    pub(crate) fn part(&self, query: &str) -> String {
        let is_part = |parameter: &&str| {
            let name = parameter.split('=').next().unwrap_or_default();
            let is_listed = self.names().iter().any(|listed| listed == name);
            match self {
                Self::None => false,
                Self::Whitelist(_) => is_listed,
                Self::AllExcept(_) => !is_listed,
                Self::All => true,
            }
        };
        query.split('&').filter(is_part).collect::<Vec<_>>().join("&")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_of_a_query_that_counts() {
        let names = || vec!["page".to_owned(), "lang".to_owned()];
        for (query_strings, query, expected) in [
            (QueryStrings::None, "page=1", ""),
            (QueryStrings::All, "b=2&a=1&a", "b=2&a=1&a"),
            (QueryStrings::Whitelist(names()), "utm=x&page=1&lang", "page=1&lang"),
            (QueryStrings::Whitelist(names()), "utm=x", ""),
            (QueryStrings::AllExcept(names()), "utm=x&page=1", "utm=x"),
        ] {
            assert_eq!(query_strings.part(query), expected, "{query_strings:?} {query}");
        }
    }

    #[test]
    fn managed_policies_have_an_id_and_a_name() {
        let by_name = CachePolicy::managed("Managed-CachingOptimized").expect("it is known");
        assert_eq!(CachePolicy::managed("658327ea-f89d-4fab-a63d-7e88639e58f6"), Some(by_name));
        assert_eq!(CachePolicy::managed("CachingNothing"), None);
    }
}
