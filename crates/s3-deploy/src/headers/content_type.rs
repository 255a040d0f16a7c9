//! The content type of a file, guessed from its name.

/// The media type for a file's name, or `None` for an unknown extension: S3 then stores `binary/octet-stream`.
///
/// No charset is added, as `aws s3 sync` adds none.
#[must_use]
pub(crate) fn guess(path: &str) -> Option<&'static str> {
    let extension = path.rsplit('/').next()?.rsplit_once('.')?.1.to_ascii_lowercase();
    let corrected =
        CORRECTIONS.iter().find(|(known, _)| *known == extension).map(|(_, media_type)| *media_type);
    corrected.or_else(|| mime_guess::from_ext(&extension).first_raw())
}

/// Where the table of `mime_guess` is behind the standards.
const CORRECTIONS: [(&str, &str); 5] = [
    // IANA's name for it, and what `aws s3 sync` sends.
    ("ico", "image/vnd.microsoft.icon"),
    // ECMA-426: a source map is JSON.
    ("map", "application/json"),
    // RFC 9239.
    ("mjs", "text/javascript"),
    // RFC 8081.
    ("woff", "font/woff"),
    // RFC 7303 prefers it to `text/xml`, and so does `aws s3 sync`.
    ("xml", "application/xml"),
];

#[cfg(test)]
mod tests {
    use super::guess;

    /// The types a website has, by IANA's registry.
    #[test]
    fn types_of_a_website() {
        for (path, media_type) in [
            ("index.html", "text/html"),
            ("a/b.htm", "text/html"),
            ("site.css", "text/css"),
            ("app.js", "text/javascript"),
            ("app.mjs", "text/javascript"),
            ("data.json", "application/json"),
            ("app.js.map", "application/json"),
            ("site.webmanifest", "application/manifest+json"),
            ("feed.xml", "application/xml"),
            ("robots.txt", "text/plain"),
            ("logo.svg", "image/svg+xml"),
            ("photo.JPG", "image/jpeg"),
            ("photo.png", "image/png"),
            ("photo.webp", "image/webp"),
            ("photo.avif", "image/avif"),
            ("favicon.ico", "image/vnd.microsoft.icon"),
            ("text.woff2", "font/woff2"),
            ("text.woff", "font/woff"),
            ("module.wasm", "application/wasm"),
            ("leaflet.pdf", "application/pdf"),
            ("clip.mp4", "video/mp4"),
        ] {
            assert_eq!(guess(path), Some(media_type), "{path}");
        }
        for unknown in ["CNAME", "LICENSE", "a.unknown-extension", ".well-known/x", "v1.2/LICENSE"] {
            assert_eq!(guess(unknown), None, "{unknown}");
        }
    }
}
