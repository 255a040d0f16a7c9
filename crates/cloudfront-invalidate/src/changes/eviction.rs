//! What a wildcard makes CloudFront forget although it did not change, as far as the list of changes tells.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::iter::Sum;

use bitbucket_pipe::changes::Deploy;
use bitbucket_pipe::text;

use crate::changes::origin_paths::OriginPaths;
use crate::path::InvalidationPath;

/// Unchanged objects of a deploy that are forgotten needlessly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Eviction {
    /// So many for certain.
    pub least: u64,
    /// So many at most: more than [`least`](Self::least) where the list does not tell exactly.
    pub most: u64,
}

impl Sum for Eviction {
    fn sum<I: Iterator<Item = Self>>(evictions: I) -> Self {
        evictions.fold(Self::default(), |sum, next| Self {
            least: sum.least + next.least,
            most: sum.most + next.most,
        })
    }
}

impl fmt::Display for Eviction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objects = text::plural(self.most, "unchanged object");
        if self.least < self.most { write!(f, "at most {objects}") } else { f.write_str(&objects) }
    }
}

/// The unchanged objects of a deploy that the distribution can reach, counted by directory; names are in the spelling of
/// [`InvalidationPath`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unchanged {
    /// Sorted: each directory with its final slash, and how many objects are directly in it and in all before it.
    directories: Vec<(String, u64)>,
    /// Directories without their final slash, and files, and how many files beside each begin with its name.
    beside: HashMap<String, u64>,
}

impl Unchanged {
    /// What the list of changes tells of a deploy, as viewers see it.
    #[must_use]
    pub fn of_deploy(deploy: &Deploy, origin_paths: &OriginPaths) -> Self {
        let counted = |counts: &BTreeMap<String, u64>, end: &str| {
            let mut counted: BTreeMap<String, u64> = BTreeMap::new();
            for (directory, count) in counts {
                let key = match directory.as_str() {
                    "" => deploy.prefix.clone(),
                    directory => format!("{}{directory}{end}", deploy.prefix),
                };
                for visible in origin_paths.visible(&key) {
                    *counted.entry(InvalidationPath::spelling(visible)).or_default() += count;
                }
            }
            counted
        };
        let mut directories: Vec<_> = counted(&deploy.unchanged, "/").into_iter().collect();
        let mut sum = 0;
        for (_, count) in &mut directories {
            sum += *count;
            *count = sum;
        }
        Self { directories, beside: counted(&deploy.beside, "").into_iter().collect() }
    }

    /// How many there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.directories.last().map_or(0, |(_, sum)| *sum)
    }

    /// What the wildcard `stem*` evicts. Exact where the stem ends with a slash, or is a directory or file of which the list
    /// tells what is beside it; else every file of the directory in which the stem ends may be meant. After a `?`, only
    /// copies of what changed are.
    #[must_use]
    pub fn evicted_by(&self, stem: &str) -> Eviction {
        if stem.contains('?') {
            return Eviction::default();
        }
        // The same objects, in the other spelling of a blank.
        let stem = stem.replace('+', "%20");
        let stem = stem.as_str();
        let start = self.directories.partition_point(|(directory, _)| directory.as_str() < stem);
        let end =
            start + self.directories[start..].partition_point(|(directory, _)| directory.starts_with(stem));
        let below = self.sum(end) - self.sum(start);
        let (least, most) = match self.beside.get(stem) {
            _ if stem.ends_with('/') => (0, 0),
            Some(files) => (*files, *files),
            None => (0, self.directly_in(&stem[..=stem.rfind('/').unwrap_or_default()])),
        };
        Eviction { least: below + least, most: below + most }
    }

    fn sum(&self, end: usize) -> u64 {
        end.checked_sub(1).map_or(0, |last| self.directories[last].1)
    }

    fn directly_in(&self, directory: &str) -> u64 {
        match self.directories.binary_search_by(|(other, _)| other.as_str().cmp(directory)) {
            Ok(place) => self.sum(place + 1) - self.sum(place),
            Err(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use bitbucket_pipe::changes::Difference;

    use super::*;
    use crate::changes::viewer::OriginPath;

    fn counts(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
        pairs.iter().map(|(directory, count)| ((*directory).to_owned(), *count)).collect()
    }

    fn unchanged(prefix: &str, origin_path: &str) -> Unchanged {
        let deploy = Deploy {
            bucket: "site".into(),
            prefix: prefix.into(),
            unchanged: counts(&[("", 1), ("a", 2), ("a b", 4), ("a/b", 8), ("ab", 16), ("~me", 32)]),
            beside: counts(&[("a", 1), ("a/b", 0)]),
            difference: Difference::default(),
            earlier: Vec::new(),
        };
        let origin_path: OriginPath = origin_path.parse().expect("a path");
        Unchanged::of_deploy(&deploy, &origin_path.into())
    }

    #[test]
    fn a_wildcard_evicts_what_begins_so() {
        for (prefix, origin_path, stem, least, most) in [
            ("", "", "/", 63, 63),
            ("", "", "/a/", 10, 10),
            ("", "", "/a", 31, 31),
            ("", "", "/a/b", 8, 8),
            ("", "", "/a/c", 0, 2),
            ("", "", "/a%20", 4, 5),
            ("", "", "/a+b/", 4, 4),
            ("", "", "/ab/", 16, 16),
            ("", "", "/b", 0, 1),
            ("", "", "/c/", 0, 0),
            ("", "", "/c/d", 0, 0),
            ("", "", "/?", 0, 0),
            ("", "", "/a/c?", 0, 0),
            ("", "", "/%7Eme/", 32, 32),
            ("site/", "", "/site/", 63, 63),
            ("site/", "", "/site/a", 31, 31),
            ("site/", "/site", "/a", 31, 31),
            ("site/", "/site/a", "/", 10, 10),
            ("site/", "/site/a", "/b", 8, 8),
            ("site/", "/other", "/", 0, 0),
        ] {
            let evicted = unchanged(prefix, origin_path).evicted_by(stem);
            assert_eq!(evicted, Eviction { least, most }, "{stem} of {prefix} behind {origin_path}");
        }
    }

    #[test]
    fn only_what_can_be_reached_counts() {
        for (prefix, origin_path, total) in [("", "", 63), ("", "/a", 10), ("a/", "/a", 63), ("a/", "/b", 0)]
        {
            assert_eq!(unchanged(prefix, origin_path).total(), total, "{prefix} behind {origin_path}");
        }
    }
}
