//! A path in the middle of what follows another: where to cut a range of which no file tells. Pure.

/// A path behind `last` and before `end` that halves what probably follows, or `None`. `first` and `last` are those of a
/// page: where they begin to differ, paths are counted up.
pub(super) fn between(first: &str, last: &str, end: Option<&str>) -> Option<String> {
    let same = first.chars().zip(last.chars()).take_while(|(one, other)| one == other).count();
    let letters: Vec<char> = last.chars().collect();
    let kind = |index: usize| letters.get(index).map(|letter| top(*letter));
    // From the beginning of the number or word that they differ in.
    let mut index = same;
    while index > 0 && kind(index - 1) == kind(same) {
        index -= 1;
    }
    while let Some(letter) = letters.get(index) {
        let head: String = letters[..index].iter().collect();
        let limit = end.and_then(|end| end.strip_prefix(&head)).and_then(|rest| rest.chars().next());
        let most = u32::from(top(*letter)) + 1;
        let most = limit.map_or(most, |limit| most.min(u32::from(limit)));
        let middle = u32::from(*letter).midpoint(most);
        if middle > u32::from(*letter) {
            return Some(head + char::from_u32(middle)?.encode_utf8(&mut [0; 4]));
        }
        index += 1;
    }
    None
}

/// The last character that is likely where this one is.
fn top(letter: char) -> char {
    match letter {
        '0'..='9' => '9',
        'A'..='Z' => 'Z',
        'a'..='z' => 'z',
        '\0'..='~' => '~',
        _ => char::MAX,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each row: the first and the last path of a page, the end of the range, the cut.
    #[test]
    fn numbers_and_words_are_halved() {
        for (first, last, end, expected) in [
            ("img/0300.png", "img/1299.png", Some("index.html"), Some("img/5")),
            ("img/0300.png", "img/1299.png", Some("img/2000.png"), Some("img/16")),
            ("img/0300.png", "img/1299.png", Some("img/13"), Some("img/1299V")),
            ("a/0001/x", "a/9001/x", None, Some("a/95")),
            ("apple", "cherry", None, Some("o")),
            ("fresh", "from", Some("z"), Some("p")),
            ("a9", "a9", None, None),
            ("z9", "z99", None, None),
        ] {
            let cut = between(first, last, end);
            assert_eq!(cut.as_deref(), expected, "{first} {last} {end:?}");
        }
    }

    proptest! {
        #[test]
        fn a_cut_is_inside(
            paths in prop::collection::btree_set("[a-c0-9/\u{e9}~]{1,5}", 2..4),
            has_end in any::<bool>(),
        ) {
            let paths: Vec<&String> = paths.iter().collect();
            let end = paths.get(2).filter(|_| has_end).map(|end| end.as_str());
            if let Some(cut) = between(paths[0], paths[1], end) {
                prop_assert!(cut.as_str() > paths[1].as_str(), "{}", cut);
                prop_assert!(end.is_none_or(|end| cut.as_str() < end), "{}", cut);
            }
        }
    }
}
