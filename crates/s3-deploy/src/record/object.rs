//! The record as an object of the bucket: read once at the start, written under the condition that nobody else did.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use aws_smithy_types::byte_stream::error::Error;
use bytes::Bytes;
use crc_fast::CrcAlgorithm::Crc64Nvme;
use oidc_auth::{Failure, counted, explain};

use super::{PATH, Record, decode, encode};
use crate::bucket::Bucket;
use crate::filters::Filters;
use crate::headers::Headers;
use crate::upload::request::with_checksum;

/// The SDK repeats a request until its reply begins; a body that breaks off is left to whoever reads it.
const READS: usize = 3;

/// The most that is reserved before it has come, in bytes: the record of about three million objects.
const MOST_EXPECTED: usize = 256 << 20;

/// What is at the record's place.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// `RECORD` is off: nobody looked.
    Off,
    /// Nothing: no deploy with a record has finished here.
    Absent,
    /// A record, and its ETag.
    Present(Box<Record>, String),
    /// Something that cannot be used, why, and its ETag.
    Unusable(String, String),
    /// The role may not read it, or S3 could not be reached.
    Refused(Failure),
}

/// What became of writing it.
#[derive(Clone, Debug)]
pub(crate) enum Saved {
    /// It is there, with this ETag.
    Yes(String),
    /// Another deploy wrote one in the meantime.
    Overtaken,
    /// S3 refused.
    Refused(Failure),
}

impl Found {
    /// The record, if there is one that can be used.
    pub(crate) fn record(&self) -> Option<&Record> {
        match self {
            Self::Present(record, _) => Some(record),
            Self::Off | Self::Absent | Self::Unusable(..) | Self::Refused(_) => None,
        }
    }

    /// The ETag of what is there.
    pub(crate) fn etag(&self) -> Option<&str> {
        match self {
            Self::Present(_, etag) | Self::Unusable(_, etag) => Some(etag),
            Self::Off | Self::Absent | Self::Refused(_) => None,
        }
    }

    /// Whether whoever left this in the place of `before` touched an object that these filters include.
    pub(crate) fn touches(&self, before: &Self, filters: &Filters) -> bool {
        match (self.record(), before.record()) {
            (Some(after), before) => after.touches(before, filters),
            (None, _) => true,
        }
    }

    /// Whether objects may be read here.
    pub(crate) fn is_readable(&self) -> bool {
        match self {
            Self::Refused(failure) => !failure.is_code("AccessDenied"),
            Self::Off => false,
            Self::Absent | Self::Present(..) | Self::Unusable(..) => true,
        }
    }
}

impl Bucket {
    /// Reads the record.
    pub(crate) async fn read_record(&self) -> Found {
        let mut broken = None;
        for _ in 0..READS {
            match self.get_record().await {
                Ok(found) => return found,
                Err(failure) => broken = Some(failure),
            }
        }
        broken.map_or(Found::Absent, Found::Refused)
    }

    /// Asks for it once; an error is a body that broke off.
    async fn get_record(&self) -> Result<Found, Failure> {
        let request = self.client().get_object().bucket(self.name()).key(self.target().key(PATH));
        let reply = match request.send().await {
            Ok(reply) => reply,
            Err(error) => {
                let failure = explain(&error);
                return Ok(match failure.code() {
                    Some("NoSuchKey") => Found::Absent,
                    _ => Found::Refused(failure),
                });
            }
        };
        let etag = reply.e_tag().unwrap_or_default().to_owned();
        let body =
            collected(reply.body, reply.content_length).await.map_err(|error| Failure::unreadable(&error))?;
        // A large one takes a while, in which the pages of a listing arrive.
        let decoded = tokio::task::spawn_blocking(move || decode(&body)).await;
        Ok(match decoded.expect("decoding is total") {
            Ok(record) => Found::Present(Box::new(record), etag),
            Err(why) => Found::Unusable(why.to_string(), etag),
        })
    }

    /// Writes the record in the place of what was found, encrypted as the deploy's objects are; once more without a
    /// condition on stores that know none.
    pub(crate) async fn save_record(&self, record: &Record, found: &Found, headers: &Headers) -> Saved {
        let bytes = match encode(record) {
            Ok(bytes) => Bytes::from(bytes),
            Err(error) => return Saved::Refused(Failure::unsent(error)),
        };
        match self.put_record(bytes.clone(), Some(found), headers).await {
            Err(failure) if matches!(failure.status(), Some(409 | 412)) => Saved::Overtaken,
            // Whether it was written is seen by a look at it, as where another deploy may have come first.
            Err(failure) if failure.is_unreadable() => Saved::Overtaken,
            Err(failure) if failure.is_code("NotImplemented") => {
                match self.put_record(bytes, None, headers).await {
                    Ok(etag) => Saved::Yes(etag),
                    Err(failure) => Saved::Refused(failure),
                }
            }
            Err(failure) => Saved::Refused(failure),
            Ok(etag) => Saved::Yes(etag),
        }
    }

    /// No ACL and the standard class: the record is nobody's page. With the tags of the deploy, which a bucket's policy may
    /// demand of every object. Never with a key of SSE-C: a deploy without that key, of other files to the same prefix, could
    /// not read it.
    async fn put_record(
        &self,
        bytes: Bytes,
        found: Option<&Found>,
        headers: &Headers,
    ) -> Result<String, Failure> {
        let request = self
            .client()
            .put_object()
            .bucket(self.name())
            .key(self.target().key(PATH))
            .cache_control("no-store")
            .content_type("application/octet-stream")
            .set_server_side_encryption(headers.encryption.as_deref().map(ServerSideEncryption::from))
            .set_ssekms_key_id(headers.kms_key.clone())
            .set_tagging(headers.tags.header())
            .body(bytes.clone().into());
        let request = with_checksum!(request, headers.checksum, crc_fast::checksum(Crc64Nvme, &bytes));
        let request = match found {
            Some(Found::Absent) => request.if_none_match("*"),
            Some(Found::Present(_, etag) | Found::Unusable(_, etag)) if !etag.is_empty() => {
                request.if_match(etag)
            }
            _ => request,
        };
        let reply = counted(request.send()).await?;
        Ok(reply.e_tag().unwrap_or_default().to_owned())
    }
}

/// A body as one piece of memory. A record may be large, so it is never held twice.
async fn collected(mut body: ByteStream, length: Option<i64>) -> Result<Bytes, Error> {
    // A length is what somebody says.
    let expected = length.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    let mut bytes = Vec::with_capacity(expected.min(MOST_EXPECTED));
    while let Some(chunk) = body.try_next().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}
