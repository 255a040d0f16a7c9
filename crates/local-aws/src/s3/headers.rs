//! From request headers to an object, and from an object to response headers: what goes in comes out.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE,
    CONTENT_TYPE, ETAG, EXPIRES, LAST_MODIFIED,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use s3s::S3Result;

use super::bucket::Bucket;
use super::checksum::Checksum;
use super::object::{Encryption, Object, STANDARD};
use super::{error, tags};

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

/// The canned ACLs of objects.
const CANNED_ACLS: [&str; 7] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
];

/// The only ACL a bucket without ACLs takes.
const OWNER_FULL_CONTROL: &str = "bucket-owner-full-control";

/// S3's limit for all user metadata of an object, names and values, in bytes.
const MAXIMUM_METADATA: usize = 2048;

/// What S3 says an object is when nobody did.
const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

/// A header as text; bytes that are not UTF-8 are replaced, as S3 does with what it cannot keep.
pub(super) fn text(headers: &HeaderMap, name: impl AsRef<str>) -> Option<String> {
    let value = headers.get(name.as_ref())?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// An object without content that has every header of the request, checked against S3's rules and the bucket's.
pub(super) fn template(headers: &HeaderMap, bucket: &Bucket) -> S3Result<Object> {
    refuse_unsupported(headers)?;
    let mut object = Object::new(Bytes::new(), Timestamp::UNIX_EPOCH);
    describe(&mut object, headers)?;
    place(&mut object, headers, bucket)?;
    if let Some(header) = text(headers, "x-amz-tagging") {
        object.tags = tags::parse(&header)?;
    }
    Ok(object)
}

/// Reads what `x-amz-metadata-directive: REPLACE` replaces: the content headers and the metadata.
pub(super) fn describe(object: &mut Object, headers: &HeaderMap) -> S3Result<()> {
    object.content_type = text(headers, CONTENT_TYPE);
    object.cache_control = text(headers, CACHE_CONTROL);
    object.content_encoding = content_encoding(headers);
    object.content_disposition = text(headers, CONTENT_DISPOSITION);
    object.content_language = text(headers, CONTENT_LANGUAGE);
    object.expires = text(headers, EXPIRES);
    object.metadata = behind(headers, "x-amz-meta-");
    let size: usize = object
        .metadata
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > MAXIMUM_METADATA {
        return Err(error::bad_request(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        ));
    }
    Ok(())
}

/// Reads what a copy never inherits: ACL, storage class, encryption and redirect.
pub(super) fn place(object: &mut Object, headers: &HeaderMap, bucket: &Bucket) -> S3Result<()> {
    object.acl = text(headers, "x-amz-acl");
    object.grants = behind(headers, "x-amz-grant-");
    check_acl(object, bucket)?;
    object.storage_class = storage_class(headers)?;
    object.encryption = encryption(headers, bucket)?;
    object.website_redirect_location = redirect(headers)?;
    Ok(())
}

/// Whether the request brings an ACL of its own.
pub(super) fn has_acl(headers: &HeaderMap) -> bool {
    headers.contains_key("x-amz-acl") || !behind(headers, "x-amz-grant-").is_empty()
}

/// Every header of the object, as `GET` and `HEAD` answer them; not the metadata, which `s3s` encodes.
pub(super) fn response(object: &Object) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let content_type = object.content_type.as_deref();
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&object.last_modified);
    for (name, value) in [
        (CONTENT_TYPE, content_type.or(Some(DEFAULT_CONTENT_TYPE))),
        (CACHE_CONTROL, object.cache_control.as_deref()),
        (CONTENT_ENCODING, object.content_encoding.as_deref()),
        (CONTENT_DISPOSITION, object.content_disposition.as_deref()),
        (CONTENT_LANGUAGE, object.content_language.as_deref()),
        (EXPIRES, object.expires.as_deref()),
        (ACCEPT_RANGES, Some("bytes")),
        (LAST_MODIFIED, date.as_deref().ok()),
        (ETAG, Some(format!("\"{}\"", object.etag).as_str())),
        (
            HeaderName::from_static("x-amz-website-redirect-location"),
            object.website_redirect_location.as_deref(),
        ),
        (
            HeaderName::from_static("x-amz-storage-class"),
            Some(object.storage_class.as_str()).filter(|class| *class != STANDARD),
        ),
    ] {
        insert(&mut headers, name, value);
    }
    if !object.tags.is_empty() {
        headers.insert("x-amz-tagging-count", object.tags.len().into());
    }
    headers.extend(encryption_response(&object.encryption));
    headers
}

/// The `x-amz-server-side-encryption*` headers of an answer.
pub(super) fn encryption_response(encryption: &Encryption) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        "x-amz-server-side-encryption",
        HeaderValue::from_static(encryption.name()),
    );
    if let Encryption::Kms {
        key, bucket_key, ..
    } = encryption
    {
        let name = HeaderName::from_static("x-amz-server-side-encryption-aws-kms-key-id");
        insert(&mut headers, name, key.as_deref());
        if *bucket_key {
            headers.insert(
                "x-amz-server-side-encryption-bucket-key-enabled",
                HeaderValue::from_static("true"),
            );
        }
    }
    headers
}

/// The `x-amz-checksum-*` headers of an answer.
pub(super) fn checksum_response(checksum: &Checksum) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let name = HeaderName::from_static(checksum.algorithm.header());
    insert(&mut headers, name, Some(&checksum.value));
    headers.insert(
        "x-amz-checksum-type",
        HeaderValue::from_static(checksum.kind.name()),
    );
    headers
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok()) {
        headers.insert(name, value);
    }
}

/// All headers with that prefix, by what follows it.
fn behind(headers: &HeaderMap, prefix: &str) -> BTreeMap<String, String> {
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
    let kept: Vec<&str> = sent
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.eq_ignore_ascii_case("aws-chunked") && !coding.is_empty())
        .collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

fn check_acl(object: &Object, bucket: &Bucket) -> S3Result<()> {
    if let Some(acl) = &object.acl {
        if !CANNED_ACLS.contains(&acl.as_str()) {
            return Err(error::invalid_argument(""));
        }
        if !object.grants.is_empty() {
            return Err(error::invalid_request(
                "Specifying both Canned ACLs and Header Grants is not allowed",
            ));
        }
    }
    let harmless = object
        .acl
        .as_deref()
        .is_none_or(|acl| acl == OWNER_FULL_CONTROL);
    if bucket.acls_enabled || (harmless && object.grants.is_empty()) {
        return Ok(());
    }
    Err(error::bad_request(
        "AccessControlListNotSupported",
        "The bucket does not allow ACLs",
    ))
}

fn storage_class(headers: &HeaderMap) -> S3Result<String> {
    match text(headers, "x-amz-storage-class") {
        None => Ok(STANDARD.to_owned()),
        Some(class) if STORAGE_CLASSES.contains(&class.as_str()) => Ok(class),
        Some(_) => Err(error::bad_request(
            "InvalidStorageClass",
            "The storage class you specified is not valid",
        )),
    }
}

fn encryption(headers: &HeaderMap, bucket: &Bucket) -> S3Result<Encryption> {
    let key = text(headers, "x-amz-server-side-encryption-aws-kms-key-id");
    let dual_layer = match text(headers, "x-amz-server-side-encryption").as_deref() {
        None if key.is_none() => return Ok(bucket.encryption.clone()),
        Some("AES256") if key.is_none() => return Ok(Encryption::Aes256),
        None | Some("AES256") => {
            return Err(error::invalid_argument(
                "Server Side Encryption with AWS KMS managed key requires HTTP header \
                 x-amz-server-side-encryption : aws:kms",
            ));
        }
        Some("aws:kms") => false,
        Some("aws:kms:dsse") => true,
        Some(_) => {
            return Err(error::bad_request(
                "InvalidEncryptionAlgorithmError",
                "The Encryption request you specified is not valid. Supported value: AES256.",
            ));
        }
    };
    let bucket_key = text(headers, "x-amz-server-side-encryption-bucket-key-enabled");
    Ok(Encryption::Kms {
        key,
        dual_layer,
        bucket_key: bucket_key.is_some_and(|value| value.eq_ignore_ascii_case("true")),
        context: text(headers, "x-amz-server-side-encryption-context"),
    })
}

fn redirect(headers: &HeaderMap) -> S3Result<Option<String>> {
    let location = text(headers, "x-amz-website-redirect-location");
    let valid = location.as_deref().is_none_or(|location| {
        ["/", "http://", "https://"]
            .iter()
            .any(|prefix| location.starts_with(prefix))
    });
    if valid {
        return Ok(location);
    }
    Err(error::bad_request(
        "InvalidRedirectLocation",
        "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
    ))
}

fn refuse_unsupported(headers: &HeaderMap) -> S3Result<()> {
    let has = |prefix: &str| headers.keys().any(|name| name.as_str().starts_with(prefix));
    if has("x-amz-server-side-encryption-customer-") {
        return Err(error::invalid_request(
            "Requests specifying Server Side Encryption with Customer provided keys must be made \
             over a secure connection.",
        ));
    }
    if has("x-amz-object-lock-") {
        return Err(error::invalid_request(
            "Bucket is missing Object Lock Configuration",
        ));
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
    use super::*;

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
        let answered = response(&object);
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
            ("x-amz-acl", "everyone", "InvalidArgument"),
            ("x-amz-grant-read", "id=1", "AccessControlListNotSupported"),
            ("x-amz-storage-class", "COLD", "InvalidStorageClass"),
            ("x-amz-meta-long", long.as_str(), "MetadataTooLarge"),
            (
                "x-amz-website-redirect-location",
                "new",
                "InvalidRedirectLocation",
            ),
            (
                "x-amz-server-side-encryption",
                "rot13",
                "InvalidEncryptionAlgorithmError",
            ),
            (
                "x-amz-server-side-encryption-customer-key",
                "k",
                "InvalidRequest",
            ),
            ("x-amz-object-lock-mode", "GOVERNANCE", "InvalidRequest"),
        ] {
            let refused = template(&headers(&[(name, value)]), &bucket()).expect_err(code);
            assert_eq!(refused.code().as_str(), code, "{name}");
        }
    }

    #[test]
    fn acls_where_the_bucket_has_them() {
        let sent = headers(&[("x-amz-acl", "public-read")]);
        let mut bucket = bucket();
        bucket.acls_enabled = true;
        let object = template(&sent, &bucket).expect("ACLs are enabled");
        assert_eq!(object.acl.as_deref(), Some("public-read"));
    }
}
