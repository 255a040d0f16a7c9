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
#[path = "path_tests.rs"]
mod tests;
