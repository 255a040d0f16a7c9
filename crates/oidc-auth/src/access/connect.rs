//! Logging in: the step's token or the keys, then the second role, then whose credentials they are.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use jiff::Timestamp;

use super::{Access, Way, last_role};
use crate::endpoint::Service;
use crate::failure::explain;
use crate::keys::StaticKeys;
use crate::narrowing::Narrowing;
use crate::partition::Partition;
use crate::printable;
use crate::provider::{Proof, RoleCredentials};
use crate::refusal::{AccessError, Untimely};
use crate::region::Region;
use crate::session::{Login, Session};
use crate::session_policy::SessionPolicy;
use crate::sts::Sts;

/// How the SDK names the source of static keys.
const PROVIDER_NAME: &str = "PipeVariables";

impl Access {
    /// Logs in. With a role this is the exchange, and a refusal is told here; with keys alone a request is made only
    /// where `AWS_ALLOWED_ACCOUNT_IDS` asks whose they are.
    pub async fn connect(&self) -> Result<Session, AccessError> {
        let http = self.network.http_client(self.endpoints.are_plain());
        let narrowing = self.narrowing();
        let mut login = match &self.way {
            Way::Oidc(identity) => {
                if let Some(untimely) = Untimely::judge(&identity.token, Timestamp::now()) {
                    return Err(AccessError::Untimely(Box::new(untimely)));
                }
                let bound = if self.chained.is_some() { Narrowing::none() } else { narrowing.clone() };
                let sts = self.sts(&http, identity.role.partition());
                let login = self.assume(sts, Proof::Token(identity.clone()), bound);
                login.await.map_err(|error| error.beside(self.trust_policy.as_ref()))?
            }
            Way::Keys(keys) => self.use_keys(keys, &self.sts(&http, self.partition_of_region())).await?,
        };
        if let Some(chained) = &self.chained {
            let sts = self.sts(&http, chained.role.partition()).signed_by(login.provider);
            let proof = Proof::Signature(chained.clone(), last_role(Some(&self.way), None).cloned());
            login = self.assume(sts, proof, narrowing.clone()).await?;
        }
        let (endpoints, region, trace) = (self.endpoints.clone(), self.region.clone(), self.trace.clone());
        Ok(Session::new(http, endpoints, region, trace, narrowing, login).patient(self.patience))
    }

    /// What the last session is limited to.
    fn narrowing(&self) -> Narrowing {
        match (&self.policy, &self.scope) {
            (SessionPolicy::Given(policy), _) => Narrowing::given(policy.clone()),
            (SessionPolicy::Auto, Some(policy)) => Narrowing::own(policy.clone(), self.voice.clone()),
            (SessionPolicy::Auto, None) | (SessionPolicy::None, _) => Narrowing::none(),
        }
    }

    fn sts(&self, http: &SharedHttpClient, partition: Partition) -> Sts {
        Sts::new(
            http.clone(),
            self.endpoints.custom(Service::Sts),
            self.patience,
            (partition, self.region.as_ref()),
            (self.trace.clone(), self.voice.clone()),
        )
    }

    async fn assume(&self, sts: Sts, proof: Proof, narrowing: Narrowing) -> Result<Login, AccessError> {
        let partition = proof.role().partition();
        let voice = self.voice.clone();
        let (provider, principal) = RoleCredentials::connect(sts, proof, narrowing, voice).await?;
        let provider = SharedCredentialsProvider::new(provider);
        Ok(Login { partition, principal: Some(principal), provider })
    }

    /// The keys themselves; whose they are is asked where not every account will do.
    async fn use_keys(&self, keys: &StaticKeys, sts: &Sts) -> Result<Login, AccessError> {
        let token = keys.session_token.clone();
        let (id, secret) = (&keys.access_key_id, &keys.secret_access_key);
        let credentials = Credentials::new(id, secret, token, None, PROVIDER_NAME);
        let provider = SharedCredentialsProvider::new(credentials);
        let mut principal = None;
        if let (Some(accounts), None) = (&self.accounts, &self.chained) {
            let owner = owner(sts, &provider).await?;
            if !accounts.contains(owner.split(':').nth(4).unwrap_or_default()) {
                return Err(AccessError::Account { principal: owner, allowed: accounts.clone() });
            }
            principal = Some(owner);
        }
        Ok(Login { partition: self.partition_of_region(), principal, provider })
    }

    pub(super) fn partition_of_region(&self) -> Partition {
        self.region.as_ref().map_or(Partition::Aws, Region::partition)
    }
}

/// The ARN of whoever these credentials belong to.
async fn owner(sts: &Sts, credentials: &SharedCredentialsProvider) -> Result<String, AccessError> {
    let signed = aws_sdk_sts::config::Builder::new().credentials_provider(credentials.clone());
    loop {
        let place = sts.place();
        let request = sts.client().get_caller_identity().customize().config_override(signed.clone());
        match request.send().await {
            Ok(identity) => {
                return identity
                    .arn
                    .as_deref()
                    .map(printable::words)
                    .ok_or(AccessError::NotSts { place, failure: None });
            }
            Err(error) => {
                let failure = explain(&error);
                if !sts.moves_on(&failure) {
                    return Err(AccessError::Keys { failure });
                }
            }
        }
    }
}
