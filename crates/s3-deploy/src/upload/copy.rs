//! An object whose headers alone have to change: copied onto itself, so that its bytes stay where they are.

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, MetadataDirective, TaggingDirective};
use futures::{StreamExt, TryStreamExt, stream};
use oidc_auth::{Failure, counted};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::multipart::{Part, parts};
use super::reply::ReplyDate;
use super::request::{algorithm, with_headers};
use super::tags::may_be_about_tags;
use super::{UploadError, Uploader};
use crate::headers::tags::Tags;
use crate::outcome::Stored;
use crate::plan::Upload;
use crate::plan::etag::ETag;

/// Everything in a key but what RFC 3986 leaves unreserved, and the slashes between names.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What became of a copy.
#[derive(Debug)]
pub(super) enum Copied {
    Done(Stored),
    /// S3 does not copy it: then the file has to be uploaded.
    Refused(Failure),
    /// S3 does not copy its tags, or not tell them, and an upload would lose them: then it stays as it is.
    WouldLoseTags(Failure),
}

impl Uploader {
    /// Copies the object of this ETag onto itself with the headers that an upload would send, and with its tags.
    pub(super) async fn copy(&self, upload: &Upload, etag: ETag) -> Result<Copied, UploadError> {
        let etag = &etag.text().unwrap_or_default();
        if let Some(refusal) = self.copies_refused.get() {
            return self.refused(upload, refusal.clone(), None).await;
        }
        let in_parts = upload.file.digests.size > self.largest_copy;
        let tags = match self.tags_to_send(upload, in_parts).await? {
            Ok(tags) => tags,
            Err(refusal) => return Ok(Copied::WouldLoseTags(refusal)),
        };
        let copied = if in_parts {
            self.copy_parts(upload, etag, tags.as_ref()).await
        } else {
            tokio::select! {
                copied = self.copy_whole(upload, etag, tags.as_ref()) => copied,
                _ = self.stop.requested() => Err(UploadError::Stopped),
            }
        };
        match copied {
            Ok(stored) => Ok(Copied::Done(stored)),
            Err(UploadError::Refused(refusal)) if refusal.status().is_some() => {
                // A store without copies, or a role that may not read, says the same of every object. Not every object
                // has tags.
                let is_of_all =
                    refusal.is_code("AccessDenied") && !may_be_about_tags(&refusal, tags.as_ref());
                if is_of_all || refusal.status() == Some(501) {
                    let _ = self.copies_refused.set(refusal.clone());
                }
                self.refused(upload, refusal, tags.as_ref()).await
            }
            Err(error) => Err(error),
        }
    }

    async fn copy_whole(
        &self,
        upload: &Upload,
        etag: &str,
        tags: Option<&Tags>,
    ) -> Result<Stored, UploadError> {
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
            .tagging_directive(if tags.is_some() {
                TaggingDirective::Replace
            } else {
                TaggingDirective::Copy
            })
            .set_tagging(tags.and_then(Tags::header))
            .checksum_algorithm(algorithm(headers.checksum));
        let request = with_headers!(request, headers).customize().interceptor(date.clone());
        let request = request.config_override(self.bucket.copying());
        match counted(request.send()).await {
            Ok(reply) => {
                let etag = reply.copy_object_result().and_then(|result| result.e_tag());
                self.stored(upload, &date, etag).await
            }
            Err(failure) => self.confirmed(upload, failure).await,
        }
    }

    /// Copies what is too large for one request in the parts of an upload, so that the ETag is that of one.
    async fn copy_parts(
        &self,
        upload: &Upload,
        etag: &str,
        tags: Option<&Tags>,
    ) -> Result<Stored, UploadError> {
        // Not raced against a signal: an upload whose id never arrived could not be aborted.
        let id = self.create(upload, tags).await?;
        let result = tokio::select! {
            result = self.copy_into(upload, etag, &id) => result,
            _ = self.stop.requested() => Err(UploadError::Stopped),
        };
        self.or_abort(upload, id, result).await
    }

    async fn copy_into(&self, upload: &Upload, etag: &str, id: &str) -> Result<Stored, UploadError> {
        let requests = parts(upload.file.digests.size).map(|part| self.copy_part(upload, etag, id, part));
        let mut copied: Vec<CompletedPart> =
            stream::iter(requests).buffer_unordered(self.limits.widest()).try_collect().await?;
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
        let reply = counted(request.send()).await?;
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use bitbucket_pipe::Stop;
    use bitbucket_pipe::progress::Progress;
    use local_aws::s3::Object;
    use local_aws::scenario::{BUCKET, REGION, ROLE, World};
    use md5::{Digest as _, Md5};
    use oidc_auth::{Access, Variables};

    use super::*;
    use crate::bucket::{Addressing, Bucket};
    use crate::hash::Digests;
    use crate::headers::Headers;
    use crate::headers::rules::HeaderRules;
    use crate::limits::Limits;
    use crate::plan::Reason;
    use crate::scan::TreeFile;
    use crate::upload::buffers::Buffers;
    use crate::upload::{Arrival, Phase};

    const KEY: &str = "caf\u{e9} + 100%.mp4";

    async fn copy(world: &World, upload: Upload, largest_copy: u64) -> (Vec<Arrival>, Phase) {
        let variables = Variables {
            aws_oidc_role_arn: Some(ROLE.to_owned()),
            bitbucket_step_oidc_token: Some(world.token().sign()),
            aws_endpoint_url: Some(world.cloud.endpoint()),
            aws_default_region: Some(REGION.to_owned()),
            ..Variables::default()
        };
        let access = Access::from_variables(&variables).expect("valid");
        let session = access.connect().await.expect("trusted");
        let target = BUCKET.parse().expect("a target");
        let (bucket, _) = Bucket::open(session, target, Addressing::default()).await;
        let headers = Headers { cache_control: Some("no-cache".to_owned()), ..Headers::default() };
        let uploader = Uploader {
            folder: Path::new("nobody reads it").into(),
            bucket: Arc::new(bucket),
            headers: Arc::new(HeaderRules::from(headers)),
            largest_copy,
            copies_refused: Arc::default(),
            tags_refused: Arc::default(),
            left_behind: Arc::default(),
            buffers: Buffers::default(),
            limits: Limits::default(),
            stop: Stop::listen(),
            progress: Arc::new(Progress::hidden()),
        };
        let mut arrived = Vec::new();
        let phase = uploader.run(vec![upload], |arrival| arrived.push(arrival)).await;
        (arrived, phase)
    }

    /// The limit is an argument: an object above the real one would have to be held in memory.
    #[test]
    fn what_is_too_large_for_one_request_is_copied_in_parts() {
        const SIZE: u64 = 20 << 20;
        let body: Vec<u8> = (0..=250).cycle().take(20 << 20).collect();
        let digests = Digests::of(&body[..], SIZE, |_| {}).expect("readable");
        let single = ETag::Single(Md5::digest(&body).into());
        let md5s: Vec<u8> = body.chunks(8 << 20).flat_map(|part| Md5::digest(part).to_vec()).collect();
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        for (largest, parts, etag) in
            [(SIZE, 0, single), (SIZE - 1, 3, ETag::Parts(Md5::digest(&md5s).into(), 3))]
        {
            let world = World::permissive();
            let tags = [("by".to_owned(), "h\u{e4}nd & co".to_owned())].into();
            let object = Object { tags, ..Object::new(body.clone(), jiff::Timestamp::UNIX_EPOCH) };
            world.cloud.store().put(BUCKET, KEY, object.clone());
            let file = TreeFile { path: KEY.into(), modified: None, digests };
            let reason = Reason::Headers { from: Some(single), changes: [].into() };
            let upload = Upload { file, is_page: false, reason };
            let (arrived, phase) = runtime.block_on(copy(&world, upload, largest));
            assert!(arrived.iter().all(|arrival| arrival.is_copied), "{arrived:?} {phase:?}");
            assert_eq!((arrived.len(), arrived[0].stored.etag), (1, etag));
            let copied = world.cloud.store().object(BUCKET, KEY).expect("it is there");
            assert_eq!((copied.cache_control.as_deref(), *copied.body == body), (Some("no-cache"), true));
            assert_eq!(copied.tags, object.tags);
            let requests = ["UploadPartCopy", "UploadPart", "PutObject"].map(|name| world.cloud.count(name));
            assert_eq!((requests, world.cloud.store().open_uploads(BUCKET)), ([parts, 0, 0], 0));
        }
    }
}
