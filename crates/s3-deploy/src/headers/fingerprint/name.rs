//! Recognises the names that build tools give to code, styles, fonts and images. Pure.

use std::ops::RangeInclusive;

use bitbucket_pipe::AssetKind;

use super::random::is_random;

/// Folders in which every file is fingerprinted, as the tools promise: Next.js, `SvelteKit`, Astro and Nuxt. What of them is
/// JSON, such as Nuxt's `builds/latest.json`, is not an asset, and neither is `SvelteKit`'s `_app/version.json`.
const PROMISED: [&str; 4] = ["_next/static/", "_app/immutable/", "_astro/", "_nuxt/"];

/// Hexadecimal digests: from the eight digits of webpack and Parcel to the 128 of SHA-512, as Hugo writes it.
const HEXADECIMAL: RangeInclusive<usize> = 8..=128;

/// The shortest hexadecimal digest of an image that stands by itself or after an underscore, where people write numbers.
const LONG: usize = 16;

/// The digits of a UUID without its hyphens.
const UUID: usize = 32;

/// The digits of a `MongoDB` `ObjectId`. No tool writes as many.
const OBJECT_ID: usize = 24;

/// What is before a text in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    Dot,
    Hyphen,
    Underscore,
}

/// Whether a path is one whose file has a digest of its content in its name, or is in a folder of such files.
///
/// Only code, style sheets, fonts and images are. A digest is a whole part of the name between dots, or the end of one
/// after a hyphen or an underscore. It is one of
///
/// - lower-case hexadecimal digits, letters and digits among them (webpack, Parcel, Angular, Hugo, Jekyll), or eight digits
///   after a dot in code, styles and fonts;
/// - eight of `A-Z2-7` after a dot or hyphen, that do not read as words (esbuild, Angular);
/// - eight of base64url after a dot or hyphen, that do not read as words (Vite, Rollup); of images in mixed case alone;
/// - 9 to 32 letters and digits in mixed case after a dot or hyphen, that do not read as words; not of images.
///
/// Identifiers, dates and article numbers are none. When in doubt a name has no digest: a missed one only costs requests.
pub(super) fn is_fingerprinted(path: &str) -> bool {
    let Some((stem, kind)) = AssetKind::split(path) else { return false };
    is_promised(path)
        || (kind == AssetKind::Image && is_of_image_processing(path, stem))
        || has_digest(stem, kind)
}

fn is_promised(path: &str) -> bool {
    let begins_segment = |at: usize| at == 0 || path[..at].ends_with('/');
    PROMISED.iter().any(|folder| path.match_indices(*folder).any(|(at, _)| begins_segment(at)))
}

/// Gatsby's `static/DIGEST/abcde/photo.jpg`; Hugo's `photo_huDIGEST_1234_300x0_resize.jpg` and `photo_hu_DIGEST.jpg`.
fn is_of_image_processing(path: &str, stem: &str) -> bool {
    let folders: Vec<&str> = path.rsplit('/').skip(1).take(3).collect();
    let is_of_gatsby = matches!(folders[..], [short, long, "static"] if short.len() == 5 && long.len() == 32
        && [short, long].iter().all(|folder| folder.bytes().all(is_hexadecimal_digit)));
    let is_of_hugo = || {
        stem.match_indices("_hu").any(|(at, mark)| {
            let rest = &stem[at + mark.len()..];
            let digest = rest.strip_prefix('_').unwrap_or(rest).split('_').next().unwrap_or_default();
            digest.len() >= LONG && is_hexadecimal(digest)
        })
    };
    is_of_gatsby || is_of_hugo()
}

fn has_digest(stem: &str, kind: AssetKind) -> bool {
    stem.split('.').enumerate().any(|(index, part)| {
        let before = if index == 0 { Before::Nothing } else { Before::Dot };
        let ends = part.match_indices(['-', '_']).map(|(at, separator)| {
            let before = if separator == "-" { Before::Hyphen } else { Before::Underscore };
            (&part[..at], before, &part[at + 1..])
        });
        std::iter::once(("", before, part)).chain(ends).any(|(front, before, text)| {
            is_hexadecimal_digest(front, before, text, kind)
                || (matches!(before, Before::Dot | Before::Hyphen)
                    && is_random(text, kind == AssetKind::Image))
        })
    })
}

const fn is_hexadecimal_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Small letters and digits among them: no number and no word.
fn is_hexadecimal(text: &str) -> bool {
    let has = |is: fn(&u8) -> bool| text.bytes().any(|byte| is(&byte));
    text.bytes().all(is_hexadecimal_digit) && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

fn is_hexadecimal_digest(front: &str, before: Before, text: &str, kind: AssetKind) -> bool {
    let length = text.len();
    let is_plain = match before {
        _ if kind != AssetKind::Image => true,
        Before::Dot => true,
        Before::Hyphen => !is_article_number(text) && !ends_with_number(front),
        Before::Nothing | Before::Underscore => length >= LONG,
    };
    HEXADECIMAL.contains(&length)
        && length != OBJECT_ID
        && (is_hexadecimal(text) || (before == Before::Dot && kind != AssetKind::Image && is_number(text)))
        && is_plain
        && !is_word_with_number(text)
        && !begins_with_date(text)
        && !is_end_of_uuid(front, text)
        && !is_uuid_without_hyphens(text)
}

/// Eight digits that are not a date: one in 43 digests of that length has no letter.
fn is_number(text: &str) -> bool {
    let is_day = |range| text.get(range).is_some_and(|day| ("01".."32").contains(&day));
    let ends_with_year = text.get(4..).is_some_and(|year| ("1900".."2100").contains(&year));
    text.len() == 8
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !(is_day(0..2) && is_day(2..4) && ends_with_year)
}

/// Digits on one side and letters on the other.
fn is_article_number(text: &str) -> bool {
    let turns =
        text.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit());
    turns.count() == 1
}

/// The first half of an identifier in two parts, as image services make them: `1517694712202-14dd9538aa97`.
fn ends_with_number(front: &str) -> bool {
    let rest = front.trim_end_matches(|character: char| character.is_ascii_digit());
    front.len() - rest.len() > 7
}

/// `facade01`, `decade90`.
fn is_word_with_number(text: &str) -> bool {
    let number = text.trim_start_matches(|character: char| character.is_ascii_alphabetic());
    text.len() - number.len() > 4 && number.len() > 1 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// `20240131`, and what may follow.
fn begins_with_date(text: &str) -> bool {
    let number =
        |range| text.get(range).filter(|digits: &&str| digits.bytes().all(|byte| byte.is_ascii_digit()));
    number(0..8).is_some()
        && number(0..4).is_some_and(|year| ("1900".."2100").contains(&year))
        && number(4..6).is_some_and(|month| ("01".."13").contains(&month))
        && number(6..8).is_some_and(|day| ("01".."32").contains(&day))
}

/// The last twelve digits after `550e8400-e29b-41d4-a716-`.
fn is_end_of_uuid(front: &str, text: &str) -> bool {
    let mut groups = front.rsplit(['-', '_']);
    text.len() == 12 && (0..3).all(|_| groups.next().is_some_and(|group| group.len() == 4))
}

/// Version 4, and version 7 of the years until 2527: the version and the variant are at their places. One in 64 digests
/// looks so by chance.
fn is_uuid_without_hyphens(text: &str) -> bool {
    let digits = text.as_bytes();
    let is_version = || digits[12] == b'4' || (digits[12] == b'7' && digits.starts_with(b"01"));
    text.len() == UUID && is_version() && matches!(digits[16], b'8' | b'9' | b'a' | b'b')
}
