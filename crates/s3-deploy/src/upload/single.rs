//! A small file: read into memory, checked against its hash, sent in one request.

use aws_sdk_s3::types::{ObjectCannedAcl, StorageClass};
use aws_smithy_types::DateTime;
use bytes::Bytes;
use crc_fast::CrcAlgorithm::Crc64Nvme;
use oidc_auth::explain;

use super::reply::ReplyDate;
use super::{UploadError, Uploader};
use crate::bucket::crc64_text;
use crate::hash::changed;
use crate::outcome::Stored;
use crate::plan::Upload;

impl Uploader {
    pub(super) async fn upload_single(&self, upload: &Upload) -> Result<Stored, UploadError> {
        let digests = upload.file.digests;
        let _permit = self.limits.permit(digests.size).await;
        let path = upload.file.file.clone();
        let body = tokio::task::spawn_blocking(move || std::fs::read(path)).await??;
        if crc_fast::checksum(Crc64Nvme, &body) != digests.crc64 {
            return Err(changed().into());
        }
        let headers = &self.headers;
        let date = ReplyDate::default();
        let request = self
            .bucket
            .client()
            .put_object()
            .bucket(self.bucket.name())
            .key(self.bucket.target().key(&upload.file.path))
            // A checksum in a header spares the framing that one in a trailer needs.
            .checksum_crc64_nvme(crc64_text(digests.crc64))
            .set_acl(headers.acl.as_deref().map(ObjectCannedAcl::from))
            .set_cache_control(headers.cache_control.clone())
            .set_content_encoding(headers.content_encoding.clone())
            .set_content_type(upload.content_type.map(str::to_owned))
            .set_expires(headers.expires.map(|time| DateTime::from_secs(time.as_second())))
            .set_storage_class(headers.storage_class.as_deref().map(StorageClass::from))
            .body(Bytes::from(body).into())
            .customize()
            .interceptor(date.clone());
        let request =
            if self.bucket.is_encrypted_in_transit() { request.disable_payload_signing() } else { request };
        let reply = request.send().await.map_err(|error| explain(&error))?;
        self.progress.advance(digests.size);
        Ok(date.stored(&digests, reply.e_tag()))
    }
}
