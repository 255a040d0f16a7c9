//! Which files are pages: what refers to other files, and so is published after all of them.

use crate::filters::pattern::Pattern;

/// `PAGES`: which files are pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pages(Option<Vec<Pattern>>);

impl Pages {
    /// Reads patterns between blanks; those of `--include`. Without one the pages are told by [`is_page`].
    pub(crate) fn new(patterns: Option<&str>) -> Self {
        Self(patterns.map(|patterns| patterns.split_whitespace().map(Pattern::new).collect()))
    }

    /// Whether this file is one.
    pub(super) fn has(&self, path: &str, content_type: Option<&str>) -> bool {
        match &self.0 {
            Some(patterns) => patterns.iter().any(|pattern| pattern.matches(path)),
            None => is_page(path, content_type),
        }
    }
}

/// Whether a file may only appear once everything else has: HTML, service workers, web manifests, feeds and sitemaps.
#[must_use]
pub(crate) fn is_page(path: &str, content_type: Option<&str>) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    content_type.is_some_and(is_html)
        || is_service_worker(&name)
        || is_manifest(&name)
        || is_feed_or_sitemap(&name)
}

/// Whatever a type says besides, such as its charset.
fn is_html(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"].iter().any(|html| media_type.eq_ignore_ascii_case(html))
}

fn has_extension(name: &str, extensions: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
}

/// The names that Workbox, Angular, Firebase and hand-written workers use. A fingerprinted chunk is none of them.
fn is_service_worker(name: &str) -> bool {
    let Some((stem, "js" | "mjs")) = name.rsplit_once('.') else { return false };
    matches!(stem, "sw" | "service-worker" | "serviceworker" | "service_worker" | "ngsw-worker" | "ngsw")
        || stem.ends_with("-sw")
}

fn is_manifest(name: &str) -> bool {
    has_extension(name, &["webmanifest", "appcache"])
        || matches!(name, "manifest.json" | "asset-manifest.json" | "ngsw.json")
}

fn is_feed_or_sitemap(name: &str) -> bool {
    has_extension(name, &["rss", "atom"])
        || matches!(name, "feed.xml" | "rss.xml" | "atom.xml" | "index.xml" | "feed.json")
        || (name.starts_with("sitemap") && has_extension(name.trim_end_matches(".gz"), &["xml"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::content_type;

    #[test]
    fn patterns_take_the_place_of_the_names() {
        let pages = Pages::new(Some("*.php\ncatalogue/*  x.html"));
        for (path, is_page) in
            [("a/b.php", true), ("catalogue/1.json", true), ("x.html", true), ("index.html", false)]
        {
            assert_eq!(pages.has(path, Some("text/html")), is_page, "{path}");
        }
        assert!(Pages::new(None).has("index.html", Some("text/html")));
    }

    #[test]
    fn a_type_may_say_more_than_that_it_is_html() {
        for (media_type, expected) in [
            ("text/html; charset=utf-8", true),
            ("text/html;charset=utf-8", true),
            ("Text/HTML", true),
            ("application/xhtml+xml; charset=utf-8", true),
            ("text/html-sandboxed", false),
            ("text/plain; charset=utf-8", false),
        ] {
            assert_eq!(is_page("about", Some(media_type)), expected, "{media_type}");
        }
    }

    #[test]
    fn pages_and_assets() {
        let is = |path| is_page(path, content_type::guess(path));
        for page in [
            "index.html",
            "a/b/About.HTM",
            "page.xhtml",
            "sw.js",
            "a/service-worker.js",
            "firebase-messaging-sw.js",
            "site.webmanifest",
            "manifest.json",
            "feed.xml",
            "blog/index.xml",
            "sitemap.xml",
            "sitemap-0.xml",
            "sitemap.xml.gz",
            "news.rss",
        ] {
            assert!(is(page), "{page}");
        }
        for asset in [
            "app.3f9a1c07.js",
            "swan.js",
            "answer.js",
            "data.json",
            "logo.svg",
            "html",
            "x.html.map",
            "data.xml",
        ] {
            assert!(!is(asset), "{asset}");
        }
    }
}
