//! The key under which an edge caches: the path as the viewer asked for it and, where configured, the query string.

use std::fmt::Write as _;

use http::Uri;

use crate::cloudfront::QueryStrings;

/// A cache key, written as an invalidation path would name it.
///
/// Two spellings are one key where RFC 3986 says that they are the same: `%c3` and `%C3`, `%61` and `a`. `%2B` and `+`
/// are two keys, and so are `/dir` and `/dir/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(String);

impl Key {
    /// The key of a request, with the part of its query that these count.
    pub(super) fn of(uri: &Uri, query_strings: &QueryStrings) -> Self {
        let mut key = spelled(uri.path());
        let query = query_strings.part(uri.query().unwrap_or_default());
        if !query.is_empty() {
            key.push('?');
            key.push_str(&spelled(&query));
        }
        Self(key)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text with its percent-encoding in the normal form of RFC 3986, 6.2.2.
pub(super) fn spelled(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let [first, rest @ ..] = bytes {
        let decoded = encoded_byte(bytes);
        bytes = if decoded.is_some() { &rest[2..] } else { rest };
        match decoded {
            Some(byte) if is_unreserved(byte) => spelled.push(byte.into()),
            None if first.is_ascii_graphic() => spelled.push((*first).into()),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(spelled, "%{:02X}", decoded.unwrap_or(*first));
            }
        }
    }
    spelled
}

/// The byte that a text beginning with `%` and two hexadecimal digits begins with.
fn encoded_byte(text: &[u8]) -> Option<u8> {
    let digits = text.strip_prefix(b"%")?.get(..2)?;
    let both_are_digits = digits.iter().all(u8::is_ascii_hexdigit);
    both_are_digits.then(|| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok())?
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_are_one_key() {
        for (uri, query_strings, expected) in [
            ("/", false, "/"),
            ("/a/b.html", false, "/a/b.html"),
            ("/%61%2dB", false, "/a-B"),
            ("/caf%c3%a9", false, "/caf%C3%A9"),
            ("/a%2bb", false, "/a%2Bb"),
            ("/a+b&c'", false, "/a+b&c'"),
            ("/100%25", false, "/100%25"),
            ("/dir/", false, "/dir/"),
            ("/a?x=1", false, "/a"),
            ("/a?x=%c3", true, "/a?x=%C3"),
            ("/a?", true, "/a"),
            ("/a?b=2&a=1", true, "/a?b=2&a=1"),
        ] {
            let uri: Uri = uri.parse().expect("a URI");
            let query_strings = if query_strings { QueryStrings::All } else { QueryStrings::None };
            assert_eq!(Key::of(&uri, &query_strings).as_str(), expected, "{uri}");
        }
        assert_eq!(spelled("/é%zz%"), "/%C3%A9%zz%");
    }
}
