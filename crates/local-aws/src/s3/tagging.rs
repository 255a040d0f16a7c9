//! `GetObjectTagging` and `PutObjectTagging`: the tags of an object that is there.

use std::sync::Arc;

use s3s::dto::{
    GetObjectTaggingInput, GetObjectTaggingOutput, PutObjectTaggingInput, PutObjectTaggingOutput, Tag,
};
use s3s::{S3Request, S3Response, S3Result};

use super::api::Api;
use super::{error, tags};

impl Api {
    pub(super) fn object_tagging(
        &self,
        request: &S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        let input = &request.input;
        let caller = Self::caller(request)?;
        let version = input.version_id.as_deref();
        let (object, version_id) = self.find_version(&caller, &input.bucket, &input.key, version)?;
        let tag =
            |(key, value): (&String, &String)| Tag { key: Some(key.clone()), value: Some(value.clone()) };
        let tag_set = object.tags.iter().map(tag).collect();
        Ok(S3Response::new(GetObjectTaggingOutput { tag_set, version_id }))
    }

    /// Replaces all tags of the current object; neither its ETag nor its date changes.
    pub(super) fn set_object_tagging(
        &self,
        input: PutObjectTaggingInput,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let pairs = input
            .tagging
            .tag_set
            .into_iter()
            .map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()));
        let tags = tags::checked(pairs, || {
            error::invalid_argument("Cannot provide multiple Tags with the same key")
        })?;
        self.store.write(&input.bucket, |bucket| {
            let object = bucket.objects.get_mut(&input.key).ok_or_else(error::no_such_key)?;
            Arc::make_mut(object).tags = tags;
            Ok::<_, s3s::S3Error>(())
        })??;
        Ok(S3Response::new(PutObjectTaggingOutput::default()))
    }
}
