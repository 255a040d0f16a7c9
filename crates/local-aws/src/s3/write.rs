//! `PutObject`.

use std::sync::Arc;

use jiff::Timestamp;
use s3s::dto::{PutObjectInput, PutObjectOutput};
use s3s::{S3Request, S3Response, S3Result};

use super::api::Api;
use super::checksum::{Algorithm, Checksum};
use super::{answer, conditions, headers, payload};

impl Api {
    /// Stores one object, replacing what was there if the conditions hold.
    pub(super) async fn put(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let caller = Self::caller(&request)?;
        let input = request.input;
        self.may_encrypt(&caller, &input.bucket, &request.headers)?;
        let trailers = request.trailing_headers.as_ref();
        let payload = payload::read(input.body, &request.headers, trailers).await?;
        let checksum =
            payload.checksum.unwrap_or_else(|| Checksum::full(Algorithm::Crc64Nvme, &payload.content.body));

        let (object, version_id) = self.store.write(&input.bucket, |bucket| {
            let template = headers::template(&request.headers, bucket)?;
            let existing = bucket.objects.get(&input.key);
            conditions::write(&request.headers, existing.map(Arc::as_ref))?;
            let object = Arc::new(template.with_content(payload.content, checksum, Timestamp::now()));
            let version_id = bucket.put(&input.key, Arc::clone(&object));
            Ok::<_, s3s::S3Error>((object, version_id))
        })??;

        let mut answer = answer::encryption(&object.encryption);
        answer.extend(answer::checksum(&object.checksum));
        let output = PutObjectOutput {
            e_tag: Some(s3s::dto::ETag::Strong(object.etag.clone())),
            version_id,
            ..PutObjectOutput::default()
        };
        Ok(S3Response::with_headers(output, answer))
    }
}
