//! Values as words of a shell script. The step's own shell expands them, as on Bitbucket, so that every expansion it
//! knows works and sees the variables of the script lines before, exported or not.

/// `text` as one word that the shell takes literally.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The value of a pipe's variable as one word in double quotes: `$NAME`, `${NAME}` and command substitutions are
/// expanded, an undefined name is empty, and a backslash escapes `$`, a backtick, `"` and itself.
///
/// A `"` in the value stays one, because the official documentation shows values that contain it; a backslash at the
/// very end stays one too, since it would otherwise take the closing quote away.
pub(super) fn expanded(value: &str) -> String {
    let mut word = String::with_capacity(value.len() + 2);
    word.push('"');
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => word.push_str("\\\""),
            '\\' => {
                word.push('\\');
                word.push(characters.next().unwrap_or('\\'));
            }
            other => word.push(other),
        }
    }
    word.push('"');
    word
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{expanded, literal};

    /// What `sh` makes of a word, with `NAME` and `SPACED` defined.
    fn through_shell(word: &str) -> String {
        let output = Command::new("sh")
            .args(["-e", "-c", &format!("printf '%s.' {word}")])
            .env_clear()
            .env("NAME", "value")
            .env("SPACED", "two  words *")
            .output()
            .expect("sh runs");
        let text = String::from_utf8(output.stdout).expect("the words are UTF-8");
        text.strip_suffix('.').expect("printf ran").to_owned()
    }

    #[test]
    fn values_are_expanded_as_in_double_quotes() {
        let table = [
            ("", ""),
            ("plain", "plain"),
            ("$NAME", "value"),
            ("${NAME}", "value"),
            ("a-${NAME}-b/$NAME.html", "a-value-b/value.html"),
            ("$NAMES", ""),
            ("a${UNDEFINED}b", "ab"),
            ("${UNDEFINED:-other}", "other"),
            ("$SPACED", "two  words *"),
            ("$(echo $NAME)", "value"),
            ("costs $5", "costs "),
            ("100$", "100$"),
            ("a $ b", "a $ b"),
            (r"\$NAME", "$NAME"),
            (r"\\$NAME", r"\value"),
            (r"\\\$NAME", r"\$NAME"),
            (r"\\", r"\"),
            (r"\n", r"\n"),
            (r"a\", r"a\"),
            (r"\`x\`", "`x`"),
            (r#"--exclude "*.html""#, r#"--exclude "*.html""#),
            (r#"\"quoted\""#, r#""quoted""#),
            (r#"\\"x"#, r#"\"x"#),
            ("it's *.html ~ #no", "it's *.html ~ #no"),
            ("two\nlines", "two\nlines"),
            ("joined\\\nlines", "joinedlines"),
            ("é €", "é €"),
        ];
        for (value, expected) in table {
            assert_eq!(through_shell(&expanded(value)), expected, "{value}");
        }
    }

    #[test]
    fn literal_words_are_not_expanded() {
        for text in ["", "$NAME", "it's", r"\$ `x` *", "two\nlines", "''"] {
            assert_eq!(through_shell(&literal(text)), text);
        }
    }
}
