//! One path to invalidate, in the only spelling that CloudFront matches against what it has cached.

use std::fmt;
use std::str::FromStr;

use bitbucket_pipe::text;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Longest path that CloudFront takes: Developer Guide, "What you need to know when invalidating files".
const MAX_LENGTH: usize = 4000;

/// The characters that RFC 1738 calls unsafe, which CloudFront wants encoded, and it wants no others encoded. Their
/// `%` is missing here because it also begins what is encoded already. RFC 3986 trusts `~`, but CloudFront
/// refuses a batch that holds it raw.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'~');

/// What is encoded in the path of a key, where `%` is a character like any other and no query begins with `?`. S3 reads a
/// `+` in a path as a blank, so visitors reach a key with one only by `%2B`.
const UNSAFE_IN_KEYS: &AsciiSet = &UNSAFE.add(b'%').add(b'+').add(b'?');

/// What no path can name: `*` is always a wildcard at the end of a path, and CloudFront passes over paths that hold a `~`.
const UNNAMEABLE: [char; 2] = ['*', '~'];

/// A path to invalidate.
///
/// - It begins with `/` and has at most 4000 characters, all of them ASCII.
/// - Unsafe and non-ASCII characters are percent-encoded; `%` is always followed by two hexadecimal digits.
/// - `*` stands only at its end, where it is a wildcard. A literal one is written `%2A`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InvalidationPath(String);

impl InvalidationPath {
    /// Everything that the distribution has cached: the default of the official pipe.
    #[must_use]
    pub fn everything() -> Self {
        Self("/*".to_owned())
    }

    /// The path of a key below the distribution's root. The shortest wildcard that covers it where no path can name it.
    #[must_use]
    pub fn of_key(key: &str) -> Self {
        match key.find(UNNAMEABLE) {
            Some(place) => Self::beginning_with(&key[..place]),
            None => Self::encoded_key(key, ""),
        }
    }

    /// All paths of keys that begin with `beginning`, and more where no path can name it.
    #[must_use]
    pub fn beginning_with(beginning: &str) -> Self {
        let nameable = beginning.split(UNNAMEABLE).next().unwrap_or_default();
        Self::encoded_key(nameable, "*")
    }

    /// All paths of a key with a query string, and no others: not the one without.
    #[must_use]
    pub fn with_any_query(key: &str) -> Self {
        if key.contains(UNNAMEABLE) { Self::beginning_with(key) } else { Self::encoded_key(key, "?*") }
    }

    /// The wildcard that covers all paths that begin with `stem`, the beginning of a path.
    pub(crate) fn of_stem(stem: &str) -> Self {
        Self(format!("{stem}*"))
    }

    /// A key below the distribution's root as paths spell it, also what no path can name.
    pub(crate) fn spelling(key: &str) -> String {
        format!("/{}", utf8_percent_encode(key, UNSAFE_IN_KEYS))
    }

    /// The path of a key of S3, of at most 1024 bytes, stays within the limit; whatever else comes here is covered by the
    /// longest wildcard that CloudFront takes.
    fn encoded_key(key: &str, end: &str) -> Self {
        let path = Self::spelling(key) + end;
        if path.len() <= MAX_LENGTH {
            return Self(path);
        }
        let mut stem = String::from("/");
        for character in key.chars() {
            let spelt = Self::spelling(character.encode_utf8(&mut [0; 4]));
            // Without its slash, and with room for the wildcard.
            if stem.len() + spelt.len() > MAX_LENGTH {
                break;
            }
            stem.push_str(&spelt[1..]);
        }
        Self::of_stem(&stem)
    }

    /// The path, and where it is of a key with blanks also the one with `+` for each of them: S3 reads both as the key, and
    /// CloudFront keeps a copy for each.
    pub fn spellings(self) -> impl Iterator<Item = Self> {
        // A literal `%` is `%25`, so that this stands for nothing else.
        let other = self.0.contains("%20").then(|| Self(self.0.replace("%20", "+")));
        std::iter::once(self).chain(other)
    }

    /// The path as CloudFront gets it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it ends with `*` and so stands for all paths that begin like it.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.0.ends_with('*')
    }

    /// Why the path may not do what its author expects, although CloudFront takes it.
    #[must_use]
    pub fn doubt(&self) -> Option<&'static str> {
        // Said by the Developer Guide, "Invalidation paths": encoded or not.
        if self.0.contains("%7E") || self.0.contains("%7e") {
            Some("CloudFront does not invalidate paths that hold a `~`; use a wildcard that ends before it")
        } else if self.0.ends_with(',') {
            Some("the comma is taken as part of the path, because paths are separated by white space")
        } else {
            None
        }
    }
}

impl fmt::Display for InvalidationPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with a path; the text reads on from the name of the variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    /// Nothing was given.
    #[error("holds an empty path")]
    Empty,
    /// An address with a scheme.
    #[error("`{0}`: is an address, not a path: leave out the scheme and the host")]
    Address(Shown),
    /// A quote before the slash.
    #[error("`{0}`: begins with a quote, which would become part of the path: remove the quotes")]
    Quoted(Shown),
    /// A cache tag.
    #[error(
        "`{0}`: invalidation by cache tag is not supported; a path that begins with `#` is written `/{0}`"
    )]
    Tag(Shown),
    /// A `*` that is not the last character.
    #[error("`{0}`: `*` is a wildcard only as the last character of a path; write a literal one as `%2A`")]
    Wildcard(Shown),
    /// Over the limit of CloudFront.
    #[error("`{0}`: has {1} characters once encoded, but CloudFront takes at most {MAX_LENGTH}")]
    TooLong(Shown, usize),
}

/// As much of a text from outside as it takes to find it by, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(String);

impl Shown {
    fn beginning(text: &str) -> Self {
        const LONGEST: usize = 80;
        let mut beginning: String = text.chars().take(LONGEST).collect();
        if beginning.len() < text.len() {
            beginning.push('…');
        }
        Self(text::printable(&beginning).into_owned())
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for InvalidationPath {
    type Err = InvalidPath;

    fn from_str(given: &str) -> Result<Self, InvalidPath> {
        match given.chars().next() {
            None => return Err(InvalidPath::Empty),
            Some('"' | '\'') => return Err(InvalidPath::Quoted(Shown::beginning(given))),
            Some('#') => return Err(InvalidPath::Tag(Shown::beginning(given))),
            Some(_) => {}
        }
        if is_address(given) {
            return Err(InvalidPath::Address(Shown::beginning(given)));
        }
        let path = encoded(given);
        if path.find('*').is_some_and(|place| place + 1 < path.len()) {
            return Err(InvalidPath::Wildcard(Shown::beginning(given)));
        }
        if path.len() > MAX_LENGTH {
            return Err(InvalidPath::TooLong(Shown::beginning(given), path.len()));
        }
        Ok(Self(path))
    }
}

fn is_address(given: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        given.get(..scheme.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(scheme))
    })
}

fn encoded(given: &str) -> String {
    let mut path = String::with_capacity(given.len() + 1);
    if !given.starts_with('/') {
        path.push('/');
    }
    let mut pieces = given.split('%');
    path.extend(utf8_percent_encode(pieces.next().unwrap_or_default(), UNSAFE));
    for piece in pieces {
        let is_code = piece.len() >= 2 && piece.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
        path.push_str(if is_code { "%" } else { "%25" });
        path.extend(utf8_percent_encode(piece, UNSAFE));
    }
    path
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    fn parse(given: &str) -> Result<String, String> {
        given.parse::<InvalidationPath>().map(|path| path.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn paths_are_sent_in_the_spelling_of_cloudfront() {
        for (given, sent) in [
            ("/", "/"),
            ("/*", "/*"),
            ("*", "/*"),
            ("index.html", "/index.html"),
            ("//twice", "//twice"),
            ("/a+b,c;d=e@f:g!$&'()", "/a+b,c;d=e@f:g!$&'()"),
            ("/search?q=a&l=de*", "/search?q=a&l=de*"),
            ("/été/naïve.html", "/%C3%A9t%C3%A9/na%C3%AFve.html"),
            ("/a b", "/a%20b"),
            ("/\"<>#{}|\\^~[]`", "/%22%3C%3E%23%7B%7D%7C%5C%5E%7E%5B%5D%60"),
            ("/a%20b/%c3%a9", "/a%20b/%c3%a9"),
            ("/100%", "/100%25"),
            ("/100%/of%zz%4", "/100%25/of%25zz%254"),
            ("/%%41", "/%25%41"),
            ("/%é", "/%25%C3%A9"),
            ("/a%2Ab*", "/a%2Ab*"),
            ("/#anchor", "/%23anchor"),
            ("/'quoted'", "/'quoted'"),
            ("/go/https://example.com", "/go/https://example.com"),
        ] {
            assert_eq!(parse(given), Ok(sent.to_owned()), "{given}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_the_way_out() {
        let long = "/é".repeat(600);
        for (given, message) in [
            ("", "empty path"),
            ("https://example.com/a", "leave out the scheme"),
            ("HTTP://example.com", "leave out the scheme"),
            ("\"/a\"", "remove the quotes"),
            ("'/a", "remove the quotes"),
            ("#tag", "is written `/#tag`"),
            ("/a*b", "only as the last character"),
            ("/**", "only as the last character"),
            ("*/", "only as the last character"),
            (long.as_str(), "has 4200 characters"),
        ] {
            let error = parse(given).expect_err(given);
            assert!(error.contains(message), "{given}: {error}");
        }
    }

    #[test]
    fn four_thousand_characters_are_the_limit() {
        assert!(parse(&format!("/{}", "a".repeat(MAX_LENGTH - 1))).is_ok());
        assert!(parse(&"a".repeat(MAX_LENGTH)).is_err());
    }

    #[test]
    fn a_message_shows_the_beginning_of_a_long_path_on_one_line() {
        let error = parse(&format!("/a*\u{7}{}", "b".repeat(5000))).expect_err("a wildcard inside");
        assert!(error.starts_with("`/a*\\u{7}bbb") && error.len() < 250, "{error}");
    }

    #[test]
    fn keys_mean_what_they_say() {
        let long = "é".repeat(700);
        let longest = format!("/{}*", "%C3%A9".repeat(666));
        for (key, path, beginning) in [
            ("", "/", "/*"),
            ("a/b.html", "/a/b.html", "/a/b.html*"),
            ("100%.svg", "/100%25.svg", "/100%25.svg*"),
            ("a%20b", "/a%2520b", "/a%2520b*"),
            ("Café + 1.svg", "/Caf%C3%A9%20%2B%201.svg", "/Caf%C3%A9%20%2B%201.svg*"),
            ("a?b#c&d=e;f", "/a%3Fb%23c&d=e;f", "/a%3Fb%23c&d=e;f*"),
            ("//a", "///a", "///a*"),
            ("a*b", "/a*", "/a*"),
            ("*", "/*", "/*"),
            ("a/~me/b*", "/a/*", "/a/*"),
            (long.as_str(), longest.as_str(), longest.as_str()),
        ] {
            assert_eq!(InvalidationPath::of_key(key).as_str(), path, "{key}");
            assert_eq!(InvalidationPath::beginning_with(key).as_str(), beginning, "{key}");
        }
    }

    #[test]
    fn a_key_of_any_length_has_a_path_that_cloudfront_takes() {
        for length in 3980..4020 {
            let (key, end) = ("a".repeat(length), "b".repeat(50));
            for path in [
                InvalidationPath::of_key(&key),
                InvalidationPath::beginning_with(&key),
                InvalidationPath::with_any_query(&key),
                InvalidationPath::of_key(&(key.clone() + &end)),
            ] {
                let text = path.as_str();
                assert!(text.len() <= MAX_LENGTH && text.len() > MAX_LENGTH - 25, "{length}: {}", text.len());
            }
        }
        assert_eq!(InvalidationPath::of_key(&"a".repeat(3999)).as_str().len(), MAX_LENGTH);
    }

    #[test]
    fn a_query_is_covered_without_the_path_before_it() {
        for (key, path) in
            [("", "/?*"), ("a/", "/a/?*"), ("a?b", "/a%3Fb?*"), ("a*b", "/a*"), ("é", "/%C3%A9?*")]
        {
            assert_eq!(InvalidationPath::with_any_query(key).as_str(), path, "{key}");
        }
    }

    #[test]
    fn doubts() {
        for (given, doubted) in [("/~me/", true), ("/a,", true), ("/a,b", false), ("/*", false)] {
            let path: InvalidationPath = given.parse().expect(given);
            assert_eq!(path.doubt().is_some(), doubted, "{given}");
        }
    }

    proptest! {
        #[test]
        fn every_key_is_covered_by_its_path(key in "\\PC{0,40}|[/%*~? a-f0-9é]{0,12}") {
            for path in [InvalidationPath::of_key(&key), InvalidationPath::beginning_with(&key)] {
                let spelt = path.as_str().parse::<InvalidationPath>();
                prop_assert_eq!(spelt.as_ref(), Ok(&path), "it keeps the promises of its type");
                prop_assert_eq!(path.doubt().filter(|doubt| doubt.contains('~')), None);
                let meant: Vec<u8> = percent_decode_str(path.as_str().trim_end_matches('*')).collect();
                let whole = format!("/{key}").into_bytes();
                if path.is_wildcard() { prop_assert!(whole.starts_with(&meant)) } else { prop_assert_eq!(whole, meant) }
            }
        }

        #[test]
        fn every_path_keeps_the_promises_of_its_type(given in "\\PC{0,40}|[/%*~ a-f0-9é]{0,12}") {
            let Ok(path) = given.parse::<InvalidationPath>() else { return Ok(()) };
            let sent = path.as_str();
            prop_assert!(sent.starts_with('/') && sent.len() <= MAX_LENGTH);
            prop_assert!(sent.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert!(sent.find('*').is_none_or(|place| place + 1 == sent.len()));
            for code in sent.split('%').skip(1) {
                prop_assert!(code.len() >= 2 && code.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()));
            }
            prop_assert_eq!(path.is_wildcard(), sent.ends_with('*'));
        }

        #[test]
        fn encoding_changes_neither_the_meaning_nor_what_is_encoded(given in "/[%*~ a-f0-9é\"]{0,12}") {
            let Ok(path) = given.parse::<InvalidationPath>() else { return Ok(()) };
            let meant: Vec<u8> = percent_decode_str(&given).collect();
            let sent: Vec<u8> = percent_decode_str(path.as_str()).collect();
            prop_assert_eq!(meant, sent);
            prop_assert_eq!(path.as_str().parse::<InvalidationPath>(), Ok(path.clone()));
        }
    }
}
