//! `EXTRA_ARGS` as words, split as a shell would.

/// Stands for `#` while the words are split; a noncharacter, so no text holds it (Unicode, section 23.7).
const STAND_IN: char = '\u{fdd0}';

/// A quote that is not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpenQuote;

/// Splits one text at blanks and lines; quotes and backslashes keep together what belongs together.
///
/// `#` begins no comment: what a user wrote must not vanish.
pub(super) fn split(text: &str) -> Result<Vec<String>, OpenQuote> {
    let words = shell_words::split(&text.replace('#', &STAND_IN.to_string())).map_err(|_| OpenQuote)?;
    Ok(words.into_iter().map(|word| word.replace(STAND_IN, "#")).collect())
}

/// The words of a list. An item that begins with a hyphen is split like a text (`--exclude *.map` is two words), every
/// other item is one word as it stands: it is the value of the flag before it.
pub(super) fn of_items(items: &[String]) -> Result<Vec<String>, OpenQuote> {
    let words =
        items.iter().map(|item| if item.starts_with('-') { split(item) } else { Ok(vec![item.clone()]) });
    Ok(words.collect::<Result<Vec<_>, _>>()?.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (text, words) in [
            ("--delete --acl private", &["--delete", "--acl", "private"][..]),
            ("--exclude '*.map'\n--exclude \"a b/*\"", &["--exclude", "*.map", "--exclude", "a b/*"]),
            ("--cache-control='public, max-age=60'", &["--cache-control=public, max-age=60"]),
            (r"--exclude a\ b --exclude \*", &["--exclude", "a b", "--exclude", "*"]),
            ("--exclude #recycle/* --delete", &["--exclude", "#recycle/*", "--delete"]),
            ("--metadata '{\"a\": \"b\"}'", &["--metadata", "{\"a\": \"b\"}"]),
            ("--content-type ''", &["--content-type", ""]),
        ] {
            assert_eq!(split(text).expect(text), words, "{text}");
        }
        assert_eq!(split("--metadata title=Bob's"), Err(OpenQuote));
    }

    #[test]
    fn items() {
        let items =
            ["--exclude", "it's a *.map", "--exclude 'b c'", "--delete", "{\"a\": 1}"].map(str::to_owned);
        let words = of_items(&items).expect("no open quote");
        assert_eq!(words, ["--exclude", "it's a *.map", "--exclude", "b c", "--delete", "{\"a\": 1}"]);
        assert_eq!(of_items(&["--exclude 'a".to_owned()]), Err(OpenQuote));
    }
}
