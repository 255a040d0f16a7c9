//! Tags of an object: names with values that S3 keeps with it, for policies, lifecycle rules and bills.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

/// Everything but what RFC 3986 leaves unreserved.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Tags of an object at most; characters of a key and of a value; and what a key and a value may have besides letters,
/// digits and spaces (Amazon S3 User Guide, Categorizing your objects using tags).
pub(crate) const MOST: usize = 10;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;
const SIGNS: &str = "+-=._:/@";
/// Keys that begin so are AWS's own.
const RESERVED: &str = "aws:";

/// Why S3 would not take tags. It reads on from the variable or the flag.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum InvalidTags {
    #[error("has `{0}` where `key=value` should be")]
    NoPair(String),
    #[error("has `{0}`, which is not the URL encoding of UTF-8 text")]
    Encoding(String),
    #[error("has a tag without a key")]
    NoKey,
    #[error("has the key `{0}`, which begins with `aws:`, and AWS reserves such keys")]
    Reserved(String),
    #[error("has a key of {0} characters, and S3 takes at most {LONGEST_KEY}: `{1}`")]
    LongKey(usize, String),
    #[error("has a value of {0} characters for `{1}`, and S3 takes at most {LONGEST_VALUE}")]
    LongValue(usize, String),
    #[error("has `{0}` in the tag `{1}`, and S3 takes only letters, digits, spaces and {SIGNS}")]
    Sign(char, String),
    #[error("has the key `{0}` twice")]
    Twice(String),
    #[error("has {0} tags, and S3 takes at most {MOST}")]
    TooMany(usize),
}

/// Tags by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Tags(BTreeMap<String, String>);

impl Tags {
    /// Reads `key=value&key=value`, URL-encoded. Spaces around a key or value are not part of it, unless encoded.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidTags> {
        let pairs = text.split('&').map(|pair| {
            let (key, value) = pair.split_once('=').ok_or_else(|| InvalidTags::NoPair(pair.to_owned()))?;
            Ok((decoded(key.trim())?, decoded(value.trim())?))
        });
        Self::new(pairs.collect::<Result<Vec<_>, InvalidTags>>()?)
    }

    /// These tags, if S3 takes them.
    pub(crate) fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, InvalidTags> {
        let mut tags = Self::default();
        for (key, value) in pairs {
            check(&key, &value)?;
            if tags.0.insert(key.clone(), value).is_some() {
                return Err(InvalidTags::Twice(key));
            }
        }
        if tags.len() > MOST { Err(InvalidTags::TooMany(tags.len())) } else { Ok(tags) }
    }

    /// These tags of an object after a deploy that sets `own`, where the one before set `before`: what others set stays.
    #[must_use]
    pub(crate) fn with(mut self, own: &Self, before: &Self) -> Self {
        let is_left =
            |key: &String, value: &String| !own.0.contains_key(key) && before.0.get(key) == Some(value);
        self.0.retain(|key, value| !is_left(key, value));
        self.0.extend(own.0.clone());
        self
    }

    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// `x-amz-tagging`: `key=value&key=value`, URL-encoded. `None` without tags.
    #[must_use]
    pub(crate) fn header(&self) -> Option<String> {
        let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let pairs = self.0.iter().map(|(key, value)| format!("{}={}", encoded(key), encoded(value)));
        Some(pairs.collect::<Vec<_>>().join("&")).filter(|header| !header.is_empty())
    }

    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, String)> for Tags {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

fn check(key: &str, value: &str) -> Result<(), InvalidTags> {
    let (length, value_length) = (key.chars().count(), value.chars().count());
    let is_allowed = |sign: char| sign.is_alphanumeric() || sign == ' ' || SIGNS.contains(sign);
    let has_prefix = key.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED));
    let owned = || key.to_owned();
    match key.chars().chain(value.chars()).find(|sign| !is_allowed(*sign)) {
        _ if key.is_empty() => Err(InvalidTags::NoKey),
        _ if has_prefix => Err(InvalidTags::Reserved(owned())),
        _ if length > LONGEST_KEY => Err(InvalidTags::LongKey(length, owned())),
        _ if value_length > LONGEST_VALUE => Err(InvalidTags::LongValue(value_length, owned())),
        Some(sign) => Err(InvalidTags::Sign(sign, owned())),
        None => Ok(()),
    }
}

/// As in the query of a URL, where a plus sign is a space.
fn decoded(text: &str) -> Result<String, InvalidTags> {
    let invalid = || InvalidTags::Encoding(text.to_owned());
    let mut rest = text.split('%').skip(1);
    let is_encoded = rest.all(|rest| {
        rest.get(..2).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    });
    if !is_encoded {
        return Err(invalid());
    }
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().map(Into::into).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Tags, String> {
        Tags::parse(text).map_err(|error| error.to_string())
    }

    #[test]
    fn spaces_count_where_they_are_encoded() {
        assert_eq!(parse("team=web & b = c"), parse("team=web&b=c"));
        assert_ne!(parse("team=web%20"), parse("team=web"));
    }

    #[test]
    fn what_s3_would_not_take_is_named() {
        let eleven = (0..11).map(|number| format!("k{number}=v")).collect::<Vec<_>>().join("&");
        for (text, words) in [
            ("team", "has `team` where `key=value` should be"),
            ("team=web&", "has `` where"),
            ("team=%zz", "has `%zz`, which is not the URL encoding"),
            ("team=%e4", "has `%e4`, which is not the URL encoding"),
            ("team=50%", "has `50%`, which is not the URL encoding"),
            ("=web", "has a tag without a key"),
            ("AWS:x=1", "has the key `AWS:x`, which begins with `aws:`"),
            (&format!("{}=1", "k".repeat(129)), "has a key of 129 characters, and S3 takes at most 128"),
            (
                &format!("k={}", "v".repeat(257)),
                "has a value of 257 characters for `k`, and S3 takes at most 256",
            ),
            ("team=a%26b", "has `&` in the tag `team`, and S3 takes only letters"),
            ("team=a,b", "has `,` in the tag `team`"),
            ("a=1&b=2&a=3", "has the key `a` twice"),
            (&eleven, "has 11 tags, and S3 takes at most 10"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.starts_with(words), "{text}: {error}");
        }
    }

    #[test]
    fn tags_of_others_stay_and_our_own_follow_the_configuration() {
        let tags = |text: &str| if text.is_empty() { Tags::default() } else { parse(text).expect(text) };
        for (current, own, before, expected) in [
            ("by=hand", "team=web", "", "by=hand&team=web"),
            ("by=hand&team=old", "team=web", "team=old", "by=hand&team=web"),
            ("stage=live&team=web", "team=web", "stage=live&team=web", "team=web"),
            // Somebody gave it another value since.
            ("stage=test&team=web", "team=web", "stage=live&team=web", "stage=test&team=web"),
            ("by=hand&team=web", "", "team=web", "by=hand"),
        ] {
            assert_eq!(
                tags(current).with(&tags(own), &tags(before)),
                tags(expected),
                "{current} {own} {before}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_sent_is_what_was_meant(pairs in prop::collection::btree_map("[a-z \u{e4}+=/@]{1,9}", "[a-z \u{e4}+=/@]{0,9}", 1..=MOST)) {
            let tags = Tags::new(pairs).expect("S3 takes them");
            let header = tags.header().expect("at least one");
            prop_assert_eq!(Tags::parse(&header), Ok(tags));
        }
    }

    #[test]
    fn headers_are_encoded() {
        let pairs = [("team", "web & more"), ("a=b", "\u{e4}+/@"), ("empty", "")];
        let tags: Tags = pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        assert_eq!(tags.header().as_deref(), Some("a%3Db=%C3%A4%2B%2F%40&empty=&team=web%20%26%20more"));
        assert_eq!(Tags::default().header(), None);
    }
}
