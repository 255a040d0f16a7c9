//! An object whose headers alone have to change: copied onto itself, so that its bytes stay where they are.

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, MetadataDirective, TaggingDirective};
use futures::{StreamExt, TryStreamExt, stream};
use oidc_auth::{Failure, explain};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::limits::REQUESTS;
use super::multipart::{Part, parts};
use super::reply::ReplyDate;
use super::request::{algorithm, with_headers};
use super::{UploadError, Uploader};
use crate::outcome::Stored;
use crate::plan::Upload;
use crate::plan::etag::ETag;

/// What one `CopyObject` copies at most: 5 GB, which S3 counts as 5 GiB (Amazon S3 API Reference, `CopyObject`).
pub(crate) const LARGEST_COPY: u64 = 5 * 1024 * 1024 * 1024;

/// Everything in a key but what RFC 3986 leaves unreserved, and the slashes between names.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

impl Uploader {
    /// Copies the object of this ETag onto itself with the headers that an upload would send. `Ok(Err(_))` is a refusal:
    /// then the file has to be uploaded.
    pub(super) async fn copy(
        &self,
        upload: &Upload,
        from: ETag,
    ) -> Result<Result<Stored, Failure>, UploadError> {
        if let Some(refusal) = self.copies_refused.get() {
            return Ok(Err(refusal.clone()));
        }
        let Some(etag) = from.text() else {
            return Ok(Err(Failure::reported(None, Some("the listing names no ETag to hold on to"))));
        };
        let copied = if upload.file.digests.size <= self.largest_copy {
            tokio::select! {
                copied = self.copy_whole(upload, &etag) => copied.map_err(UploadError::from),
                _ = self.stop.requested() => Err(UploadError::Stopped),
            }
        } else {
            self.copy_parts(upload, &etag).await
        };
        match copied {
            Ok(stored) => Ok(Ok(stored)),
            // A store without copies, or a role that may not read, says the same of every object.
            Err(UploadError::Refused(refusal)) if refusal.status().is_some() => {
                if refusal.is_code("AccessDenied") || refusal.status() == Some(501) {
                    let _ = self.copies_refused.set(refusal.clone());
                }
                Ok(Err(refusal))
            }
            Err(error) => Err(error),
        }
    }

    async fn copy_whole(&self, upload: &Upload, etag: &str) -> Result<Stored, Failure> {
        let _permit = self.limits.permit(0).await;
        let headers = self.headers.of(&upload.file.path);
        let date = ReplyDate::default();
        let request = self
            .bucket
            .client()
            .copy_object()
            .bucket(self.bucket.name())
            .key(self.bucket.target().key(&upload.file.path))
            .copy_source(self.source(upload))
            .copy_source_if_match(etag)
            .metadata_directive(MetadataDirective::Replace)
            // None, as an upload sends none.
            .tagging_directive(TaggingDirective::Replace)
            .checksum_algorithm(algorithm(headers.checksum));
        let request = with_headers!(request, headers).customize().interceptor(date.clone());
        let reply = request.send().await.map_err(|error| explain(&error))?;
        let etag = reply.copy_object_result().and_then(|result| result.e_tag());
        Ok(date.stored(&upload.file.digests, etag))
    }

    /// Copies what is too large for one request in the parts of an upload, so that the ETag is that of one.
    async fn copy_parts(&self, upload: &Upload, etag: &str) -> Result<Stored, UploadError> {
        // Not raced against a signal: an upload whose id never arrived could not be aborted.
        let id = self.create(upload).await?;
        let result = tokio::select! {
            result = self.copy_into(upload, etag, &id) => result,
            _ = self.stop.requested() => Err(UploadError::Stopped),
        };
        self.or_abort(upload, id, result).await
    }

    async fn copy_into(&self, upload: &Upload, etag: &str, id: &str) -> Result<Stored, UploadError> {
        let copies = parts(upload.file.digests.size).map(|part| self.copy_part(upload, etag, id, part));
        let mut copied: Vec<CompletedPart> =
            stream::iter(copies).buffer_unordered(REQUESTS).try_collect().await?;
        copied.sort_unstable_by_key(CompletedPart::part_number);
        let parts = CompletedMultipartUpload::builder().set_parts(Some(copied)).build();
        self.complete(upload, id, parts).await
    }

    async fn copy_part(
        &self,
        upload: &Upload,
        etag: &str,
        id: &str,
        part: Part,
    ) -> Result<CompletedPart, UploadError> {
        let _permit = self.limits.permit(0).await;
        let request = self
            .bucket
            .client()
            .upload_part_copy()
            .bucket(self.bucket.name())
            .key(self.bucket.target().key(&upload.file.path))
            .upload_id(id)
            .part_number(part.number)
            .copy_source(self.source(upload))
            .copy_source_if_match(etag)
            .copy_source_range(format!("bytes={}-{}", part.offset, part.offset + part.length - 1));
        let reply = request.send().await.map_err(|error| explain(&error))?;
        let copied = reply.copy_part_result();
        let text = |text: Option<&str>| text.map(str::to_owned);
        Ok(CompletedPart::builder()
            .part_number(part.number)
            .set_e_tag(text(copied.and_then(|part| part.e_tag())))
            .set_checksum_crc64_nvme(text(copied.and_then(|part| part.checksum_crc64_nvme())))
            .set_checksum_crc32(text(copied.and_then(|part| part.checksum_crc32())))
            .set_checksum_crc32_c(text(copied.and_then(|part| part.checksum_crc32_c())))
            .set_checksum_sha1(text(copied.and_then(|part| part.checksum_sha1())))
            .set_checksum_sha256(text(copied.and_then(|part| part.checksum_sha256())))
            .build())
    }

    /// `x-amz-copy-source`: the object itself.
    fn source(&self, upload: &Upload) -> String {
        let key = self.bucket.target().key(&upload.file.path);
        let bucket = self.bucket.name();
        // Below an access point's ARN the key follows a word of its own.
        let between = if bucket.starts_with("arn:") { "/object/" } else { "/" };
        format!("{}{between}{}", utf8_percent_encode(bucket, ENCODED), utf8_percent_encode(&key, ENCODED))
    }
}
