//! Texts from outside, made fit for a log: whoever wrote them, they begin no line and steer no terminal.

use serde_json::Value;

/// Longest claim that is shown: real ones have about 120 characters.
const LONGEST_CLAIM: usize = 300;

/// Longest words of a service that are shown. IAM's longest refusals, which quote two ARNs, have about 700 characters.
const LONGEST_WORDS: usize = 4000;

/// A claim is whatever the sender wrote: nothing in it may steer a terminal, reverse the reading order or flood a log.
pub(crate) fn claim(text: &str) -> String {
    printable(text, LONGEST_CLAIM)
}

/// So is what a service says: it may be no service, and it quotes what it was sent.
pub(crate) fn words(text: &str) -> String {
    printable(text, LONGEST_WORDS)
}

/// A document of which parts may be shown: names and texts alike.
pub(crate) fn json(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(printable(&text, usize::MAX)),
        Value::Array(values) => values.into_iter().map(json).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (printable(&name, usize::MAX), json(value))).collect()
        }
        other => other,
    }
}

fn printable(text: &str, longest: usize) -> String {
    text.chars().take(longest).map(|c| if is_treacherous(c) { '\u{fffd}' } else { c }).collect()
}

/// Control characters, and the Unicode marks that reorder or hide what follows them (UAX #9).
fn is_treacherous(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_of_a_length_without_tricks() {
        assert_eq!(words("no\n\u{1b}[2K\u{202e}yes"), "no\u{fffd}\u{fffd}[2K\u{fffd}yes");
        assert_eq!(claim(&"x".repeat(1000)).len(), LONGEST_CLAIM);
    }
}
