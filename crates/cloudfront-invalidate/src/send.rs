//! Sends a plan: distributions side by side, the batches of each one after the other, waiting out what passes.

use std::time::Instant;

use bitbucket_pipe::Stop;
use futures::{StreamExt, stream};

use crate::backoff::Backoff;
use crate::distribution::{CloudFront, Distribution};
use crate::outcome::{Delivery, Ending, Outcome};
use crate::plan::{Batch, Plan, Share};
use crate::reference::Run;
use crate::refusal::Wait;
use crate::report::Report;

/// Distributions that are asked at once: their waits overlap, and the account's request rate stays low.
const DISTRIBUTIONS_AT_ONCE: usize = 8;

/// Sends every request of the plan. A distribution that refuses does not keep the others from theirs.
pub async fn send(plan: Plan, cloudfront: &CloudFront, run: &Run, stop: &Stop, report: &Report) -> Outcome {
    let deliveries = plan.distributions.into_iter().map(|share| {
        let distribution = cloudfront.distribution(&share.distribution);
        deliver(share, distribution, run, stop, report)
    });
    Outcome { distributions: stream::iter(deliveries).buffered(DISTRIBUTIONS_AT_ONCE).collect().await }
}

/// Sends the batches of one distribution until one is not accepted.
async fn deliver(
    share: Share,
    distribution: Distribution,
    run: &Run,
    stop: &Stop,
    report: &Report,
) -> Delivery {
    report.sending(&share, distribution.console_url().as_deref());
    let mut batches: Vec<(Batch, Ending)> = Vec::with_capacity(share.batches.len());
    for batch in share.batches {
        let goes_on = batches.iter().all(|(_, ending)| matches!(ending, Ending::Created(_)));
        let ending = if goes_on && stop.signal().is_none() {
            let patience = Backoff::new(run.random(batch.reference.as_str()));
            attempt(&distribution, &batch, patience, stop, report).await
        } else {
            Ending::NotSent
        };
        report.ended(&share.distribution, &batch, &ending);
        batches.push((batch, ending));
    }
    Delivery { distribution: share.distribution, batches }
}

/// Sends one batch, and again under the same reference as long as waiting helps.
async fn attempt(
    distribution: &Distribution,
    batch: &Batch,
    mut patience: Backoff,
    stop: &Stop,
    report: &Report,
) -> Ending {
    let start = Instant::now();
    loop {
        let answer = tokio::select! {
            answer = distribution.create_invalidation(batch) => answer,
            _ = stop.requested() => return Ending::Unanswered,
        };
        let refusal = match answer {
            Ok(invalidation) => return Ending::Created(invalidation),
            Err(refusal) => refusal,
        };
        let Some((reason, wait)) = refusal.wait().zip(patience.next(start.elapsed())) else {
            return Ending::Refused(refusal);
        };
        report.waiting(distribution.id(), reason, refusal.text(), wait);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stop.requested() => {
                // A fault of the server does not tell what it did before it failed.
                return if reason == Wait::Unavailable { Ending::Unanswered } else { Ending::NotSent };
            }
        }
    }
}
