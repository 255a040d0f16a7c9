//! An object: its bytes and everything S3 remembers about them.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use s3s::crypto::{Checksum as _, Md5};

use super::body::Body;
use super::checksum::{Algorithm, Checksum};
use super::content::Content;
use super::encoding::hex;
use super::encryption::Encryption;

/// The storage class of an object that was sent without one.
pub(super) const STANDARD: &str = "STANDARD";

/// An object as the bucket holds it. Header values are kept as they were sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The content.
    pub body: Body,
    /// The entity tag without quotes: the MD5 in hexadecimal, `…-N` for N parts, opaque under KMS and SSE-C.
    pub etag: String,
    /// When it was written, to the second.
    pub last_modified: Timestamp,
    /// `Content-Type`; `None` is answered as `binary/octet-stream`.
    pub content_type: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Encoding`, without the `aws-chunked` of the transfer.
    pub content_encoding: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Expires`.
    pub expires: Option<String>,
    /// `x-amz-website-redirect-location`.
    pub website_redirect_location: Option<String>,
    /// `x-amz-meta-*`, by the name behind the prefix.
    pub metadata: BTreeMap<String, String>,
    /// The canned ACL, if one was sent.
    pub acl: Option<String>,
    /// `x-amz-grant-*`, by the permission (`read`, `full-control`, …).
    pub grants: BTreeMap<String, String>,
    /// The storage class.
    pub storage_class: String,
    /// The tags.
    pub tags: BTreeMap<String, String>,
    /// The checksum: the one that was sent, else CRC64NVME over the whole object.
    pub checksum: Checksum,
    /// How it is encrypted at rest.
    pub encryption: Encryption,
    /// The sizes of its parts in bytes; empty unless it came by a multipart upload.
    pub part_sizes: Vec<u64>,
}

impl Object {
    /// An object of these bytes as a plain `PUT` without any header would make it at that time.
    #[must_use]
    pub fn new(body: impl Into<Bytes>, last_modified: Timestamp) -> Self {
        let body = body.into();
        Self {
            etag: hex(&Md5::checksum(&body)),
            last_modified: to_second(last_modified),
            content_type: None,
            cache_control: None,
            content_encoding: None,
            content_disposition: None,
            content_language: None,
            expires: None,
            website_redirect_location: None,
            metadata: BTreeMap::new(),
            acl: None,
            grants: BTreeMap::new(),
            storage_class: STANDARD.to_owned(),
            tags: BTreeMap::new(),
            checksum: Checksum::full(Algorithm::Crc64Nvme, &body),
            encryption: Encryption::default(),
            part_sizes: Vec::new(),
            body: body.into(),
        }
    }

    /// The length of the content in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.body.len() as u64
    }

    /// The same headers with that content, written now in one piece.
    #[must_use]
    pub(super) fn with_content(mut self, content: Content, checksum: Checksum, now: Timestamp) -> Self {
        self.etag = self.etag_over(&content.md5, now);
        self.last_modified = to_second(now);
        self.checksum = checksum;
        self.part_sizes = Vec::new();
        self.body = content.body.into();
        self
    }

    /// The `ETag` for an MD5: the MD5 itself, or under KMS something that tells nothing about the content.
    pub(super) fn etag_over(&self, md5: &[u8], now: Timestamp) -> String {
        match &self.encryption {
            Encryption::Aes256 => hex(md5),
            Encryption::Kms { .. } | Encryption::Customer { .. } => {
                let mut hasher = Md5::new();
                hasher.update(md5);
                hasher.update(&now.as_nanosecond().to_be_bytes());
                hex(&hasher.finalize())
            }
        }
    }

    /// Whether the bytes must be restored from an archive before they can be read.
    pub(super) fn is_archived(&self) -> bool {
        matches!(self.storage_class.as_str(), "GLACIER" | "DEEP_ARCHIVE")
    }
}

/// S3 keeps times to the second.
pub(super) fn to_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_is_the_md5_unless_kms_encrypts() {
        let now = Timestamp::UNIX_EPOCH;
        let plain = Object::new("hello", now);
        assert_eq!(plain.etag, "5d41402abc4b2a76b9719d911017c592");

        let kms = Object {
            encryption: Encryption::Kms { key: None, dual_layer: false, bucket_key: true, context: None },
            ..plain.clone()
        };
        let kms = kms.with_content(Content::of(Bytes::clone(&plain.body)), plain.checksum.clone(), now);
        assert_ne!(kms.etag, plain.etag);
        assert_eq!(kms.etag.len(), plain.etag.len());
    }
}
