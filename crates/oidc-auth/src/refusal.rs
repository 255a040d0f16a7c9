//! Why a step has no access: STS's own words, what the token says of itself, and the most likely way out.

use std::fmt;

use jiff::Timestamp;

use crate::claims::{Unreadable, UnverifiedClaims};
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
    /// The reply has no credentials in it: whatever is there, it is not STS.
    Incomplete {
        /// Which STS, in words.
        place: String,
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
            Self::NoVerdict { failure, .. } => Some(failure),
            Self::Incomplete { .. } => None,
        }
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::NoVerdict { place, failure } if failure.status().is_none() => write!(
                f,
                "cannot reach {place}: {failure}\n\
                 hint: check AWS_DEFAULT_REGION, AWS_ENDPOINT_URL, HTTPS_PROXY and AWS_CA_BUNDLE, whichever are set"
            ),
            Self::NoVerdict { place, failure } => write!(
                f,
                "{place} could not answer: {failure}\n\
                 hint: this is trouble of AWS, not of the pipeline; run the step again"
            ),
            Self::Incomplete { place } => write!(
                f,
                "{place} answered without credentials\n\
                 hint: is AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_STS the address of something else than STS?"
            ),
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
