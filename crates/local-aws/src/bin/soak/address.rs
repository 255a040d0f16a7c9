//! Where a visitor finds a file.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but what RFC 3986 leaves alone and the slashes between names.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The path of a file's address.
pub(crate) fn address(path: &str) -> String {
    format!("/{}", utf8_percent_encode(path, ENCODED))
}
