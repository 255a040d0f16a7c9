//! How the requests to a bucket are made: addressed, limited, repeated, and with which headers.

use std::num::NonZeroUsize;

use aws_sdk_s3::Client;
use oidc_auth::{Service, Session, WholeReply};

use crate::checksum_headers::{ChecksumHeaders, Sending};
use crate::constant_header::{ConstantHeader, EXPECTED_BUCKET_OWNER, REQUEST_PAYER, REQUESTER};
use crate::headers::customer_key::CustomerKey;
use crate::limits::Limits;
use crate::limits::client::LimitedClient;
use crate::owner::BucketOwner;
use crate::target::BucketName;

/// How every request to a bucket is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Addressing {
    /// Put the bucket into the path, or into the host's name; `None`: as the endpoint takes it.
    pub path_style: Option<bool>,
    /// When checksums are sent.
    pub checksums: Sending,
    /// Bear the cost of the requests, as the bucket's owner demands.
    pub requester_pays: bool,
    /// The key of SSE-C, for looking at objects.
    pub customer_key: Option<CustomerKey>,
    /// Whose bucket it has to be.
    pub owner: Option<BucketOwner>,
    /// How many requests are in flight, where that is not left to the pipe.
    pub concurrency: Option<NonZeroUsize>,
}

/// What all clients of a bucket share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared<'a> {
    pub(super) limits: &'a Limits,
    pub(super) checksum_headers: &'a ChecksumHeaders,
}

impl Addressing {
    /// Whether the bucket is in the path. By default it is where the AWS CLI puts it: in the path at an endpoint that is not
    /// AWS's, because such a store rarely has a host name for each bucket. An ARN has no path style.
    fn is_path_style(&self, is_at_aws: bool, bucket: &BucketName) -> bool {
        self.path_style.unwrap_or(!is_at_aws && !bucket.is_arn())
    }
}

/// A client for one region.
pub(super) fn client(
    session: &Session,
    region: &str,
    bucket: &BucketName,
    addressing: &Addressing,
    Shared { limits, checksum_headers }: Shared<'_>,
) -> Client {
    let shared = session.sdk_config(Service::S3, region);
    let mut config = aws_sdk_s3::config::Builder::from(&shared)
        .force_path_style(addressing.is_path_style(session.is_at_aws(Service::S3), bucket))
        // An access point's ARN names its own region.
        .use_arn_region(true)
        .retry_partition(session.retry_partition(Service::S3))
        .retry_classifier(session.widening())
        .retry_classifier(WholeReply)
        .interceptor(WholeReply)
        .retry_classifier(session.retries())
        .interceptor(session.retries())
        .retry_classifier(checksum_headers.clone())
        .interceptor(checksum_headers.clone())
        .interceptor(session.trace());
    if let Some(http) = shared.http_client() {
        config = config.http_client(LimitedClient::new(http, limits.clone()));
    }
    if addressing.requester_pays {
        config = config.interceptor(ConstantHeader::new(REQUEST_PAYER, REQUESTER));
    }
    if let Some(owner) = &addressing.owner {
        config = config.interceptor(ConstantHeader::new(EXPECTED_BUCKET_OWNER, owner.to_string()));
    }
    Client::from_conf(config.build())
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};

    use super::*;
    use crate::target::Target;

    /// The URL that the SDK makes of an endpoint and a bucket.
    async fn url(endpoint: Option<&str>, is_at_aws: bool, bucket: &str, path_style: Option<bool>) -> String {
        let target: Target = bucket.parse().expect(bucket);
        let addressing = Addressing { path_style, ..Addressing::default() };
        let params = Params::builder()
            .bucket(bucket)
            .region("eu-west-1")
            .set_endpoint(endpoint.map(str::to_owned))
            .force_path_style(addressing.is_path_style(is_at_aws, &target.bucket))
            .use_arn_region(true)
            .build()
            .expect("the rest has defaults");
        let resolver = DefaultResolver::new();
        let endpoint = resolver.resolve_endpoint(&params).await.expect("an address");
        endpoint.url().to_owned()
    }

    #[tokio::test]
    async fn buckets_are_in_the_path_or_in_the_host_name() {
        let (store, point) = ("http://minio.company", "arn:aws:s3:eu-west-1:123456789012:accesspoint/site");
        for (endpoint, is_at_aws, bucket, path_style, expected) in [
            (Some(store), false, "site", None, "http://minio.company/site"),
            (Some(store), false, "site", Some(true), "http://minio.company/site"),
            (Some(store), false, "site", Some(false), "http://site.minio.company"),
            (Some(store), false, "www.example.com", None, "http://minio.company/www.example.com"),
            (Some(store), false, point, None, "http://site-123456789012.minio.company"),
            (Some("http://127.0.0.1:9000"), false, "site", Some(false), "http://127.0.0.1:9000/site"),
            (None, true, "site", None, "https://site.s3.eu-west-1.amazonaws.com"),
            (None, true, "site", Some(true), "https://s3.eu-west-1.amazonaws.com/site"),
            // A certificate's `*` does not cover the dots.
            (None, true, "www.example.com", None, "https://s3.eu-west-1.amazonaws.com/www.example.com"),
            (None, true, "DOC-EXAMPLE", None, "https://s3.eu-west-1.amazonaws.com/DOC-EXAMPLE"),
            (
                Some("https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com"),
                true,
                "site",
                None,
                "https://site.bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com",
            ),
            (
                Some("https://s3.dualstack.eu-west-1.amazonaws.com"),
                true,
                "www.example.com",
                None,
                "https://s3.dualstack.eu-west-1.amazonaws.com/www.example.com",
            ),
        ] {
            let found = url(endpoint, is_at_aws, bucket, path_style).await;
            assert_eq!(found, expected, "{endpoint:?} {bucket} {path_style:?}");
        }
    }
}
