//! How often a store that says `SlowDown` may be asked: the rate is found from its answers alone, by the time they tell.

use std::time::{Duration, Instant};

/// After its first refusal a store is asked once a round trip, but not less often than this, in requests a second.
const SLOWEST_START: f64 = 8.0;
/// Nor more often than this: a refusal that comes at once says nothing of what the store bears.
const FASTEST_START: f64 = 100.0;
/// The least there is, in requests a second: a store that refuses everything is still asked.
const LEAST: f64 = 2.0;
/// So many accepted requests say that a rate was right, or double one that is being searched for.
const ENOUGH: u32 = 3;
/// A search never asks more often than this times what was accepted since the last refusal: stores let a burst pass.
const AHEAD: f64 = 3.0;
/// What is left at least of a rate that is refused, and of one that is refused again at once.
const HALF: f64 = 0.5;
/// While a rate is searched for, a store could have done more than it was asked for. The rate that it refused tells of
/// that, by so much, as an exponent.
const UNUSED: f64 = 0.25;
/// Where a search for more begins, as a part of what was last accepted.
const BACK: f64 = 0.85;
/// How many requests a rate that was cut takes to be what was accepted before, and in how many seconds at least and at most.
/// Longer, and a store that can do more again waits for it; shorter, and it is refused more often.
const RECOVERY: f64 = 120.0;
const RECOVERY_SECONDS: (f64, f64) = (2.0, 4.0);
/// How late a request may be and the next be on time again: timers are no more exact than this.
const SLACK: Duration = Duration::from_millis(4);

/// A rate, and what it was learnt from. Rates are requests a second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    rate: f64,
    /// When the next request may be sent.
    next: Instant,
    /// When the rate was last changed by an answer. Older requests tell nothing of the present rate.
    changed: Instant,
    /// How many requests that were sent since have been accepted.
    right: u32,
    /// When it was last refused: then, the store gave all that it has.
    refused: Instant,
    /// How many requests it has accepted since.
    accepted: u32,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The rate doubles until it is refused.
    Search,
    /// The rate comes back to `ceiling` fast at first, stays near it, and then goes beyond, slowly at first. `age` is for
    /// how long it has been made use of.
    Steady { ceiling: f64, age: Duration },
}

impl Pace {
    /// After a first refusal, which took `round_trip`.
    pub(super) fn new(round_trip: Duration, now: Instant) -> Self {
        let rate = round_trip.as_secs_f64().recip().clamp(SLOWEST_START, FASTEST_START);
        let next = now + interval(rate);
        Self { rate, next, changed: now, right: 0, refused: now, accepted: 0, phase: Phase::Search }
    }

    /// When the next request may be sent.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// Whether a request could have been sent a while ago and none was.
    pub(super) fn is_late(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.next) > SLACK / 2
    }

    /// A request is sent now.
    pub(super) fn send(&mut self, now: Instant) {
        let interval = interval(self.rate);
        self.next = self.next.max(now.checked_sub(SLACK).unwrap_or(now)) + interval;
        if let Phase::Steady { ceiling, age } = &mut self.phase {
            // Not by the clock: while nobody asks, nothing is learnt.
            *age += interval;
            self.rate = recovering(*ceiling, *age);
        }
    }

    /// A request that was sent then was accepted.
    pub(super) fn accepted(&mut self, sent: Instant, now: Instant) {
        self.accepted += 1;
        if sent < self.changed {
            return;
        }
        self.right += 1;
        if matches!(self.phase, Phase::Search) && self.right >= ENOUGH {
            self.rate = (2.0 * self.rate).min(AHEAD * self.borne(now)).max(self.rate);
            self.change(now);
        }
    }

    /// A request that was sent then was refused. What was on its way when the rate was cut does not cut it again.
    pub(super) fn refused(&mut self, sent: Instant, now: Instant) {
        if sent < self.changed {
            return;
        }
        if self.accepted >= ENOUGH {
            // What it had at the last refusal and has now is nothing, so this is what it gets anew.
            let borne = self.borne(now).clamp(HALF * self.rate, self.rate);
            let ceiling = match self.phase {
                Phase::Search => borne * (self.rate / borne).powf(UNUSED),
                Phase::Steady { .. } => borne,
            };
            self.phase = Phase::Steady { ceiling, age: Duration::ZERO };
            self.rate = BACK * ceiling;
        } else {
            self.phase = Phase::Search;
            self.rate = (HALF * self.rate).max(LEAST);
        }
        self.next = self.next.max(now + interval(self.rate));
        (self.refused, self.accepted) = (now, 0);
        self.change(now);
    }

    fn change(&mut self, now: Instant) {
        (self.changed, self.right) = (now, 0);
    }

    /// How many requests a second were accepted since the last refusal.
    fn borne(&self, now: Instant) -> f64 {
        f64::from(self.accepted) / now.saturating_duration_since(self.refused).max(SLACK).as_secs_f64()
    }
}

fn interval(rate: f64) -> Duration {
    Duration::from_secs_f64(rate.recip())
}

/// A cubic curve, as TCP CUBIC has it, through [`BACK`] of `ceiling` at first and `ceiling` after [`RECOVERY`].
fn recovering(ceiling: f64, age: Duration) -> f64 {
    let (least, most) = RECOVERY_SECONDS;
    let distance = age.as_secs_f64() / (RECOVERY / ceiling).clamp(least, most) - 1.0;
    ceiling * (1.0 + (1.0 - BACK) * distance.powi(3))
}
