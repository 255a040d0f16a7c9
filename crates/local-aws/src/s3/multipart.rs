//! Multipart uploads: create, put a part, complete, abort.

use std::sync::Arc;

use http::HeaderMap;
use jiff::Timestamp;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CompletedPart, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    ETag, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Error, S3Request, S3Response, S3Result};

use super::api::Api;
use super::bucket::{Bucket, Completed};
use super::checksum::{Algorithm, Checksum, ChecksumType, set_checksum};
use super::headers::text;
use super::object::Object;
use super::upload::{Claimed, Upload};
use super::{answer, conditions, customer_key, encoding, error, headers, payload};

/// The highest part number.
const MAXIMUM_PARTS: u16 = 10_000;

impl Api {
    pub(super) fn create_upload(
        &self,
        request: &S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let input = &request.input;
        let now = Timestamp::now();
        let checksum = announced(&request.headers)?;
        self.may_encrypt(&Self::caller(request)?, &input.bucket, &request.headers)?;
        let id = self.store.upload_id(now);
        let encryption = self.store.write(&input.bucket, |bucket| {
            let template = headers::template(&request.headers, bucket)?;
            let encryption = template.encryption.clone();
            let upload = Upload {
                key: input.key.clone(),
                template,
                initiated: now,
                checksum,
                parts: std::collections::BTreeMap::new(),
            };
            bucket.uploads.insert(id.clone(), upload);
            Ok::<_, S3Error>(encryption)
        })??;
        let output = CreateMultipartUploadOutput {
            bucket: Some(input.bucket.clone()),
            key: Some(input.key.clone()),
            upload_id: Some(id),
            checksum_algorithm: checksum.map(|(algorithm, _)| algorithm.name().to_owned().into()),
            checksum_type: checksum.map(|(_, kind)| kind.name().to_owned().into()),
            ..CreateMultipartUploadOutput::default()
        };
        let answer = answer::encryption(&encryption);
        Ok(S3Response::with_headers(output, answer))
    }

    pub(super) async fn put_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let caller = Self::caller(&request)?;
        let input = request.input;
        self.may_decrypt_parts(&caller, &input.bucket, &input.upload_id)?;
        let number = part_number(input.part_number)?;
        let trailers = request.trailing_headers.as_ref();
        let payload = payload::read(input.body, &request.headers, trailers).await?;
        let sent = payload.checksum.as_ref().map(|sum| sum.algorithm);

        self.store.write(&input.bucket, |bucket| {
            let upload = open_upload(bucket, &input.upload_id, &input.key)?;
            check_algorithm(upload, sent)?;
            customer_key::check(&request.headers, customer_key::OBJECT, &upload.template.encryption)?;
            let part = upload.part(payload.content, payload.checksum, Timestamp::now());
            let mut output = UploadPartOutput {
                e_tag: Some(ETag::Strong(part.etag.clone())),
                ..UploadPartOutput::default()
            };
            if upload.checksum.is_some() {
                set_checksum!(output, part.checksum);
            }
            let answer = answer::encryption(&upload.template.encryption);
            upload.parts.insert(number, part);
            Ok(S3Response::with_headers(output, answer))
        })?
    }

    pub(super) fn complete_upload(
        &self,
        request: &S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = &request.input;
        self.may_decrypt_parts(&Self::caller(request)?, &input.bucket, &input.upload_id)?;
        let parts = input.multipart_upload.as_ref();
        let claimed: Vec<Claimed> =
            parts.and_then(|upload| upload.parts.as_ref()).into_iter().flatten().map(claim).collect();
        let open = self.store.write(&input.bucket, |bucket| {
            open_upload(bucket, &input.upload_id, &input.key).map(|upload| upload.clone())
        })?;
        let completed = match open {
            Ok(upload) => {
                // Not while the store is locked: it may be gigabytes.
                let object = whole(&upload, input, &claimed, &request.headers)?;
                self.store.write(&input.bucket, |bucket| keep(bucket, input, object, &request.headers))??
            }
            Err(missing) => self.store.read(&input.bucket, |bucket| again(bucket, input))?.ok_or(missing)?,
        };
        let region = self.store.read(&input.bucket, |bucket| bucket.region.clone())?;
        let mut output = CompleteMultipartUploadOutput {
            bucket: Some(input.bucket.clone()),
            key: Some(input.key.clone()),
            location: Some(format!(
                "https://s3.{region}.amazonaws.com/{}/{}",
                input.bucket,
                encoding::url(&input.key)
            )),
            e_tag: Some(ETag::Strong(completed.etag)),
            version_id: completed.version_id,
            checksum_type: Some(completed.checksum.kind.name().to_owned().into()),
            ..CompleteMultipartUploadOutput::default()
        };
        set_checksum!(output, completed.checksum);
        let answer = answer::encryption(&completed.encryption);
        Ok(S3Response::with_headers(output, answer))
    }

    pub(super) fn abort_upload(
        &self,
        input: &AbortMultipartUploadInput,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        if input.if_match_initiated_time.is_some() {
            return Err(error::not_implemented(
                "A header you provided implies functionality that is not implemented",
            ));
        }
        self.store.write(&input.bucket, |bucket| {
            open_upload(bucket, &input.upload_id, &input.key)?;
            bucket.uploads.remove(&input.upload_id);
            Ok(S3Response::new(AbortMultipartUploadOutput::default()))
        })?
    }
}

/// A part's number, if it is one.
pub(super) fn part_number(number: i32) -> S3Result<u16> {
    let number = u16::try_from(number).ok().filter(|number| (1..=MAXIMUM_PARTS).contains(number));
    number.ok_or_else(|| {
        error::invalid_argument("Part number must be an integer between 1 and 10000, inclusive")
    })
}

/// The open upload of that id, if it is one for that key.
pub(super) fn open_upload<'a>(bucket: &'a mut Bucket, id: &str, key: &str) -> S3Result<&'a mut Upload> {
    bucket.uploads.get_mut(id).filter(|upload| upload.key == key).ok_or_else(error::no_such_upload)
}

/// What an upload became that was completed before.
fn again(bucket: &Bucket, input: &CompleteMultipartUploadInput) -> Option<Completed> {
    bucket.completed.get(&input.upload_id).filter(|upload| upload.key == input.key).cloned()
}

/// The object of an upload, if the parts and every claim about them are right.
fn whole(
    upload: &Upload,
    input: &CompleteMultipartUploadInput,
    claimed: &[Claimed],
    headers: &HeaderMap,
) -> S3Result<Object> {
    if upload.checksum.is_some() {
        // Without a checksum the parts' own keys are enough for S3.
        customer_key::check(headers, customer_key::OBJECT, &upload.template.encryption)?;
    }
    let object = upload.assemble(claimed, Timestamp::now())?;
    check_whole(&object, upload, input, headers)?;
    Ok(object)
}

/// Puts the object of an upload in its place, unless the upload has ended in the meantime.
fn keep(
    bucket: &mut Bucket,
    input: &CompleteMultipartUploadInput,
    object: Object,
    headers: &HeaderMap,
) -> S3Result<Completed> {
    if let Some(completed) = again(bucket, input) {
        return Ok(completed);
    }
    open_upload(bucket, &input.upload_id, &input.key)?;
    let existing = bucket.objects.get(&input.key);
    conditions::write(headers, existing.map(Arc::as_ref))?;
    let object = Arc::new(object);
    let version_id = bucket.put(&input.key, Arc::clone(&object));
    let completed = Completed {
        key: input.key.clone(),
        etag: object.etag.clone(),
        checksum: object.checksum.clone(),
        encryption: object.encryption.clone(),
        version_id,
    };
    bucket.uploads.remove(&input.upload_id);
    bucket.completed.insert(input.upload_id.clone(), completed.clone());
    Ok(completed)
}

/// Checks what the client said of the whole object: its size, its checksum and the checksum's type.
fn check_whole(
    object: &Object,
    upload: &Upload,
    input: &CompleteMultipartUploadInput,
    headers: &HeaderMap,
) -> S3Result<()> {
    let size = i64::try_from(object.size()).ok();
    if input.mpu_object_size.is_some() && input.mpu_object_size != size {
        return Err(error::invalid_request(format!(
            "The provided 'x-amz-mp-object-size' header does not match what was computed: {}",
            object.size()
        )));
    }
    let (algorithm, kind) = upload.checksum();
    if let Some(claimed) = text(headers, "x-amz-checksum-type")
        && claimed != kind.name()
    {
        return Err(error::invalid_request(format!(
            "The upload was created using the {} checksum mode. The complete request must use the \
             same checksum mode.",
            kind.name()
        )));
    }
    match payload::claim(headers, &HeaderMap::new())? {
        Some((claimed, _)) if claimed != algorithm => Err(type_mismatch(Some(algorithm), Some(claimed))),
        // A composite may be sent with or without the number of parts.
        Some((_, value)) if !object.checksum.value.starts_with(&value) => Err(payload::mismatch(algorithm)),
        _ => Ok(()),
    }
}

/// The checksum an upload is created for.
fn announced(headers: &HeaderMap) -> S3Result<Option<(Algorithm, ChecksumType)>> {
    let algorithm = text(headers, "x-amz-checksum-algorithm");
    let kind = text(headers, "x-amz-checksum-type");
    let Some(algorithm) = algorithm else {
        return match kind {
            None => Ok(None),
            Some(_) => Err(error::invalid_request(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm \
                 header.",
            )),
        };
    };
    let algorithm = Algorithm::from_name(&algorithm).ok_or_else(|| {
        error::invalid_request(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid \
             types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
        )
    })?;
    let kind = match kind {
        None => algorithm.default_type(),
        Some(kind) => ChecksumType::from_name(&kind)
            .ok_or_else(|| error::invalid_request("Value for x-amz-checksum-type header is invalid."))?,
    };
    if algorithm.supports(kind) {
        return Ok(Some((algorithm, kind)));
    }
    Err(error::invalid_request(format!(
        "The {} checksum type cannot be used with the {} checksum algorithm.",
        kind.name(),
        algorithm.name().to_lowercase()
    )))
}

/// A part's checksum must be the one its upload was created for; over a whole object S3 can do without.
fn check_algorithm(upload: &Upload, sent: Option<Algorithm>) -> S3Result<()> {
    let expected = upload.checksum.map(|(algorithm, _)| algorithm);
    let dispensable = upload.checksum().1 == ChecksumType::FullObject;
    if sent == expected || (sent.is_none() && dispensable) {
        return Ok(());
    }
    Err(type_mismatch(expected, sent))
}

fn type_mismatch(expected: Option<Algorithm>, sent: Option<Algorithm>) -> S3Error {
    let name = |algorithm: Option<Algorithm>| {
        algorithm.map_or_else(|| "null".to_owned(), |known| known.name().to_lowercase())
    };
    error::invalid_request(format!(
        "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
        name(expected),
        name(sent)
    ))
}

/// What the client says of one part.
fn claim(part: &CompletedPart) -> Claimed {
    let sums = [
        (Algorithm::Crc32, &part.checksum_crc32),
        (Algorithm::Crc32c, &part.checksum_crc32c),
        (Algorithm::Crc64Nvme, &part.checksum_crc64nvme),
        (Algorithm::Sha1, &part.checksum_sha1),
        (Algorithm::Sha256, &part.checksum_sha256),
    ];
    Claimed {
        number: part.part_number.unwrap_or_default(),
        etag: part.e_tag.as_ref().map(|etag| etag.value().to_owned()),
        checksum: sums.into_iter().find_map(|(algorithm, value)| {
            Some(Checksum { algorithm, value: value.clone()?, kind: ChecksumType::FullObject })
        }),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn the_checksum_an_upload_is_created_for() {
        for (algorithm, kind, expected) in [
            (None, None, Ok(None)),
            (Some("CRC32"), None, Ok(Some((Algorithm::Crc32, ChecksumType::Composite)))),
            (Some("CRC32"), Some("FULL_OBJECT"), Ok(Some((Algorithm::Crc32, ChecksumType::FullObject)))),
            (Some("CRC64NVME"), None, Ok(Some((Algorithm::Crc64Nvme, ChecksumType::FullObject)))),
            (Some("SHA256"), Some("FULL_OBJECT"), Err(())),
            (Some("CRC64NVME"), Some("COMPOSITE"), Err(())),
            (Some("MD4"), None, Err(())),
            (None, Some("COMPOSITE"), Err(())),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [("x-amz-checksum-algorithm", algorithm), ("x-amz-checksum-type", kind)] {
                if let Some(value) = value {
                    headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
                }
            }
            assert_eq!(announced(&headers).map_err(drop), expected, "{algorithm:?} {kind:?}");
        }
    }
}
