//! ETags: what they say of an object's bytes, and when they say nothing.

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use crate::part_size::part_size;

/// An ETag by its shape. The shape alone does not prove what it is: with SSE-KMS and SSE-C it is no MD5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ETag {
    /// 32 hexadecimal digits.
    Single([u8; 16]),
    /// 32 hexadecimal digits, a hyphen and a number of parts.
    Parts([u8; 16], u32),
    /// Anything else, by the MD5 of its text.
    Other([u8; 16]),
}

impl ETag {
    /// Reads an ETag with or without its quotes.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.trim_matches('"');
        let (digits, parts) = match text.split_once('-') {
            Some((digits, parts)) => (digits, Some(parts.parse())),
            None => (text, None),
        };
        match (unhex(digits), parts) {
            (Some(md5), None) => Self::Single(md5),
            (Some(md5), Some(Ok(parts))) => Self::Parts(md5, parts),
            _ => Self::Other(Md5::digest(text).into()),
        }
    }

    /// Whether its text can be told from it.
    #[must_use]
    pub(crate) fn is_known(&self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// The ETag as S3 writes it, where it is known.
    #[must_use]
    pub(crate) fn text(&self) -> Option<String> {
        let hex = |digest: &[u8; 16]| digest.map(|byte| format!("{byte:02x}")).concat();
        match self {
            Self::Single(md5) => Some(format!("\"{}\"", hex(md5))),
            Self::Parts(md5, parts) => Some(format!("\"{}-{parts}\"", hex(md5))),
            Self::Other(_) => None,
        }
    }

    /// Whether a file of this size, in bytes, can be read for the ETag it would have as this object: uploaded in one piece,
    /// or in the AWS CLI's parts.
    #[must_use]
    pub(crate) fn is_comparable(&self, size: u64) -> bool {
        match self {
            Self::Single(_) => true,
            Self::Parts(_, parts) => u64::from(*parts) == size.div_ceil(part_size(size)).max(1),
            Self::Other(_) => false,
        }
    }
}

fn unhex(digits: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    // `from_str_radix` would take a sign.
    if digits.len() != 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..32).step_by(2)) {
        *byte = u8::from_str_radix(&digits[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let digits = "d41d8cd98f00b204e9800998ecf8427e";
        let md5 = unhex(digits).expect("hexadecimal");
        assert_eq!(md5[..4], [0xd4, 0x1d, 0x8c, 0xd9]);
        for (text, etag) in [
            (format!("\"{digits}\""), ETag::Single(md5)),
            (digits.to_uppercase(), ETag::Single(md5)),
            (format!("{digits}-12"), ETag::Parts(md5, 12)),
        ] {
            assert_eq!(ETag::parse(&text), etag, "{text}");
        }
        for text in [&format!("{digits}-x"), &digits[1..], &"+1".repeat(16), &"é".repeat(16), ""] {
            assert!(matches!(ETag::parse(text), ETag::Other(_)), "{text}");
        }
        assert_ne!(ETag::parse("opaque"), ETag::parse("opaque too"));
    }

    #[test]
    fn a_file_is_read_for_an_etag_that_it_can_have() {
        const MIB: u64 = 1 << 20;
        for (etag, size, comparable) in [
            (ETag::Single([1; 16]), 100 * MIB, true),
            (ETag::Parts([1; 16], 1), 0, true),
            (ETag::Parts([1; 16], 1), 8 * MIB, true),
            (ETag::Parts([1; 16], 1), 8 * MIB + 1, false),
            (ETag::Parts([1; 16], 2), 8 * MIB + 1, true),
            (ETag::Parts([1; 16], 2), 3, false),
            (ETag::Other([1; 16]), 3, false),
        ] {
            assert_eq!(etag.is_comparable(size), comparable, "{etag:?} {size}");
        }
    }
}
