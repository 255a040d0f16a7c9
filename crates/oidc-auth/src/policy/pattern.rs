//! Wildcard patterns of policies: `*` for any run of characters, `?` for one.

/// Whether `text` matches `pattern` as a whole, respecting case.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut read) = (0, 0);
    // Where the last `*` stands, and how much of the text it has swallowed so far.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(&character) if character == '?' || character == text[read] => {
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
    pattern[at..].iter().all(|&character| character == '*')
}

/// As [`matches()`], in any case: how IAM compares the names of actions.
pub(super) fn matches_in_any_case(pattern: &str, text: &str) -> bool {
    matches(&pattern.to_lowercase(), &text.to_lowercase())
}

#[cfg(test)]
mod tests {
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
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} against {text}");
        }
        assert!(matches_in_any_case("S3:put*", "s3:PutObject"));
    }
}
