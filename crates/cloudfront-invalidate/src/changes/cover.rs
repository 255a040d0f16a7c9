//! One difference covered with paths: those of each changed key, or wildcards where these are too many or unknown.

use std::collections::BTreeSet;
use std::fmt;

use bitbucket_pipe::changes::Change;

use crate::changes::Revision;
use crate::changes::eviction::{Eviction, Unchanged};
use crate::changes::planner::{self, Budget};
use crate::changes::viewer::{self, OriginPath};
use crate::path::InvalidationPath;
use crate::plan::MAX_WILDCARDS;

/// How differences become paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// From `ORIGIN_PATH`: what the distribution puts before the key. `None` where it was not said.
    pub origin_path: Option<OriginPath>,
    /// From `MAX_PATHS`: how many paths a distribution may get for one deploy.
    pub max_paths: usize,
    /// From `INVALIDATE_NEW`: an error or a fallback may be cached where a key is new.
    pub invalidate_new: bool,
}

/// What is invalidated for one difference, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// Sorted, none within another; empty when there is nothing to invalidate. At most [`MAX_WILDCARDS`] are wildcards.
    pub paths: Vec<Chosen>,
    /// The paths under which viewers ask for what changed, whatever they are covered with.
    pub changed: Vec<InvalidationPath>,
    /// Unchanged objects that would be forgotten if everything were; `None` where it is not known what changed.
    pub unchanged: Option<u64>,
    /// Why the paths cover more than what changed.
    pub widened: Option<Widened>,
    /// Changed keys that get no path.
    pub left_out: Vec<(String, LeftOut)>,
    /// Keys whose content changed although their name has a digest of it: browsers were told to keep them.
    pub fingerprinted: Vec<String>,
}

/// What the paths of a deploy cost besides their number, and what the simple choices would have cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Unchanged objects of the deploy that the paths evict; `None` where it is not known what changed.
    pub needless: Option<Eviction>,
    /// Unchanged objects that `/*` would have evicted.
    pub everything: Option<u64>,
    /// How many paths it would have been with one for each address of each changed key.
    pub each: usize,
}

/// A path that is invalidated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The path.
    pub path: InvalidationPath,
    /// Unchanged objects of the deploy that it evicts; `None` where it is not known what changed.
    pub needless: Option<Eviction>,
}

/// Why more than what changed is invalidated. Reads on from the deploy's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Widened {
    /// It is not known what changed, for this reason.
    Unknown(String),
    /// So many paths would be needed, and no more than so many are allowed.
    TooMany {
        /// One for each address of each changed key.
        needed: usize,
        /// `MAX_PATHS`.
        allowed: usize,
    },
    /// So many keys can only be covered by wildcards, and CloudFront does not take as many.
    TooManyWildcards(usize),
}

impl fmt::Display for Widened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(reason) => write!(f, "it is not known what changed ({reason})"),
            Self::TooMany { needed, allowed } => {
                write!(f, "what changed needs {needed} paths, more than MAX_PATHS ({allowed})")
            }
            Self::TooManyWildcards(needed) => write!(
                f,
                "what changed needs {needed} wildcards for keys that hold `*` or `~`, and CloudFront takes {MAX_WILDCARDS}"
            ),
        }
    }
}

/// Why a changed key gets no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// It cannot be reached through the distribution.
    OutsideOriginPath,
    /// It is new, and nothing else was ever served under its name.
    NewFingerprinted,
    /// It is new, and `INVALIDATE_NEW` is off.
    New,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutsideOriginPath => "lies outside ORIGIN_PATH, where the distribution cannot reach it",
            Self::NewFingerprinted => "is new and fingerprinted: nothing else was served under its name",
            Self::New => "is new, and INVALIDATE_NEW is off",
        })
    }
}

impl Cover {
    /// Covers a difference.
    #[must_use]
    pub fn new(revision: Revision, policy: &Policy) -> Self {
        let origin_path = policy.origin_path.clone().unwrap_or_default();
        let prefix = revision.deploy.prefix.as_str();
        if let Some(reason) = &revision.difference.incomplete {
            let changed = whole(prefix, &origin_path, policy.max_paths);
            let widened = (!changed.is_empty()).then(|| Widened::Unknown(reason.clone()));
            let paths = changed.iter().map(|path| Chosen { path: path.clone(), needless: None }).collect();
            return Self { paths, changed, widened, ..Self::default() };
        }
        let mut cover = Self::default();
        let mut paths = BTreeSet::new();
        for (path, change) in &revision.difference.paths {
            let key = format!("{prefix}{path}");
            let Some(visible) = origin_path.visible(&key) else {
                cover.left_out.push((key, LeftOut::OutsideOriginPath));
                continue;
            };
            match change {
                Change::NewFingerprinted => {
                    cover.left_out.push((key, LeftOut::NewFingerprinted));
                    continue;
                }
                Change::New if !policy.invalidate_new => {
                    cover.left_out.push((key, LeftOut::New));
                    continue;
                }
                Change::ContentFingerprinted => cover.fingerprinted.push(key.clone()),
                Change::New | Change::Content | Change::Headers | Change::Deleted => {}
            }
            paths.extend(viewer::paths(visible));
        }
        cover.changed = without_covered(paths);
        if let Some(directory) = origin_path.directory(prefix).filter(|_| !cover.changed.is_empty()) {
            cover.choose(directory, &Unchanged::of_deploy(revision.deploy, &origin_path), policy.max_paths);
        }
        cover
    }

    /// Chooses the paths for what changed; `directory` is what holds all of the deploy.
    fn choose(&mut self, directory: &str, unchanged: &Unchanged, max_paths: usize) {
        let wildcards = self.changed.iter().filter(|path| path.is_wildcard()).count();
        if self.changed.len() > max_paths {
            self.widened = Some(Widened::TooMany { needed: self.changed.len(), allowed: max_paths });
        } else if wildcards > MAX_WILDCARDS {
            self.widened = Some(Widened::TooManyWildcards(wildcards));
        }
        let budget = Budget { paths: max_paths, wildcards: MAX_WILDCARDS };
        let reach = InvalidationPath::spelling(directory);
        // The last resort also covers what is not of this deploy: everything, or all that begins like its directory.
        let everything =
            || vec![InvalidationPath::beginning_with(directory.strip_suffix('/').unwrap_or_default())];
        let paths = planner::plan(&self.changed, unchanged, &reach, budget).unwrap_or_else(everything);
        let needless = |path: &InvalidationPath| match path.as_str().strip_suffix('*') {
            Some(stem) => unchanged.evicted_by(stem),
            None => Eviction::default(),
        };
        let chosen = paths.into_iter().map(|path| Chosen { needless: Some(needless(&path)), path });
        self.paths = chosen.collect();
        self.unchanged = Some(unchanged.total());
    }

    /// What the paths cost.
    #[must_use]
    pub fn cost(&self) -> Cost {
        Cost {
            needless: self.paths.iter().map(|chosen| chosen.needless).sum(),
            everything: self.unchanged,
            each: self.changed.len(),
        }
    }
}

/// Everything of a deploy that the distribution can reach: `/*`, or `/prefix/*` and its index at `/prefix`, which that
/// wildcard does not cover.
fn whole(prefix: &str, origin_path: &OriginPath, max_paths: usize) -> Vec<InvalidationPath> {
    let Some(directory) = origin_path.directory(prefix) else { return Vec::new() };
    let paths = match directory.strip_suffix('/') {
        Some(bare) if max_paths == 1 => vec![InvalidationPath::beginning_with(bare)],
        Some(bare) => vec![InvalidationPath::of_key(bare), InvalidationPath::beginning_with(directory)],
        None => vec![InvalidationPath::beginning_with(directory)],
    };
    without_covered(paths.into_iter().collect())
}

/// The paths that no wildcard among them covers.
fn without_covered(paths: BTreeSet<InvalidationPath>) -> Vec<InvalidationPath> {
    let mut stems: Vec<&str> = paths.iter().filter_map(|path| path.as_str().strip_suffix('*')).collect();
    stems.sort_unstable();
    stems.dedup_by(|next, kept| next.starts_with(*kept));
    let stems: Vec<String> = stems.into_iter().map(str::to_owned).collect();
    let is_covered = |path: &InvalidationPath| {
        let text = path.as_str();
        let own = text.strip_suffix('*');
        // No stem that is left begins with another, so that only the last one before a path can be its beginning.
        let before = stems.partition_point(|stem| stem.as_str() <= text.trim_end_matches('*'));
        stems[..before].last().is_some_and(|stem| text.starts_with(stem.as_str()) && own != Some(stem))
    };
    paths.into_iter().filter(|path| !is_covered(path)).collect()
}

#[cfg(test)]
#[path = "cover_tests.rs"]
mod tests;
