//! How far away the cloud is and how much it takes: a latency before every answer, and limits to requests a second.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a limit has let through and turned away since it was set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttled {
    /// Requests that were within it.
    pub accepted: usize,
    /// Requests that were answered with 503 `SlowDown`, and not carried out.
    pub rejected: usize,
}

/// The latency and the limits in force.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// In microseconds, so that it can be set while requests wait.
    latency: AtomicU64,
    /// By operation.
    limits: Mutex<BTreeMap<String, Limit>>,
}

/// A token bucket: a second's worth of requests at once, and then as they are refilled.
#[derive(Debug)]
struct Limit {
    per_second: f64,
    tokens: f64,
    /// When `tokens` was true.
    counted: Instant,
    so_far: Throttled,
}

impl Limit {
    fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second);
        Self { per_second, tokens: per_second, counted: now, so_far: Throttled::default() }
    }

    fn admits(&mut self, now: Instant) -> bool {
        // Threads come here in another order than they looked at the clock.
        let passed = now.saturating_duration_since(self.counted);
        self.counted = self.counted.max(now);
        self.tokens = (self.tokens + passed.as_secs_f64() * self.per_second).min(self.per_second);
        let admitted = self.tokens >= 1.0;
        if admitted {
            self.tokens -= 1.0;
            self.so_far.accepted += 1;
        } else {
            self.so_far.rejected += 1;
        }
        admitted
    }
}

impl Pace {
    pub(crate) fn set_latency(&self, latency: Duration) {
        self.latency.store(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Waits for the latency, each request by itself.
    pub(crate) async fn travel(&self) {
        let latency = Duration::from_micros(self.latency.load(Ordering::Relaxed));
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
    }

    pub(crate) fn limit(&self, operation: &str, per_second: u32, now: Instant) {
        self.with(|limits| limits.insert(operation.to_owned(), Limit::new(per_second, now)));
    }

    pub(crate) fn clear_limits(&self) {
        self.with(BTreeMap::clear);
    }

    /// Whether a request is within the limit of its operation. It is counted.
    pub(crate) fn admits(&self, operation: &str, now: Instant) -> bool {
        self.with(|limits| limits.get_mut(operation).is_none_or(|limit| limit.admits(now)))
    }

    pub(crate) fn throttled(&self, operation: &str) -> Throttled {
        self.with(|limits| limits.get(operation).map_or_else(Throttled::default, |limit| limit.so_far))
    }

    fn with<R>(&self, f: impl FnOnce(&mut BTreeMap<String, Limit>) -> R) -> R {
        f(&mut self.limits.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks `times` times at so many milliseconds, and says how many were admitted.
    fn admitted(pace: &Pace, start: Instant, millis: u64, times: usize) -> usize {
        let now = start + Duration::from_millis(millis);
        (0..times).filter(|_| pace.admits("PutObject", now)).count()
    }

    #[test]
    fn a_limit_is_a_second_at_once_and_then_its_rate() {
        let (pace, start) = (Pace::default(), Instant::now());
        pace.limit("PutObject", 300, start);
        for (millis, asked, expected) in [
            (0, 400, 300),
            (0, 1, 0),
            (10, 10, 3),
            // A look at the clock that comes late counts no time twice.
            (5, 1, 0),
            (10, 1, 0),
            (110, 100, 30),
            // What is not used is kept for a second, and no longer.
            (600_000, 1000, 300),
        ] {
            assert_eq!(admitted(&pace, start, millis, asked), expected, "{asked} at {millis} ms");
        }
        assert_eq!(pace.throttled("PutObject"), Throttled { accepted: 633, rejected: 880 });
    }

    #[test]
    fn each_operation_has_its_own_limit() {
        let (pace, start) = (Pace::default(), Instant::now());
        pace.limit("PutObject", 0, start);
        assert_eq!(admitted(&pace, start, 60_000, 3), 0);
        assert!(pace.admits("GetObject", start));
        assert_eq!(pace.throttled("GetObject"), Throttled::default());
        pace.limit("PutObject", 2, start);
        assert_eq!(pace.throttled("PutObject"), Throttled::default());
        assert_eq!(admitted(&pace, start, 0, 3), 2);
        pace.clear_limits();
        assert_eq!(admitted(&pace, start, 0, 3), 3);
    }
}
