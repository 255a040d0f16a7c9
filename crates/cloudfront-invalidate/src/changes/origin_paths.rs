//! What the origins of a distribution that may be the bucket put before the key.

use std::fmt;

use crate::changes::viewer::OriginPath;

/// At least one origin path, none twice. A key may be seen through each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginPaths(Vec<OriginPath>);

impl OriginPaths {
    /// These, and the bucket itself where there are none.
    #[must_use]
    pub fn new(paths: impl IntoIterator<Item = OriginPath>) -> Self {
        let mut all: Vec<OriginPath> = Vec::new();
        for path in paths {
            if !all.contains(&path) {
                all.push(path);
            }
        }
        if all.is_empty() { Self::default() } else { Self(all) }
    }

    /// Whether all of `others` are among these.
    #[must_use]
    pub fn contain(&self, others: &Self) -> bool {
        others.0.iter().all(|path| self.0.contains(path))
    }

    /// The parts of a key that viewers see: none of a key that cannot be reached.
    pub fn visible<'a>(&self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(move |path| path.visible(key))
    }

    /// The directory, as viewers see it, that holds whatever can be reached of the keys below `prefix`, through whichever
    /// origin: empty for the root, else with its final slash; `None` where none of them can be reached.
    #[must_use]
    pub fn directory<'a>(&self, prefix: &'a str) -> Option<&'a str> {
        let mut directories = self.0.iter().filter_map(|path| path.directory(prefix));
        let first = directories.next()?;
        Some(if directories.all(|other| other == first) { first } else { "" })
    }
}

/// One origin that puts nothing before the key.
impl Default for OriginPaths {
    fn default() -> Self {
        Self(vec![OriginPath::default()])
    }
}

impl From<OriginPath> for OriginPaths {
    fn from(path: OriginPath) -> Self {
        Self(vec![path])
    }
}

impl fmt::Display for OriginPaths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&paths.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(paths: &[&str]) -> OriginPaths {
        OriginPaths::new(paths.iter().map(|path| path.parse().expect("an origin path")))
    }

    #[test]
    fn a_key_is_seen_through_every_origin_that_reaches_it() {
        for (paths, key, expected) in [
            (&["/en", "/fr"][..], "en/a", &["a"][..]),
            (&["/en", "/fr"], "de/a", &[]),
            (&["", "/en"], "en/a", &["en/a", "a"]),
            (&["/en", "en/"], "en/a", &["a"]),
            (&[], "en/a", &["en/a"]),
        ] {
            assert_eq!(origins(paths).visible(key).collect::<Vec<_>>(), expected, "{paths:?} {key}");
        }
    }

    #[test]
    fn a_deploy_is_below_one_directory_or_anywhere() {
        for (paths, prefix, expected) in [
            (&["/en", "/fr"][..], "", Some("")),
            (&["/en", "/fr"], "en/blog/", Some("blog/")),
            (&["", "/en"], "en/blog/", Some("")),
            (&["/en", "/fr"], "de/", None),
        ] {
            assert_eq!(origins(paths).directory(prefix), expected, "{paths:?} {prefix}");
        }
    }
}
