//! Where a visitor finds a file.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What browsers encode in the link to a file (`encodeURI` of ECMAScript), and what would mean something else there: `#`
/// and `?` end a path, and S3 reads a `+` as a blank.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b'-')
    .remove(b'.')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@')
    .remove(b'_')
    .remove(b'~');

/// The path of a file's address.
pub(crate) fn address(path: &str) -> String {
    format!("/{}", utf8_percent_encode(path, ENCODED))
}
