//! What a configuration says of the headers of each file: variables and flags for all, presets, and the rules of a file.

use super::encoding::Encoding;
use super::file::HeadersFile;
use super::fingerprint::Fingerprints;
use super::page::{self, Pages};
use super::{Headers, content_type, presets};

/// From the general to the particular; what comes later wins:
///
/// 1. variables and the flags of `EXTRA_ARGS`, which are about every file; the content type guessed from the name,
/// 2. the presets of `CACHE_CONTROL: auto`,
/// 3. the rules of `HEADERS_FILE` that match, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HeaderRules {
    /// What is said of every object.
    pub(crate) base: Headers,
    /// `CACHE_CONTROL: auto`.
    pub(crate) presets: bool,
    /// The rules of `HEADERS_FILE`.
    pub(crate) file: HeadersFile,
    /// Which files are fingerprinted.
    pub(crate) fingerprints: Fingerprints,
    /// Which files are pages.
    pub(crate) pages: Pages,
}

impl From<Headers> for HeaderRules {
    fn from(base: Headers) -> Self {
        Self { base, ..Self::default() }
    }
}

impl HeaderRules {
    /// Everything that the object of this path is sent with, its content type included.
    #[must_use]
    pub(crate) fn of(&self, path: &str) -> Headers {
        let mut headers = self.base.clone();
        headers.content_type = self.base.content_type_of(path).map(str::to_owned);
        if self.presets {
            let preset = presets::cache_control(self.is_page(path), self.is_fingerprinted(path));
            headers.cache_control = Some(preset.to_owned());
        }
        self.file.apply(path, &mut headers);
        headers
    }

    /// The encoding in which browsers will take this path to be, where a file shows whether it is.
    #[must_use]
    pub(crate) fn encoding_of(&self, path: &str) -> Option<Encoding> {
        let mut headers =
            Headers { content_encoding: self.base.content_encoding.clone(), ..Headers::default() };
        self.file.apply(path, &mut headers);
        Encoding::of(headers.content_encoding.as_deref()?)
    }

    /// Whether any file gets a `Content-Encoding`.
    #[must_use]
    pub(crate) fn has_encodings(&self) -> bool {
        self.base.content_encoding.is_some() || self.file.has_encodings()
    }

    /// Whether a file may only appear once everything else has.
    #[must_use]
    pub(crate) fn is_page(&self, path: &str) -> bool {
        let given =
            self.file.content_type_of(path).or_else(|| self.base.content_type_of(path).map(str::to_owned));
        // A page is one by its name even when another type, or none, is asked for.
        self.pages.has(path, given.as_deref()) || self.pages.has(path, content_type::guess(path))
    }

    /// Whether other content would be at another URL. A page never is, also one that `PAGES` does not name.
    #[must_use]
    pub(crate) fn is_fingerprinted(&self, path: &str) -> bool {
        self.fingerprints.has(path) && !self.is_page(path) && !page::is_page(path, content_type::guess(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(base: Headers, presets: bool, file: &str) -> HeaderRules {
        let file = HeadersFile::parse(file).expect("valid");
        HeaderRules { base, presets, file, ..HeaderRules::default() }
    }

    #[test]
    fn what_is_said_of_fewer_files_wins() {
        let base = || Headers {
            cache_control: Some("max-age=60".into()),
            content_encoding: Some("gzip".into()),
            ..Headers::default()
        };
        let file = "/docs/*\n  Cache-Control: no-store\n  ! Content-Encoding\n  Content-Type: text/plain\n";
        let of = |presets, path| rules(base(), presets, file).of(path);
        let cached = |presets, path| of(presets, path).cache_control.unwrap_or_default();
        assert_eq!(cached(false, "a.txt"), "max-age=60");
        assert_eq!(cached(true, "a.txt"), "public, max-age=3600");
        assert_eq!(cached(true, "docs/a.html"), "no-store");
        assert_eq!(of(false, "a.txt").content_encoding.as_deref(), Some("gzip"));
        assert_eq!(of(false, "docs/a.html").content_encoding, None);
        assert_eq!(of(false, "docs/a.html").content_type.as_deref(), Some("text/plain"));
        assert_eq!(of(false, "a.html").content_type.as_deref(), Some("text/html"));
    }

    #[test]
    fn a_type_given_by_a_rule_makes_pages_and_unmakes_none() {
        let file = "/about\n  Content-Type: text/html\n/x.html\n  Content-Type: text/plain\n";
        let rules = rules(Headers::default(), false, file);
        for (path, is_page) in [("about", true), ("x.html", true), ("other", false), ("x.css", false)] {
            assert_eq!(rules.is_page(path), is_page, "{path}");
        }
    }
}
