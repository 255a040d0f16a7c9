//! A small file: read into memory, checked against its hash, sent in one request.

#[cfg(target_os = "linux")]
use std::fs::File;
#[cfg(target_os = "linux")]
use std::io::IoSliceMut;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use crc_fast::CrcAlgorithm::Crc64Nvme;
use oidc_auth::counted;

use super::reply::ReplyDate;
use super::request::{with_checksum, with_headers};
use super::{UploadError, Uploader};
use crate::hash::changed;
use crate::outcome::Stored;
use crate::plan::Upload;

/// Up to this size, in bytes, to hand a file to a thread that may wait for a disk takes longer than to read it from the
/// system's memory, where it mostly still is since it was hashed.
const READ_AT_ONCE: u64 = 64 * 1024;

impl Uploader {
    pub(super) async fn upload_single(&self, upload: &Upload) -> Result<Stored, UploadError> {
        let digests = upload.file.digests;
        let _permit = self.limits.permit(digests.size).await;
        let body = read(self.file(upload), digests.size).await?;
        if crc_fast::checksum(Crc64Nvme, &body) != digests.crc64 {
            return Err(changed().into());
        }
        let headers = self.headers.of(&upload.file.path);
        let has_type = headers.content_type.is_some();
        let date = ReplyDate::default();
        let request = self
            .bucket
            .client()
            .put_object()
            .bucket(self.bucket.name())
            .key(self.bucket.target().key(&upload.file.path))
            .set_tagging(headers.tags.header())
            .body(Bytes::from(body).into());
        let request = with_checksum!(request, headers.checksum, digests.crc64);
        let request = with_headers!(request, headers);
        let request = request.customize().interceptor(date.clone()).mutate_request(move |request| {
            if !has_type {
                // The SDK's own, which S3 would store.
                request.headers_mut().remove("content-type");
            }
        });
        let request =
            if self.bucket.is_encrypted_in_transit() { request.disable_payload_signing() } else { request };
        let stored = match counted(request.send()).await {
            Ok(reply) => self.stored(upload, &date, reply.e_tag()).await,
            Err(failure) => self.confirmed(upload, failure).await,
        };
        self.progress.advance(digests.size);
        stored
    }
}

async fn read(file: PathBuf, size: u64) -> Result<Vec<u8>, UploadError> {
    if size <= READ_AT_ONCE
        && let Some(body) = read_from_memory(&file, size)
    {
        return Ok(body);
    }
    Ok(tokio::task::spawn_blocking(move || std::fs::read(file)).await??)
}

/// A file of this size, in bytes, if it can be read without waiting for a disk.
#[cfg(target_os = "linux")]
fn read_from_memory(path: &Path, size: u64) -> Option<Vec<u8>> {
    use rustix::io::{ReadWriteFlags, preadv2};
    let file = File::open(path).ok()?;
    // One byte more, so that a file that has grown is noticed.
    let mut body = vec![0; usize::try_from(size).ok()? + 1];
    let read = preadv2(&file, &mut [IoSliceMut::new(&mut body)], 0, ReadWriteFlags::NOWAIT).ok()?;
    body.truncate(read);
    (read as u64 == size).then_some(body)
}

#[cfg(not(target_os = "linux"))]
fn read_from_memory(_: &Path, _: u64) -> Option<Vec<u8>> {
    None
}
