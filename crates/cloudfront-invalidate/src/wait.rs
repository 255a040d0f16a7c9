//! Waits until CloudFront has completed what it accepted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bitbucket_pipe::Stop;
use futures::future;

use crate::backoff::{Backoff, Pace};
use crate::distribution::{CloudFront, Distribution};
use crate::outcome::{Accepted, Ending, Outcome};
use crate::reference::Run;
use crate::refusal::Refusal;
use crate::report::Report;

/// AWS: 95 of 100 invalidations take effect within five seconds and complete within twenty-five. So the first look comes
/// soon, and one that takes longer is not asked about more often than six times a minute.
const LOOKS: Pace = Pace { first: Duration::from_secs(1), longest: Duration::from_secs(10) };

/// How long the look that comes when the time is up may take: the SDK would repeat a failing one for much longer.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// Often enough to show life in a build log.
const PROGRESS: Duration = Duration::from_secs(5);

/// Waits for all accepted invalidations, at most for `longest`. What is not seen to complete says why in the outcome.
pub async fn wait(
    outcome: &mut Outcome,
    longest: Duration,
    cloudfront: &CloudFront,
    run: &Run,
    stop: &Stop,
    report: &Report,
) {
    let mut open = Vec::new();
    for delivery in &mut outcome.distributions {
        let distribution = cloudfront.distribution(&delivery.distribution);
        for (batch, ending) in &mut delivery.batches {
            let Ending::Accepted(accepted) = ending else { continue };
            match &accepted.invalidation {
                Some(invalidation) if invalidation.is_completed() => {}
                Some(_) => {
                    let patience = Backoff::new(LOOKS, run.random(batch.reference.as_str()));
                    accepted.awaited = true;
                    open.push((distribution.clone(), accepted, patience));
                }
                None => report.cannot_wait(&delivery.distribution, batch),
            }
        }
    }
    if open.is_empty() {
        return;
    }
    report.waiting_for(open.len(), longest);
    let (start, left) = (Instant::now(), AtomicUsize::new(open.len()));
    let watches = open.into_iter().map(|(distribution, accepted, patience)| {
        let left = &left;
        async move {
            watch(&distribution, accepted, patience, start, longest, report).await;
            accepted.awaited = false;
            left.fetch_sub(1, Ordering::Relaxed);
        }
    });
    let progress = async {
        loop {
            tokio::time::sleep(PROGRESS).await;
            report.still_waiting(left.load(Ordering::Relaxed), start.elapsed());
        }
    };
    tokio::select! {
        _ = future::join_all(watches) => {}
        _ = progress => {}
        _ = stop.requested() => {}
    }
}

/// Looks at one invalidation until it is completed, cannot be looked at, or takes too long.
async fn watch(
    distribution: &Distribution,
    accepted: &mut Accepted,
    mut patience: Backoff,
    start: Instant,
    longest: Duration,
    report: &Report,
) {
    let Some(invalidation) = &mut accepted.invalidation else { return };
    let mut unsaid = None;
    loop {
        let Some(left) = longest.checked_sub(start.elapsed()).filter(|left| !left.is_zero()) else {
            accepted.unseen = Some(Refusal::overdue(longest.as_secs(), unsaid.as_ref()));
            return;
        };
        // The last look comes when the time is up, not before.
        tokio::time::sleep(patience.pause().min(left)).await;
        let time_left = longest.saturating_sub(start.elapsed()) + LAST_LOOK;
        let look = tokio::time::timeout(time_left, distribution.get_invalidation(&invalidation.id));
        // A look that was cut short came too late, which the next turn says.
        let Ok(seen) = look.await else {
            unsaid = Some(Refusal::silent(longest.as_secs()));
            continue;
        };
        unsaid = None;
        match seen {
            Ok(seen) if seen.is_completed() => {
                invalidation.status = seen.status;
                report.completed(distribution.id(), &invalidation.id, start.elapsed());
                return;
            }
            Ok(seen) => invalidation.status = seen.status,
            Err(refusal) if refusal.wait().is_some() => {
                report.unseen_for_now(distribution.id(), &refusal);
                unsaid = Some(refusal);
            }
            Err(refusal) => {
                accepted.unseen = Some(refusal);
                return;
            }
        }
    }
}
