//! Compressed contents: whether a file is what its `Content-Encoding` promises.

use std::fmt;

/// An encoding that the first bytes of a file tell. Those of `br`, `compress` and `deflate` do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Encoding {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Encoding {
    const ALL: [Self; 2] = [Self::Gzip, Self::Zstd];

    /// The one that has to be undone first, which is the last that a header names.
    #[must_use]
    pub(crate) fn of(content_encoding: &str) -> Option<Self> {
        let last = content_encoding.rsplit(',').next().unwrap_or_default().trim();
        match last.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The one that a file with these first bytes is in.
    #[must_use]
    pub(crate) fn seen_in(start: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| start.starts_with(encoding.magic()))
    }

    fn magic(self) -> &'static [u8] {
        match self {
            Self::Gzip => &[0x1f, 0x8b],
            Self::Zstd => &[0x28, 0xb5, 0x2f, 0xfd],
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_encoding_is_undone_first() {
        for (header, expected) in [
            ("gzip", Some(Encoding::Gzip)),
            ("GZip", Some(Encoding::Gzip)),
            ("x-gzip", Some(Encoding::Gzip)),
            ("br, gzip", Some(Encoding::Gzip)),
            ("gzip,br", None),
            ("zstd", Some(Encoding::Zstd)),
            ("br", None),
            ("identity", None),
            ("", None),
        ] {
            assert_eq!(Encoding::of(header), expected, "{header}");
        }
    }

    #[test]
    fn first_bytes_tell() {
        for (start, expected) in [
            (&b"\x1f\x8b\x08"[..], Some(Encoding::Gzip)),
            (b"\x1f", None),
            (b"\x28\xb5\x2f\xfd", Some(Encoding::Zstd)),
            (b"\x28\xb5\x2f", None),
            (b"<html>", None),
            (b"", None),
        ] {
            assert_eq!(Encoding::seen_in(start), expected, "{start:?}");
        }
    }
}
