//! How many requests may be in flight and when the next may go: learnt from answers. Time is an argument.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use super::pace::Pace;
use super::window::Window;

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The store did not mind it, whatever it said; so many bytes were sent.
    Taken { bytes: u64 },
    /// The store asks for fewer.
    SlowDown,
    /// There was no answer.
    None,
}

/// Both limits. A store that has never asked for less is not paced: then the window alone counts.
#[derive(Debug)]
pub(super) struct Limiter {
    window: Window,
    pace: Option<Pace>,
}

impl Limiter {
    /// With a window of this width, or one that finds its own.
    pub(super) fn new(fixed: Option<NonZeroUsize>) -> Self {
        Self { window: fixed.map_or_else(Window::adaptive, Window::fixed), pace: None }
    }

    /// How many requests may be in flight.
    pub(super) fn window(&self) -> usize {
        self.window.width()
    }

    /// How many may ever be.
    pub(super) fn widest(&self) -> usize {
        self.window.widest()
    }

    /// Whether requests have to be sent one after the other.
    pub(super) fn is_paced(&self) -> bool {
        self.pace.is_some()
    }

    /// Sends a request now, or says how long it has to wait first.
    pub(super) fn send(&mut self, now: Instant) -> Option<Duration> {
        let pace = self.pace.as_mut()?;
        let wait = pace.next().saturating_duration_since(now);
        if !wait.is_zero() {
            return Some(wait);
        }
        pace.send(now);
        None
    }

    /// Learns from the answer to an attempt that was sent then. `is_full` says that more would be in flight, were it not
    /// for the window.
    pub(super) fn answered(&mut self, sent: Instant, now: Instant, answer: Answer, is_full: bool) {
        match (answer, &mut self.pace) {
            (Answer::None, _) => {}
            (Answer::Taken { bytes }, None) => self.window.taken(bytes, is_full, now),
            (Answer::Taken { bytes }, Some(pace)) => {
                // Where the pace is what holds requests back, nothing is learnt of the window.
                self.window.taken(bytes, is_full && pace.is_late(now), now);
                pace.accepted(sent, now);
            }
            (Answer::SlowDown, pace) => {
                self.window.refused();
                match pace {
                    Some(pace) => pace.refused(sent, now),
                    None => *pace = Some(Pace::new(now.saturating_duration_since(sent), now)),
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "limiter_tests.rs"]
mod tests;
