//! Which of the two ways to AWS a step has: its token and a role, or static keys.

mod connect;

use crate::accounts::AllowedAccounts;
use crate::decision::{Decision, Notice, decide};
use crate::duration::{self, SessionDuration};
use crate::endpoint::{Endpoints, Service};
use crate::fault::Fault;
use crate::ignored;
use crate::keys::StaticKeys;
use crate::network::Network;
use crate::partition::Partition;
use crate::patience::Patience;
use crate::provider::{ChainedRole, WebIdentity};
use crate::region::Region;
use crate::role::RoleArn;
use crate::scope::{Scope, Unscoped};
use crate::session_name::SessionName;
use crate::session_policy::{MAX_LENGTH, SessionPolicy};
use crate::token::WebIdentityToken;
use crate::trace::Trace;
use crate::trust_policy::TrustPolicy;
use crate::variables::Variables;
use crate::voice::Voice;

/// The variable that lists accounts.
const ACCOUNTS: &str = "AWS_ALLOWED_ACCOUNT_IDS";

/// A decided and checked way to AWS, before anything was sent.
#[derive(Debug)]
pub struct Access {
    way: Way,
    notices: Vec<Notice>,
    endpoints: Endpoints,
    network: Network,
    region: Option<Region>,
    secrets: Secrets,
    trace: Trace,
    chained: Option<ChainedRole>,
    accounts: Option<AllowedAccounts>,
    policy: SessionPolicy,
    /// The session policy that [`Access::within`] made.
    scope: Option<String>,
    voice: Voice,
    trust_policy: Option<TrustPolicy>,
    patience: Patience,
}

/// What kind of credentials a run works with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CredentialKind {
    /// A role's session.
    #[default]
    Role,
    /// Keys of a session that somebody else began, with `AWS_SESSION_TOKEN`.
    SessionKeys,
    /// Keys of a user.
    UserKeys,
}

#[derive(Debug)]
enum Way {
    Oidc(WebIdentity),
    Keys(StaticKeys),
}

/// Every secret among the variables, used or not.
struct Secrets(Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("** redacted **")
    }
}

impl Access {
    /// Decides and checks; nothing is sent. All mistakes are found at once.
    pub fn from_variables(variables: &Variables) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let decision = decide(variables).map_err(|fault| faults.push(fault)).ok();
        let session_name = session_name(variables, &mut faults);
        let duration =
            parse("AWS_ROLE_DURATION_SECONDS", variables.aws_role_duration_seconds.as_deref(), &mut faults);
        let region = match &variables.aws_default_region {
            Some(region) => parse("AWS_DEFAULT_REGION", Some(region), &mut faults),
            None => parse("AWS_REGION", variables.aws_region.as_deref(), &mut faults),
        };
        let policy =
            variables.aws_session_policy.as_deref().map_or(Ok(SessionPolicy::Auto), SessionPolicy::read);
        let policy = policy.map_err(|error| faults.push(Fault::new("AWS_SESSION_POLICY", error)));
        let accounts = parse(ACCOUNTS, variables.aws_allowed_account_ids.as_deref(), &mut faults);
        let chained_role: Option<RoleArn> =
            parse("AWS_CHAINED_ROLE_ARN", variables.aws_chained_role_arn.as_deref(), &mut faults);
        let chained = chained(variables, chained_role.as_ref(), session_name.as_ref(), duration, &mut faults);
        let endpoints = Endpoints::from_variables(variables, &mut faults);
        let network = Network::from_variables(variables, &mut faults);
        let trust_policy = variables.aws_trust_policy_file.as_deref().map(TrustPolicy::read);
        let trust_policy = trust_policy.and_then(|read| read.map_err(|fault| faults.push(fault)).ok());
        let (role, token) = match decision {
            // A role without its token is not used, and not checked.
            Some(Decision::Keys { .. }) => (None, None),
            Some(Decision::Oidc { .. }) | None => identity(variables, &mut faults),
        };
        let is_chained = variables.aws_chained_role_arn.is_some();
        if let Some(accounts) = &accounts {
            let last = if is_chained { chained_role.as_ref() } else { role.as_ref() };
            judge_account(accounts, last, is_chained, &mut faults);
        }
        let way = decision.as_ref().and_then(|decision| match *decision {
            Decision::Oidc { .. } => Some(Way::Oidc(WebIdentity {
                role: role?,
                token: token?,
                session_name: session_name.clone()?,
                duration: duration.unwrap_or_default(),
            })),
            Decision::Keys { id, secret, session, .. } => Some(Way::Keys(StaticKeys {
                access_key_id: id.to_owned(),
                secret_access_key: secret.to_owned(),
                session_token: session.map(str::to_owned),
            })),
        });
        if let (Some(Way::Keys(_)), false, Ok(SessionPolicy::Given(_))) = (&way, is_chained, &policy) {
            faults.push(Fault::new("AWS_SESSION_POLICY", "limits the session of a role, and the keys have none").hint(
                "name a role with AWS_OIDC_ROLE_ARN or AWS_CHAINED_ROLE_ARN, or leave the policy to the keys' owner",
            ));
        }
        match (way, decision, policy) {
            (Some(way), Some(decision), Ok(policy)) if faults.is_empty() => {
                let secrets = secrets(variables, &network);
                let mut notices = decision.notices();
                notices.extend(ignored::notices(variables, &decision));
                if let (Some(chained), Some(asked)) = (&chained, duration) {
                    notices.extend(duration::capped(asked, chained.duration).map(Notice::info));
                }
                let (trace, voice, scope) = (Trace::default(), Voice::default(), None);
                Ok(Self {
                    way,
                    notices,
                    endpoints,
                    network,
                    region,
                    secrets,
                    trace,
                    chained,
                    accounts,
                    policy,
                    scope,
                    voice,
                    trust_policy,
                    patience: Patience::default(),
                })
            }
            _ => Err(faults),
        }
    }

    /// The role whose credentials the run works with, the last of a chain; `None` with static keys.
    #[must_use]
    pub fn role(&self) -> Option<&RoleArn> {
        last_role(Some(&self.way), self.chained.as_ref())
    }

    /// What kind of credentials the run works with.
    #[must_use]
    pub fn credential_kind(&self) -> CredentialKind {
        match (&self.chained, &self.way) {
            (Some(_), _) | (None, Way::Oidc(_)) => CredentialKind::Role,
            (None, Way::Keys(keys)) if keys.session_token.is_some() => CredentialKind::SessionKeys,
            (None, Way::Keys(_)) => CredentialKind::UserKeys,
        }
    }

    /// Host and port of the proxy that requests to `service` go through, unless `NO_PROXY` names their host.
    #[must_use]
    pub fn proxy(&self, service: Service) -> Option<&str> {
        let is_plain = self.endpoints.custom(service).is_some_and(|endpoint| endpoint.starts_with("http:"));
        self.network.proxy().filter(|_| !is_plain)
    }

    /// The cloud of the credentials the run works with, and the variable that says so.
    #[must_use]
    pub fn partition(&self) -> (Partition, &'static str) {
        match (self.role(), &self.chained) {
            (Some(role), Some(_)) => (role.partition(), "AWS_CHAINED_ROLE_ARN"),
            (Some(role), None) => (role.partition(), "AWS_OIDC_ROLE_ARN"),
            (None, _) => (self.partition_of_region(), "AWS_DEFAULT_REGION"),
        }
    }

    /// Where the service is, unless it is at AWS's own address.
    #[must_use]
    pub fn custom_endpoint(&self, service: Service) -> Option<&str> {
        self.endpoints.custom(service)
    }

    /// Limits the role's session to what the run may call of `service`, unless `AWS_SESSION_POLICY` says otherwise.
    ///
    /// Where that cannot be, a notice says so: a policy in the words of AWS means something only where the service and
    /// the STS that takes it are of one cloud.
    #[must_use]
    pub fn within(mut self, service: Service, scope: Scope) -> Self {
        if self.policy != SessionPolicy::Auto || self.role().is_none() {
            return self;
        }
        let scope = if self.endpoints.share_a_cloud(service, Service::Sts) {
            scope
        } else {
            Scope::Unknown(
                "the service is not at the same endpoint as the STS that hands out its credentials".into(),
            )
        };
        match scope.policy() {
            Ok(policy) => self.scope = Some(policy),
            Err(Unscoped::Unknown(reason)) => self.notices.push(Notice::info(format!(
                "The session has all permissions of the role, because {reason}; AWS_SESSION_POLICY can limit it"
            ))),
            Err(Unscoped::TooLong(length)) => self.notices.push(Notice::warning(format!(
                "The session has all permissions of the role: a policy for this run has {length} characters, and STS takes \
                 {MAX_LENGTH}"
            ))),
        }
        self
    }

    /// Waits for services only so long.
    #[must_use]
    pub fn patient(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Tells `voice` what is decided after the first request.
    #[must_use]
    pub fn voiced(self, voice: Voice) -> Self {
        Self { voice, ..self }
    }

    /// Tells `trace` of every attempt at a request, those of the session's clients included.
    #[must_use]
    pub fn traced(self, trace: Trace) -> Self {
        Self { trace, ..self }
    }

    /// The official pipes' lines for this decision, in order.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// What no log may show: token, secret key, session token and a proxy's password, used or not.
    #[must_use]
    pub fn secrets(&self) -> Vec<&str> {
        self.secrets.0.iter().map(String::as_str).collect()
    }
}

fn last_role<'a>(way: Option<&'a Way>, chained: Option<&'a ChainedRole>) -> Option<&'a RoleArn> {
    match (chained, way) {
        (Some(chained), _) => Some(&chained.role),
        (None, Some(Way::Oidc(identity))) => Some(&identity.role),
        (None, _) => None,
    }
}

/// An account is known from a role's ARN before anything is sent; that of keys only STS can tell.
fn judge_account(
    accounts: &AllowedAccounts,
    role: Option<&RoleArn>,
    is_chained: bool,
    faults: &mut Vec<Fault>,
) {
    let Some(role) = role.filter(|role| !accounts.contains(role.account())) else { return };
    let variable = if is_chained { "AWS_CHAINED_ROLE_ARN" } else { "AWS_OIDC_ROLE_ARN" };
    let message = format!("does not list {}, the account of the role in {variable}", role.account());
    faults.push(Fault::new(ACCOUNTS, message).hint(format!("correct {variable}, or add the account")));
}

/// The role of the step's token, and the token: each where it is given and right.
fn identity(variables: &Variables, faults: &mut Vec<Fault>) -> (Option<RoleArn>, Option<WebIdentityToken>) {
    let role = parse("AWS_OIDC_ROLE_ARN", variables.aws_oidc_role_arn.as_deref(), faults);
    let token = variables.bitbucket_step_oidc_token.as_deref().map(WebIdentityToken::read);
    (role, token.and_then(|read| read.map_err(|fault| faults.push(fault)).ok()))
}

/// `None` without a second role, and where a fault was found.
fn chained(
    variables: &Variables,
    role: Option<&RoleArn>,
    session_name: Option<&SessionName>,
    duration: Option<SessionDuration>,
    faults: &mut Vec<Fault>,
) -> Option<ChainedRole> {
    let external_id = variables.aws_role_external_id.as_deref();
    if external_id.is_some() && variables.aws_chained_role_arn.is_none() {
        faults.push(Fault::new("AWS_ROLE_EXTERNAL_ID", "is given without AWS_CHAINED_ROLE_ARN").hint(
            "STS takes an external id only for the second role of a chain, never with the step's token",
        ));
    }
    let external_id = external_id.map(|id| parse("AWS_ROLE_EXTERNAL_ID", Some(id), faults));
    Some(ChainedRole {
        role: role?.clone(),
        external_id: external_id.map_or(Some(None), |id| id.map(Some))?,
        session_name: session_name?.clone(),
        duration: duration.unwrap_or_default().min(SessionDuration::CHAINED),
    })
}

fn session_name(variables: &Variables, faults: &mut Vec<Fault>) -> Option<SessionName> {
    match variables.aws_role_session_name.as_deref() {
        Some(name) => parse("AWS_ROLE_SESSION_NAME", Some(name), faults),
        None => Some(SessionName::of_build(
            variables.bitbucket_workspace.as_deref(),
            variables.bitbucket_repo_slug.as_deref(),
            variables.bitbucket_build_number.as_deref(),
        )),
    }
}

fn parse<T>(variable: &'static str, value: Option<&str>, faults: &mut Vec<Fault>) -> Option<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    value?.parse().map_err(|error| faults.push(Fault::new(variable, error))).ok()
}

fn secrets(variables: &Variables, network: &Network) -> Secrets {
    let given = [
        &variables.bitbucket_step_oidc_token,
        &variables.aws_secret_access_key,
        &variables.aws_session_token,
    ];
    let given = given.into_iter().filter_map(|secret| secret.as_deref());
    Secrets(given.chain(network.secret()).map(str::to_owned).collect())
}

#[cfg(test)]
#[path = "access/tests.rs"]
mod tests;
