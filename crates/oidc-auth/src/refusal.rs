//! Why a step has no access: STS's own words, what the token says of itself, and the most likely way out.

mod comparison;
mod denial;
mod diagnosis;
mod reason;
mod remedy;
mod untimely;
mod verdict;

use std::fmt;

pub use self::untimely::Untimely;
pub use self::verdict::Refusal;

use crate::failure::Failure;
use crate::trust_policy::TrustPolicy;

/// Why there are no credentials. `Display` is complete and has the hint on a line of its own; there is no source.
#[derive(Clone, Debug)]
pub enum AccessError {
    /// STS looked at the token and said no.
    Refused(Box<Refusal>),
    /// STS was not asked, because the token's time is over or has not come.
    Untimely(Box<Untimely>),
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
}

impl AccessError {
    /// What STS said or what broke on the way, if anything did.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Refused(refusal) => Some(&refusal.failure),
            Self::NoVerdict { failure, .. } => Some(failure),
            Self::NotSts { failure, .. } => failure.as_ref(),
            Self::Untimely(_) => None,
        }
    }

    /// The same; a refusal is told beside what the role's trust policy says, as far as that is known.
    pub(crate) fn beside(mut self, trust: Option<&TrustPolicy>) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.trust = trust.cloned();
        }
        self
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Untimely(untimely) => untimely.fmt(f),
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

#[cfg(test)]
#[path = "refusal_tests.rs"]
mod tests;
