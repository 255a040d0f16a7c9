//! The response headers of an object: whatever an upload's headers said comes back.

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE,
    ETAG, EXPIRES, LAST_MODIFIED,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::fmt::rfc2822::DateTimePrinter;

use super::checksum::Checksum;
use super::encryption::Encryption;
use super::object::{Object, STANDARD};

/// What S3 says an object is when nobody did.
const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

/// Every header of the object, as `GET` and `HEAD` answer them; not the metadata, which `s3s` encodes.
pub(super) fn object(object: &Object) -> HeaderMap {
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
    headers.extend(encryption(&object.encryption));
    headers
}

/// The `x-amz-server-side-encryption*` headers of an answer.
pub(super) fn encryption(encryption: &Encryption) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Encryption::Customer { key_md5 } = encryption {
        let algorithm = HeaderValue::from_static(encryption.name());
        headers.insert("x-amz-server-side-encryption-customer-algorithm", algorithm);
        let name = HeaderName::from_static("x-amz-server-side-encryption-customer-key-md5");
        insert(&mut headers, name, Some(key_md5));
        return headers;
    }
    headers.insert("x-amz-server-side-encryption", HeaderValue::from_static(encryption.name()));
    if let Encryption::Kms { key, bucket_key, .. } = encryption {
        let name = HeaderName::from_static("x-amz-server-side-encryption-aws-kms-key-id");
        insert(&mut headers, name, key.as_deref());
        if *bucket_key {
            headers
                .insert("x-amz-server-side-encryption-bucket-key-enabled", HeaderValue::from_static("true"));
        }
    }
    headers
}

/// The header that names a version.
pub(super) fn version(id: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    insert(&mut headers, HeaderName::from_static("x-amz-version-id"), id);
    headers
}

/// The headers of a delete marker in the place of an object.
pub(super) fn delete_marker(id: &str) -> HeaderMap {
    let mut headers = version(Some(id));
    headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
    headers
}

/// The `x-amz-checksum-*` headers of an answer.
pub(super) fn checksum(checksum: &Checksum) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let name = HeaderName::from_static(checksum.algorithm.header());
    insert(&mut headers, name, Some(&checksum.value));
    headers.insert("x-amz-checksum-type", HeaderValue::from_static(checksum.kind.name()));
    headers
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok()) {
        headers.insert(name, value);
    }
}
