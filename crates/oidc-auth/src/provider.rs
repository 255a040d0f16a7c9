//! The exchange of the step's token for the role's credentials, once at the start and again before they expire.

mod retry;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityOutput;
use jiff::Timestamp;

use crate::duration::SessionDuration;
use crate::failure::explain;
use crate::refusal::{AccessError, Refusal};
use crate::role::RoleArn;
use crate::session_name::SessionName;
use crate::token::WebIdentityToken;

/// How the SDK names the source of these credentials.
const PROVIDER_NAME: &str = "BitbucketStepOidcToken";

/// What gateways answer in place of a service in trouble; the SDK tries again on these.
const OVERLOADED: [u16; 4] = [500, 502, 503, 504];

/// Who the step wants to be, and the token that shows it may.
#[derive(Clone, Debug)]
pub struct WebIdentity {
    /// The role to assume.
    pub role: RoleArn,
    /// The step's token.
    pub token: WebIdentityToken,
    /// The name of the session.
    pub session_name: SessionName,
    /// How long the credentials live.
    pub duration: SessionDuration,
}

/// What an exchange brought.
pub(crate) struct Exchanged {
    pub(crate) credentials: Credentials,
    /// ARN of the session.
    pub(crate) principal: String,
}

/// Credentials of a role by the step's token, which never leaves memory but for STS.
///
/// The first exchange has happened when this exists; its credentials are handed out once, every later request for
/// credentials is another exchange. It does not cache: the SDK's identity cache does.
pub struct OidcCredentials {
    sts: aws_sdk_sts::Client,
    /// Where STS is, in words.
    place: String,
    identity: WebIdentity,
    first: Mutex<Option<Credentials>>,
}

impl OidcCredentials {
    /// Exchanges the token at once, so that a refusal is told as one and not as some service's failure.
    pub(crate) async fn connect(
        sts: aws_sdk_sts::Client,
        place: String,
        identity: WebIdentity,
    ) -> Result<(Self, Exchanged), AccessError> {
        let provider = Self { sts, place, identity, first: Mutex::new(None) };
        let exchanged = provider.exchange().await?;
        *provider.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(exchanged.credentials.clone());
        Ok((provider, exchanged))
    }

    async fn exchange(&self) -> Result<Exchanged, AccessError> {
        let WebIdentity { role, token, session_name, duration } = &self.identity;
        let reply = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(role.as_str())
            .role_session_name(session_name.as_str())
            .duration_seconds(duration.seconds())
            .web_identity_token(token.expose())
            .customize()
            .config_override(
                aws_sdk_sts::config::Builder::new().retry_classifier(retry::VerificationKeyUnavailable),
            )
            .send()
            .await;
        match reply {
            Ok(output) => {
                read(output).ok_or_else(|| AccessError::NotSts { place: self.place.clone(), failure: None })
            }
            Err(error) => {
                // STS quotes the token when it does not like its length or characters.
                let failure = explain(&error).without(token.expose());
                let place = self.place.clone();
                Err(match failure.status() {
                    Some(status) if failure.code().is_none() && !OVERLOADED.contains(&status) => {
                        AccessError::NotSts { place, failure: Some(failure) }
                    }
                    _ if failure.is_verdict() => AccessError::Refused(Box::new(Refusal::new(
                        role.clone(),
                        failure,
                        token,
                        Timestamp::now(),
                    ))),
                    _ => AccessError::NoVerdict { place, failure },
                })
            }
        }
    }

    async fn credentials(&self) -> provider::Result {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        match first {
            Some(credentials) => Ok(credentials),
            None => match self.exchange().await {
                Ok(exchanged) => Ok(exchanged.credentials),
                Err(error) => Err(CredentialsError::provider_error(error)),
            },
        }
    }
}

impl ProvideCredentials for OidcCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

impl fmt::Debug for OidcCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcCredentials").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// `None` when the reply lacks what makes it one.
fn read(output: AssumeRoleWithWebIdentityOutput) -> Option<Exchanged> {
    let credentials = output.credentials?;
    let user = output.assumed_role_user?;
    let built = Credentials::builder()
        .access_key_id(credentials.access_key_id)
        .secret_access_key(credentials.secret_access_key)
        .session_token(credentials.session_token)
        .expiry(SystemTime::try_from(credentials.expiration).ok()?)
        .provider_name(PROVIDER_NAME);
    let built = match user.arn.split(':').nth(4) {
        Some(account) if !account.is_empty() => built.account_id(account),
        _ => built,
    };
    Some(Exchanged { credentials: built.build(), principal: user.arn })
}
