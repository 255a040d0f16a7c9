//! A large file: cut into parts that are sent in parallel, never held whole in memory, never left half uploaded.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, PoisonError};

use aws_sdk_s3::types::{ChecksumType, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use crc_fast::CrcAlgorithm::Crc64Nvme;
use futures::{StreamExt, TryStreamExt, stream};
use oidc_auth::{Failure, counted, explain};

use super::buffers::Buffers;
use super::reply::ReplyDate;
use super::request::{algorithm, with_checksum, with_customer_key, with_headers};
use super::{UploadError, Uploader};
use crate::bucket::crc64_text;
use crate::hash::{BUFFER, changed};
use crate::headers::checksum::Checksum;
use crate::headers::tags::Tags;
use crate::outcome::Stored;
use crate::part_size::part_size;
use crate::plan::Upload;

/// One part of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// From 1.
    pub(super) number: i32,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// A part that arrived.
struct Arrived {
    completed: CompletedPart,
    /// From 0.
    index: usize,
    length: u64,
    crc64: u64,
}

impl Uploader {
    /// Uploads in parts. Whatever ends it early, a signal too, the parts that arrived are given back to the store.
    pub(super) async fn upload_parts(&self, upload: &Upload) -> Result<Stored, UploadError> {
        // Not raced against a signal: an upload whose id never arrived could not be aborted.
        let id = self.create(upload, Some(&self.headers.base.tags)).await?;
        let result = tokio::select! {
            result = self.send_parts(upload, &id) => result,
            _ = self.stop.requested() => Err(UploadError::Stopped),
        };
        self.or_abort(upload, id, result).await
    }

    /// The result; if it is none, the parts are given back.
    pub(super) async fn or_abort(
        &self,
        upload: &Upload,
        id: String,
        result: Result<Stored, UploadError>,
    ) -> Result<Stored, UploadError> {
        if result.is_err() {
            let abort = self.bucket.client().abort_multipart_upload().bucket(self.bucket.name());
            let abort = abort.key(self.bucket.target().key(&upload.file.path)).upload_id(id);
            // The failure that led here is what the user has to hear of; this one is a word beside it, unless an answer
            // that was lost had ended the upload already.
            if let Err(error) = abort.send().await
                && let failure = explain(&error)
                && !failure.is_code("NoSuchUpload")
            {
                self.left_behind.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
            }
        }
        result
    }

    /// Begins an upload in parts of an object with these tags, and returns its id.
    pub(super) async fn create(&self, upload: &Upload, tags: Option<&Tags>) -> Result<String, Failure> {
        let _permit = self.limits.permit(0).await;
        let headers = self.headers.of(&upload.file.path);
        let request = self
            .bucket
            .client()
            .create_multipart_upload()
            .bucket(self.bucket.name())
            .key(self.bucket.target().key(&upload.file.path))
            .checksum_algorithm(algorithm(headers.checksum))
            .set_tagging(tags.and_then(Tags::header))
            .set_checksum_type(self.checksum_type());
        let request = with_headers!(request, headers);
        let reply = counted(request.send()).await?;
        reply.upload_id().map(str::to_owned).ok_or_else(|| {
            Failure::reported(None, Some("the store began an upload in parts without naming it"))
        })
    }

    /// A checksum of the whole object where one can be combined from its parts; else S3's own, of the parts' checksums.
    fn checksum_type(&self) -> Option<ChecksumType> {
        let is_sent = self.bucket.checksum_headers().are_sent();
        (is_sent && self.headers.base.checksum == Checksum::Crc64Nvme).then_some(ChecksumType::FullObject)
    }

    async fn send_parts(&self, upload: &Upload, id: &str) -> Result<Stored, UploadError> {
        let path = self.file(upload);
        let file = Arc::new(tokio::task::spawn_blocking(move || File::open(path)).await??);
        let digests = upload.file.digests;
        let sent = parts(digests.size).map(|part| self.send_part(upload, id, file.clone(), part));
        let mut sent = stream::iter(sent).buffer_unordered(self.limits.widest());
        // The checksum of no bytes is zero. Others are combined while later parts are sent: it takes a while.
        let (mut parts, mut crc64, mut early) = (Vec::new(), 0, BTreeMap::new());
        while let Some(part) = sent.try_next().await? {
            early.insert(part.index, part);
            while let Some(next) = early.first_entry().filter(|first| *first.key() == parts.len()) {
                let Arrived { completed, length, crc64: more, .. } = next.remove();
                crc64 = crc_fast::checksum_combine(Crc64Nvme, crc64, more, length);
                parts.push(completed);
            }
        }
        if crc64 != digests.crc64 {
            return Err(changed().into());
        }
        self.complete(upload, id, CompletedMultipartUpload::builder().set_parts(Some(parts)).build()).await
    }

    /// Makes the object of its parts.
    pub(super) async fn complete(
        &self,
        upload: &Upload,
        id: &str,
        parts: CompletedMultipartUpload,
    ) -> Result<Stored, UploadError> {
        let _permit = self.limits.permit(0).await;
        let digests = upload.file.digests;
        let date = ReplyDate::default();
        let request = self
            .bucket
            .client()
            .complete_multipart_upload()
            .bucket(self.bucket.name())
            .key(self.bucket.target().key(&upload.file.path))
            .upload_id(id)
            .multipart_upload(parts)
            .set_checksum_type(self.checksum_type())
            .set_checksum_crc64_nvme(self.checksum_type().map(|_| crc64_text(digests.crc64)));
        let request = with_customer_key!(request, self.headers.base.customer_key.as_ref());
        match counted(request.customize().interceptor(date.clone()).send()).await {
            Ok(reply) => self.stored(upload, &date, reply.e_tag()).await,
            Err(failure) => self.confirmed(upload, failure).await,
        }
    }

    async fn send_part(
        &self,
        upload: &Upload,
        id: &str,
        file: Arc<File>,
        part: Part,
    ) -> Result<Arrived, UploadError> {
        let _permit = self.limits.permit(part.length).await;
        let buffers = self.buffers.clone();
        let (body, crc64) = tokio::task::spawn_blocking(move || read(&file, part, &buffers)).await??;
        let request = self
            .bucket
            .client()
            .upload_part()
            .bucket(self.bucket.name())
            .key(self.bucket.target().key(&upload.file.path))
            .upload_id(id)
            .part_number(part.number)
            .body(body.clone().into());
        let request = with_customer_key!(request, self.headers.base.customer_key.as_ref());
        let request = with_checksum!(request, self.headers.base.checksum, crc64);
        let request = request.customize();
        let request =
            if self.bucket.is_encrypted_in_transit() { request.disable_payload_signing() } else { request };
        let reply = counted(request.send()).await?;
        // Before the permit, so that whoever gets that finds the buffer.
        self.buffers.give_back(body);
        self.progress.advance(part.length);
        let completed = CompletedPart::builder()
            .part_number(part.number)
            .set_e_tag(reply.e_tag().map(str::to_owned))
            .set_checksum_crc64_nvme(self.checksum_type().map(|_| crc64_text(crc64)))
            .set_checksum_crc32(reply.checksum_crc32().map(str::to_owned))
            .set_checksum_crc32_c(reply.checksum_crc32_c().map(str::to_owned))
            .set_checksum_sha1(reply.checksum_sha1().map(str::to_owned))
            .set_checksum_sha256(reply.checksum_sha256().map(str::to_owned))
            .build();
        let index = usize::try_from(part.number - 1).map_err(std::io::Error::other)?;
        Ok(Arrived { completed, index, length: part.length, crc64 })
    }
}

/// The bytes of a part and their CRC-64/NVME.
fn read(file: &File, part: Part, buffers: &Buffers) -> std::io::Result<(Bytes, u64)> {
    let mut body = buffers.take(usize::try_from(part.length).map_err(std::io::Error::other)?);
    let (mut crc64, mut offset) = (crc_fast::Digest::new(Crc64Nvme), part.offset);
    for piece in body.chunks_mut(BUFFER) {
        file.read_exact_at(piece, offset)?;
        crc64.update(piece);
        offset += piece.len() as u64;
    }
    Ok((body.freeze(), crc64.finalize()))
}

/// The parts of a file of this size.
pub(super) fn parts(size: u64) -> impl Iterator<Item = Part> {
    let length = part_size(size);
    (1..).zip(0..size.div_ceil(length)).map(move |(number, index)| {
        let offset = index * length;
        Part { number, offset, length: length.min(size - offset) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_file() {
        const MIB: u64 = 1 << 20;
        for size in [8 * MIB, 8 * MIB + 1, 16 * MIB, 100 * MIB - 1] {
            let parts: Vec<Part> = parts(size).collect();
            let mut end = 0;
            for (index, part) in (1..).zip(&parts) {
                assert_eq!((part.number, part.offset), (index, end));
                assert!((1..=8 * MIB).contains(&part.length));
                end += part.length;
            }
            assert_eq!(end, size);
        }
    }
}
