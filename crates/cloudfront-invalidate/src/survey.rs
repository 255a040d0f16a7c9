//! What each distribution tells of itself, where the variables leave something open.

use std::time::{Duration, Instant};

use bitbucket_pipe::Stop;
use futures::{StreamExt, stream};

use crate::backoff::Backoff;
use crate::distribution::{CloudFront, Distribution};
use crate::distribution_id::DistributionId;
use crate::reference::Run;
use crate::refusal::Refusal;
use crate::report::Report;
use crate::send::{ATTEMPTS, LAST_REQUEST};
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

/// Asks every distribution, each again for at most `patience` while what keeps it from answering passes by itself; `None`
/// when the run was stopped meanwhile. Nothing depends on an answer: without one, only what the variables say is known.
pub async fn survey(
    distributions: &[DistributionId],
    patience: Duration,
    cloudfront: &CloudFront,
    run: &Run,
    stop: &Stop,
    report: &Report,
) -> Option<Vec<Known>> {
    let answers = distributions.iter().map(|id| async move {
        let backoff = Backoff::new(ATTEMPTS, run.random(id.as_str()));
        Known::of(id, ask(&cloudfront.distribution(id), patience, backoff, report).await)
    });
    tokio::select! {
        known = stream::iter(answers).buffered(DISTRIBUTIONS_AT_ONCE).collect() => Some(known),
        _ = stop.requested() => None,
    }
}

/// A guess in place of an answer could leave copies behind that nobody knows of.
async fn ask(
    distribution: &Distribution,
    patience: Duration,
    mut backoff: Backoff,
    report: &Report,
) -> Result<Setup, Refusal> {
    let start = Instant::now();
    loop {
        let time_left = patience.saturating_sub(start.elapsed()) + LAST_REQUEST;
        let refusal = match tokio::time::timeout(time_left, distribution.get_setup()).await {
            Ok(Ok(setup)) => return Ok(setup),
            Ok(Err(refusal)) => refusal,
            Err(_) => return Err(Refusal::silent(patience.as_secs())),
        };
        let pause = backoff.pause();
        let Some(reason) = refusal.wait().filter(|_| start.elapsed() + pause <= patience) else {
            return Err(refusal);
        };
        report.waiting(distribution.id(), reason, refusal.text(), pause, patience);
        tokio::time::sleep(pause).await;
    }
}
