//! Words for numbers and names: sizes, plurals, and file names that cannot forge a log line.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

/// A number of bytes in binary units, as the AWS CLI prints it: `0 Bytes`, `1.5 KiB`, `12.0 MiB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if count < 1024 {
        return plural(count, "Byte");
    }
    // Rounding to one decimal makes the loss of a float's last bits invisible.
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// `1 file`, `2 files`.
#[must_use]
pub fn plural(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The first names, separated by commas, with an ellipsis where there are more than `most`.
#[must_use]
pub fn enumerated<T: Display>(names: impl ExactSizeIterator<Item = T>, most: usize) -> String {
    let more = if names.len() > most { ", …" } else { "" };
    names.take(most).map(|name| name.to_string()).collect::<Vec<_>>().join(", ") + more
}

/// A text without quotes around it: plain ones that are at both ends, and typographic ones at either, which no shell
/// understands.
#[must_use]
pub fn unquoted(text: &str) -> &str {
    const PLAIN: [char; 3] = ['"', '\'', '`'];
    /// As word processors and websites write them.
    const TYPOGRAPHIC: [char; 12] = [
        '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}', '\u{201c}', '\u{201d}', '\u{201e}', '\u{201f}',
        '\u{2032}', '\u{2033}', '\u{ab}', '\u{bb}',
    ];
    let text = text.trim_matches(TYPOGRAPHIC);
    PLAIN.into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(text)
}

/// A name from outside with everything escaped that could move the cursor, start a line or reverse the reading order.
#[must_use]
pub fn printable(name: &str) -> Cow<'_, str> {
    escaped(name, is_treacherous)
}

/// The same of a text that has lines of its own.
pub(crate) fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |character| character != '\n' && is_treacherous(character))
}

fn escaped(name: &str, is_treacherous: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !name.chars().any(&is_treacherous) {
        return Cow::Borrowed(name);
    }
    let mut safe = String::with_capacity(name.len() + 8);
    for character in name.chars() {
        if is_treacherous(character) {
            let _ = write!(safe, "{}", character.escape_default());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// Control characters, and the Unicode marks that reorder or hide what follows them (UAX #9).
fn is_treacherous(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_names_than_can_be_read() {
        let told = |count: usize| enumerated(["a", "b", "c"].iter().take(count), 2);
        assert_eq!([0, 1, 2, 3].map(told), ["", "a", "a, b", "a, b, …"]);
    }

    #[test]
    fn quotes_around_a_text() {
        for (text, bare) in [
            ("'dist'", "dist"),
            ("\"a b\"", "a b"),
            ("`dist`", "dist"),
            ("\u{201c}dist\u{201d}", "dist"),
            ("\u{2018}dist", "dist"),
            ("it's", "it's"),
            ("a'", "a'"),
            ("'", "'"),
            ("", ""),
        ] {
            assert_eq!(unquoted(text), bare, "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (count, text) in [
            (0, "0 Bytes"),
            (1, "1 Byte"),
            (1023, "1023 Bytes"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (8 << 20, "8.0 MiB"),
            (5 << 30, "5.0 GiB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn names_cannot_forge_a_line() {
        assert_eq!(printable("été/a b+c.html"), "été/a b+c.html");
        assert_eq!(printable("a\n✔ Deployment successful."), "a\\n✔ Deployment successful.");
        assert_eq!(printable("\u{1b}[2Jx\u{202e}gpj"), "\\u{1b}[2Jx\\u{202e}gpj");
    }
}
