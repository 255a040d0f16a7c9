//! From a key in the bucket to the paths under which viewers ask the distribution for it.

use std::fmt;
use std::str::FromStr;

use bitbucket_pipe::text;

use crate::path::InvalidationPath;

/// The object that stands for its directory: as the default root object, and by website endpoints and viewer functions.
pub const INDEX: &str = "index.html";

/// What the distribution puts before every path to make a key: empty, or with its final slash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OriginPath(String);

impl OriginPath {
    /// The part of a key that viewers see; `None` for a key that cannot be reached through the distribution.
    #[must_use]
    pub fn visible<'a>(&self, key: &'a str) -> Option<&'a str> {
        key.strip_prefix(self.0.as_str())
    }

    /// The directory, as viewers see it, that holds whatever can be reached of the keys below `prefix`: empty for the
    /// root, else with its final slash; `None` where none of them can be reached.
    #[must_use]
    pub fn directory<'a>(&self, prefix: &'a str) -> Option<&'a str> {
        self.visible(prefix).or_else(|| self.0.starts_with(prefix).then_some(""))
    }
}

impl fmt::Display for OriginPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.0.trim_end_matches('/'))
    }
}

/// What cannot be an origin path. Reads on from the variable's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the path that the distribution puts before every request, such as `/site`, not `{0}`")]
pub struct InvalidOriginPath(String);

impl FromStr for OriginPath {
    type Err = InvalidOriginPath;

    fn from_str(given: &str) -> Result<Self, InvalidOriginPath> {
        if given.contains("://") || given.contains('*') {
            return Err(InvalidOriginPath(text::printable(given).into_owned()));
        }
        let path = given.trim_matches('/');
        Ok(Self(if path.is_empty() { String::new() } else { format!("{path}/") }))
    }
}

/// The paths under which a key is asked for; `key` is the part of it that viewers see.
///
/// | key | paths |
/// |---|---|
/// | `a/b.css` | `/a/b.css` |
/// | `a/index.html` | `/a/index.html` `/a/` `/a` |
/// | `index.html` | `/index.html` `/` |
pub fn paths(key: &str) -> impl Iterator<Item = InvalidationPath> {
    let directory =
        key.strip_suffix(INDEX).filter(|directory| directory.is_empty() || directory.ends_with('/'));
    let bare = directory.and_then(|directory| directory.strip_suffix('/'));
    [Some(key), directory, bare].into_iter().flatten().map(InvalidationPath::of_key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn origin(path: &str) -> OriginPath {
        path.parse().expect("an origin path")
    }

    #[test]
    fn an_index_stands_for_its_directory() {
        for (key, expected) in [
            ("a/b.css", vec!["/a/b.css"]),
            ("index.html", vec!["/index.html", "/"]),
            ("a/index.html", vec!["/a/index.html", "/a/", "/a"]),
            ("été/index.html", vec!["/%C3%A9t%C3%A9/index.html", "/%C3%A9t%C3%A9/", "/%C3%A9t%C3%A9"]),
            ("myindex.html", vec!["/myindex.html"]),
            ("a/Index.html", vec!["/a/Index.html"]),
            ("a/index.html.br", vec!["/a/index.html.br"]),
            ("a/100%/c d.html", vec!["/a/100%25/c%20d.html"]),
            ("a/b*c/index.html", vec!["/a/b*", "/a/b*", "/a/b*"]),
        ] {
            assert_eq!(paths(key).map(|path| path.to_string()).collect::<Vec<_>>(), expected, "{key}");
        }
    }

    #[test]
    fn an_origin_path_hides_the_beginning_of_keys_and_all_other_keys() {
        for (path, key, visible) in [
            ("", "site/a", Some("site/a")),
            ("/", "site/a", Some("site/a")),
            ("/site", "site/a", Some("a")),
            ("site/", "site/a", Some("a")),
            ("/site/", "site//a", Some("/a")),
            ("/site", "site", None),
            ("/site", "sites/a", None),
            ("/site/en", "site/a", None),
        ] {
            assert_eq!(origin(path).visible(key), visible, "{path} {key}");
        }
    }

    #[test]
    fn a_deploy_is_reached_whole_in_part_or_not_at_all() {
        for (path, prefix, directory) in [
            ("", "", Some("")),
            ("", "site/", Some("site/")),
            ("/site", "site/", Some("")),
            ("/site", "site/blog/", Some("blog/")),
            ("/site/blog", "site/", Some("")),
            ("/site/blog", "", Some("")),
            ("/site", "other/", None),
            ("/site", "sites/", None),
        ] {
            assert_eq!(origin(path).directory(prefix), directory, "{path} {prefix}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for given in ["https://site.s3.amazonaws.com/a", "/site/*"] {
            let error = given.parse::<OriginPath>().expect_err(given);
            assert!(error.to_string().contains("such as `/site`"), "{error}");
        }
        assert_eq!([origin("a/b/"), origin("")].map(|path| path.to_string()), ["/a/b", "/"]);
    }

    proptest! {
        #[test]
        fn the_origin_path_and_what_is_visible_make_the_key(path in "[a-c/]{0,6}", key in "[a-c/]{0,10}") {
            let trimmed = path.trim_matches('/');
            match origin(&path).visible(&key) {
                Some(visible) if trimmed.is_empty() => prop_assert_eq!(visible, &key),
                Some(visible) => prop_assert_eq!(format!("{trimmed}/{visible}"), key),
                None => {
                    let beginning = format!("{trimmed}/");
                    prop_assert!(!key.starts_with(&beginning));
                }
            }
        }

        #[test]
        fn every_key_has_its_own_path_and_an_index_those_of_its_directory(key in "([a-c%é ]{1,3}/){0,3}(index.html|[a-z]{1,4})") {
            let made: BTreeSet<_> = paths(&key).collect();
            prop_assert!(made.contains(&InvalidationPath::of_key(&key)));
            let expected = match key.rsplit('/').next() {
                Some(INDEX) if key == INDEX => 2,
                Some(INDEX) => 3,
                _ => 1,
            };
            prop_assert_eq!(made.len(), expected);
        }
    }
}
