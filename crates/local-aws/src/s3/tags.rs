//! Tags of objects, under S3's rules: those of the `x-amz-tagging` header, or of a document.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use s3s::{S3Error, S3Result};

use super::error::{bad_request, invalid_argument};

/// S3's limits: tags on an object, and characters in a key and in a value.
const MAXIMUM: usize = 10;
const MAXIMUM_KEY: usize = 128;
const MAXIMUM_VALUE: usize = 256;

/// The tags of a header such as `team=web&stage=live`.
pub(super) fn parse(header: &str) -> S3Result<BTreeMap<String, String>> {
    let pairs = header.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(key)?, decode(value)?))
    });
    checked(pairs.collect::<S3Result<Vec<_>>>()?, malformed)
}

/// These tags, if an object may have them; `repeated` is what a key that comes twice is refused with.
pub(super) fn checked(
    pairs: impl IntoIterator<Item = (String, String)>,
    repeated: impl Fn() -> S3Error,
) -> S3Result<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    for (key, value) in pairs {
        if key.is_empty() || key.chars().count() > MAXIMUM_KEY {
            return Err(bad_request("InvalidTag", "The TagKey you have provided is invalid"));
        }
        if value.chars().count() > MAXIMUM_VALUE {
            return Err(bad_request("InvalidTag", "The TagValue you have provided is invalid"));
        }
        if tags.insert(key, value).is_some() {
            return Err(repeated());
        }
    }
    if tags.len() > MAXIMUM {
        return Err(bad_request("BadRequest", "Object tags cannot be greater than 10"));
    }
    Ok(tags)
}

fn decode(text: &str) -> S3Result<String> {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().map(Into::into).map_err(|_| malformed())
}

fn malformed() -> S3Error {
    invalid_argument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters \
         without tag name duplicates.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_a_header() {
        let tags = parse("team=web&note=a+b%26c&empty").expect("it is well formed");
        let expected = [("empty", ""), ("note", "a b&c"), ("team", "web")];
        assert!(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).eq(expected));
    }

    #[test]
    fn what_is_refused() {
        let eleven = (0..11).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join("&");
        for (header, code) in [
            ("a=1&a=2", "InvalidArgument"),
            ("a=%ff", "InvalidArgument"),
            ("=v", "InvalidTag"),
            (eleven.as_str(), "BadRequest"),
        ] {
            let refused = parse(header).expect_err(code);
            assert_eq!(refused.code().as_str(), code, "{header}");
        }
    }
}
