//! `DeleteObject` and `DeleteObjects`.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, Error,
    ObjectIdentifier,
};
use s3s::{S3Error, S3Request, S3Response, S3Result};

use super::api::Api;
use super::guard::Caller;
use super::read::check_version;
use super::{conditions, error, headers, payload};

/// The most keys one batch may name.
const MAXIMUM: usize = 1000;

/// The body of a request as it came; put among the request's extensions by the service.
#[derive(Clone)]
pub(super) struct RawBody(pub(super) Bytes);

impl Api {
    /// Deletes one object; one that is not there counts as deleted unless a condition was set.
    pub(super) fn delete(
        &self,
        request: &S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = &request.input;
        check_version(input.version_id.as_deref())?;
        if input.if_match_size.is_some() || input.if_match_last_modified_time.is_some() {
            return Err(directory_buckets_only());
        }
        let etag = headers::text(&request.headers, "if-match");
        self.remove(&input.bucket, &input.key, etag.as_deref())?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    /// Deletes up to a thousand objects, each with a verdict of its own.
    pub(super) fn delete_batch(
        &self,
        request: &S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let input = &request.input;
        verify(request.extensions.get::<RawBody>(), &request.headers)?;
        let objects = &input.delete.objects;
        if objects.is_empty() || objects.len() > MAXIMUM {
            return Err(error::malformed_xml());
        }
        let conditional =
            |object: &ObjectIdentifier| object.size.is_some() || object.last_modified_time.is_some();
        if objects.iter().any(conditional) {
            return Err(directory_buckets_only());
        }
        let caller = Self::caller(request)?;
        let mut deleted = Vec::new();
        let mut errors = Vec::new();
        for object in objects {
            match self.delete_one(&caller, &input.bucket, object)? {
                Ok(()) => {
                    deleted.push(DeletedObject { key: Some(object.key.clone()), ..DeletedObject::default() });
                }
                Err(refusal) => errors.push(Error {
                    code: Some(refusal.code().as_str().to_owned()),
                    key: Some(object.key.clone()),
                    message: refusal.message().map(str::to_owned),
                    version_id: object.version_id.clone(),
                }),
            }
        }
        let quiet = input.delete.quiet == Some(true);
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: (!quiet).then_some(deleted),
            errors: Some(errors),
            ..DeleteObjectsOutput::default()
        }))
    }

    /// One key of a batch. The outer error ends the batch: credentials that are bad are bad for every key.
    fn delete_one(
        &self,
        caller: &Caller,
        bucket: &str,
        object: &ObjectIdentifier,
    ) -> S3Result<Result<(), S3Error>> {
        let etag = object.e_tag.as_ref().map(s3s::dto::ETag::value);
        let arn = self.arn(bucket, Some(&object.key));
        let mut actions = vec!["s3:DeleteObject"];
        if etag.is_some_and(|etag| etag != "*") {
            actions.push("s3:GetObject");
        }
        for action in actions {
            match caller.ask(&*self.guard, action, &arn) {
                Ok(()) => {}
                Err(denial) if denial.is_access_denied() => return Ok(Err(denial.into())),
                Err(denial) => return Err(denial.into()),
            }
        }
        if object.version_id.as_deref().is_some_and(|id| id != "null") {
            return Ok(Err(error::error(
                "NoSuchVersion",
                StatusCode::NOT_FOUND,
                "The specified version does not exist.",
            )));
        }
        Ok(self.remove(bucket, &object.key, etag))
    }

    /// Checks the condition and removes the object in one step.
    fn remove(&self, bucket: &str, key: &str, etag: Option<&str>) -> S3Result<()> {
        self.store.write(bucket, |bucket| {
            if let Some(etag) = etag {
                let existing = bucket.objects.get(key);
                conditions::unchanged(etag, existing.map(AsRef::as_ref))?;
            }
            bucket.objects.remove(key);
            Ok(())
        })?
    }
}

/// S3 takes no batch whose body it cannot check.
fn verify(body: Option<&RawBody>, headers: &HeaderMap) -> S3Result<()> {
    let body = body.map(|body| body.0.clone()).unwrap_or_default();
    let payload = payload::verify(body, headers, &HeaderMap::new())?;
    if payload.checksum.is_none() && !headers.contains_key("content-md5") {
        return Err(error::invalid_request("Missing required header for this request: Content-MD5"));
    }
    Ok(())
}

fn directory_buckets_only() -> S3Error {
    error::not_implemented("A header you provided implies functionality that is not implemented")
}
