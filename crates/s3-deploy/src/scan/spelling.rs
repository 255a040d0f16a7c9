//! One name in two spellings: Unicode writes `é` as one character (NFC) or as `e` and an accent (NFD, as macOS does).

use std::sync::Arc;

use icu_normalizer::properties::CanonicalCompositionBorrowed;

use super::TreeFile;

/// The files whose names are there a second time, composed. They are sorted by path, and so is what is returned.
///
/// Letters with accents of Latin, Greek and Cyrillic, Hangul and Kana are recognised. Two names of which each is composed
/// only in part are not.
#[must_use]
pub(crate) fn twins(files: &[TreeFile]) -> Vec<Arc<str>> {
    let is_there = |path: &str| files.binary_search_by(|file| (*file.path).cmp(path)).is_ok();
    let decomposed = files.iter().filter(|file| file.path.contains(is_part));
    let twins = decomposed.filter(|file| {
        let composed = composed(&file.path);
        *composed != *file.path && is_there(&composed)
    });
    twins.map(|file| file.path.clone()).collect()
}

/// Whether a character is joined with the one before it: accents, the vowels and final consonants of Hangul, and the marks
/// of Kana.
fn is_part(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{1161}'..='\u{11c2}' | '\u{3099}' | '\u{309a}')
}

fn composed(text: &str) -> String {
    let compositions = CanonicalCompositionBorrowed::new();
    let mut composed = String::with_capacity(text.len());
    for part in text.chars() {
        let joined = composed.chars().next_back().and_then(|last| compositions.compose(last, part));
        if joined.is_some() {
            composed.pop();
        }
        composed.push(joined.unwrap_or(part));
    }
    composed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(paths: &[&str]) -> Vec<String> {
        let mut files: Vec<TreeFile> =
            paths.iter().map(|path| TreeFile::unread((*path).to_owned())).collect();
        files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        twins(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_name_in_both_spellings_is_found() {
        for (composed, decomposed) in [
            ("caf\u{e9}.html", "cafe\u{301}.html"),
            ("\u{e0}/\u{f1}.html", "a\u{300}/n\u{303}.html"),
            // Vietnamese: two accents on one letter.
            ("vi\u{1ec7}t.html", "vie\u{323}\u{302}t.html"),
            ("\u{439}.html", "\u{438}\u{306}.html"),
            ("\u{d55c}.html", "\u{1112}\u{1161}\u{11ab}.html"),
            ("\u{304c}.html", "\u{304b}\u{3099}.html"),
        ] {
            assert_eq!(found(&["index.html", composed, decomposed]), [decomposed]);
            assert_eq!(found(&[composed, "other.html"]), [] as [&str; 0]);
            assert_eq!(found(&[decomposed, "cafe.html", "caf\u{e8}.html"]), [] as [&str; 0]);
        }
    }
}
