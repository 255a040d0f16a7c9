//! From a key in the bucket to the paths under which viewers ask the distribution for it.

use std::fmt;
use std::str::FromStr;

use bitbucket_pipe::text;

use crate::changes::policy::Policy;
use crate::path::InvalidationPath;

/// The object that stands for its directory: as the default root object, and by website endpoints and viewer functions.
pub const INDEX: &str = "index.html";

/// What addresses of pages go without, where `CLEAN_URLS` is on.
const PAGE: &str = ".html";

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

/// The addresses under which a key is asked for, without their first slash: each is a beginning of the key, and the key
/// itself comes first. `key` is the part of it that viewers see.
///
/// | key | addresses |
/// |---|---|
/// | `a/b.css` | `/a/b.css` |
/// | `a/index.html` | `/a/index.html` `/a/` `/a` |
/// | the root page | its own, and `/` |
/// | `about.html`, with `CLEAN_URLS` | `/about.html` `/about` |
///
/// `/about/` is not among them: where a slash at the end means anything, it means `about/index.html`.
pub fn addresses<'a>(key: &'a str, policy: &Policy) -> impl Iterator<Item = &'a str> {
    let root = (key == policy.root_page()).then_some("");
    let directory = key.strip_suffix(INDEX).filter(|directory| directory.ends_with('/'));
    let bare = directory.and_then(|directory| directory.strip_suffix('/'));
    let is_index = key.rsplit('/').next() == Some(INDEX);
    let clean = key.strip_suffix(PAGE).filter(|name| policy.clean_urls && !is_index && !name.ends_with('/'));
    [Some(key), root, directory, bare, clean.filter(|name| !name.is_empty())].into_iter().flatten()
}

/// The paths that cover a key under all its addresses.
///
/// Where copies are kept apart by query string, a file is covered by its path with a final `*`. What that evicts besides is
/// nearly always nothing; but after the address of a directory it would be all of the directory, so that this one is
/// covered by two paths, `/a/` and `/a/?*`. Whether `/a/*` is better is the planner's to say.
pub fn paths(key: &str, policy: &Policy) -> impl Iterator<Item = InvalidationPath> {
    let paths = addresses(key, policy).flat_map(move |address| {
        let path = InvalidationPath::of_key(address);
        if path.is_wildcard() || !policy.varies(address) {
            vec![path]
        } else if address == key {
            vec![InvalidationPath::beginning_with(address)]
        } else {
            vec![path, InvalidationPath::with_any_query(address)]
        }
    });
    paths.flat_map(InvalidationPath::spellings)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::changes::query_strings::QueryStrings;

    fn texts(key: &str, policy: &Policy) -> Vec<String> {
        paths(key, policy).map(|path| path.to_string()).collect()
    }

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
            ("a/100%/c d.html", vec!["/a/100%25/c%20d.html", "/a/100%25/c+d.html"]),
            ("a b/c+d e*", vec!["/a%20b/c%2Bd%20e*", "/a+b/c%2Bd+e*"]),
            ("a/b*c/index.html", vec!["/a/b*", "/a/b*", "/a/b*"]),
        ] {
            assert_eq!(texts(key, &Policy::default()), expected, "{key}");
        }
    }

    #[test]
    fn the_root_page_is_what_the_distribution_says() {
        for (root_page, key, expected) in [
            (None, "index.html", vec!["/index.html", "/"]),
            (Some("home.html"), "home.html", vec!["/home.html", "/"]),
            (Some("home.html"), "index.html", vec!["/index.html"]),
            (Some("en/index.html"), "en/index.html", vec!["/en/index.html", "/", "/en/", "/en"]),
        ] {
            let policy = Policy { root_page: root_page.map(str::to_owned), ..Policy::default() };
            assert_eq!(texts(key, &policy), expected, "{key} of {root_page:?}");
        }
    }

    #[test]
    fn clean_addresses_go_without_the_ending() {
        let policy = Policy { clean_urls: true, ..Policy::default() };
        for (key, expected) in [
            ("about.html", vec!["/about.html", "/about"]),
            ("a/b.html", vec!["/a/b.html", "/a/b"]),
            ("a/index.html", vec!["/a/index.html", "/a/", "/a"]),
            ("a.htm", vec!["/a.htm"]),
            ("a/.html", vec!["/a/.html"]),
            (".html", vec!["/.html"]),
            ("a.b.html", vec!["/a.b.html", "/a.b"]),
        ] {
            assert_eq!(texts(key, &policy), expected, "{key}");
        }
    }

    #[test]
    fn query_strings_cost_a_wildcard_that_spares_the_directory() {
        let policy = Policy {
            clean_urls: true,
            query_strings: Some(QueryStrings::everywhere(true)),
            ..Policy::default()
        };
        for (key, expected) in [
            ("a.css", vec!["/a.css*"]),
            ("index.html", vec!["/index.html*", "/", "/?*"]),
            ("a/index.html", vec!["/a/index.html*", "/a/", "/a/?*", "/a", "/a?*"]),
            ("about.html", vec!["/about.html*", "/about", "/about?*"]),
            ("a*b.css", vec!["/a*"]),
            ("a?b", vec!["/a%3Fb*"]),
        ] {
            assert_eq!(texts(key, &policy), expected, "{key}");
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
            let made: BTreeSet<_> = paths(&key, &Policy::default()).collect();
            prop_assert!(made.contains(&InvalidationPath::of_key(&key)));
            let expected = match key.rsplit('/').next() {
                Some(INDEX) if key == INDEX => 2,
                Some(INDEX) => 3,
                _ => 1,
            };
            let blanks = addresses(&key, &Policy::default()).filter(|address| address.contains(' ')).count();
            prop_assert_eq!(made.len(), expected + blanks);
        }
    }
}
