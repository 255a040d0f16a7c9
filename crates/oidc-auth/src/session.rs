//! Access that was granted: credentials, and everything a service's client needs besides.

use std::fmt;
use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;

use crate::endpoint::{Endpoints, Service};
use crate::narrowing::Narrowing;
use crate::partition::Partition;
use crate::patience::Patience;
use crate::region::Region;
use crate::retries::Retries;
use crate::sdk::{self, Common, RetryPartition, SdkConfig};
use crate::trace::Trace;
use crate::widening::Widening;

/// A log-in to AWS. Its clients share connections, and credentials that renew themselves while the token lives.
pub struct Session {
    http: SharedHttpClient,
    endpoints: Endpoints,
    region: Option<Region>,
    partition: Partition,
    principal: Option<String>,
    credentials: SharedCredentialsProvider,
    identities: SharedIdentityCache,
    narrowing: Narrowing,
    s3_retries: RetryPartition,
    cloudfront_retries: RetryPartition,
    sts_retries: RetryPartition,
    retries: Retries,
    trace: Trace,
    patience: Patience,
}

/// Who is logged in.
pub(crate) struct Login {
    pub(crate) partition: Partition,
    pub(crate) principal: Option<String>,
    pub(crate) provider: SharedCredentialsProvider,
}

impl Session {
    pub(crate) fn new(
        http: SharedHttpClient,
        endpoints: Endpoints,
        region: Option<Region>,
        trace: Trace,
        narrowing: Narrowing,
        login: Login,
    ) -> Self {
        Self {
            http,
            endpoints,
            region,
            partition: login.partition,
            principal: login.principal,
            credentials: login.provider,
            identities: SharedIdentityCache::new(narrowing.identities()),
            narrowing,
            s3_retries: sdk::retry_partition(Service::S3),
            cloudfront_retries: sdk::retry_partition(Service::CloudFront),
            sts_retries: sdk::retry_partition(Service::Sts),
            retries: Retries::default(),
            trace,
            patience: Patience::default(),
        }
    }

    pub(crate) fn patient(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// ARN of the last assumed role's session. With static keys that of their owner, where it was asked for; else `None`.
    #[must_use]
    pub fn principal(&self) -> Option<&str> {
        self.principal.as_deref()
    }

    /// The cloud of the role; with static keys, that of the region.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// `AWS_DEFAULT_REGION`, else `AWS_REGION`.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.region.as_ref().map(Region::as_str)
    }

    /// Where the service is, unless it is at AWS's own address.
    #[must_use]
    pub fn custom_endpoint(&self, service: Service) -> Option<&str> {
        self.endpoints.custom(service)
    }

    /// Whether the service is AWS's, at its own address or at a private link, a FIPS or a dual-stack endpoint.
    #[must_use]
    pub fn is_at_aws(&self, service: Service) -> bool {
        self.endpoints.is_at_aws(service)
    }

    /// What a client of `service` in `region` is made of: endpoint, credentials, connections, attempts and timeouts.
    ///
    /// The budget of repetitions and the trace are not part of it: give the client's own builder
    /// [`Session::retry_partition`] and [`Session::trace`].
    #[must_use]
    pub fn sdk_config(&self, service: Service, region: &str) -> SdkConfig {
        let (endpoint, patience) = (self.custom_endpoint(service), self.patience);
        let common = Common { http: &self.http, endpoint, region, patience };
        sdk::signing(service, &common, &self.credentials, &self.identities)
    }

    /// What tells of every attempt: an interceptor for the client's own builder.
    #[must_use]
    pub fn trace(&self) -> Trace {
        self.trace.clone()
    }

    /// What has a request repeated that only the pipe's own session policy refused: a classifier of retries for the
    /// client's own builder.
    #[must_use]
    pub fn widening(&self) -> Widening {
        Widening::new(self.narrowing.clone())
    }

    /// What is repeated and what is not, where the SDK decides otherwise: an interceptor and a classifier of retries for the
    /// client's own builder.
    #[must_use]
    pub fn retries(&self) -> Retries {
        self.retries.clone()
    }

    /// The budget of repetitions that all clients of `service` share.
    #[must_use]
    pub fn retry_partition(&self, service: Service) -> RetryPartition {
        match service {
            Service::S3 => self.s3_retries.clone(),
            Service::CloudFront => self.cloudfront_retries.clone(),
            Service::Sts => self.sts_retries.clone(),
        }
    }

    /// How long a whole attempt at a request may take whose reply the SDK does not watch: S3 begins to answer a copy before
    /// it is done.
    #[must_use]
    pub fn longest_attempt(&self) -> Duration {
        sdk::longest_attempt(self.patience)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("principal", &self.principal)
            .field("partition", &self.partition)
            .field("region", &self.region)
            .field("endpoints", &self.endpoints)
            .finish_non_exhaustive()
    }
}
