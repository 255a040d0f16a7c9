//! Patterns of addresses: text, `*` for anything, slashes too, and `:name` for what is between two slashes.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// The name under which a value can quote what the first `*` stands for.
const SPLAT: &str = "splat";

/// What an address cannot have in its path (WHATWG URL, the path percent-encode set), and `%` itself.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'%');

/// A pattern of whole addresses. Capitals are told from small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Splat,
    Placeholder(String),
}

/// What the placeholders of a pattern stand for in one address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Captures<'a>(Vec<(&'a str, &'a str)>);

impl Pattern {
    /// Reads a pattern. Its text may be written as in an address, percent-encoded, or as the file is called.
    pub(super) fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, piece, after)) = next_special(rest) {
            pieces.extend(plain(before));
            pieces.push(piece);
            rest = after;
        }
        pieces.extend(plain(rest));
        Self(pieces)
    }

    /// What the placeholders stand for, if the whole address matches. Each takes as much as it can.
    pub(super) fn captures<'a>(&'a self, address: &'a str) -> Option<Captures<'a>> {
        // Most patterns are told from most addresses by how they begin.
        if let Some(Piece::Text(beginning)) = self.0.first()
            && !address.starts_with(beginning.as_str())
        {
            return None;
        }
        let table = table(&self.0, address);
        if !table[0][0] {
            return None;
        }
        let mut captures = Captures::default();
        let mut at = 0;
        for (piece, after) in self.0.iter().zip(table.get(1..)?) {
            let (name, longest) = match piece {
                Piece::Text(text) => {
                    at += text.len();
                    continue;
                }
                Piece::Splat => (SPLAT, address.len()),
                Piece::Placeholder(name) => {
                    (name.as_str(), at + address[at..].find('/').unwrap_or(address.len() - at))
                }
            };
            let shortest = if matches!(piece, Piece::Splat) { at } else { at + 1 };
            let mut ends = (shortest..=longest).rev();
            let end = ends.find(|end| after[*end] && address.is_char_boundary(*end))?;
            captures.0.push((name, &address[at..end]));
            at = end;
        }
        Some(captures)
    }
}

impl Captures<'_> {
    /// The value with `:name` replaced by what it stands for, percent-encoded as in an address; names that the pattern does not have stay as they are.
    pub(super) fn fill(&self, value: &str) -> String {
        let mut filled = String::new();
        let mut rest = value;
        while let Some((before, name, after)) = next_name(rest) {
            filled.push_str(before);
            match self.0.iter().find(|(known, _)| *known == name) {
                Some((_, text)) => filled.extend(utf8_percent_encode(text, ENCODED)),
                None => filled.extend([":", name]),
            }
            rest = after;
        }
        filled + rest
    }
}

fn plain(text: &str) -> Option<Piece> {
    let decoded = percent_decode_str(text).decode_utf8();
    let text = decoded.map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned);
    (!text.is_empty()).then_some(Piece::Text(text))
}

/// The first `*` or `:name`, with what is before and behind it.
fn next_special(text: &str) -> Option<(&str, Piece, &str)> {
    let splat = text.split_once('*');
    match (splat, next_name(text)) {
        (Some((before, after)), name) if name.is_none_or(|(sooner, ..)| before.len() < sooner.len()) => {
            Some((before, Piece::Splat, after))
        }
        (_, Some((before, name, after))) => Some((before, Piece::Placeholder(name.to_owned()), after)),
        _ => None,
    }
}

/// The first `:name`: a letter, then letters, digits and underscores.
fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let starts = text.match_indices(':').map(|(at, _)| at);
    let at = starts
        .into_iter()
        .find(|at| text[at + 1..].starts_with(|first: char| first.is_ascii_alphabetic()))?;
    let name = &text[at + 1..];
    let length = name.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(name.len());
    Some((&text[..at], &name[..length], &name[length..]))
}

/// For each number of pieces that are left and each place in the text, whether they match the rest of it. Filled from the
/// end, so that any number of wildcards takes no more time than their number times the length of the text.
fn table(pieces: &[Piece], text: &str) -> Vec<Vec<bool>> {
    let end = text.len();
    let mut rows = vec![(0..=end).map(|at| at == end).collect::<Vec<bool>>()];
    for piece in pieces.iter().rev() {
        let after = &rows[rows.len() - 1];
        let mut row = vec![false; end + 1];
        for at in (0..=end).rev() {
            row[at] = match piece {
                Piece::Text(expected) => {
                    text.as_bytes()[at..].starts_with(expected.as_bytes()) && after[at + expected.len()]
                }
                Piece::Splat => after[at] || (at < end && row[at + 1]),
                Piece::Placeholder(_) => {
                    at < end && text.as_bytes()[at] != b'/' && (after[at + 1] || row[at + 1])
                }
            };
        }
        rows.push(row);
    }
    rows.reverse();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_match() {
        for (pattern, address, expected) in [
            ("/", "/", true),
            ("/", "/index.html", false),
            ("/a.html", "/a.html", true),
            ("/a.html", "/A.html", false),
            ("/a", "/a/b", false),
            ("/*", "/", true),
            ("/*", "/a/b.css", true),
            ("/*.css", "/a/b.css", true),
            ("/*.css", "/b.css.map", false),
            ("/a/*", "/a", false),
            ("/a/*/c/*.js", "/a/b/c/d/e.js", true),
            ("/:one/x", "/a/x", true),
            ("/:one/x", "/a/b/x", false),
            ("/:one", "/", false),
            ("/v:major.js", "/v2.js", true),
            ("/12:30.txt", "/12:30.txt", true),
            ("/caf%C3%A9.html", "/caf\u{e9}.html", true),
            ("/caf\u{e9}.html", "/caf\u{e9}.html", true),
            ("/100%.svg", "/100%.svg", true),
            ("/\u{e9}*", "/\u{e9}\u{e9}", true),
            ("/:a:b", "/\u{e9}", false),
            ("/*:b", "/\u{e9}\u{e9}", true),
        ] {
            assert_eq!(Pattern::parse(pattern).captures(address).is_some(), expected, "{pattern} {address}");
        }
    }

    #[test]
    fn what_stands_for_what() {
        let pattern = Pattern::parse("/:area/*/:name.:kind");
        let captures = pattern.captures("/docs/a/b/guide.v2.html").expect("it matches");
        let expected = [("area", "docs"), ("splat", "a/b"), ("name", "guide.v2"), ("kind", "html")];
        assert_eq!(captures, Captures(expected.to_vec()));
    }

    #[test]
    fn many_wildcards_do_not_take_for_ever() {
        let pattern = Pattern::parse(&format!("/{}x", "*a".repeat(200)));
        assert_eq!(pattern.captures(&format!("/{}", "a".repeat(1000))), None);
        assert!(pattern.captures(&format!("/{}x", "a".repeat(1000))).is_some());
    }
}
