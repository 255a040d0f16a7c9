//! The token service as a step reaches it: in its own region or, where it is not active there, in the partition's default.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;

use crate::decision::Notice;
use crate::endpoint::Service;
use crate::failure::Failure;
use crate::partition::Partition;
use crate::patience::Patience;
use crate::region::Region;
use crate::sdk::{self, Common};
use crate::trace::Trace;
use crate::voice::Voice;

/// How STS says that an account has not activated it in a region.
const NOT_ACTIVE: &str = "RegionDisabledException";

/// Where STS is asked, and as whom.
pub(crate) struct Sts {
    http: SharedHttpClient,
    endpoint: Option<String>,
    patience: Patience,
    region: String,
    fallback: &'static str,
    has_moved: AtomicBool,
    /// `None` where the token is the proof.
    caller: Option<(SharedCredentialsProvider, SharedIdentityCache)>,
    trace: Trace,
    voice: Voice,
}

impl Sts {
    /// STS for roles of `partition`.
    pub(crate) fn new(
        http: SharedHttpClient,
        endpoint: Option<&str>,
        patience: Patience,
        (partition, region): (Partition, Option<&Region>),
        (trace, voice): (Trace, Voice),
    ) -> Self {
        Self {
            http,
            endpoint: endpoint.map(str::to_owned),
            patience,
            region: region_of(partition, region).to_owned(),
            fallback: partition.default_region(),
            has_moved: AtomicBool::new(false),
            caller: None,
            trace,
            voice,
        }
    }

    /// The same, with requests signed by these credentials.
    pub(crate) fn signed_by(self, caller: SharedCredentialsProvider) -> Self {
        Self { caller: Some((caller, sdk::identity_cache())), ..self }
    }

    /// What a request is made with.
    pub(crate) fn client(&self) -> aws_sdk_sts::Client {
        let common = Common {
            http: &self.http,
            endpoint: self.endpoint.as_deref(),
            region: self.current_region(),
            patience: self.patience,
        };
        let config = match &self.caller {
            Some((caller, identities)) => sdk::signing(Service::Sts, &common, caller, identities),
            None => sdk::settings(Service::Sts, &common),
        };
        sdk::sts_client(&config, &self.trace)
    }

    /// Where it is, in words.
    pub(crate) fn place(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => format!("STS at {endpoint}"),
            None => format!("STS of {}", self.current_region()),
        }
    }

    /// Whether STS is not active in the step's region, so that the next request goes to the partition's default.
    pub(crate) fn moves_on(&self, failure: &Failure) -> bool {
        let moves = failure.is_code(NOT_ACTIVE)
            && self.region != self.fallback
            && !self.has_moved.swap(true, Ordering::Relaxed);
        if moves {
            let (region, fallback) = (&self.region, self.fallback);
            self.voice.say(&Notice::info(format!(
                "STS is not active in {region} for this account: that of {fallback} is asked instead"
            )));
        }
        moves
    }

    fn current_region(&self) -> &str {
        if self.has_moved.load(Ordering::Relaxed) { self.fallback } else { &self.region }
    }
}

impl std::fmt::Debug for Sts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sts").field("place", &self.place()).finish_non_exhaustive()
    }
}

/// A region of another cloud than the role's has no STS that knows the role.
fn region_of(partition: Partition, region: Option<&Region>) -> &str {
    match region {
        Some(region) if region.partition() == partition => region.as_str(),
        _ => partition.default_region(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sts_is_asked_in_the_roles_own_cloud() {
        for (partition, region, expected) in [
            (Partition::Aws, None, "us-east-1"),
            (Partition::Aws, Some("eu-west-1"), "eu-west-1"),
            (Partition::Aws, Some("cn-north-1"), "us-east-1"),
            (Partition::China, Some("cn-northwest-1"), "cn-northwest-1"),
            (Partition::China, Some("eu-west-1"), "cn-north-1"),
            (Partition::GovCloud, None, "us-gov-west-1"),
        ] {
            let region: Option<Region> = region.map(|region| region.parse().expect(region));
            assert_eq!(region_of(partition, region.as_ref()), expected, "{partition} {region:?}");
        }
    }
}
