//! The digests of the headers that files are sent with. Most files of a site share a few header sheets.

use std::collections::HashMap;

use super::Headers;
use super::rules::HeaderRules;

/// Digests kept at most: rules with placeholders may give every file headers of its own.
const KEPT: usize = 1024;

/// Digests of sheets, each made once.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    rules: &'a HeaderRules,
    digests: HashMap<Headers, u64>,
}

impl<'a> Wanted<'a> {
    pub(crate) fn by(rules: &'a HeaderRules) -> Self {
        Self { rules, digests: HashMap::new() }
    }

    /// A digest of everything that the object of this path is sent with.
    pub(crate) fn digest(&mut self, path: &str) -> u64 {
        let headers = self.rules.of(path);
        if let Some(digest) = self.digests.get(&headers) {
            return *digest;
        }
        let digest = headers.sheet().digest();
        if self.digests.len() < KEPT {
            self.digests.insert(headers, digest);
        }
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_the_digest_of_its_own_headers() {
        let rules = HeaderRules { presets: true, ..HeaderRules::default() };
        let mut wanted = Wanted::by(&rules);
        for path in ["a.html", "b.html", "a.css", "app.1a2b3c4d.css", "b.css", "a.html"] {
            assert_eq!(wanted.digest(path), rules.of(path).sheet().digest(), "{path}");
        }
        assert_eq!(wanted.digests.len(), 3);
    }
}
