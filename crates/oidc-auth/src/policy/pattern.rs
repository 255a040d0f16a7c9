//! Wildcard patterns of policies: `*` for any run of characters, `?` for one, `${*}`, `${?}` and `${$}` for themselves.

/// A text that stands for itself in a pattern, as policies write it since their version of 2012.
#[must_use]
pub fn literal(text: &str) -> String {
    let escaped = |character| match character {
        '*' | '?' | '$' => format!("${{{character}}}"),
        other => other.to_string(),
    };
    text.chars().map(escaped).collect()
}

/// What a pattern is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Run,
    Any,
    Only(char),
}

impl Piece {
    fn fits(self, character: char) -> bool {
        self == Self::Any || self == Self::Only(character)
    }
}

fn pieces(mut pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while let Some(first) = pattern.chars().next() {
        let escaped = ['*', '?', '$'].into_iter().find(|character| {
            let mut inside = pattern.strip_prefix("${").unwrap_or_default().chars();
            (inside.next(), inside.next()) == (Some(*character), Some('}'))
        });
        let (piece, length) = match (escaped, first) {
            (Some(character), _) => (Piece::Only(character), "${*}".len()),
            (None, '*') => (Piece::Run, 1),
            (None, '?') => (Piece::Any, 1),
            (None, other) => (Piece::Only(other), other.len_utf8()),
        };
        pieces.push(piece);
        pattern = &pattern[length..];
    }
    pieces
}

/// Whether `text` matches `pattern` as a whole, respecting case.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let pattern = pieces(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut read) = (0, 0);
    // Where the last `*` stands, and how much of the text it has swallowed so far.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(Piece::Run) => {
                star = Some((at, read));
                at += 1;
            }
            Some(piece) if piece.fits(text[read]) => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((position, swallowed)) = star else {
                    return false;
                };
                star = Some((position, swallowed + 1));
                at = position + 1;
                read = swallowed + 1;
            }
        }
    }
    pattern[at..].iter().all(|&piece| piece == Piece::Run)
}

/// As [`matches()`], in any case: how IAM compares the names of actions.
pub(super) fn matches_in_any_case(pattern: &str, text: &str) -> bool {
    matches(&pattern.to_lowercase(), &text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything/at:all", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbbcd", false),
            ("a*b*c", "a-b-b-c", true),
            ("*.html", "index.html.html", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "aéc", true),
            ("{repo}:*", "{repo}:{step}", true),
            ("{repo}:*", "{other}:{step}", false),
            ("S3:*", "s3:PutObject", false),
            ("a**", "a", true),
            ("a${*}c", "a*c", true),
            ("a${*}c", "abc", false),
            ("a${?}*", "a?/b", true),
            ("a${?}*", "ab/b", false),
            ("${$}{a}", "${a}", true),
            ("${a}", "${a}", true),
            ("$", "$", true),
            ("${", "${", true),
            ("${*", "${anything", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} against {text}");
        }
        assert!(matches_in_any_case("S3:put*", "s3:PutObject"));
    }

    #[test]
    fn what_stands_for_itself() {
        for (text, expected) in [
            ("docs/v1/", "docs/v1/"),
            ("a*b", "a${*}b"),
            ("what?", "what${?}"),
            ("${*}", "${$}{${*}}"),
            ("5$", "5${$}"),
        ] {
            assert_eq!(literal(text), expected);
        }
    }

    proptest! {
        /// Whatever the texts, one matches the other as a literal only if they are equal.
        #[test]
        fn a_literal_matches_itself_alone(text in "[a*?${}/]{0,8}", other in "[a*?${}/]{0,8}") {
            prop_assert!(matches(&literal(&text), &text));
            prop_assert_eq!(matches(&literal(&text), &other), text == other);
        }
    }
}
