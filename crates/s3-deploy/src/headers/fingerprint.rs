//! Fingerprints: names with a digest of the file's content in them, as bundlers make them.

use super::{content_type, page};

/// What bundlers write beside pictures and fonts: here a name such as `theme-Spring24` is no title of somebody's.
const CODE: [&str; 7] = ["js", "mjs", "cjs", "css", "map", "wasm", "json"];

/// Whether a file's name has such a digest, so that other content would be at another URL. A page never has.
///
/// The digest stands alone (`3f9a1c07.js`) or after a dot, hyphen or underscore before the extensions
/// (`app.3f9a1c07.min.js`, `index-DiwrgT4a.js`). It is one of
///
/// - 8 to 64 hexadecimal digits of one case, letters and digits among them (webpack, Parcel, Hugo, Jekyll);
/// - 8 characters `A-Z2-7` with a letter and a digit, in code (esbuild);
/// - 8 characters of base64url with a small and a capital letter and a digit, in code (Vite, Rollup);
/// - 8 to 32 characters of base64url in any file, if no person would write them so: half of them or more are of another
///   kind (small, capital, digit) than the one before, and a digit stands among the letters.
///
/// What a digest may look like by chance is rather missed than guessed: a missed one only costs an invalidation. So dates
/// (`20240131`), words (`deadbeef`), titles (`Release2024`) and versions (`v2.10.3`) are none. `report-2024ABCD.pdf` is
/// taken for one: nothing in it tells a year and four letters from hexadecimal digits.
#[must_use]
pub(crate) fn is_fingerprinted(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    let is_code = CODE.contains(&extension.to_ascii_lowercase().as_str());
    let has_digest = stem.split('.').any(|piece| {
        let tails = piece.match_indices(['-', '_']).map(|(at, _)| &piece[at + 1..]);
        std::iter::once(piece).chain(tails).any(|text| is_digest(text, is_code))
    });
    has_digest && !page::is_page(path, content_type::guess(path))
}

fn is_digest(text: &str, is_code: bool) -> bool {
    let has = |is: fn(&u8) -> bool| text.bytes().any(|byte| is(&byte));
    let all = |is: fn(u8) -> bool| text.bytes().all(is);
    let (digit, small, capital) =
        (has(u8::is_ascii_digit), has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase));
    let hexadecimal = all(|byte| byte.is_ascii_hexdigit()) && digit && (small != capital);
    let base32 = all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7')) && digit && capital;
    let base64url =
        all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) && digit && small && capital;
    match text.len() {
        8 => hexadecimal || (is_code && (base32 || base64url)) || (base64url && is_nobodys_word(text)),
        9..=32 => hexadecimal || (base64url && is_nobodys_word(text)),
        33..=64 => hexadecimal,
        _ => false,
    }
}

fn is_nobodys_word(text: &str) -> bool {
    let kind = |byte: u8| (byte.is_ascii_lowercase(), byte.is_ascii_uppercase(), byte.is_ascii_digit());
    let turns = text.as_bytes().windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    let within = text.trim_matches(|character: char| character.is_ascii_digit());
    turns * 2 >= text.len() && within.bytes().any(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_fingerprinted;

    #[test]
    fn names_that_bundlers_make() {
        for path in [
            "assets/site.3f9a1c07.css",
            "app.3f9a1c07.min.js",
            "app-3f9a1c07.js",
            "main.8e2f4a6b1c3d5e7f9a0b.js.map",
            "3f9a1c07d2e84b65.woff2",
            "index-DiwrgT4a.js",
            "index-D1w_gT-a.js",
            "chunk-7A2BCDEF.js",
            "logo-D1wRgT4a.svg",
            "style.min.0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.css",
        ] {
            assert!(is_fingerprinted(path), "{path}");
        }
    }

    #[test]
    fn names_that_people_make() {
        for path in [
            "index.html",
            "index.3f9a1c07.html",
            "Release2024.html",
            "brochure-Spring2024.pdf",
            "brochure-Spring24.pdf",
            "MacBookAir13.jpg",
            "Q3Report2024.xlsx",
            "backup-20240131.zip",
            "photo_20240131.jpg",
            "deadbeef.js",
            "jquery-3.7.1.min.js",
            "app.v2.10.3.js",
            "bootstrap-datepicker.js",
            "README",
            "3f9a1c07",
            "3f9a1c07/index.html",
            "IMG_0001.jpg",
            "a1b2c3.js",
        ] {
            assert!(!is_fingerprinted(path), "{path}");
        }
    }
}
