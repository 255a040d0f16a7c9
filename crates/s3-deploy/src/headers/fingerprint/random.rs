//! Recognises digests in base32 and base64url: texts of letters and digits that nobody would write. Pure.

use std::ops::RangeInclusive;

use super::words;

/// The length of the digests of Vite, Rollup and esbuild.
const SHORT: usize = 8;

/// Longer ones, for which these tools and webpack can be configured.
const LONGER: RangeInclusive<usize> = 9..=32;

/// How improbable two characters of a longer text are at least.
const LONGER_LIMIT: u32 = 15;

/// How improbable a text of eight characters is at least, by its form: in mixed case, with a word of a single letter and
/// without, or with words between hyphens; in capitals and digits of base32, and of base64url; in small letters and digits.
const IRREGULAR: u32 = 57;
const REGULAR: u32 = 61;
const REGULAR_WITH_DIGIT: u32 = 59;
const HYPHENATED: u32 = 68;
const BASE32: u32 = 51;
const CAPITALS: u32 = 62;
const SMALL: u32 = 66;
/// In an image, in whose name people write acronyms.
const CAPITALS_OF_IMAGE: u32 = 58;

/// More digits in a row are a year or a number.
const DIGITS: usize = 3;

/// Whether a tool wrote this text. In the name of an image less is taken for a digest: people name images after articles,
/// cameras and places, and store them under identifiers.
pub(super) fn is_random(text: &str, is_image: bool) -> bool {
    let limit = match text.len() {
        SHORT => limit(text, is_image),
        length if LONGER.contains(&length) && !is_image => limit_of_longer(text),
        _ => None,
    };
    limit.is_some_and(|limit| words::improbability(text) >= limit)
}

/// `None` where no tool writes such a text, or people write it too.
fn limit(text: &str, is_image: bool) -> Option<u32> {
    let all = |is: fn(u8) -> bool| text.bytes().all(is);
    if !all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        return None;
    }
    let has = |is: fn(&u8) -> bool| text.bytes().any(|byte| is(&byte));
    let is_base32 = || all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
    let has_digit = has(u8::is_ascii_digit);
    let has_number = longest_number(text) > DIGITS;
    let is_hyphenated = words::is_hyphenated(text);
    match (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase)) {
        (true, true) if is_image && (has_number || is_hyphenated) => None,
        (true, true) if is_hyphenated => Some(HYPHENATED),
        (true, true) if words::is_regular(text) => {
            Some(if has_digit && !is_image { REGULAR_WITH_DIGIT } else { REGULAR })
        }
        (true, true) => Some(IRREGULAR),
        _ if has_number || is_hyphenated => None,
        (true, false) if is_image => {
            let limit = if has_digit { BASE32 } else { CAPITALS_OF_IMAGE };
            is_base32().then_some(limit)
        }
        (true, false) => Some(if is_base32() { BASE32 } else { CAPITALS }),
        (false, true) => {
            (!is_image && has_digit && all(|byte| byte.is_ascii_alphanumeric())).then_some(SMALL)
        }
        (false, false) => None,
    }
}

/// Letters in mixed case and digits.
fn limit_of_longer(text: &str) -> Option<u32> {
    let has = |is: fn(&u8) -> bool| text.bytes().any(|byte| is(&byte));
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let length = u32::try_from(text.len()).ok()?;
    (is_plain && is_mixed).then_some(LONGER_LIMIT * length / 2)
}

fn longest_number(text: &str) -> usize {
    let numbers = text.split(|character: char| !character.is_ascii_digit());
    numbers.map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_tools_and_of_people() {
        // Each row: the text, whether it is a digest in code, and in an image.
        for (text, code, image) in [
            ("CgYMNPpC", true, true),
            ("D1wRgT4a", true, true),
            ("7A2BCDEF", true, true),
            ("NHHM6HV5", true, true),
            ("CM1-PU6W", true, false),
            ("D0124DW8", false, false),
            ("k3j9x0qz", true, false),
            ("D7kq9XzPw2Lm", true, false),
            ("DataGrid", false, false),
            ("HTMLView", false, false),
            ("SemiBold", false, false),
            ("MacBook2", false, false),
            ("Sans-400", false, false),
            ("polyfill", false, false),
            ("es2015js", false, false),
            ("METADATA", false, false),
            ("DSCN2345", false, false),
            ("AB123456", false, false),
            ("DataGridPremium", false, false),
            ("BoldItalic", false, false),
            ("20240131", false, false),
            ("Caf\u{e9}1Ab", false, false),
            ("D1wRgT4", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_random(text, false), is_random(text, true)), (code, image), "{text}");
        }
    }
}
