//! How far a run came: what became of every request of the plan.

use crate::distribution::Invalidation;
use crate::distribution_id::DistributionId;
use crate::plan::{Batch, Plan};
use crate::refusal::Refusal;

/// What became of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// In the order of the plan.
    pub distributions: Vec<Delivery>,
}

/// What became of the requests to one distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The distribution.
    pub distribution: DistributionId,
    /// Every planned batch, in the order of the plan.
    pub batches: Vec<(Batch, Ending)>,
}

/// What became of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// CloudFront has accepted it.
    Created(Invalidation),
    /// CloudFront has refused it for good.
    Refused(Refusal),
    /// The run was stopped before CloudFront gave a clear answer: it may have been accepted.
    Unanswered,
    /// It was never accepted and is not on its way.
    NotSent,
}

impl Outcome {
    /// The outcome of a run that ended before its first request.
    #[must_use]
    pub fn nothing_sent(plan: Plan) -> Self {
        let unsent = |batch| (batch, Ending::NotSent);
        let deliveries = plan.distributions.into_iter().map(|share| Delivery {
            distribution: share.distribution,
            batches: share.batches.into_iter().map(unsent).collect(),
        });
        Self { distributions: deliveries.collect() }
    }

    /// The accepted invalidations.
    pub fn created(&self) -> impl Iterator<Item = &Invalidation> {
        self.endings().filter_map(|ending| match ending {
            Ending::Created(invalidation) => Some(invalidation),
            _ => None,
        })
    }

    /// The refusals, each with its distribution.
    pub fn refused(&self) -> impl Iterator<Item = (&DistributionId, &Refusal)> {
        self.distributions.iter().flat_map(|delivery| {
            delivery.batches.iter().filter_map(|(_, ending)| match ending {
                Ending::Refused(refusal) => Some((&delivery.distribution, refusal)),
                _ => None,
            })
        })
    }

    /// What became of every request, in the order of the plan.
    pub fn endings(&self) -> impl Iterator<Item = &Ending> {
        self.distributions.iter().flat_map(|delivery| delivery.batches.iter().map(|(_, ending)| ending))
    }
}
