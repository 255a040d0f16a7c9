//! How long to wait before a request is sent again.

use std::time::Duration;

/// The first wait. Invalidations complete within seconds (AWS: 95 of 100 in five), so patience starts small.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait: a place that becomes free is noticed within half a minute.
const LONGEST: Duration = Duration::from_secs(30);
/// How long one batch is tried. Places become free within minutes, and a step has two hours for everything.
pub const PATIENCE: Duration = Duration::from_mins(10);

/// Doubling waits with jitter, so that the parallel steps of a build do not ask in step. `random` decides the jitter.
#[derive(Clone, Debug)]
pub struct Backoff {
    random: u64,
    attempt: u32,
}

impl Backoff {
    /// The waits of one batch.
    #[must_use]
    pub fn new(random: u64) -> Self {
        Self { random, attempt: 0 }
    }

    /// The next wait, between half and all of the doubled time; `None` once it would end after [`PATIENCE`].
    ///
    /// `elapsed` is the time since the batch was first sent.
    pub fn next(&mut self, elapsed: Duration) -> Option<Duration> {
        let longest = FIRST.saturating_mul(2_u32.saturating_pow(self.attempt)).min(LONGEST);
        let wait = longest / 2 + longest.mul_f64(self.fraction()) / 2;
        self.attempt += 1;
        (elapsed + wait <= PATIENCE).then_some(wait)
    }

    /// A number from 0 to 1, by the finaliser of `SplitMix64`.
    fn fraction(&self) -> f64 {
        let mut mixed = self.random.wrapping_add(u64::from(self.attempt).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let top = u32::try_from(mixed >> 32).unwrap_or(u32::MAX);
        f64::from(top) / f64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_end_with_the_patience() {
        for random in [0, 1, 42, u64::MAX] {
            let mut backoff = Backoff::new(random);
            let mut elapsed = Duration::ZERO;
            let mut ceiling = FIRST;
            let mut waits = 0;
            while let Some(wait) = backoff.next(elapsed) {
                assert!(ceiling / 2 <= wait && wait <= ceiling, "{wait:?} under {ceiling:?}");
                ceiling = (ceiling * 2).min(LONGEST);
                elapsed += wait;
                waits += 1;
            }
            assert!(elapsed <= PATIENCE && PATIENCE <= elapsed + LONGEST, "{elapsed:?} after {waits} waits");
        }
    }

    #[test]
    fn jitter_comes_from_the_random_number() {
        let first = |random| Backoff::new(random).next(Duration::ZERO);
        assert_eq!(first(7), first(7));
        assert_ne!(first(7), first(8));
    }

    #[test]
    fn a_batch_that_took_too_long_is_not_tried_again() {
        assert_eq!(Backoff::new(0).next(PATIENCE), None);
    }
}
