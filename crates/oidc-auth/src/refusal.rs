//! Why a step has no access: STS's own words, what the token says of itself, and the most likely way out.

use std::fmt;

use jiff::Timestamp;

use crate::accounts::AllowedAccounts;
use crate::chain::ChainRefusal;
use crate::claims::{Unreadable, UnverifiedClaims};
use crate::duration::TooLong;
use crate::failure::Failure;
use crate::role::RoleArn;

/// Why there are no credentials. `Display` is complete and has the hint on a line of its own; there is no source.
#[derive(Clone, Debug)]
pub enum AccessError {
    /// STS looked at the token and said no.
    Refused(Box<Refusal>),
    /// STS was not reached, or was in trouble itself.
    NoVerdict {
        /// Which STS, in words.
        place: String,
        /// What happened to the last attempt.
        failure: Failure,
    },
    /// Something answered, but not as STS does.
    NotSts {
        /// Which STS, in words.
        place: String,
        /// The answer; `None` when it was a success without credentials.
        failure: Option<Failure>,
    },
    /// STS does not make sessions as long as was asked for.
    TooLong(Box<TooLong>),
    /// STS looked at the first role, or at the keys, and said no to the second role.
    Chain(Box<ChainRefusal>),
    /// Whose the keys are could not be found out.
    Keys {
        /// What became of the question.
        failure: Failure,
    },
    /// The keys belong to an account in which nothing may be done.
    Account {
        /// Whose keys they are.
        principal: String,
        /// `AWS_ALLOWED_ACCOUNT_IDS`.
        allowed: AllowedAccounts,
    },
}

/// A verdict of STS against the step's token.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The role that was asked for.
    pub role: RoleArn,
    /// What STS said.
    pub failure: Failure,
    /// What the token says of itself.
    pub claims: Result<UnverifiedClaims, Unreadable>,
    /// When STS said it, by the clock of this machine.
    pub at: Timestamp,
}

impl AccessError {
    /// What STS said or what broke on the way, if anything did.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Refused(refusal) => Some(&refusal.failure),
            Self::NoVerdict { failure, .. } | Self::Keys { failure } => Some(failure),
            Self::NotSts { failure, .. } => failure.as_ref(),
            Self::TooLong(refusal) => Some(&refusal.failure),
            Self::Chain(refusal) => Some(&refusal.failure),
            Self::Account { .. } => None,
        }
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::TooLong(refusal) => refusal.fmt(f),
            Self::Chain(refusal) => refusal.fmt(f),
            Self::Keys { failure } => write!(
                f,
                "STS does not say whose keys these are, which AWS_ALLOWED_ACCOUNT_IDS asks for: {failure}\n\
                 hint: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
            ),
            Self::Account { principal, allowed } => write!(
                f,
                "the keys are those of {principal}, whose account is not among AWS_ALLOWED_ACCOUNT_IDS ({allowed})\n\
                 hint: check AWS_ACCESS_KEY_ID, or add the account"
            ),
            Self::NoVerdict { place, failure } if failure.status().is_none() => write!(
                f,
                "cannot reach {place}: {failure}\n\
                 hint: check AWS_DEFAULT_REGION, AWS_ENDPOINT_URL, HTTPS_PROXY and AWS_CA_BUNDLE, whichever are set"
            ),
            Self::NoVerdict { place, failure } => write!(
                f,
                "{place} could not answer: {failure}\n\
                 hint: the trouble is on the side of STS, not of the pipeline; run the step again"
            ),
            Self::NotSts { place, failure } => {
                write!(f, "{place} does not answer as STS does")?;
                failure.iter().try_for_each(|failure| write!(f, ": {failure}"))?;
                f.write_str(
                    "\nhint: check whether AWS_ENDPOINT_URL_STS, or AWS_ENDPOINT_URL without it, is the address of an STS",
                )
            }
        }
    }
}

impl std::error::Error for AccessError {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, failure, claims, at } = self;
        write!(f, "STS refused to let this step assume {role}\n{failure}\n")?;
        match claims {
            Ok(claims) => write!(f, "the token says of itself (not verified here):\n{}", claims.lines(*at))?,
            Err(unreadable) => write!(f, "the token is {unreadable}")?,
        }
        likely_cause(failure).iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

/// The way out that fits STS's words. A comparison of the claims with a trust policy belongs here, too.
fn likely_cause(failure: &Failure) -> Option<&'static str> {
    let words = failure.message().unwrap_or_default();
    match failure.code()? {
        "AccessDenied" => Some(
            "the role's trust policy must allow sts:AssumeRoleWithWebIdentity to a provider of this issuer, with \
             conditions that this audience and this subject meet",
        ),
        "ExpiredTokenException" => Some(
            "a step's token lives for about an hour: run the pipe earlier in the step, or in a step of its own",
        ),
        "InvalidIdentityToken" if words.contains("audience") => {
            Some("add this audience to the client ids of the OpenID Connect provider in IAM")
        }
        "InvalidIdentityToken" if words.contains("No OpenIDConnect provider") => Some(
            "the account of the role needs an OpenID Connect provider in IAM whose URL is exactly this issuer",
        ),
        "InvalidIdentityToken" if words.contains("verification key") => {
            Some("STS could not fetch the issuer's keys, several times over; run the step again")
        }
        "InvalidIdentityToken" => Some(
            "BITBUCKET_STEP_OIDC_TOKEN is set by `oidc: true` on the step; do not set or change it yourself",
        ),
        "IDPCommunicationError" => {
            Some("STS could not reach the issuer, several times over; run the step again")
        }
        "ValidationError" if words.contains("MaxSessionDuration") => {
            Some("lower AWS_ROLE_DURATION_SECONDS, or raise the maximum session duration of the role")
        }
        "RegionDisabledException" => {
            Some("STS is not active in this region: activate it in IAM, or set another AWS_DEFAULT_REGION")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(failure: Failure, claims: Result<UnverifiedClaims, Unreadable>) -> String {
        let role = "arn:aws:iam::123456789012:role/Deploy".parse().expect("a role");
        let at = Timestamp::from_second(1_700_000_000).expect("a time of this century");
        AccessError::Refused(Box::new(Refusal { role, failure, claims, at })).to_string()
    }

    #[test]
    fn a_refusal_has_the_words_of_sts_the_claims_and_a_hint() {
        let denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
        let claims = UnverifiedClaims {
            issuer: Some(
                "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc".into(),
            ),
            audience: vec!["ari:cloud:bitbucket::workspace/1".into()],
            subject: Some("{repository}:{step}".into()),
            expires: Timestamp::from_second(1_700_003_600).ok(),
            issued: None,
        };
        let text = refusal(Failure::answered(403, "AccessDenied", denied, "r1"), Ok(claims));
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                "STS refused to let this step assume arn:aws:iam::123456789012:role/Deploy",
                "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity (request id r1)",
                "the token says of itself (not verified here):",
                "  issuer    https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
                "  audience  ari:cloud:bitbucket::workspace/1",
                "  subject   {repository}:{step}",
                "  expires   2023-11-14T23:13:20Z, in 60 minutes",
                "hint: the role's trust policy must allow sts:AssumeRoleWithWebIdentity to a provider of this issuer, \
                 with conditions that this audience and this subject meet",
            ]
        );
    }

    #[test]
    fn an_unreadable_token_is_called_that() {
        let failure = Failure::answered(400, "InvalidIdentityToken", "Missing a required claim: iss", "r1");
        let text = refusal(failure, Err(Unreadable));
        assert!(text.contains("\nthe token is not readable as a JSON Web Token\nhint: "), "{text}");
    }

    #[test]
    fn each_verdict_has_its_way_out() {
        for (code, message, expected) in [
            ("ExpiredTokenException", "Token expired: current date/time …", Some("earlier in the step")),
            ("InvalidIdentityToken", "Incorrect token audience", Some("client ids")),
            (
                "InvalidIdentityToken",
                "No OpenIDConnect provider found in your account for …",
                Some("URL is exactly"),
            ),
            ("InvalidIdentityToken", "Couldn't retrieve verification key …", Some("run the step again")),
            ("IDPCommunicationError", "Error communicating with the provider", Some("run the step again")),
            (
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
                Some("AWS_ROLE_DURATION_SECONDS"),
            ),
            ("RegionDisabledException", "STS is not activated in this region", Some("AWS_DEFAULT_REGION")),
            ("ValidationError", "something else", None),
        ] {
            let hint = likely_cause(&Failure::answered(400, code, message, "r1"));
            assert_eq!(hint.is_some(), expected.is_some(), "{code}: {message}");
            assert!(hint.unwrap_or_default().contains(expected.unwrap_or_default()), "{code}: {hint:?}");
        }
    }

    #[test]
    fn trouble_on_the_way_is_not_called_a_refusal() {
        let place = || "STS of eu-west-1".to_owned();
        let failure = Failure::answered(503, "ServiceUnavailable", "try later", "r1");
        let trouble = AccessError::NoVerdict { place: place(), failure };
        assert!(
            trouble
                .to_string()
                .starts_with("STS of eu-west-1 could not answer: ServiceUnavailable: try later")
        );
        let strange = AccessError::NotSts { place: place(), failure: None };
        assert!(strange.to_string().starts_with("STS of eu-west-1 does not answer as STS does\nhint: "));
    }
}
