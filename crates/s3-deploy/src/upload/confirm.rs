//! Replies that say that the work is done and are not understood: the bucket is asked what it holds.

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::ChecksumMode;
use oidc_auth::Failure;

use super::request::with_customer_key;
use super::{UploadError, Uploader};
use crate::bucket::{crc64, seen};
use crate::hash::etag_uploaded;
use crate::outcome::Stored;
use crate::plan::Upload;
use crate::plan::etag::ETag;

impl Uploader {
    /// The object, if it is there as it was to be; else this failure. Its time is not known, so the next deploy looks at it
    /// once more.
    pub(super) async fn confirmed(&self, upload: &Upload, failure: Failure) -> Result<Stored, UploadError> {
        if !failure.is_unreadable() {
            return Err(failure.into());
        }
        let key = self.bucket.target().key(&upload.file.path);
        let head = self.bucket.client().head_object().bucket(self.bucket.name()).key(key);
        let head = with_customer_key!(head, self.headers.base.customer_key.as_ref());
        // Whatever it answers, the first failure is what the user has to hear of.
        let Ok(head) = head.checksum_mode(ChecksumMode::Enabled).send().await else {
            return Err(failure.into());
        };
        let has_headers = seen(&head).changes_to(&self.headers.of(&upload.file.path)).is_empty();
        match self.etag_of_same_bytes(upload, &head).await? {
            Some(etag) if has_headers => {
                let digests = upload.file.digests;
                Ok(Stored { size: digests.size, etag, crc64: digests.crc64, date: None })
            }
            _ => Err(failure.into()),
        }
    }

    /// The object's ETag, where its bytes are the file's: by their checksum, or by the ETag that the upload gives them.
    async fn etag_of_same_bytes(
        &self,
        upload: &Upload,
        head: &HeadObjectOutput,
    ) -> Result<Option<ETag>, UploadError> {
        let digests = upload.file.digests;
        let length = head.content_length().and_then(|length| u64::try_from(length).ok());
        let Some(etag) = head.e_tag().map(ETag::parse).filter(|_| length == Some(digests.size)) else {
            return Ok(None);
        };
        if let Some(crc64) = head.checksum_crc64_nvme().and_then(crc64) {
            return Ok((crc64 == digests.crc64).then_some(etag));
        }
        let path = self.file(upload);
        let own = tokio::task::spawn_blocking(move || etag_uploaded(&path, digests)).await??;
        Ok((own == etag).then_some(etag))
    }
}
