//! What each distribution tells of itself, where the variables leave something open.

use bitbucket_pipe::Stop;
use futures::{StreamExt, stream};

use crate::distribution::CloudFront;
use crate::distribution_id::DistributionId;
use crate::refusal::Refusal;
use crate::setup::Setup;

/// Distributions that are asked at once: the account's request rate stays low.
const DISTRIBUTIONS_AT_ONCE: usize = 8;

/// What is known of one distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The distribution.
    pub distribution: DistributionId,
    /// How it is set up; `None` where nobody asked, or got no answer.
    pub setup: Option<Setup>,
    /// Why there was no answer.
    pub refusal: Option<Refusal>,
}

impl Known {
    /// Nobody asked.
    #[must_use]
    pub fn nothing_of(distribution: &DistributionId) -> Self {
        Self { distribution: distribution.clone(), setup: None, refusal: None }
    }

    fn of(distribution: &DistributionId, answer: Result<Setup, Refusal>) -> Self {
        let (setup, refusal) = match answer {
            Ok(setup) => (Some(setup), None),
            Err(refusal) => (None, Some(refusal)),
        };
        Self { distribution: distribution.clone(), setup, refusal }
    }
}

/// Asks every distribution; `None` when the run was stopped meanwhile. Nothing depends on an answer: without one, only
/// what the variables say is known.
pub async fn survey(
    distributions: &[DistributionId],
    cloudfront: &CloudFront,
    stop: &Stop,
) -> Option<Vec<Known>> {
    let answers = distributions.iter().map(|id| async move {
        let distribution = cloudfront.distribution(id);
        Known::of(id, distribution.get_setup().await)
    });
    tokio::select! {
        known = stream::iter(answers).buffered(DISTRIBUTIONS_AT_ONCE).collect() => Some(known),
        _ = stop.requested() => None,
    }
}
