//! The content type of a file, guessed from its name as `aws s3 sync` does it: by the rules of Python's `mimetypes`.

mod table;
#[cfg(test)]
mod tests;

/// Extensions that stand for two.
const SHORTHANDS: [(&str, &str, &str); 6] = [
    ("svgz", ".svg", ".gz"),
    ("taz", ".tar", ".gz"),
    ("tbz2", ".tar", ".bz2"),
    ("tgz", ".tar", ".gz"),
    ("txz", ".tar", ".xz"),
    ("tz", ".tar", ".gz"),
];

/// Extensions that say how the bytes are packed; the one before says what is packed. Capitals matter.
const PACKINGS: [&str; 5] = [".Z", ".br", ".bz2", ".gz", ".xz"];

/// The media type for a file's name, or `None` for an unknown extension: S3 then stores `binary/octet-stream`.
///
/// No charset is added, and no `Content-Encoding` follows from `.gz` or `.br`, as `aws s3 sync` adds neither.
#[must_use]
pub(crate) fn guess(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next()?;
    let (stem, extension) = split(name);
    let shorthand = SHORTHANDS.iter().find(|(short, ..)| is(extension, short));
    let extension = match shorthand {
        Some((_, what, _)) => what,
        None if PACKINGS.contains(&extension) => split(stem).1,
        None => extension,
    };
    if PACKINGS.iter().any(|packing| packing.eq_ignore_ascii_case(extension)) {
        return None;
    }
    table::media_type(&extension.strip_prefix('.')?.to_ascii_lowercase())
}

fn is(extension: &str, name: &str) -> bool {
    extension.strip_prefix('.').is_some_and(|extension| extension.eq_ignore_ascii_case(name))
}

/// A name and its extension with the dot; dots at the beginning begin none.
fn split(name: &str) -> (&str, &str) {
    let hidden = name.len() - name.trim_start_matches('.').len();
    match name.rfind('.') {
        Some(dot) if dot >= hidden => name.split_at(dot),
        _ => (name, ""),
    }
}
