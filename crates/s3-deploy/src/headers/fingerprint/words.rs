//! Tells a random text from words that people wrote without a space, such as `DataGrid`, `HTMLView` or `latin2`.

/// How rarely a letter follows another in English and in identifiers: minus the binary logarithm of its share, at most 9.
/// A row for the beginning of a word and one for each letter before; a column for each letter after and one for the end.
/// Counted over the words of the identifiers of public source code, and, with a tenth of the weight, over English words and names.
const RARITY: [&[u8; 27]; 27] = [
    b"443445554765455484345668889",
    b"754577575863439593436678684",
    b"366637884573773894573999693",
    b"386838934944893894645999694",
    b"477527783896874895585989692",
    b"575466697994537673347675792",
    b"466734892884773994654999693",
    b"498838654885655994575999792",
    b"289728983996673895655989693",
    b"464546599974524695448697965",
    b"367737975777773799483889882",
    b"467626863776755896476979692",
    b"378527893984793799555799593",
    b"259728993896583498585999793",
    b"484436384867865898436699792",
    b"665576686964425493554657894",
    b"397738954984993593545999694",
    b"578777887895878786780788993",
    b"376628693966563795445799593",
    b"595938954977685589435989692",
    b"496828943997894794455989582",
    b"455546595983437493339998986",
    b"297917792998894798778998894",
    b"288838943986843894478989793",
    b"494838974998686398737886692",
    b"576658796995546496457979971",
    b"387619863997674998786888553",
];

/// Costs, in the unit of [`RARITY`]. They and the limits are fitted to random texts and to identifiers of public source
/// code: nineteen of twenty random texts cost more, and of a hundred identifiers in mixed case ninety-nine cost less.
const WORD: u32 = 3;
/// Of a word that is a single letter.
const SINGLE: u32 = 2;
/// Of each letter of an acronym.
const ACRONYM: u32 = 2;
/// At most this is counted for a letter of an acronym, whose letters follow no rule.
const ACRONYM_LETTER: u32 = 5;
/// Of a number.
const NUMBER: u32 = 2;
/// Of each of its digits.
const DIGIT: u32 = 5;
/// Of a hyphen or an underscore.
const SEPARATOR: u32 = 5;

/// How improbable it is that a person wrote this text of letters, digits, hyphens and underscores.
pub(super) fn improbability(text: &str) -> u32 {
    let is_capitals = !text.bytes().any(|byte| byte.is_ascii_lowercase());
    words(text).map(|word| cost(word.as_bytes(), is_capitals)).sum()
}

/// Whether every word has two letters or more, as in most names. Numbers may have one digit.
pub(super) fn is_regular(text: &str) -> bool {
    words(text).all(|word| word.len() > 1 || !word.starts_with(|first: char| first.is_ascii_alphabetic()))
}

/// Whether hyphens or underscores stand between simple words and numbers, as in `Sans-400` or `en-GB-v2`.
pub(super) fn is_hyphenated(text: &str) -> bool {
    let parts = || text.split(['-', '_']).filter(|part| !part.is_empty());
    parts().count() > 1 && parts().all(|part| part.len() == 2 || words(part).count() == 1)
}

/// The words, numbers and separators of a text: `HTML`, `View` and `2` of `HTMLView2`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let length = first_word(rest.as_bytes())?;
        let (word, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(word)
    })
}

/// The length of the first word; `None` when there is none.
fn first_word(text: &[u8]) -> Option<usize> {
    let run = |from: usize, is: fn(&u8) -> bool| text[from..].iter().take_while(|byte| is(byte)).count();
    let first = text.first()?;
    if first.is_ascii_digit() {
        return Some(run(0, u8::is_ascii_digit));
    }
    let capitals = run(0, u8::is_ascii_uppercase);
    let small = run(capitals, u8::is_ascii_lowercase);
    Some(match (capitals, small) {
        (0, 0) => 1,
        (0 | 1, small) => capitals + small,
        (capitals, 0) => capitals,
        // The last capital begins the next word.
        (capitals, _) => capitals - 1,
    })
}

fn cost(word: &[u8], is_capitals: bool) -> u32 {
    let length = u32::try_from(word.len()).unwrap_or(u32::MAX);
    let Some(first) = word.first().filter(|first| first.is_ascii_alphanumeric()) else { return SEPARATOR };
    if first.is_ascii_digit() {
        return WORD + NUMBER + DIGIT * length;
    }
    let index = |byte: &u8| usize::from(byte.to_ascii_lowercase() - b'a');
    let befores = std::iter::once(0).chain(word.iter().map(|byte| index(byte) + 1));
    let afters = word.iter().map(index).chain([26]);
    let rarity =
        befores.zip(afters).map(|(before, after)| u32::from(RARITY[before][after] - b'0')).sum::<u32>();
    let is_acronym = word.len() > 1 && word.iter().all(u8::is_ascii_uppercase) && !is_capitals;
    WORD + match word.len() {
        1 => rarity + SINGLE,
        _ if is_acronym => rarity.min(ACRONYM_LETTER * length) + ACRONYM * length,
        _ => rarity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_at_capitals_digits_and_separators() {
        for (text, expected) in [
            ("DataGrid", vec!["Data", "Grid"]),
            ("HTMLView2", vec!["HTML", "View", "2"]),
            ("dataGrid", vec!["data", "Grid"]),
            ("base64Js", vec!["base", "64", "Js"]),
            ("en-GB_v2", vec!["en", "-", "GB", "_", "v", "2"]),
            ("aBC", vec!["a", "BC"]),
            ("", vec![]),
        ] {
            assert_eq!(words(text).collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[test]
    fn regular_and_hyphenated() {
        for (text, regular, hyphenated) in [
            ("DataGrid", true, false),
            ("MP4toMP3", true, false),
            ("iOS17App", false, false),
            ("Sans-400", true, true),
            ("USB-C-v2", false, true),
            ("CZUC-AGp", false, false),
            ("-BoldOne", true, false),
        ] {
            assert_eq!((is_regular(text), is_hyphenated(text)), (regular, hyphenated), "{text}");
        }
    }

    #[test]
    fn names_cost_less_than_random_texts() {
        let names =
            ["DataGrid", "HTMLView", "polyfill", "Settings", "MyTabBar", "base64Js", "SemiBold", "README"];
        let random = ["CgYMNPpC", "BxK3a9Qz", "D1wRgT4a", "WkfFGqRj", "hr9fA_1H", "vGUUjebZ"];
        let dearest = names.map(improbability).into_iter().max();
        assert!(dearest < random.map(improbability).into_iter().min(), "{:?}", names.map(improbability));
    }
}
