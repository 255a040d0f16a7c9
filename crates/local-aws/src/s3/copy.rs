//! `CopyObject`, also onto itself: how headers change without sending the bytes again.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use s3s::dto::{CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag};
use s3s::{S3Request, S3Response, S3Result};

use super::api::{Api, timestamp};
use super::checksum::{Algorithm, Checksum, set_checksum};
use super::headers::text;
use super::object::Object;
use super::{conditions, error, headers};

/// What one `CopyObject` may copy: 5 GiB.
const MAXIMUM: u64 = 5 * 1024 * 1024 * 1024;

impl Api {
    pub(super) fn copy(
        &self,
        request: &S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let input = &request.input;
        let source = self.source(request)?;
        let onto_itself = match &input.copy_source {
            CopySource::Bucket { bucket, key, .. } => {
                **bucket == *input.bucket && **key == *input.key
            }
            _ => false,
        };
        let replace = Directives::of(&request.headers)?;
        if onto_itself && !replace.metadata && !changes(&request.headers, &source) {
            return Err(error::invalid_request(
                "This copy request is illegal because it is trying to copy an object to itself \
                 without changing the object's metadata, storage class, website redirect location \
                 or encryption attributes.",
            ));
        }
        let checksum = checksum(&request.headers, &source)?;

        let object = self.store.write(&input.bucket, |bucket| {
            let mut object = headers::template(&request.headers, bucket)?;
            if !replace.metadata {
                inherit(&mut object, &source);
            }
            if !replace.tags {
                object.tags.clone_from(&source.tags);
            }
            let existing = bucket.objects.get(&input.key);
            conditions::write(&request.headers, existing.map(Arc::as_ref))?;
            let object = object.with_content(source.body.clone(), checksum, Timestamp::now());
            let object = Arc::new(object);
            bucket
                .objects
                .insert(input.key.clone(), Arc::clone(&object));
            Ok::<_, s3s::S3Error>(object)
        })??;

        let mut result = CopyObjectResult {
            e_tag: Some(ETag::Strong(object.etag.clone())),
            last_modified: Some(timestamp(object.last_modified)),
            checksum_type: Some(object.checksum.kind.name().to_owned().into()),
            ..CopyObjectResult::default()
        };
        set_checksum!(result, object.checksum);
        let output = CopyObjectOutput {
            copy_object_result: Some(result),
            ..CopyObjectOutput::default()
        };
        let answer = headers::encryption_response(&object.encryption);
        Ok(S3Response::with_headers(output, answer))
    }

    /// The object to copy, if the caller may read it and its conditions hold.
    fn source(&self, request: &S3Request<CopyObjectInput>) -> S3Result<Arc<Object>> {
        let CopySource::Bucket {
            bucket,
            key,
            version_id,
        } = &request.input.copy_source
        else {
            return Err(error::not_implemented(
                "The embedded S3 copies from buckets only",
            ));
        };
        let caller = Self::caller(request)?;
        let owner = self.store.read(bucket, |bucket| bucket.owner.clone())?;
        let expected = text(&request.headers, "x-amz-source-expected-bucket-owner");
        if expected.is_some_and(|expected| expected != owner) {
            return Err(error::access_denied());
        }
        let arn = self.arn(bucket, Some(key));
        caller.must(&*self.guard, "s3:GetObject", &arn)?;
        let source = self.find(&caller, bucket, key, version_id.as_deref())?;
        conditions::copy_source(&request.headers, &source)?;
        if source.is_archived() {
            return Err(error::error(
                "ObjectNotInActiveTierError",
                StatusCode::FORBIDDEN,
                "The source object of the COPY action is not in the active tier and is only stored \
                 in Amazon S3 Glacier.",
            ));
        }
        if source.size() > MAXIMUM {
            return Err(error::invalid_request(format!(
                "The specified copy source is larger than the maximum allowable size for a copy \
                 source: {MAXIMUM}"
            )));
        }
        let replaces = Directives::of(&request.headers)?.tags;
        if !source.tags.is_empty() && !replaces {
            let target = self.arn(&request.input.bucket, Some(&request.input.key));
            caller.must(&*self.guard, "s3:GetObjectTagging", &arn)?;
            caller.must(&*self.guard, "s3:PutObjectTagging", &target)?;
        }
        Ok(source)
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
    object
        .content_disposition
        .clone_from(&source.content_disposition);
    object.content_language.clone_from(&source.content_language);
    object.expires.clone_from(&source.expires);
    object.metadata.clone_from(&source.metadata);
}

/// Whether a copy onto itself changes anything without replacing the metadata.
fn changes(headers: &HeaderMap, source: &Object) -> bool {
    headers.contains_key("x-amz-server-side-encryption")
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
