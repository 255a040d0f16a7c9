//! One difference covered with paths: one for each changed key, or a wildcard where that is too much or unknown.

use std::collections::BTreeSet;
use std::fmt;

use bitbucket_pipe::changes::Change;

use crate::changes::Revision;
use crate::changes::viewer::{self, OriginPath};
use crate::path::InvalidationPath;

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
    /// Sorted, none within another; empty when there is nothing to invalidate.
    pub paths: Vec<InvalidationPath>,
    /// Why the paths cover more than what changed.
    pub widened: Option<Widened>,
    /// Changed keys that get no path.
    pub left_out: Vec<(String, LeftOut)>,
    /// Keys whose content changed although their name has a digest of it: browsers were told to keep them.
    pub fingerprinted: Vec<String>,
}

/// Why everything is invalidated. Reads on from the deploy's name.
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
}

impl fmt::Display for Widened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(reason) => write!(f, "it is not known what changed ({reason})"),
            Self::TooMany { needed, allowed } => {
                write!(f, "what changed needs {needed} paths, more than MAX_PATHS ({allowed})")
            }
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
        if let Some(reason) = &revision.difference.incomplete {
            let paths = whole(revision.prefix, &origin_path, policy.max_paths, true);
            let widened = (!paths.is_empty()).then(|| Widened::Unknown(reason.clone()));
            return Self { paths, widened, ..Self::default() };
        }
        let mut cover = Self::default();
        let mut paths = BTreeSet::new();
        for (path, change) in &revision.difference.paths {
            let key = format!("{}{path}", revision.prefix);
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
        let paths = without_covered(paths);
        if paths.len() <= policy.max_paths {
            return Self { paths, ..cover };
        }
        let index_changed = revision.difference.paths.contains_key(viewer::INDEX);
        cover.widened = Some(Widened::TooMany { needed: paths.len(), allowed: policy.max_paths });
        cover.paths = whole(revision.prefix, &origin_path, policy.max_paths, index_changed);
        cover
    }
}

/// Everything of a deploy that the distribution can reach: `/*`, or `/prefix/*` and, where its index may have changed,
/// `/prefix`, which that wildcard does not cover.
fn whole(
    prefix: &str,
    origin_path: &OriginPath,
    max_paths: usize,
    index_changed: bool,
) -> Vec<InvalidationPath> {
    let Some(directory) = origin_path.directory(prefix) else { return Vec::new() };
    let bare = directory.strip_suffix('/').filter(|_| index_changed);
    let paths = match bare {
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
