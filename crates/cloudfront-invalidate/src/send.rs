//! Sends a plan: distributions side by side, the batches of each one after the other, waiting out what passes.

use std::time::{Duration, Instant, SystemTime};

use bitbucket_pipe::Stop;
use futures::{StreamExt, stream};

use crate::backoff::{Backoff, Pace};
use crate::distribution::{CloudFront, Distribution, Invalidation};
use crate::outcome::{Accepted, Delivery, Ending, Outcome};
use crate::plan::{Batch, Plan, Share};
use crate::reference::Run;
use crate::refusal::{Refusal, Wait};
use crate::report::Report;

/// Distributions that are asked at once: their waits overlap, and the account's request rate stays low.
const DISTRIBUTIONS_AT_ONCE: usize = 8;

/// Invalidations complete within seconds (AWS: 95 of 100 in five), so patience starts small; and a place that becomes
/// free is noticed within half a minute.
pub(crate) const ATTEMPTS: Pace =
    Pace { first: Duration::from_millis(500), longest: Duration::from_secs(30) };

/// How long a request may take that is under way when the time is up. The SDK waits for at most 15 seconds between its
/// attempts, so that what is refused again and again still says why; one without a reply it would repeat for minutes.
pub(crate) const LAST_REQUEST: Duration = Duration::from_secs(20);

/// How far the clocks of a runner and of CloudFront may differ: within that, an invalidation in progress is ours.
const CLOCK_SKEW: Duration = Duration::from_mins(1);

/// Sends every request of the plan, each again and again for at most `patience`. A distribution that refuses does not
/// keep the others from theirs.
pub async fn send(
    plan: Plan,
    patience: Duration,
    cloudfront: &CloudFront,
    run: &Run,
    stop: &Stop,
    report: &Report,
) -> Outcome {
    let deliveries = plan.distributions.into_iter().map(|share| {
        let distribution = cloudfront.distribution(&share.distribution);
        deliver(share, distribution, patience, run, stop, report)
    });
    Outcome { distributions: stream::iter(deliveries).buffered(DISTRIBUTIONS_AT_ONCE).collect().await }
}

/// Sends the batches of one distribution until CloudFront refuses more than the batch itself.
async fn deliver(
    share: Share,
    distribution: Distribution,
    patience: Duration,
    run: &Run,
    stop: &Stop,
    report: &Report,
) -> Delivery {
    report.sending(&share, distribution.console_url().as_deref());
    let mut batches: Vec<(Batch, Ending)> = Vec::with_capacity(share.batches.len());
    for batch in share.batches {
        let goes_on = batches.iter().all(|(_, ending)| match ending {
            Ending::Accepted(_) => true,
            Ending::Refused(refusal) => refusal.is_about_the_batch(),
            Ending::Unanswered | Ending::NotSent => false,
        });
        let ending = if goes_on && stop.signal().is_none() {
            attempt(&distribution, &batch, patience, run, stop, report).await
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
    patience: Duration,
    run: &Run,
    stop: &Stop,
    report: &Report,
) -> Ending {
    let mut backoff = Backoff::new(ATTEMPTS, run.random(batch.reference.as_str()));
    let start = Instant::now();
    loop {
        let time_left = patience.saturating_sub(start.elapsed()) + LAST_REQUEST;
        let answer = tokio::select! {
            answer = tokio::time::timeout(time_left, distribution.create_invalidation(batch)) => {
                match answer {
                    Ok(answer) => answer,
                    Err(_) => return Ending::Refused(Refusal::silent(patience.as_secs())),
                }
            }
            _ = stop.requested() => return Ending::Unanswered,
        };
        let refusal = match answer {
            Ok(invalidation) if is_of_another_run(batch, &invalidation, run.started()) => {
                return Ending::Accepted(Accepted::repeated(Some(invalidation)));
            }
            Ok(invalidation) => return Ending::Accepted(Accepted::new(invalidation)),
            Err(refusal) => refusal,
        };
        // The reference of a deploy says what was asked for, so that whatever was accepted under it will do.
        if refusal.is_repetition() && batch.deploy.is_some() {
            return Ending::Accepted(Accepted::repeated(None));
        }
        let pause = backoff.pause();
        let Some(reason) = refusal.wait() else { return Ending::Refused(refusal) };
        if start.elapsed() + pause > patience {
            return Ending::Refused(refusal.given_up(patience.as_secs()));
        }
        report.waiting(distribution.id(), reason, refusal.text(), pause, patience);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.requested() => {
                // A fault of the server does not tell what it did before it failed.
                return if reason == Wait::Unavailable { Ending::Unanswered } else { Ending::NotSent };
            }
        }
    }
}

/// Whether CloudFront answered with an invalidation that was there before the run: only deploys have a reference that
/// another run may have used. A new one is never completed at once; one in progress needs clocks to tell, which may differ.
fn is_of_another_run(batch: &Batch, invalidation: &Invalidation, started: SystemTime) -> bool {
    let skew = if invalidation.is_completed() { Duration::ZERO } else { CLOCK_SKEW };
    batch.deploy.is_some() && invalidation.created + skew < started
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::CallerReference;

    #[test]
    fn another_runs_invalidation_is_known_by_its_age() {
        let started = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
        for (age, status, expected) in [
            (0, "InProgress", false),
            (59, "InProgress", false),
            (61, "InProgress", true),
            (0, "Completed", false),
            (1, "Completed", true),
            (1_000_000, "Completed", true),
        ] {
            let invalidation = Invalidation {
                id: "I1".into(),
                status: status.into(),
                created: started - Duration::from_secs(age),
                request_id: None,
            };
            let batch = |deploy: Option<&str>| Batch {
                deploy: deploy.map(str::to_owned),
                cost: None,
                reference: CallerReference::of_deploy("d1", &"E1".parse().expect("an id"), &[]),
                paths: Vec::new(),
            };
            let is_of_another_run = |batch| is_of_another_run(&batch, &invalidation, started);
            assert_eq!(is_of_another_run(batch(Some("d1"))), expected, "{status} for {age} seconds");
            assert!(!is_of_another_run(batch(None)), "no other run has the reference of given paths");
        }
    }
}
