//! One difference covered with paths: those of each changed key, or wildcards where these are too many or unknown.

use std::collections::BTreeSet;
use std::fmt;

use bitbucket_pipe::changes::Change;
use bitbucket_pipe::{AssetKind, text};

use crate::changes::Revision;
use crate::changes::eviction::{Eviction, Unchanged};
use crate::changes::origin_paths::OriginPaths;
use crate::changes::planner::{self, Budget};
use crate::changes::policy::Policy;
use crate::changes::viewer;
use crate::path::InvalidationPath;
use crate::plan::MAX_WILDCARDS;

/// What is invalidated for one difference, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// Sorted, none within another; empty when there is nothing to invalidate. At most [`MAX_WILDCARDS`] are wildcards.
    pub paths: Vec<Chosen>,
    /// The paths under which viewers ask for what changed, whatever they are covered with.
    pub changed: Vec<InvalidationPath>,
    /// Addresses of the changed keys that were counted.
    pub addresses: usize,
    /// Whether the page at `/` is among what changed.
    pub has_root_page: bool,
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
    /// This page changed, and it is served under addresses that nobody can list.
    Fallback(String),
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
            Self::Fallback(page) => {
                write!(f, "{} is also served under other addresses", text::printable(page))
            }
            Self::TooMany { needed, allowed } => {
                write!(f, "what changed needs {needed} paths, more than MAX_PATHS ({allowed})")
            }
            Self::TooManyWildcards(needed) => write!(
                f,
                "what changed needs {needed} wildcards, for query strings or for keys that hold `*` or `~`, and CloudFront takes \
                 {MAX_WILDCARDS}"
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
    /// It is gone, what is cached of it stays true to its name, and only pages ask for it.
    DeletedFingerprinted,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutsideOriginPath => "lies outside ORIGIN_PATH, where the distribution cannot reach it",
            Self::NewFingerprinted => "is new and fingerprinted: nothing else was served under its name",
            Self::New => "is new, and INVALIDATE_NEW is off",
            Self::DeletedFingerprinted => "is deleted and fingerprinted: no page asks for it any more",
        })
    }
}

impl Cover {
    /// Covers a difference.
    #[must_use]
    pub fn new(revision: Revision, policy: &Policy) -> Self {
        let mut cover = Self::of_changes(revision, policy);
        let origin_paths = policy.origin_paths.clone().unwrap_or_default();
        let directory = origin_paths.directory(revision.deploy.prefix.as_str());
        if let Some(directory) = directory.filter(|_| cover.paths.is_empty() && !cover.changed.is_empty()) {
            cover.choose(directory, &Unchanged::of_deploy(revision.deploy, &origin_paths), policy.max_paths);
        }
        cover
    }

    /// Whether nothing has to be invalidated for a difference.
    #[must_use]
    pub fn is_needless(revision: Revision, policy: &Policy) -> bool {
        Self::of_changes(revision, policy).changed.is_empty()
    }

    /// What changed, as far as it can be cached; covered only where nothing is to be chosen.
    fn of_changes(revision: Revision, policy: &Policy) -> Self {
        let origin_paths = policy.origin_paths.clone().unwrap_or_default();
        let prefix = revision.deploy.prefix.as_str();
        if let Some(reason) = &revision.difference.incomplete {
            let changed = whole(prefix, &origin_paths, policy);
            let widened = (!changed.is_empty()).then(|| Widened::Unknown(reason.clone()));
            let paths = changed.iter().map(|path| Chosen { path: path.clone(), needless: None }).collect();
            return Self { paths, changed, widened, ..Self::default() };
        }
        let mut cover = Self::default();
        let mut paths = BTreeSet::new();
        for (path, change) in &revision.difference.paths {
            let key = format!("{prefix}{path}");
            let visible: Vec<&str> = origin_paths.visible(&key).collect();
            if visible.is_empty() {
                cover.left_out.push((key, LeftOut::OutsideOriginPath));
                continue;
            }
            match change {
                Change::NewFingerprinted => {
                    cover.left_out.push((key, LeftOut::NewFingerprinted));
                    continue;
                }
                Change::DeletedFingerprinted if AssetKind::is_part_of_pages(path) => {
                    cover.left_out.push((key, LeftOut::DeletedFingerprinted));
                    continue;
                }
                Change::New if !policy.invalidate_new => {
                    cover.left_out.push((key, LeftOut::New));
                    continue;
                }
                Change::ContentFingerprinted => cover.fingerprinted.push(key.clone()),
                Change::New
                | Change::Content
                | Change::Headers
                | Change::Deleted
                | Change::DeletedFingerprinted => {}
            }
            for visible in visible {
                cover.has_root_page |= visible == policy.root_page();
                cover.addresses += viewer::addresses(visible, policy).count();
                if policy.is_fallback(visible) && cover.widened.is_none() {
                    cover.widened = Some(Widened::Fallback(key.clone()));
                }
                paths.extend(viewer::paths(visible, policy));
            }
        }
        if cover.widened.is_some() {
            paths = BTreeSet::from([InvalidationPath::everything()]);
        }
        cover.changed = without_covered(paths);
        cover
    }

    /// Chooses the paths for what changed; `directory` is what holds all of the deploy.
    fn choose(&mut self, directory: &str, unchanged: &Unchanged, max_paths: usize) {
        let wildcards = self.changed.iter().filter(|path| path.is_wildcard()).count();
        if self.widened.is_some() {
            // Everything is needed as it is.
        } else if self.changed.len() > max_paths {
            self.widened = Some(Widened::TooMany { needed: self.changed.len(), allowed: max_paths });
        } else if wildcards > MAX_WILDCARDS {
            self.widened = Some(Widened::TooManyWildcards(wildcards));
        }
        let budget = Budget { paths: max_paths, wildcards: MAX_WILDCARDS };
        let reach = InvalidationPath::spelling(directory);
        let paths = planner::plan(&self.changed, unchanged, &reach, budget)
            .unwrap_or_else(|| last_resort(directory, &self.changed));
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
            each: self.addresses,
        }
    }
}

/// Everything of a deploy that the distribution can reach: `/*`, or `/prefix/*` and its index at `/prefix`, which that
/// wildcard does not cover; and whatever else its pages are served under.
fn whole(prefix: &str, origin_paths: &OriginPaths, policy: &Policy) -> Vec<InvalidationPath> {
    let Some(directory) = origin_paths.directory(prefix) else { return Vec::new() };
    let everything = || vec![InvalidationPath::everything()];
    let mut fallbacks = policy.fallback_pages.iter().flatten();
    let Some(bare) = directory.strip_suffix('/') else { return everything() };
    if fallbacks.any(|page| page.starts_with(directory)) {
        return everything();
    }
    let has_root_page = policy.root_page().starts_with(directory);
    let alone = [Some(bare), has_root_page.then_some("")].into_iter().flatten();
    let mut paths = BTreeSet::from([InvalidationPath::beginning_with(directory)]);
    for address in alone {
        paths.insert(InvalidationPath::of_key(address));
        if policy.varies(address) {
            paths.insert(InvalidationPath::with_any_query(address));
        }
    }
    let paths = without_covered(paths.into_iter().flat_map(InvalidationPath::spellings).collect());
    if paths.len() <= policy.max_paths { paths } else { last_resort(directory, &paths) }
}

/// One wildcard for all of these: what begins like the deploy's directory, if they do, or everything.
fn last_resort(directory: &str, paths: &[InvalidationPath]) -> Vec<InvalidationPath> {
    let wildcard = InvalidationPath::beginning_with(directory.strip_suffix('/').unwrap_or_default());
    let stem = wildcard.as_str().trim_end_matches('*');
    let covers_all = paths.iter().all(|path| path.as_str().starts_with(stem));
    vec![if covers_all { wildcard } else { InvalidationPath::everything() }]
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
