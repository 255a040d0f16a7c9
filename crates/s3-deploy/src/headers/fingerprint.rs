//! `FINGERPRINTED`: which files have a digest of their content in their name, so that other content has another URL.

mod name;
mod random;
#[cfg(test)]
mod tests;
mod words;

use crate::filters::pattern::Pattern;

/// The word that switches recognition by name off.
const NONE: &str = "none";

/// Which files are fingerprinted, pages apart. By default those whose names look so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fingerprints {
    /// Files that the user calls so.
    patterns: Vec<Pattern>,
    /// Whether the user's patterns are all.
    is_by_pattern_alone: bool,
}

impl Fingerprints {
    /// Reads patterns between white space; those of `--include`. With `none` among them, only these count. A file that is
    /// called `none` is `[n]one`.
    pub(crate) fn new(text: Option<&str>) -> Self {
        let words = text.unwrap_or_default().split_whitespace();
        let (none, patterns): (Vec<_>, Vec<_>) = words.partition(|word| word.eq_ignore_ascii_case(NONE));
        Self {
            patterns: patterns.into_iter().map(Pattern::new).collect(),
            is_by_pattern_alone: !none.is_empty(),
        }
    }

    /// Whether a file that is not a page is one.
    pub(super) fn has(&self, path: &str) -> bool {
        (!self.is_by_pattern_alone && name::is_fingerprinted(path))
            || self.patterns.iter().any(|pattern| pattern.matches(path))
    }
}
