//! The kinds of files to which build tools give names with a digest of the content.

/// A kind of file that build tools make or copy, by the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetKind {
    /// Scripts and WebAssembly, and the source maps of scripts.
    Code,
    /// Style sheets and their source maps.
    Style,
    /// Fonts for the web.
    Font,
    /// Pictures.
    Image,
}

impl AssetKind {
    /// The kind of a path, and its file name without the endings that say so: `app.min` of `js/app.min.js.map.gz`.
    ///
    /// Endings in capitals belong to files that people name, and have no kind.
    #[must_use]
    pub fn split(path: &str) -> Option<(&str, Self)> {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        let plain = [".gz", ".br", ".zst"].iter().find_map(|ending| name.strip_suffix(ending));
        let name = plain.unwrap_or(name);
        let mapped = name.strip_suffix(".map");
        let (stem, extension) = mapped.unwrap_or(name).rsplit_once('.')?;
        let kind = match extension {
            "js" | "mjs" | "cjs" | "wasm" => Self::Code,
            "css" => Self::Style,
            "woff2" | "woff" | "ttf" | "otf" | "eot" => Self::Font,
            "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "avif" | "ico" => Self::Image,
            _ => return None,
        };
        let has_map = matches!(kind, Self::Code | Self::Style);
        (has_map || mapped.is_none()).then_some((stem, kind))
    }

    /// Whether a file is code, a style sheet or a font: only pages ask for it, so a copy of a deleted one may stay in caches.
    /// People publish images and documents for their own sake, and a deleted one may have been taken down.
    #[must_use]
    pub fn is_part_of_pages(path: &str) -> bool {
        matches!(Self::split(path), Some((_, Self::Code | Self::Style | Self::Font)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_stems() {
        for (path, expected) in [
            ("js/app.min.js", Some(("app.min", AssetKind::Code))),
            ("app.js.map", Some(("app", AssetKind::Code))),
            ("app.mjs.map.br", Some(("app", AssetKind::Code))),
            ("a.wasm.gz", Some(("a", AssetKind::Code))),
            ("a.b/site.css", Some(("site", AssetKind::Style))),
            ("site.css.map", Some(("site", AssetKind::Style))),
            ("inter.woff2", Some(("inter", AssetKind::Font))),
            ("logo.svg.gz", Some(("logo", AssetKind::Image))),
            ("photo.jpeg", Some(("photo", AssetKind::Image))),
            (".js", Some(("", AssetKind::Code))),
            ("photo.JPG", None),
            ("photo.png.map", None),
            ("site.map", None),
            ("app.js.LICENSE.txt", None),
            ("index.html", None),
            ("data.json", None),
            ("film.mp4", None),
            ("js", None),
            ("a.js/README", None),
            ("", None),
        ] {
            assert_eq!(AssetKind::split(path), expected, "{path}");
        }
    }

    #[test]
    fn images_and_documents_are_not_part_of_pages() {
        for (path, expected) in [
            ("a.js", true),
            ("a.css.map", true),
            ("a.woff2", true),
            ("a.svg", false),
            ("a.jpg", false),
            ("a.pdf", false),
        ] {
            assert_eq!(AssetKind::is_part_of_pages(path), expected, "{path}");
        }
    }
}
