//! How long to wait before something is asked again.

use std::time::Duration;

/// How fast waits grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The first wait.
    pub first: Duration,
    /// No wait is longer.
    pub longest: Duration,
}

/// Doubling waits with jitter, so that the parallel steps of a build do not ask in step. `random` decides the jitter.
#[derive(Clone, Debug)]
pub struct Backoff {
    pace: Pace,
    random: u64,
    attempt: u32,
}

impl Backoff {
    /// The waits of one request.
    #[must_use]
    pub fn new(pace: Pace, random: u64) -> Self {
        Self { pace, random, attempt: 0 }
    }

    /// The next wait: between half and all of the doubled time.
    pub fn pause(&mut self) -> Duration {
        let Pace { first, longest } = self.pace;
        let ceiling = first.saturating_mul(2_u32.saturating_pow(self.attempt)).min(longest);
        let pause = ceiling / 2 + ceiling.mul_f64(self.fraction()) / 2;
        self.attempt = self.attempt.saturating_add(1);
        pause
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

    const PACE: Pace = Pace { first: Duration::from_millis(500), longest: Duration::from_secs(30) };

    #[test]
    fn waits_double_up_to_the_longest() {
        for random in [0, 1, 42, u64::MAX] {
            let mut backoff = Backoff::new(PACE, random);
            let mut ceiling = PACE.first;
            for _ in 0..100 {
                let wait = backoff.pause();
                assert!(ceiling / 2 <= wait && wait <= ceiling, "{wait:?} under {ceiling:?}");
                ceiling = (ceiling * 2).min(PACE.longest);
            }
        }
    }

    #[test]
    fn jitter_comes_from_the_random_number() {
        let first = |random| Backoff::new(PACE, random).pause();
        assert_eq!(first(7), first(7));
        assert_ne!(first(7), first(8));
    }
}
