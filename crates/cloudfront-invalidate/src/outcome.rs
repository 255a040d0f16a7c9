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
    Accepted(Accepted),
    /// CloudFront has refused it for good.
    Refused(Refusal),
    /// The run was stopped before CloudFront gave a clear answer: it may have been accepted.
    Unanswered,
    /// It was never accepted and is not on its way.
    NotSent,
}

/// A request that CloudFront has accepted, in this run or in one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The invalidation; `None` where CloudFront only says that there is one under this reference.
    pub invalidation: Option<Invalidation>,
    /// Whether another run had asked for it.
    pub is_repetition: bool,
    /// Whether the run is waiting for its completion.
    pub awaited: bool,
    /// Why its completion, although it was waited for, was not seen.
    pub unseen: Option<Refusal>,
}

impl Accepted {
    /// The invalidation that this run has asked for first.
    #[must_use]
    pub fn new(invalidation: Invalidation) -> Self {
        Self { invalidation: Some(invalidation), is_repetition: false, awaited: false, unseen: None }
    }

    /// One that another run had asked for.
    #[must_use]
    pub fn repeated(invalidation: Option<Invalidation>) -> Self {
        Self { invalidation, is_repetition: true, awaited: false, unseen: None }
    }
}

impl Ending {
    /// The accepted request.
    #[must_use]
    pub fn accepted(&self) -> Option<&Accepted> {
        match self {
            Self::Accepted(accepted) => Some(accepted),
            _ => None,
        }
    }
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

    /// What was accepted, in this run or before.
    pub fn accepted(&self) -> impl Iterator<Item = &Accepted> {
        self.endings().filter_map(|(_, ending)| ending.accepted())
    }

    /// The refusals, each with its distribution.
    pub fn refused(&self) -> impl Iterator<Item = (&DistributionId, &Refusal)> {
        self.endings().filter_map(|(distribution, ending)| match ending {
            Ending::Refused(refusal) => Some((distribution, refusal)),
            _ => None,
        })
    }

    /// The accepted invalidations whose completion was not seen, and why.
    pub fn unseen(&self) -> impl Iterator<Item = (&DistributionId, &Invalidation, &Refusal)> {
        self.endings().filter_map(|(distribution, ending)| {
            let accepted = ending.accepted()?;
            Some((distribution, accepted.invalidation.as_ref()?, accepted.unseen.as_ref()?))
        })
    }

    /// What became of every request, in the order of the plan.
    pub fn endings(&self) -> impl Iterator<Item = (&DistributionId, &Ending)> {
        self.distributions
            .iter()
            .flat_map(|delivery| delivery.batches.iter().map(|(_, ending)| (&delivery.distribution, ending)))
    }
}
