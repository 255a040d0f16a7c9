//! The exchange of the step's token for the role's credentials, once at the start and again before they expire.

mod request;
mod retry;

use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use jiff::Timestamp;

use crate::chain::ChainRefusal;
use crate::decision::Notice;
use crate::duration::{self, SessionDuration, TooLong};
use crate::external_id::ExternalId;
use crate::failure::Failure;
use crate::narrowing::Narrowing;
use crate::refusal::{AccessError, Refusal};
use crate::role::RoleArn;
use crate::session_name::SessionName;
use crate::sts::Sts;
use crate::token::WebIdentityToken;
use crate::voice::Voice;

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

/// A second role, and what its owner asks for.
#[derive(Clone, Debug)]
pub struct ChainedRole {
    /// The role to assume.
    pub role: RoleArn,
    /// What its trust policy may demand.
    pub external_id: Option<ExternalId>,
    /// The name of the session.
    pub session_name: SessionName,
    /// How long the credentials live; at most [`SessionDuration::CHAINED`].
    pub duration: SessionDuration,
}

/// What STS is shown for a role.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// The step's token.
    Token(WebIdentity),
    /// A request that is signed with other credentials: those of a role, or static keys.
    Signature(ChainedRole, Option<RoleArn>),
}

/// What an exchange brought.
pub(crate) struct Exchanged {
    pub(crate) credentials: Credentials,
    /// ARN of the session.
    pub(crate) principal: String,
}

/// Credentials of a role, by the step's token, which never leaves memory but for STS, or by other credentials.
///
/// The first exchange has happened when this exists; its credentials are handed out once, every later request for
/// credentials is another exchange, until STS has said no to one. It does not cache: [`crate::identities`] does.
pub(crate) struct RoleCredentials {
    sts: Sts,
    proof: Proof,
    narrowing: Narrowing,
    voice: Voice,
    first: Mutex<Option<Credentials>>,
    /// The verdict after which nothing is asked any more.
    end: OnceLock<AccessError>,
}

impl RoleCredentials {
    /// Asks STS at once, so that a refusal is told as one and not as some service's failure. With it comes the ARN of
    /// the session.
    pub(crate) async fn connect(
        sts: Sts,
        proof: Proof,
        narrowing: Narrowing,
        voice: Voice,
    ) -> Result<(Self, String), AccessError> {
        let provider = Self { sts, proof, narrowing, voice, first: Mutex::new(None), end: OnceLock::new() };
        let Exchanged { credentials, principal } = provider.exchange().await?;
        *provider.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(credentials);
        Ok((provider, principal))
    }

    /// Asks, and once more in another region or without the session policy where that is what STS did not like.
    async fn exchange(&self) -> Result<Exchanged, AccessError> {
        loop {
            let failure = match self.ask(self.proof.duration()).await {
                Ok(Some(exchanged)) => {
                    self.tell(&exchanged);
                    return Ok(exchanged);
                }
                Ok(None) => return Err(AccessError::NotSts { place: self.sts.place(), failure: None }),
                Err(failure) => failure,
            };
            if !self.sts.moves_on(&failure) && !self.narrowing.is_not_taken(&failure) {
                return Err(self.error(failure).await);
            }
        }
    }

    /// Has the new secrets concealed, and says what was handed out, which is none of them.
    fn tell(&self, exchanged: &Exchanged) {
        let Exchanged { credentials, principal } = exchanged;
        let token = credentials.session_token();
        [Some(credentials.secret_access_key()), token]
            .into_iter()
            .flatten()
            .for_each(|secret| self.voice.conceal(secret));
        let proof = match &self.proof {
            Proof::Token(_) => "the step's token",
            Proof::Signature(..) => "the credentials of the first role, or the keys",
        };
        let until = credentials.expiry().and_then(|expiry| Timestamp::try_from(expiry).ok());
        let until = until.map_or_else(String::new, |until| format!(" until {until:.0}"));
        let policy = self.narrowing.policy();
        let policy = policy
            .map_or_else(|| "no session policy".to_owned(), |policy| format!("the session policy {policy}"));
        self.voice.say(&Notice::debug(format!("STS accepted {proof}: {principal}{until}, with {policy}")));
    }

    /// One question to STS; `None` when the answer is a success without credentials.
    async fn ask(&self, duration: SessionDuration) -> Result<Option<Exchanged>, Failure> {
        let policy = self.narrowing.policy();
        match &self.proof {
            Proof::Token(identity) => request::by_token(&self.sts.client(), identity, duration, policy).await,
            Proof::Signature(chained, _) => {
                request::by_signature(&self.sts.client(), chained, duration, policy).await
            }
        }
    }

    async fn error(&self, failure: Failure) -> AccessError {
        let place = self.sts.place();
        match failure.status() {
            Some(status) if failure.code().is_none() && !OVERLOADED.contains(&status) => {
                AccessError::NotSts { place, failure: Some(failure) }
            }
            _ if !failure.is_verdict() && !failure.is_credentials() => {
                AccessError::NoVerdict { place, failure }
            }
            _ if duration::is_too_long(&failure) => AccessError::TooLong(Box::new(TooLong {
                role: self.proof.role().clone(),
                asked: self.proof.duration(),
                longest: self.longest().await,
                failure,
            })),
            _ => match &self.proof {
                Proof::Token(WebIdentity { role, token, .. }) => {
                    let refusal = Refusal::new(role.clone(), failure, token, Timestamp::now());
                    AccessError::Refused(Box::new(refusal))
                }
                Proof::Signature(chained, caller) => AccessError::Chain(Box::new(ChainRefusal {
                    role: chained.role.clone(),
                    caller: caller.clone(),
                    has_external_id: chained.external_id.is_some(),
                    failure,
                })),
            },
        }
    }

    /// The most whole hours below what was asked for that STS grants; `None` when it does not tell. Asked only after
    /// STS has refused, because its refusal does not name the maximum.
    async fn longest(&self) -> Option<SessionDuration> {
        // Every role allows one hour.
        let (mut granted, mut refused) = (1, self.proof.duration().hours_up());
        while granted + 1 < refused {
            let middle = granted.midpoint(refused);
            match self.ask(SessionDuration::of_hours(middle)?).await {
                Ok(_) => granted = middle,
                Err(failure) if duration::is_too_long(&failure) => refused = middle,
                Err(_) => return None,
            }
        }
        SessionDuration::of_hours(granted)
    }

    async fn credentials(&self) -> provider::Result {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(credentials) = first {
            return Ok(credentials);
        }
        if let Some(end) = self.end.get() {
            return Err(CredentialsError::provider_error(end.clone()));
        }
        self.exchange().await.map(|exchanged| exchanged.credentials).map_err(|error| {
            if error.failure().is_some_and(|failure| failure.is_verdict() || failure.is_credentials()) {
                // Many requests wait for these credentials; one answer is enough for all.
                self.end.get_or_init(|| error.clone());
            }
            CredentialsError::provider_error(error)
        })
    }
}

impl Proof {
    pub(crate) fn role(&self) -> &RoleArn {
        match self {
            Self::Token(identity) => &identity.role,
            Self::Signature(chained, _) => &chained.role,
        }
    }

    fn duration(&self) -> SessionDuration {
        match self {
            Self::Token(identity) => identity.duration,
            Self::Signature(chained, _) => chained.duration,
        }
    }
}

impl ProvideCredentials for RoleCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

impl fmt::Debug for RoleCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoleCredentials").field("proof", &self.proof).finish_non_exhaustive()
    }
}
