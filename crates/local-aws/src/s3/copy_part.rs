//! `UploadPartCopy`: a part of an upload that is a range of an object. `s3s` refuses the old upper-case buckets in its
//! header.

use bytes::Bytes;
use jiff::Timestamp;
use s3s::dto::{CopyPartResult, ETag, UploadPartCopyInput, UploadPartCopyOutput};
use s3s::{S3Request, S3Response, S3Result};

use super::api::{Api, timestamp};
use super::checksum::set_checksum;
use super::content::Content;
use super::copy_source::CopySource;
use super::headers::text;
use super::multipart::{open_upload, part_number};
use super::{answer, customer_key, error};

impl Api {
    pub(super) fn copy_part(
        &self,
        request: &S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        let input = &request.input;
        let number = part_number(input.part_number)?;
        let named = CopySource::parse(&text(&request.headers, "x-amz-copy-source").unwrap_or_default())?;
        let caller = Self::caller(request)?;
        let source = self.source(&named, &request.headers, &caller)?;
        self.may_decrypt_parts(&caller, &input.bucket, &input.upload_id)?;
        let body = match text(&request.headers, "x-amz-copy-source-range") {
            None => Bytes::clone(&source.body),
            Some(range) => {
                let (first, last) = parse(&range).filter(|(_, last)| *last < source.body.len()).ok_or_else(|| {
                    error::invalid_argument(
                        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are \
                         the zero-based offsets of the first and last bytes to copy",
                    )
                })?;
                source.body.slice(first..=last)
            }
        };
        let content = Content::of(body);
        self.store.write(&input.bucket, |bucket| {
            let upload = open_upload(bucket, &input.upload_id, &input.key)?;
            customer_key::check(&request.headers, customer_key::OBJECT, &upload.template.encryption)?;
            let part = upload.part(content, None, Timestamp::now());
            let mut result = CopyPartResult {
                e_tag: Some(ETag::Strong(part.etag.clone())),
                last_modified: Some(timestamp(part.last_modified)),
                ..CopyPartResult::default()
            };
            if upload.checksum.is_some() {
                set_checksum!(result, part.checksum);
            }
            let answer = answer::encryption(&upload.template.encryption);
            upload.parts.insert(number, part);
            let output =
                UploadPartCopyOutput { copy_part_result: Some(result), ..UploadPartCopyOutput::default() };
            Ok(S3Response::with_headers(output, answer))
        })?
    }
}

/// `bytes=first-last`, both inclusive.
fn parse(range: &str) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn ranges() {
        for (range, expected) in [
            ("bytes=0-9", Some((0, 9))),
            ("bytes=5-5", Some((5, 5))),
            ("bytes=9-5", None),
            ("bytes=5-", None),
            ("0-9", None),
        ] {
            assert_eq!(parse(range), expected, "{range}");
        }
    }
}
