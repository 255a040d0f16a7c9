//! Words for numbers and names: sizes, plurals, and file names that cannot forge a log line.

use std::borrow::Cow;
use std::fmt::Write as _;

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
