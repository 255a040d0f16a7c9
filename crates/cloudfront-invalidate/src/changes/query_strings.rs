//! Where a distribution keeps copies of one page apart by query string.

/// For each address, whether the query string is part of what its copies are known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryStrings {
    /// Path patterns, of which the first that fits decides.
    patterns: Vec<(PathPattern, bool)>,
    /// For addresses that fit none.
    otherwise: bool,
}

impl QueryStrings {
    /// The same for every address.
    #[must_use]
    pub fn everywhere(vary: bool) -> Self {
        Self { patterns: Vec::new(), otherwise: vary }
    }

    /// With these cache behaviours before the default one.
    #[must_use]
    pub fn by_pattern(patterns: Vec<(PathPattern, bool)>, otherwise: bool) -> Self {
        Self { patterns, otherwise }
    }

    /// Whether the copies of an address, without its first slash and not encoded, are kept apart.
    #[must_use]
    pub fn vary(&self, address: &str) -> bool {
        let first = self.patterns.iter().find(|(pattern, _)| pattern.fits(address));
        first.map_or(self.otherwise, |(_, vary)| *vary)
    }

    /// Whether any address has copies.
    #[must_use]
    pub fn vary_anywhere(&self) -> bool {
        self.otherwise || self.patterns.iter().any(|(_, vary)| *vary)
    }
}

/// The path pattern of a cache behaviour: `*` stands for any text, `?` for one character, and a first slash says nothing
/// (Developer Guide, "Path pattern").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern(Vec<char>);

impl PathPattern {
    /// Any text is a pattern.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.strip_prefix('/').unwrap_or(text).chars().collect())
    }

    fn fits(&self, address: &str) -> bool {
        let Self(pattern) = self;
        let address: Vec<char> = address.chars().collect();
        let (mut place, mut at) = (0, 0);
        // Behind the last `*`, and what that one stands for so far: a longer text is tried when the rest does not fit.
        let mut star = None;
        while at < address.len() {
            match pattern.get(place) {
                Some('*') => {
                    place += 1;
                    star = Some((place, at));
                }
                Some(&character) if character == '?' || character == address[at] => {
                    place += 1;
                    at += 1;
                }
                _ => {
                    let Some((behind, end)) = star else { return false };
                    star = Some((behind, end + 1));
                    (place, at) = (behind, end + 1);
                }
            }
        }
        pattern[place..].iter().all(|character| *character == '*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_cache_behaviours() {
        for (pattern, address, fits) in [
            ("*", "", true),
            ("*", "a/b", true),
            ("/*", "a", true),
            ("images/*.jpg", "images/a/b.jpg", true),
            ("/images/*.jpg", "images/a.jpg", true),
            ("images/*.jpg", "images/a.png", false),
            ("images/*.jpg", "a/images/a.jpg", false),
            ("a?c", "abc", true),
            ("a?c", "a/c", true),
            ("a??", "ab", false),
            ("a*b*c", "axxbxxbc", true),
            ("a*b*c", "axxcxx", false),
            ("A", "a", false),
            ("a", "a/", false),
            ("a*", "a", true),
            ("*é?", "caféé", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(PathPattern::new(pattern).fits(address), fits, "{pattern} {address}");
        }
    }

    #[test]
    fn the_first_pattern_that_fits_decides() {
        let patterns = [("api/static/*", false), ("api/*", true)];
        let patterns = patterns.map(|(pattern, vary)| (PathPattern::new(pattern), vary));
        for otherwise in [true, false] {
            let query_strings = QueryStrings::by_pattern(patterns.to_vec(), otherwise);
            for (address, vary) in
                [("api/a", true), ("api/static/a", false), ("api", otherwise), ("", otherwise)]
            {
                assert_eq!(query_strings.vary(address), vary, "{address} otherwise {otherwise}");
            }
        }
    }
}
