//! A small file: read into memory, checked against its hash, sent in one request.

use bytes::Bytes;
use crc_fast::CrcAlgorithm::Crc64Nvme;
use oidc_auth::explain;

use super::reply::ReplyDate;
use super::request::{algorithm, with_headers};
use super::{UploadError, Uploader};
use crate::bucket::crc64_text;
use crate::hash::changed;
use crate::headers::checksum::Checksum;
use crate::outcome::Stored;
use crate::plan::Upload;

/// What is read where it is sent: it was hashed a moment ago and is in the system's memory, and to hand it to a thread that
/// may wait for a disk takes longer.
const READ_AT_ONCE: u64 = 64 * 1024;

impl Uploader {
    pub(super) async fn upload_single(&self, upload: &Upload) -> Result<Stored, UploadError> {
        let digests = upload.file.digests;
        let _permit = self.limits.permit(digests.size).await;
        let body = read(upload).await?;
        if crc_fast::checksum(Crc64Nvme, &body) != digests.crc64 {
            return Err(changed().into());
        }
        let headers = self.headers.of(&upload.file.path);
        let date = ReplyDate::default();
        let request = self
            .bucket
            .client()
            .put_object()
            .bucket(self.bucket.name())
            .key(self.bucket.target().key(&upload.file.path))
            .body(Bytes::from(body).into());
        let request = match headers.checksum {
            // A checksum in a header spares the framing that one in a trailer needs.
            Checksum::Crc64Nvme => request.checksum_crc64_nvme(crc64_text(digests.crc64)),
            other => request.checksum_algorithm(algorithm(other)),
        };
        let request = with_headers!(request, headers);
        let has_type = upload.content_type.is_some();
        let request = request.customize().interceptor(date.clone()).mutate_request(move |request| {
            if !has_type {
                // The SDK's own, which S3 would store.
                request.headers_mut().remove("content-type");
            }
        });
        let request =
            if self.bucket.is_encrypted_in_transit() { request.disable_payload_signing() } else { request };
        let reply = request.send().await.map_err(|error| explain(&error))?;
        self.progress.advance(digests.size);
        self.stored(upload, &date, reply.e_tag()).await
    }
}

async fn read(upload: &Upload) -> Result<Vec<u8>, UploadError> {
    if upload.file.digests.size <= READ_AT_ONCE {
        return Ok(std::fs::read(&upload.file.file)?);
    }
    let path = upload.file.file.clone();
    Ok(tokio::task::spawn_blocking(move || std::fs::read(path)).await??)
}
