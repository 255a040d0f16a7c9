//! `CopyObject`, also onto itself: how headers change without sending the bytes again.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use s3s::S3Result;
use s3s::dto::{CopyObjectResult, ETag};

use super::api::{Api, timestamp};
use super::checksum::{Algorithm, Checksum, set_checksum};
use super::content::Content;
use super::copy_source::CopySource;
use super::guard::Caller;
use super::headers::text;
use super::object::Object;
use super::{answer, conditions, customer_key, error, headers};

/// What one `CopyObject` may copy: 5 GiB.
const MAXIMUM: u64 = 5 * 1024 * 1024 * 1024;

impl Api {
    /// Copies one object and answers with the result and its headers.
    pub(super) fn copy(
        &self,
        bucket: &str,
        key: &str,
        headers: &HeaderMap,
        caller: &Caller,
    ) -> S3Result<(CopyObjectResult, HeaderMap)> {
        let header = text(headers, "x-amz-copy-source").unwrap_or_default();
        let named = CopySource::parse(&header)?;
        let replace = Directives::of(headers)?;
        let source = self.source(&named, headers, caller)?;
        if source.size() > MAXIMUM {
            return Err(error::invalid_request(format!(
                "The specified copy source is larger than the maximum allowable size for a copy \
                 source: {MAXIMUM}"
            )));
        }
        if !source.tags.is_empty() && !replace.tags {
            self.check_tags(&named, &self.arn(bucket, Some(key)), caller)?;
        }
        let onto_itself = named.bucket == bucket && named.key == key;
        if onto_itself && !replace.metadata && !changes(headers, &source) {
            return Err(error::invalid_request(
                "This copy request is illegal because it is trying to copy an object to itself \
                 without changing the object's metadata, storage class, website redirect location \
                 or encryption attributes.",
            ));
        }
        self.may_encrypt(caller, bucket, headers)?;
        let checksum = checksum(headers, &source)?;
        let content = Content::of(Bytes::clone(&source.body));

        let (object, version_id) = self.store.write(bucket, |bucket| {
            let mut object = headers::template(headers, bucket)?;
            if !replace.metadata {
                inherit(&mut object, &source);
            }
            if !replace.tags {
                object.tags.clone_from(&source.tags);
            }
            let existing = bucket.objects.get(key);
            conditions::write(headers, existing.map(Arc::as_ref))?;
            let object = object.with_content(content, checksum, Timestamp::now());
            let object = Arc::new(object);
            let version_id = bucket.put(key, Arc::clone(&object));
            Ok::<_, s3s::S3Error>((object, version_id))
        })??;

        let mut result = CopyObjectResult {
            e_tag: Some(ETag::Strong(object.etag.clone())),
            last_modified: Some(timestamp(object.last_modified)),
            checksum_type: Some(object.checksum.kind.name().to_owned().into()),
            ..CopyObjectResult::default()
        };
        set_checksum!(result, object.checksum);
        let mut answer = answer::encryption(&object.encryption);
        answer.extend(answer::version(version_id.as_deref()));
        Ok((result, answer))
    }

    /// The object to copy, if the caller may read it and its conditions hold.
    pub(super) fn source(
        &self,
        named: &CopySource,
        headers: &HeaderMap,
        caller: &Caller,
    ) -> S3Result<Arc<Object>> {
        let CopySource { bucket, key, version } = named;
        let owner = self.store.read(bucket, |bucket| bucket.owner.clone())?;
        let expected = text(headers, "x-amz-source-expected-bucket-owner");
        if expected.is_some_and(|expected| expected != owner) {
            return Err(error::access_denied());
        }
        caller.must(&*self.guard, "s3:GetObject", &self.arn(bucket, Some(key)))?;
        let source = self.find(caller, bucket, key, version.as_deref())?;
        customer_key::check(headers, customer_key::COPY_SOURCE, &source.encryption)?;
        self.may_decrypt(caller, bucket, &source.encryption)?;
        conditions::copy_source(headers, &source)?;
        if source.is_archived() {
            return Err(error::error(
                "ObjectNotInActiveTierError",
                StatusCode::FORBIDDEN,
                "The source object of the COPY action is not in the active tier and is only stored \
                 in Amazon S3 Glacier.",
            ));
        }
        Ok(source)
    }

    /// Tags that come along are read there and written here.
    fn check_tags(&self, source: &CopySource, target: &str, caller: &Caller) -> S3Result<()> {
        let from = self.arn(&source.bucket, Some(&source.key));
        caller.must(&*self.guard, "s3:GetObjectTagging", &from)?;
        caller.must(&*self.guard, "s3:PutObjectTagging", target)
    }
}

/// What comes from the request instead of the source.
struct Directives {
    metadata: bool,
    tags: bool,
}

impl Directives {
    fn of(headers: &HeaderMap) -> S3Result<Self> {
        let replaces = |name: &str| match text(headers, name).as_deref() {
            None | Some("COPY") => Ok(false),
            Some("REPLACE") => Ok(true),
            Some(_) => Err(error::invalid_argument("Unknown metadata directive.")),
        };
        Ok(Self {
            metadata: replaces("x-amz-metadata-directive")?,
            tags: replaces("x-amz-tagging-directive")?,
        })
    }
}

/// Takes over what `x-amz-metadata-directive: COPY` copies.
fn inherit(object: &mut Object, source: &Object) {
    object.content_type.clone_from(&source.content_type);
    object.cache_control.clone_from(&source.cache_control);
    object.content_encoding.clone_from(&source.content_encoding);
    object.content_disposition.clone_from(&source.content_disposition);
    object.content_language.clone_from(&source.content_language);
    object.expires.clone_from(&source.expires);
    object.metadata.clone_from(&source.metadata);
}

/// Whether a copy onto itself changes anything without replacing the metadata.
fn changes(headers: &HeaderMap, source: &Object) -> bool {
    headers.contains_key("x-amz-server-side-encryption")
        || headers.contains_key("x-amz-server-side-encryption-customer-algorithm")
        || headers.contains_key("x-amz-website-redirect-location")
        || text(headers, "x-amz-storage-class").is_some_and(|class| class != source.storage_class)
}

/// The copy's checksum: of the algorithm asked for, else of the source's, over the whole object.
fn checksum(headers: &HeaderMap, source: &Object) -> S3Result<Checksum> {
    let algorithm = match text(headers, "x-amz-checksum-algorithm") {
        None => source.checksum.algorithm,
        Some(name) => Algorithm::from_name(&name).ok_or_else(|| {
            error::invalid_request(
                "Checksum algorithm provided is unsupported. Please try again with any of the valid \
                 types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
            )
        })?,
    };
    Ok(Checksum::full(algorithm, &source.body))
}
