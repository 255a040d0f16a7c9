//! Booleans as people write them in YAML.

/// Reads `true`, `yes`, `on`, `1` and their opposites in any case; anything else is `None`.
///
/// This is the union of what the official shell pipes (`true`) and Python pipes (YAML 1.1 words) accept, plus `1`/`0`.
///
/// ```
/// assert_eq!(bitbucket_pipe::boolean::parse("Yes"), Some(true));
/// assert_eq!(bitbucket_pipe::boolean::parse("0"), Some(false));
/// assert_eq!(bitbucket_pipe::boolean::parse("maybe"), None);
/// ```
#[must_use]
pub fn parse(word: &str) -> Option<bool> {
    const TRUE: [&str; 4] = ["true", "yes", "on", "1"];
    const FALSE: [&str; 4] = ["false", "no", "off", "0"];
    let is = |words: [&str; 4]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    match (is(TRUE), is(FALSE)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn words() {
        for word in ["true", "True", "TRUE", "yes", "on", "ON", "1"] {
            assert_eq!(parse(word), Some(true), "{word}");
        }
        for word in ["false", "False", "no", "NO", "off", "0"] {
            assert_eq!(parse(word), Some(false), "{word}");
        }
        for word in ["", "y", "n", "2", "truee", " true"] {
            assert_eq!(parse(word), None, "{word}");
        }
    }
}
