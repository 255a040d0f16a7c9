//! `EXTRA_ARGS` as words, split as a shell would.

/// Stands for `#` while the words are split; a noncharacter, so no text holds it (Unicode, section 23.7).
const STAND_IN: char = '\u{fdd0}';

/// Words, and which of them have a quote that is not closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) words: Vec<String>,
    /// Indices of `words`. Such a word ends with the text, and holds its quotes.
    pub(super) open: Vec<usize>,
}

/// Splits one text at blanks and lines; quotes and backslashes keep together what belongs together.
///
/// `#` begins no comment: what a user wrote must not vanish.
pub(super) fn split(text: &str) -> Words {
    if let Some(words) = closed(text) {
        return Words { words, open: Vec::new() };
    }
    let (before, open) = text.split_at(open_word(text));
    let mut words = closed(before).unwrap_or_default();
    words.push(open.to_owned());
    Words { open: vec![words.len() - 1], words }
}

/// The words of a text whose quotes are all closed.
fn closed(text: &str) -> Option<Vec<String>> {
    let words = shell_words::split(&text.replace('#', &STAND_IN.to_string())).ok()?;
    Some(words.into_iter().map(|word| word.replace(STAND_IN, "#")).collect())
}

/// Where the last word of a text begins.
fn open_word(text: &str) -> usize {
    let (mut start, mut quote, mut is_escaped) = (None, None, false);
    for (place, sign) in text.char_indices() {
        match (quote, sign) {
            _ if is_escaped => is_escaped = false,
            (None | Some('"'), '\\') => {
                start.get_or_insert(place);
                is_escaped = true;
            }
            (None, ' ' | '\t' | '\n') => start = None,
            (None, _) => {
                start.get_or_insert(place);
                quote = matches!(sign, '"' | '\'').then_some(sign);
            }
            (Some(opening), _) if opening == sign => quote = None,
            (Some(_), _) => {}
        }
    }
    start.unwrap_or(text.len())
}

/// The words of a list. An item that begins with a hyphen is split like a text (`--exclude *.map` is two words), every
/// other item is one word as it stands: it is the value of the flag before it.
pub(super) fn of_items(items: &[String]) -> Words {
    let mut all = Words::default();
    for item in items {
        if item.starts_with('-') {
            let Words { words, open } = split(item);
            all.open.extend(open.iter().map(|index| all.words.len() + index));
            all.words.extend(words);
        } else {
            all.words.push(item.clone());
        }
    }
    all
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
            assert_eq!(
                (split(text).words, split(text).open),
                (words.iter().map(ToString::to_string).collect(), vec![]),
                "{text}"
            );
        }
    }

    #[test]
    fn a_word_with_an_open_quote_is_the_last() {
        for (text, words) in [
            ("--metadata title=Bob's", &["--metadata", "title=Bob's"][..]),
            ("--acl 'a b' --exclude \"c d", &["--acl", "a b", "--exclude", "\"c d"]),
            (r#"a\ 'b' "c\"' d" 'e"#, &["a b", "c\"' d", "'e"]),
            ("'a", &["'a"]),
            ("a #'b \u{e9}'c d", &["a", "#b \u{e9}c", "d"]),
        ] {
            let split = split(text);
            let is_closed = shell_words::split(text).is_ok();
            assert_eq!(split.words, words, "{text}");
            assert_eq!(split.open, if is_closed { vec![] } else { vec![words.len() - 1] }, "{text}");
        }
    }

    #[test]
    fn items() {
        let items =
            ["--exclude", "it's a *.map", "--exclude 'b c'", "--delete", "{\"a\": 1}"].map(str::to_owned);
        let words = of_items(&items);
        assert_eq!(words.words, ["--exclude", "it's a *.map", "--exclude", "b c", "--delete", "{\"a\": 1}"]);
        assert!(words.open.is_empty());
        let open = of_items(&["--delete", "--exclude 'a", "--quiet"].map(str::to_owned));
        assert_eq!((open.words.len(), open.open), (4, vec![2]));
    }
}
