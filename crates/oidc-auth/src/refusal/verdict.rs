//! A verdict of STS against the step's token, as it is told.

use std::fmt;

use jiff::Timestamp;

use super::diagnosis::diagnose;
use crate::claims::{Unreadable, UnverifiedClaims};
use crate::failure::Failure;
use crate::role::RoleArn;
use crate::token::WebIdentityToken;
use crate::trust_policy::TrustPolicy;

/// A verdict of STS against the step's token.
///
/// `Display` says, in this order: what happened, in STS's words; the most likely cause; what the token says of itself;
/// what to do, with the text to paste; the request's id.
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
    /// The role's trust policy, as far as the repository knows it.
    pub trust: Option<TrustPolicy>,
}

impl Refusal {
    /// STS refused this token at this time.
    pub(crate) fn new(role: RoleArn, failure: Failure, token: &WebIdentityToken, at: Timestamp) -> Self {
        Self { role, failure, claims: UnverifiedClaims::decode(token), at, trust: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, failure, claims, at, .. } = self;
        let diagnosis = diagnose(self);
        write!(f, "STS refused to let this step assume {role}\n{}", failure.words())?;
        if !diagnosis.cause.is_empty() {
            write!(f, "\ncause: {}", diagnosis.cause)?;
        }
        match claims {
            Ok(claims) => {
                let now = failure.date().unwrap_or(*at);
                write!(f, "\nthe token says of itself (not verified here):\n{}", claims.lines(now))?;
            }
            Err(unreadable) => write!(f, "\nthe token is {unreadable}")?,
        }
        if let Some(skew) = self.skew().filter(|skew| !diagnosis.cause.contains(skew)) {
            write!(f, "\n  clock     {skew}")?;
        }
        diagnosis.remedy.iter().try_for_each(|line| write!(f, "\n{line}"))?;
        failure.request_id().iter().try_for_each(|id| write!(f, "\nrequest id {id}"))
    }
}
