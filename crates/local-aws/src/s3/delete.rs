//! `DeleteObject` and `DeleteObjects`.

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, Error,
    ObjectIdentifier,
};
use s3s::{S3Error, S3Request, S3Response, S3Result};

use super::api::Api;
use super::guard::Caller;
use super::read::check_version;
use super::versions::{Deletion, NULL};
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
        if input.if_match_size.is_some() || input.if_match_last_modified_time.is_some() {
            return Err(directory_buckets_only());
        }
        let etag = headers::text(&request.headers, "if-match");
        let version = input.version_id.as_deref();
        let deletion = self.remove(&input.bucket, &input.key, version, etag.as_deref())?;
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker: deletion.is_marker.then_some(true),
            version_id: deletion.version.filter(|id| id != NULL || deletion.is_marker),
            ..DeleteObjectOutput::default()
        }))
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
                Ok(deletion) => deleted.push(DeletedObject {
                    key: Some(object.key.clone()),
                    version_id: object.version_id.clone(),
                    delete_marker: deletion.is_marker.then_some(true),
                    delete_marker_version_id: deletion.version.filter(|_| deletion.is_marker),
                }),
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
    ) -> S3Result<Result<Deletion, S3Error>> {
        let etag = object.e_tag.as_ref().map(s3s::dto::ETag::value);
        let arn = self.arn(bucket, Some(&object.key));
        let version = object.version_id.as_deref();
        let mut actions = vec![if version.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" }];
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
        Ok(self.remove(bucket, &object.key, version, etag))
    }

    /// Checks the condition and removes the object, or one version of it, in one step.
    fn remove(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
        etag: Option<&str>,
    ) -> S3Result<Deletion> {
        self.store.write(bucket, |bucket| {
            if let Some(etag) = etag {
                let existing = bucket.objects.get(key);
                conditions::unchanged(etag, existing.map(AsRef::as_ref))?;
            }
            let Some(id) = version else {
                return Ok(bucket.delete(key, Timestamp::now()));
            };
            check_version(bucket.versioning, id)?;
            Ok(bucket.delete_version(key, id))
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
