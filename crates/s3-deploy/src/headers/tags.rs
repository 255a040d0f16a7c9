//! Tags of an object: names with values that S3 keeps beside it, for policies, lifecycle rules and bills.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but what RFC 3986 leaves unreserved.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Tags by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Tags(BTreeMap<String, String>);

impl Tags {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_encoded() {
        let pairs = [("team", "web & more"), ("a=b", "\u{e4}+/@"), ("empty", "")];
        let tags: Tags = pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        assert_eq!(tags.header().as_deref(), Some("a%3Db=%C3%A4%2B%2F%40&empty=&team=web%20%26%20more"));
        assert_eq!(Tags::default().header(), None);
    }
}
