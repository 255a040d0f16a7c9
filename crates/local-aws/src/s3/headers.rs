//! From request headers to the object they describe, under S3's rules and the bucket's.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, EXPIRES,
};
use jiff::Timestamp;
use s3s::S3Result;

use super::bucket::Bucket;
use super::encryption::Encryption;
use super::object::{Object, STANDARD};
use super::{acl, customer_key, error, tags};

/// The storage classes of general purpose buckets.
const STORAGE_CLASSES: [&str; 8] = [
    STANDARD,
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
];

/// S3's limit for all user metadata of an object, names and values, in bytes.
const MAXIMUM_METADATA: usize = 2048;

/// A header as text; bytes that are not UTF-8 are replaced, as S3 does with what it cannot keep.
pub(super) fn text(headers: &HeaderMap, name: impl AsRef<str>) -> Option<String> {
    let value = headers.get(name.as_ref())?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// An object without content that has every header of the request, checked against S3's rules and the bucket's.
pub(super) fn template(headers: &HeaderMap, bucket: &Bucket) -> S3Result<Object> {
    let mut object = Object::new(Bytes::new(), Timestamp::UNIX_EPOCH);
    describe(&mut object, headers)?;
    place(&mut object, headers, bucket)?;
    if let Some(header) = text(headers, "x-amz-tagging") {
        object.tags = tags::parse(&header)?;
    }
    Ok(object)
}

/// Reads what `x-amz-metadata-directive: REPLACE` replaces: the content headers and the metadata.
fn describe(object: &mut Object, headers: &HeaderMap) -> S3Result<()> {
    object.content_type = text(headers, CONTENT_TYPE);
    object.cache_control = text(headers, CACHE_CONTROL);
    object.content_encoding = content_encoding(headers);
    object.content_disposition = text(headers, CONTENT_DISPOSITION);
    object.content_language = text(headers, CONTENT_LANGUAGE);
    object.expires = text(headers, EXPIRES);
    object.metadata = behind(headers, "x-amz-meta-");
    let size: usize = object.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > MAXIMUM_METADATA {
        return Err(error::bad_request(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        ));
    }
    Ok(())
}

/// Reads what a copy never inherits: ACL, storage class, encryption and redirect.
fn place(object: &mut Object, headers: &HeaderMap, bucket: &Bucket) -> S3Result<()> {
    object.acl = text(headers, "x-amz-acl");
    object.grants = behind(headers, "x-amz-grant-");
    acl::check(object, bucket.acls_enabled)?;
    object.storage_class = storage_class(headers)?;
    object.encryption = Encryption::of(headers, &bucket.encryption)?;
    object.website_redirect_location = redirect(headers)?;
    Ok(())
}

/// All headers with that prefix, by what follows it.
pub(super) fn behind(headers: &HeaderMap, prefix: &str) -> BTreeMap<String, String> {
    headers
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix(prefix)?;
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            Some((name.to_owned(), value))
        })
        .collect()
}

/// `aws-chunked` describes the transfer, not the object.
fn content_encoding(headers: &HeaderMap) -> Option<String> {
    let sent = text(headers, CONTENT_ENCODING)?;
    let is_kept = |coding: &&str| !matches!(coding.trim(), "" | "aws-chunked");
    let kept: Vec<&str> = sent.split(',').filter(is_kept).collect();
    (!kept.is_empty()).then(|| kept.join(",").trim().to_owned())
}

fn storage_class(headers: &HeaderMap) -> S3Result<String> {
    match text(headers, "x-amz-storage-class") {
        None => Ok(STANDARD.to_owned()),
        Some(class) if STORAGE_CLASSES.contains(&class.as_str()) => Ok(class),
        Some(_) => {
            Err(error::bad_request("InvalidStorageClass", "The storage class you specified is not valid"))
        }
    }
}

fn redirect(headers: &HeaderMap) -> S3Result<Option<String>> {
    let location = text(headers, "x-amz-website-redirect-location");
    let valid = location.as_deref().is_none_or(|location| {
        ["/", "http://", "https://"].iter().any(|prefix| location.starts_with(prefix))
    });
    if valid {
        return Ok(location);
    }
    Err(error::bad_request(
        "InvalidRedirectLocation",
        "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
    ))
}

/// Refuses what no bucket of the embedded S3 can do, and `customer_keys` over plain HTTP unless they were allowed; asked
/// of every request.
pub(super) fn refuse_unsupported(headers: &HeaderMap, customer_keys: bool) -> S3Result<()> {
    let has = |prefix: &str| headers.keys().any(|name| name.as_str().starts_with(prefix));
    if !customer_keys && (has(customer_key::OBJECT) || has(customer_key::COPY_SOURCE)) {
        return Err(error::invalid_request(
            "Requests specifying Server Side Encryption with Customer provided keys must be made \
             over a secure connection.",
        ));
    }
    if has("x-amz-object-lock-") {
        return Err(error::invalid_request("Bucket is missing Object Lock Configuration"));
    }
    if has("x-amz-write-offset-bytes") {
        return Err(error::not_implemented(
            "A header you provided implies functionality that is not implemented",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;
    use crate::s3::answer;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                let value = HeaderValue::from_bytes(value.as_bytes()).expect("a valid header");
                (HeaderName::from_static(name), value)
            })
            .collect()
    }

    fn bucket() -> Bucket {
        Bucket::new("eu-west-1", "111122223333", Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn what_goes_in_comes_out() {
        let sent = headers(&[
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-cache"),
            ("content-encoding", "gzip"),
            ("content-disposition", "inline"),
            ("content-language", "de, en"),
            ("expires", "Thu, 01 Dec 2094 16:00:00 GMT"),
            ("x-amz-website-redirect-location", "/new"),
            ("x-amz-storage-class", "STANDARD_IA"),
        ]);
        let object = template(&sent, &bucket()).expect("all of them are valid");
        let answered = answer::object(&object);
        for (name, value) in &sent {
            assert_eq!(answered.get(name), Some(value), "{name}");
        }
    }

    #[test]
    fn the_coding_of_the_transfer_is_not_kept() {
        for (sent, kept) in [
            ("aws-chunked", None),
            ("gzip,aws-chunked", Some("gzip")),
            ("aws-chunked, br", Some("br")),
            ("gzip", Some("gzip")),
        ] {
            let coding = content_encoding(&headers(&[("content-encoding", sent)]));
            assert_eq!(coding.as_deref(), kept, "{sent}");
        }
    }

    #[test]
    fn what_is_refused() {
        let long = "x".repeat(MAXIMUM_METADATA);
        for (name, value, code) in [
            ("x-amz-acl", "public-read", "AccessControlListNotSupported"),
            ("x-amz-storage-class", "COLD", "InvalidStorageClass"),
            ("x-amz-meta-long", long.as_str(), "MetadataTooLarge"),
            ("x-amz-website-redirect-location", "new", "InvalidRedirectLocation"),
            ("x-amz-server-side-encryption", "rot13", "InvalidEncryptionAlgorithmError"),
        ] {
            let refused = template(&headers(&[(name, value)]), &bucket()).expect_err(code);
            assert_eq!(refused.code().as_str(), code, "{name}");
        }
    }

    #[test]
    fn what_the_embedded_s3_cannot_do() {
        for name in [
            "x-amz-server-side-encryption-customer-key",
            "x-amz-copy-source-server-side-encryption-customer-key",
            "x-amz-object-lock-mode",
            "x-amz-write-offset-bytes",
        ] {
            assert!(refuse_unsupported(&headers(&[(name, "x")]), false).is_err(), "{name}");
        }
    }
}
