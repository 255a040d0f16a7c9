//! What the edges of one distribution hold. Pure: time is an argument.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};

use super::key::Key;
use super::pattern::Pattern;

/// A response as the origin gave it, complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Whether the origin had an error, whatever is now said instead of it.
    pub(super) is_error: bool,
}

/// The cache of one distribution, as if it had one edge.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cache {
    entries: BTreeMap<Key, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    content: Content,
    since: Timestamp,
    until: Timestamp,
}

/// What is known under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It is served without asking the origin.
    Fresh {
        content: Content,
        age: Duration,
    },
    /// The origin is asked whether it has changed.
    Stale(Content),
    Nothing,
}

impl Cache {
    pub(super) fn find(&self, key: &Key, now: Timestamp) -> Found {
        match self.entries.get(key) {
            None => Found::Nothing,
            Some(entry) if now < entry.until => {
                let age = Duration::try_from(now.duration_since(entry.since)).unwrap_or_default();
                Found::Fresh { content: entry.content.clone(), age }
            }
            Some(entry) => Found::Stale(entry.content.clone()),
        }
    }

    /// Keeps a response for so long; without a time it is forgotten, and so is what was there before.
    pub(super) fn keep(&mut self, key: Key, content: Content, time: Option<Duration>, now: Timestamp) {
        let Some(time) = time else {
            self.entries.remove(&key);
            return;
        };
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        let until = now.checked_add(time).unwrap_or(Timestamp::MAX);
        self.entries.insert(key, Entry { content, since: now, until });
    }

    /// Forgets everything that these invalidation paths stand for.
    pub(crate) fn evict(&mut self, paths: &[String], default_root_object: Option<&str>) {
        let patterns: Vec<Pattern> = paths.iter().map(|path| Pattern::new(path)).collect();
        self.entries.retain(|key, _| !patterns.iter().any(|one| one.includes(key, default_root_object)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudfront::QueryStrings;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn key(path: &str) -> Key {
        Key::of(&path.parse().expect("a URI"), &QueryStrings::All)
    }

    fn content(body: &'static str) -> Content {
        let (status, headers) = (StatusCode::OK, HeaderMap::new());
        Content { status, headers, body: Bytes::from_static(body.as_bytes()), is_error: false }
    }

    #[test]
    fn an_object_is_fresh_until_its_time_ends() {
        let mut cache = Cache::default();
        cache.keep(key("/a"), content("a"), Some(Duration::from_secs(10)), second(100));
        let fresh = |age| Found::Fresh { content: content("a"), age: Duration::from_secs(age) };
        for (path, now, expected) in [
            ("/a", 100, fresh(0)),
            ("/a", 109, fresh(9)),
            ("/a", 110, Found::Stale(content("a"))),
            ("/b", 100, Found::Nothing),
        ] {
            assert_eq!(cache.find(&key(path), second(now)), expected, "{path} {now}");
        }
        cache.keep(key("/a"), content("private"), None, second(101));
        assert_eq!(cache.find(&key("/a"), second(101)), Found::Nothing);
        cache.keep(key("/a"), content("a"), Some(Duration::MAX), second(0));
        assert!(matches!(cache.find(&key("/a"), second(1_000_000_000)), Found::Fresh { .. }));
    }

    #[test]
    fn an_invalidation_evicts_what_its_paths_say() {
        let all = ["/", "/a", "/a/", "/a/b", "/a?x=1", "/b"];
        for (paths, left) in [
            (vec!["/a"], vec!["/", "/a/", "/a/b", "/a?x=1", "/b"]),
            (vec!["/a/*", "/b"], vec!["/", "/a", "/a?x=1"]),
            (vec!["/a*"], vec!["/", "/b"]),
            (vec!["/*"], vec![]),
            (vec!["/b", "/c"], vec!["/", "/a", "/a/", "/a/b", "/a?x=1"]),
        ] {
            let mut cache = Cache::default();
            for path in all {
                cache.keep(key(path), content(path), Some(Duration::from_secs(10)), second(0));
            }
            cache.evict(&paths.iter().map(ToString::to_string).collect::<Vec<_>>(), None);
            let found: Vec<&str> =
                all.into_iter().filter(|path| cache.find(&key(path), second(1)) != Found::Nothing).collect();
            assert_eq!(found, left, "{paths:?}");
        }
    }
}
