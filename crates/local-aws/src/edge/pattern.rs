//! Which cache keys an invalidation path stands for.

use super::key::{Key, spelled};

/// One path of an invalidation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    is_wildcard: bool,
}

impl Pattern {
    pub(super) fn new(path: &str) -> Self {
        let beginning = path.strip_suffix('*');
        Self { text: spelled(beginning.unwrap_or(path)), is_wildcard: beginning.is_some() }
    }

    /// Whether the path stands for this key.
    ///
    /// | path | stands for |
    /// |---|---|
    /// | `/a` | `/a`; neither `/a/` nor `/a?x=1` |
    /// | `/a*` | whatever begins like it: `/a`, `/a/b`, `/ab`, `/a?x=1` |
    /// | the default root object | also `/` (Developer Guide: it is invalidated like any other file) |
    /// | with a `~`, encoded or not | nothing (Developer Guide: not supported) |
    pub(super) fn includes(&self, key: &Key, default_root_object: Option<&str>) -> bool {
        if self.text.contains('~') {
            return false;
        }
        let names = |path: &str| {
            if self.is_wildcard { path.starts_with(&self.text) } else { path == self.text }
        };
        names(key.as_str())
            || default_root_object.is_some_and(|root| {
                key.as_str() == "/" && !self.is_wildcard && names(&spelled(&format!("/{root}")))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudfront::QueryStrings;

    #[test]
    fn exactly_what_a_path_says() {
        for (path, uri, expected) in [
            ("/a", "/a", true),
            ("/a", "/a/", false),
            ("/a/", "/a", false),
            ("/a", "/A", false),
            ("/a", "/ab", false),
            ("/a", "/a?x=1", false),
            ("/a?x=1", "/a?x=1", true),
            ("/a?x=1", "/a?x=2", false),
            ("/a*", "/a?x=1", true),
            ("/a*", "/ab/c", true),
            ("/a/*", "/a", false),
            ("/a/*", "/a/", true),
            ("/*", "/", true),
            ("/caf%c3%a9", "/caf%C3%A9", true),
            ("/a+b", "/a%2Bb", false),
            ("/a%2bb", "/a%2Bb", true),
            ("/a%2A", "/a%2A", true),
            ("/a%2A", "/ab", false),
            ("/a%7Eb", "/a~b", false),
            ("/a*", "/a~b", true),
            ("/", "/", true),
            ("/", "/index.html", false),
            ("/index.html", "/", true),
            ("/index*", "/", false),
            ("/index.html", "/a/", false),
        ] {
            let key = Key::of(&uri.parse().expect("a URI"), &QueryStrings::All);
            assert_eq!(Pattern::new(path).includes(&key, Some("index.html")), expected, "{path} {uri}");
        }
        let key = Key::of(&"/".parse().expect("a URI"), &QueryStrings::All);
        assert!(!Pattern::new("/index.html").includes(&key, None));
    }
}
