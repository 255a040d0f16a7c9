//! The bucket: every request to S3 but the listing is made here.

mod client;

use std::sync::RwLock;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumMode, ServerSideEncryption};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use oidc_auth::{Failure, Service, Session, explain};

use crate::checksum_headers::ChecksumHeaders;
use crate::headers::checksum::Checksum;
use crate::headers::sheet::Seen;
use crate::headers::{Headers, timestamp};
use crate::limits::Limits;
use crate::owner::BucketOwner;
use crate::plan::Evidence;
use crate::plan::etag::ETag;
use crate::target::Target;
use crate::upload::request::with_customer_key;
pub(crate) use client::Addressing;
use client::{Shared, client};

/// Where S3 says in which region a bucket is, in successes and refusals alike.
const REGION_HEADER: &str = "x-amz-bucket-region";
/// Any region can be asked where a bucket is; this one is also what S3-compatible stores expect.
const DEFAULT_REGION: &str = "us-east-1";

/// A bucket, addressed in the region it is in.
#[derive(Debug)]
pub(crate) struct Bucket {
    session: Session,
    target: Target,
    addressing: Addressing,
    limits: Limits,
    checksum_headers: ChecksumHeaders,
    place: RwLock<Place>,
}

#[derive(Clone, Debug)]
struct Place {
    region: String,
    client: Client,
}

/// How the region was settled, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegionNews {
    /// None was given; this is where the bucket is.
    Found(String),
    /// Another one was given.
    Corrected {
        /// `AWS_DEFAULT_REGION`.
        given: String,
        /// Where the bucket is.
        actual: String,
    },
}

impl Bucket {
    /// Addresses the bucket in the session's region; when it has none, the bucket is asked where it is.
    pub(crate) async fn open(
        session: Session,
        target: Target,
        addressing: Addressing,
    ) -> (Self, Option<RegionNews>) {
        let given = session.region().map(str::to_owned);
        let region = given.clone().unwrap_or_else(|| DEFAULT_REGION.to_owned());
        let limits = Limits::new(addressing.concurrency);
        let checksum_headers = ChecksumHeaders::new(addressing.checksums, session.is_at_aws(Service::S3));
        let shared = Shared { limits: &limits, checksum_headers: &checksum_headers };
        let client = client(&session, &region, &target.bucket, &addressing, shared);
        let place = RwLock::new(Place { region, client });
        let bucket = Self { session, target, addressing, limits, checksum_headers, place };
        let news = match given {
            Some(_) => None,
            None => bucket.ask_for_region().await.map(|region| {
                bucket.move_to(&region);
                RegionNews::Found(region)
            }),
        };
        (bucket, news)
    }

    /// Follows a refusal that says that the bucket is in another region; `None` when it does not.
    pub(crate) async fn follow<E, R>(
        &self,
        error: &SdkError<E, R>,
        header: Option<String>,
    ) -> Option<RegionNews>
    where
        E: ProvideErrorMetadata,
    {
        const ELSEWHERE: [&str; 4] = [
            "PermanentRedirect",
            "TemporaryRedirect",
            "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
        ];
        let given = self.region();
        let named = header.filter(|region| *region != given);
        let actual = match (named, error.code()) {
            (Some(region), _) => region,
            (None, Some(code)) if ELSEWHERE.contains(&code) => {
                self.ask_for_region().await.filter(|region| *region != given)?
            }
            (None, _) => return None,
        };
        self.move_to(&actual);
        Some(RegionNews::Corrected { given, actual })
    }

    /// Asks with `HeadBucket`, which names the region even in a refusal.
    async fn ask_for_region(&self) -> Option<String> {
        match self.client().head_bucket().bucket(self.name()).send().await {
            Ok(found) => found.bucket_region().map(str::to_owned),
            Err(refused) => region_of(refused.raw_response()),
        }
    }

    fn client_in(&self, region: &str, addressing: &Addressing) -> Client {
        let shared = Shared { limits: &self.limits, checksum_headers: &self.checksum_headers };
        client(&self.session, region, &self.target.bucket, addressing, shared)
    }

    fn move_to(&self, region: &str) {
        let client = self.client_in(region, &self.addressing);
        let place = Place { client, region: region.to_owned() };
        *self.place.write().unwrap_or_else(std::sync::PoisonError::into_inner) = place;
    }

    /// Whose it was to be, when that alone is why a listing was refused: without the word of an owner, S3 lists it.
    pub(crate) async fn wrong_owner(&self) -> Option<&BucketOwner> {
        let owner = self.addressing.owner.as_ref()?;
        let unowned = Addressing { owner: None, ..self.addressing.clone() };
        let client = self.client_in(&self.region(), &unowned);
        let request = client.list_objects_v2().bucket(self.name()).prefix(self.target.prefix.as_str());
        request.max_keys(1).send().await.is_ok().then_some(owner)
    }

    /// The region that is addressed.
    #[must_use]
    pub(crate) fn region(&self) -> String {
        self.place.read().unwrap_or_else(std::sync::PoisonError::into_inner).region.clone()
    }

    /// Where the deploy goes.
    #[must_use]
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// The partition of the credentials, for ARNs.
    #[must_use]
    pub(crate) fn partition(&self) -> &'static str {
        self.session.partition().name()
    }

    /// Settings for a copy, whose reply may begin and then stand still for ever: the SDK does not watch it.
    pub(crate) fn copying(&self) -> aws_sdk_s3::config::Builder {
        let timeout = TimeoutConfig::builder().operation_attempt_timeout(self.session.longest_attempt());
        aws_sdk_s3::config::Builder::new().timeout_config(timeout.build())
    }

    pub(crate) fn client(&self) -> Client {
        self.place.read().unwrap_or_else(std::sync::PoisonError::into_inner).client.clone()
    }

    /// What all requests to it share.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether checksum headers are sent.
    pub(crate) fn checksum_headers(&self) -> &ChecksumHeaders {
        &self.checksum_headers
    }

    pub(crate) fn name(&self) -> &str {
        self.target.bucket.as_str()
    }

    /// Whether request bodies travel inside TLS, so that their signature can be left to it.
    pub(crate) fn is_encrypted_in_transit(&self) -> bool {
        self.session.custom_endpoint(Service::S3).is_none_or(|endpoint| endpoint.starts_with("https:"))
    }

    /// Looks closer at one object: its checksum, whether its ETag is an MD5, and its headers. A refusal, be it the role's or
    /// the session policy's, which a `HEAD` does not tell apart, has the file uploaded instead.
    pub(crate) async fn evidence(&self, path: &str) -> Result<(Evidence, Option<Seen>), Failure> {
        let key = self.target.key(path);
        let head = self.client().head_object().bucket(self.name()).key(key);
        let customer_key = self.addressing.customer_key.as_ref();
        let head = with_customer_key!(head, customer_key);
        let head = match head.checksum_mode(ChecksumMode::Enabled).send().await {
            Ok(head) => head,
            Err(error) => {
                let failure = explain(&error);
                return match failure.status() {
                    Some(404) => Ok((Evidence::Gone, None)),
                    // This object is not encrypted by the key; the next one may be.
                    Some(400) if customer_key.is_some() => {
                        Ok((Evidence::Nothing, Some(Seen { is_under_other_key: true, ..Seen::default() })))
                    }
                    Some(400 | 403 | 405 | 501) => Ok((Evidence::Refused, None)),
                    _ => Err(failure),
                };
            }
        };
        if let Some(crc) = head.checksum_crc64_nvme().and_then(crc64) {
            return Ok((Evidence::Crc64(crc), Some(seen(&head))));
        }
        let encrypted_elsewhere = head.sse_customer_algorithm().is_some()
            || head.server_side_encryption().is_some_and(|sse| *sse != ServerSideEncryption::Aes256);
        let evidence = match head.e_tag().map(ETag::parse) {
            Some(ETag::Single(_)) if !encrypted_elsewhere => Evidence::ETagIsMd5,
            Some(ETag::Parts(..)) if !encrypted_elsewhere => self.first_part(path).await,
            _ => Evidence::Nothing,
        };
        Ok((evidence, Some(seen(&head))))
    }

    /// Looks how large the first part of an object was, which with every tool is how large all but the last were.
    async fn first_part(&self, path: &str) -> Evidence {
        let head = self.client().head_object().bucket(self.name()).key(self.target.key(path)).part_number(1);
        let length = head.send().await.ok().and_then(|head| head.content_length());
        match length.and_then(|length| u64::try_from(length).ok()) {
            Some(length) if length > 0 => Evidence::InParts(length),
            _ => Evidence::Nothing,
        }
    }
}

/// The headers that a look shows.
pub(crate) fn seen(head: &HeadObjectOutput) -> Seen {
    let text = |text: Option<&str>| text.map(str::to_owned);
    // Some stores keep the word that says how the body was sent.
    let encoding = head.content_encoding().map(|encoding| encoding.trim_end_matches("aws-chunked"));
    let encoding =
        encoding.map(|encoding| encoding.trim_end_matches([' ', ','])).filter(|rest| !rest.is_empty());
    Seen {
        headers: Headers {
            cache_control: text(head.cache_control()),
            checksum: checksum(head),
            content_disposition: text(head.content_disposition()),
            content_encoding: text(encoding),
            content_language: text(head.content_language()),
            content_type: text(head.content_type()),
            encryption: head.server_side_encryption().map(|encryption| encryption.as_str().to_owned()),
            expires: head.expires_string().and_then(timestamp),
            kms_key: text(head.ssekms_key_id()),
            metadata: head
                .metadata()
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            storage_class: head.storage_class().map(|class| class.as_str().to_owned()),
            website_redirect: text(head.website_redirect_location()),
            ..Headers::default()
        },
        ..Seen::default()
    }
}

/// The algorithm of the checksum that the object is stored with; S3's own where it has none.
fn checksum(head: &HeadObjectOutput) -> Checksum {
    let stored = [
        (head.checksum_crc32(), Checksum::Crc32),
        (head.checksum_crc32_c(), Checksum::Crc32C),
        (head.checksum_sha1(), Checksum::Sha1),
        (head.checksum_sha256(), Checksum::Sha256),
    ];
    stored.into_iter().find_map(|(value, algorithm)| value.map(|_| algorithm)).unwrap_or_default()
}

/// The region a reply names.
pub(crate) fn region_of(response: Option<&HttpResponse>) -> Option<String> {
    response?.headers().get(REGION_HEADER).map(str::to_owned)
}

/// S3 writes a CRC as the base64 of its big-endian bytes.
pub(crate) fn crc64_text(crc: u64) -> String {
    BASE64_STANDARD.encode(crc.to_be_bytes())
}

/// Reads [`crc64_text`]. A checksum of checksums (`…-3`) is not one of the bytes.
pub(crate) fn crc64(text: &str) -> Option<u64> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_written_as_s3_writes_them() {
        // The check value of CRC-64/NVME, as the AWS CLI prints it for `123456789`.
        assert_eq!(crc64_text(0xae8b_1486_0a79_9888), "rosUhgp5mIg=");
        assert_eq!(crc64("rosUhgp5mIg="), Some(0xae8b_1486_0a79_9888));
        assert_eq!(crc64("rosUhgp5mIg=-2"), None);
    }
}
