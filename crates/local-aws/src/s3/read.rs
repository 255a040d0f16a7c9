//! `GetObject` and `HeadObject`.

use std::ops::Range;
use std::sync::Arc;

use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, EXPIRES,
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use s3s::dto::{GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, StreamingBlob};
use s3s::{Body, S3Error, S3Request, S3Response, S3Result};

use super::access::query;
use super::api::Api;
use super::guard::Caller;
use super::object::Object;
use super::versions::{NULL, Versioning};
use super::{answer, conditions, customer_key, error, headers};

/// What of an object is asked for.
struct Selection {
    bytes: Range<u64>,
    /// `Content-Range`, when it is not all of it.
    content_range: Option<String>,
    parts: Option<usize>,
}

impl Api {
    /// An object, or what S3 answers about one that is not there: 404 only to those who may list the bucket.
    pub(super) fn find(
        &self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> S3Result<Arc<Object>> {
        Ok(self.find_version(caller, bucket, key, version)?.0)
    }

    /// The same with the id of its version, where the bucket keeps any.
    pub(super) fn find_version(
        &self,
        caller: &Caller,
        bucket: &str,
        key: &str,
        asked: Option<&str>,
    ) -> S3Result<(Arc<Object>, Option<String>)> {
        let version = match asked {
            Some(id) => {
                let found = self.store.read(bucket, |bucket| {
                    check_version(bucket.versioning, id)?;
                    Ok::<_, S3Error>(bucket.versions_of(key).into_iter().find(|version| version.id == id))
                })??;
                Some(found.ok_or_else(error::no_such_version)?)
            }
            None => self.store.read(bucket, |bucket| bucket.latest(key))?,
        };
        let Some(version) = version else {
            let object = self.store.read(bucket, |bucket| bucket.objects.get(key).cloned())?;
            if let Some(object) = object {
                return Ok((object, None));
            }
            caller.must(&*self.guard, "s3:ListBucket", &self.arn(bucket, None))?;
            return Err(error::no_such_key());
        };
        if let Some(object) = version.object {
            return Ok((object, Some(version.id)));
        }
        caller.must(&*self.guard, "s3:ListBucket", &self.arn(bucket, None))?;
        let mut refusal = match asked {
            Some(_) => error::known("MethodNotAllowed", StatusCode::METHOD_NOT_ALLOWED),
            None => error::no_such_key(),
        };
        refusal.set_headers(answer::delete_marker(&version.id));
        Err(refusal)
    }

    pub(super) fn get(&self, request: &S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = &request.input;
        let caller = Self::caller(request)?;
        let (object, version) =
            self.find_version(&caller, &input.bucket, &input.key, input.version_id.as_deref())?;
        customer_key::check(&request.headers, customer_key::OBJECT, &object.encryption)?;
        self.may_decrypt(&caller, &input.bucket, &object.encryption)?;
        conditions::read(&request.headers, &object)?;
        if object.is_archived() {
            return Err(error::error(
                "InvalidObjectState",
                StatusCode::FORBIDDEN,
                "The operation is not valid for the object's storage class",
            ));
        }
        let selection = select(&object, input.range, input.part_number)?;
        let mut answer = describe(&object, &request.headers, &selection);
        answer.extend(answer::version(version.as_deref()));
        replace(&mut answer, &request.uri);
        let length = selection.bytes.end - selection.bytes.start;
        let output = GetObjectOutput {
            body: Some(StreamingBlob::from(Body::from(slice(&object, &selection.bytes)))),
            content_length: i64::try_from(length).ok(),
            content_range: selection.content_range,
            metadata: Some(object.metadata.clone().into_iter().collect()),
            ..GetObjectOutput::default()
        };
        Ok(S3Response::with_headers(output, answer))
    }

    pub(super) fn head(
        &self,
        request: &S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = &request.input;
        let caller = Self::caller(request)?;
        let (object, version) =
            self.find_version(&caller, &input.bucket, &input.key, input.version_id.as_deref())?;
        customer_key::check(&request.headers, customer_key::OBJECT, &object.encryption)?;
        if request.headers.contains_key("x-amz-checksum-mode") {
            self.may_decrypt(&caller, &input.bucket, &object.encryption)?;
        }
        conditions::read(&request.headers, &object)?;
        let selection = select(&object, input.range, input.part_number)?;
        let mut answer = describe(&object, &request.headers, &selection);
        answer.extend(answer::version(version.as_deref()));
        replace(&mut answer, &request.uri);
        let length = selection.bytes.end - selection.bytes.start;
        let output = HeadObjectOutput {
            content_length: i64::try_from(length).ok(),
            content_range: selection.content_range,
            metadata: Some(object.metadata.clone().into_iter().collect()),
            ..HeadObjectOutput::default()
        };
        Ok(S3Response::with_headers(output, answer))
    }
}

/// A bucket that never kept versions knows `null` alone.
pub(super) fn check_version(versioning: Versioning, id: &str) -> S3Result<()> {
    if versioning == Versioning::Off && id != NULL {
        return Err(error::invalid_argument("Invalid version id specified"));
    }
    Ok(())
}

fn describe(object: &Object, request: &HeaderMap, selection: &Selection) -> HeaderMap {
    let mut answer = answer::object(object);
    let mode = headers::text(request, "x-amz-checksum-mode");
    let enabled = mode.is_some_and(|mode| mode.eq_ignore_ascii_case("ENABLED"));
    if enabled && selection.content_range.is_none() {
        answer.extend(answer::checksum(&object.checksum));
    }
    if let Some(parts) = selection.parts {
        answer.insert("x-amz-mp-parts-count", parts.into());
    }
    answer
}

/// The headers that the `response-*` parameters ask for instead of the object's own.
fn replace(answer: &mut HeaderMap, uri: &Uri) {
    for (name, parameter) in [
        (CONTENT_TYPE, "response-content-type"),
        (CACHE_CONTROL, "response-cache-control"),
        (CONTENT_DISPOSITION, "response-content-disposition"),
        (CONTENT_ENCODING, "response-content-encoding"),
        (CONTENT_LANGUAGE, "response-content-language"),
        (EXPIRES, "response-expires"),
    ] {
        let asked = query(uri, parameter);
        if let Some(value) = asked.and_then(|value| HeaderValue::try_from(value).ok()) {
            answer.insert(name, value);
        }
    }
}

fn slice(object: &Object, bytes: &Range<u64>) -> bytes::Bytes {
    let index = |position: u64| usize::try_from(position).unwrap_or(object.body.len());
    object.body.slice(index(bytes.start)..index(bytes.end))
}

fn select(object: &Object, range: Option<s3s::dto::Range>, part: Option<i32>) -> S3Result<Selection> {
    let size = object.size();
    let (bytes, parts) = match (range, part) {
        (Some(_), Some(_)) => {
            return Err(error::invalid_request(
                "Cannot specify both Range header and partNumber query parameter",
            ));
        }
        (None, None) => {
            return Ok(Selection { bytes: 0..size, content_range: None, parts: None });
        }
        (Some(range), None) => {
            let bytes = range
                .check(size)
                .map_err(|_| error::known("InvalidRange", StatusCode::RANGE_NOT_SATISFIABLE))?;
            (bytes, None)
        }
        (None, Some(part)) => part_of(object, part)?,
    };
    // An empty object has no last byte to name.
    let content_range =
        (!bytes.is_empty()).then(|| format!("bytes {}-{}/{size}", bytes.start, bytes.end - 1));
    Ok(Selection { bytes, content_range, parts })
}

/// The bytes of a part, and how many parts there are; an object uploaded in one piece is its own first part.
fn part_of(object: &Object, part: i32) -> S3Result<(Range<u64>, Option<usize>)> {
    let unsatisfiable = || {
        error::error(
            "InvalidPartNumber",
            StatusCode::RANGE_NOT_SATISFIABLE,
            "The requested partnumber is not satisfiable",
        )
    };
    let index = usize::try_from(part).ok().and_then(|part| part.checked_sub(1)).ok_or_else(unsatisfiable)?;
    if object.part_sizes.is_empty() {
        return match index {
            0 => Ok((0..object.size(), None)),
            _ => Err(unsatisfiable()),
        };
    }
    let size = object.part_sizes.get(index).ok_or_else(unsatisfiable)?;
    let start: u64 = object.part_sizes[..index].iter().sum();
    Ok((start..start + size, Some(object.part_sizes.len())))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use s3s::dto::Range as Asked;

    use super::*;

    #[test]
    fn ranges_and_parts() {
        let object = Object { part_sizes: vec![3, 2], ..Object::new("hello", Timestamp::UNIX_EPOCH) };
        let inclusive = |first, last| Some(Asked::Int { first, last });
        for (range, part, expected) in [
            (None, None, Some((0..5, None))),
            (inclusive(1, Some(3)), None, Some((1..4, Some("bytes 1-3/5")))),
            (inclusive(3, Some(99)), None, Some((3..5, Some("bytes 3-4/5")))),
            (Some(Asked::Suffix { length: 2 }), None, Some((3..5, Some("bytes 3-4/5")))),
            (inclusive(5, None), None, None),
            (None, Some(2), Some((3..5, Some("bytes 3-4/5")))),
            (None, Some(3), None),
            (None, Some(0), None),
            (inclusive(0, None), Some(1), None),
        ] {
            let selection = select(&object, range, part).ok();
            let found = selection.as_ref().map(|found| (found.bytes.clone(), found.content_range.as_deref()));
            assert_eq!(found, expected, "{range:?} {part:?}");
        }
    }
}
