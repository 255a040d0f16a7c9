//! `CACHE_CONTROL: auto`: how long a file may be kept by caches, told from what it is.

/// The word that asks for the presets.
pub(crate) const AUTO: &str = "auto";

/// Other content would be at another URL, so nobody has to ask again for a year, the longest that browsers keep anything.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// May be kept, but not shown without asking whether it is still the newest: what refers to everything else.
const ASK_FIRST: &str = "no-cache";

/// Neither: an hour is short enough for an edit to be seen, and long enough to spare a visit's repeated requests.
const AN_HOUR: &str = "public, max-age=3600";

/// The `Cache-Control` of a file.
#[must_use]
pub(super) const fn cache_control(is_page: bool, is_fingerprinted: bool) -> &'static str {
    match (is_page, is_fingerprinted) {
        (true, _) => ASK_FIRST,
        (false, true) => FOREVER,
        (false, false) => AN_HOUR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::Headers;
    use crate::headers::rules::HeaderRules;

    #[test]
    fn every_kind_of_file() {
        let rules = HeaderRules { presets: true, ..HeaderRules::from(Headers::default()) };
        for (path, expected) in [
            ("index.html", ASK_FIRST),
            ("blog/index.3f9a1c07.html", ASK_FIRST),
            ("sw.js", ASK_FIRST),
            ("site.webmanifest", ASK_FIRST),
            ("feed.xml", ASK_FIRST),
            ("assets/app.3f9a1c07.js", FOREVER),
            ("assets/index-DiwrgT4a.css", FOREVER),
            ("assets/app.js", AN_HOUR),
            ("photo_20240131.jpg", AN_HOUR),
            ("robots.txt", AN_HOUR),
        ] {
            assert_eq!(rules.of(path).cache_control.as_deref(), Some(expected), "{path}");
        }
    }
}
