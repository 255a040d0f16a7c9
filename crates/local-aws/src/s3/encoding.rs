//! How S3 writes keys, digests and tokens: `encoding-type=url`, hexadecimal, continuation tokens.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What `encoding-type=url` leaves as it is, besides letters and digits.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b'/');

/// A key as `encoding-type=url` shows it: form encoding with the slash kept, so a blank is `+` and a plus `%2B`.
pub(super) fn url(key: &str) -> String {
    match Cow::from(utf8_percent_encode(key, ENCODED)) {
        Cow::Borrowed(plain) => plain.to_owned(),
        // A literal percent sign has become %25 by now, so every %20 stands for a blank.
        Cow::Owned(encoded) => encoded.replace("%20", "+"),
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The continuation token that means "after this name".
pub(super) fn token(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(last)
}

/// The name a continuation token stands for; `None` when it is not one of ours.
pub(super) fn from_token(token: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_as_a_listing_shows_them() {
        for (key, shown) in [
            ("index.html", "index.html"),
            ("a b/c+d", "a+b/c%2Bd"),
            ("100%.txt", "100%25.txt"),
            ("%20", "%2520"),
            ("é*~", "%C3%A9*%7E"),
            ("line\nbreak", "line%0Abreak"),
            ("test_file(3).png", "test_file%283%29.png"),
        ] {
            assert_eq!(url(key), shown);
        }
    }

    #[test]
    fn a_token_names_a_key_again() {
        assert_eq!(from_token(&token("a+b/é")).as_deref(), Some("a+b/é"));
        assert_eq!(from_token("not a token"), None);
    }
}
