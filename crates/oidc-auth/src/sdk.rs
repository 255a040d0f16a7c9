//! The SDK's settings, all of them explicit: no environment variable and no file is read behind the caller's back.

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::SharedIdentityCache;
use aws_sdk_sts::config::retry::TokenBucket;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

pub use aws_config::SdkConfig;
pub use aws_sdk_sts::config::retry::RetryPartition;

use crate::endpoint::Service;
use crate::patience::Patience;
use crate::retries::Retries;
use crate::trace::Trace;
use crate::whole::WholeReply;

/// A connection includes the proxy's answer and the TLS handshake, with many others at once on a small container.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// From the first byte of a request to the first of its reply, so it includes sending a part of 8 MiB while 63 others
/// share the line; a body that stops flowing is noticed by [`STALL_GRACE`].
const S3_READ_TIMEOUT: Duration = Duration::from_mins(5);
/// Small requests, but `CloudFront` may take tens of seconds for an invalidation of thousands of paths.
const CLOUDFRONT_READ_TIMEOUT: Duration = Duration::from_mins(1);
/// A whole attempt at STS, which answers in well under a second when it answers at all.
const STS_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// A full socket buffer on a slow, shared line looks like a stall for longer than the SDK's five seconds.
const STALL_GRACE: Duration = Duration::from_mins(1);

/// At most 21 seconds of waiting in all, about half that on average: S3 asks for less and recovers within seconds.
const S3_ATTEMPTS: Attempts =
    Attempts { most: 10, first_pause: Duration::from_millis(100), longest_pause: Duration::from_secs(5) };
/// At most 15 seconds of waiting in all. Its own refusals for a time (400) are the invalidation pipe's to repeat.
const CLOUDFRONT_ATTEMPTS: Attempts =
    Attempts { most: 6, first_pause: Duration::from_millis(500), longest_pause: Duration::from_secs(10) };
/// At most three seconds of waiting in all: nothing else can begin before.
const STS_ATTEMPTS: Attempts =
    Attempts { most: 5, first_pause: Duration::from_millis(250), longest_pause: Duration::from_secs(4) };

/// Longest that a renewal may take: every attempt at STS and the pauses between them.
const IDENTITY_LOAD_TIMEOUT: Duration = Duration::from_mins(1);
/// Renewed this long before they expire: clocks differ, and a request may be signed a while before it arrives.
const IDENTITY_RENEWAL_AHEAD: Duration = Duration::from_mins(1);

/// How often, and how long between.
#[derive(Clone, Copy)]
struct Attempts {
    most: u32,
    /// Doubles with each attempt; the SDK waits a random part of it.
    first_pause: Duration,
    longest_pause: Duration,
}

/// What every service's settings are made of.
pub(crate) struct Common<'a> {
    pub(crate) http: &'a SharedHttpClient,
    pub(crate) endpoint: Option<&'a str>,
    pub(crate) region: &'a str,
    pub(crate) patience: Patience,
}

/// The settings of one service, without credentials.
pub(crate) fn settings(service: Service, common: &Common<'_>) -> SdkConfig {
    let attempts = attempts(service);
    let retry = RetryConfig::standard()
        .with_max_attempts(attempts.most)
        .with_initial_backoff(attempts.first_pause)
        .with_max_backoff(attempts.longest_pause);
    let Patience { connect, read } = common.patience;
    let timeout = TimeoutConfig::builder().connect_timeout(connect.unwrap_or(CONNECT_TIMEOUT));
    let timeout = match service {
        Service::S3 => timeout.read_timeout(read.unwrap_or(S3_READ_TIMEOUT)),
        Service::CloudFront => timeout.read_timeout(read.unwrap_or(CLOUDFRONT_READ_TIMEOUT)),
        // A renewal has to fit into the time that it is given.
        Service::Sts => timeout.operation_attempt_timeout(at_most(STS_ATTEMPT_TIMEOUT, read)),
    };
    let grace = at_most(STALL_GRACE, read);
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(common.http.clone())
        .region(Region::new(common.region.to_owned()))
        .retry_config(retry)
        .timeout_config(timeout.build())
        .stalled_stream_protection(StalledStreamProtectionConfig::enabled().grace_period(grace).build());
    builder.set_endpoint_url(common.endpoint.map(str::to_owned));
    builder.build()
}

/// How long a whole attempt at S3 may take where the SDK watches neither its beginning nor its end.
pub(crate) fn longest_attempt(patience: Patience) -> Duration {
    patience.read.unwrap_or(S3_READ_TIMEOUT)
}

fn at_most(usual: Duration, given: Option<Duration>) -> Duration {
    given.map_or(usual, |given| given.min(usual))
}

/// A client of STS. For the step's token it has no credentials: the token is its own proof.
pub(crate) fn sts_client(config: &SdkConfig, trace: &Trace) -> aws_sdk_sts::Client {
    let retries = Retries::default();
    let config = aws_sdk_sts::config::Builder::from(config)
        .retry_partition(retry_partition(Service::Sts))
        .retry_classifier(WholeReply)
        .interceptor(WholeReply)
        .retry_classifier(retries.clone())
        .interceptor(retries)
        .interceptor(trace.clone());
    aws_sdk_sts::Client::from_conf(config.build())
}

/// The settings of one service, signing with these credentials.
pub(crate) fn signing(
    service: Service,
    common: &Common<'_>,
    credentials: &SharedCredentialsProvider,
    identities: &SharedIdentityCache,
) -> SdkConfig {
    settings(service, common)
        .into_builder()
        .credentials_provider(credentials.clone())
        .identity_cache(identities.clone())
        .build()
}

/// The one cache through which credentials are renewed.
pub(crate) fn identity_cache() -> SharedIdentityCache {
    IdentityCache::lazy().load_timeout(IDENTITY_LOAD_TIMEOUT).buffer_time(IDENTITY_RENEWAL_AHEAD).build()
}

/// A budget of repetitions that no other service eats into.
pub(crate) fn retry_partition(service: Service) -> RetryPartition {
    match service {
        // The usual budget is spent by fifty requests that fail together, and a deploy has more than that in flight.
        // What bounds it is the number of attempts, and the deploy's own limit of requests in flight.
        Service::S3 => RetryPartition::custom("s3").token_bucket(TokenBucket::unlimited()).build(),
        Service::CloudFront => RetryPartition::custom("cloudfront").build(),
        Service::Sts => RetryPartition::custom("sts").build(),
    }
}

fn attempts(service: Service) -> Attempts {
    match service {
        Service::S3 => S3_ATTEMPTS,
        Service::CloudFront => CLOUDFRONT_ATTEMPTS,
        Service::Sts => STS_ATTEMPTS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest_wait(attempts: Attempts) -> Duration {
        (0..attempts.most - 1)
            .map(|attempt| (attempts.first_pause * 2_u32.pow(attempt)).min(attempts.longest_pause))
            .sum()
    }

    #[test]
    fn waits_are_as_long_as_their_constants_say() {
        for (service, seconds) in [(Service::S3, 21), (Service::CloudFront, 15), (Service::Sts, 3)] {
            assert_eq!(longest_wait(attempts(service)).as_secs(), seconds, "{service:?}");
        }
    }

    #[test]
    fn a_renewal_may_use_every_attempt() {
        let needed = STS_ATTEMPT_TIMEOUT * STS_ATTEMPTS.most + longest_wait(STS_ATTEMPTS);
        assert!(needed <= IDENTITY_LOAD_TIMEOUT, "{needed:?}");
    }
}
