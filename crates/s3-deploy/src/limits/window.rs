//! How many requests are in flight: more as long as more get through.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// A deploy begins with so many, and with one more for every other that is answered: connections are not opened all at once,
/// and a store that takes few has not many to refuse.
const FIRST: usize = 16;
/// What one un-partitioned prefix of S3 takes without slowing down: 3,500 PUTs a second, at 30 ms each, are 105.
const USUAL: usize = 96;
/// More connections than this one address has not been seen to make faster.
const WIDEST: usize = 256;
/// What a wider window has to bring, of requests and of bytes a second, to be kept.
const GAIN: f64 = 1.1;
/// A width is judged by so many rounds of requests at it, after a first in which its connections are opened.
const ROUNDS: usize = 4;
/// And by no less than this.
const SHORTEST: Duration = Duration::from_millis(100);
/// After so many rounds at a width beyond which nothing was gained, a wider one is tried again: a store and a machine have
/// busy moments.
const REST: usize = 30;

/// Its width, and what was learnt of it.
#[derive(Debug)]
pub(super) struct Window {
    width: usize,
    widest: usize,
    phase: Phase,
    /// Requests that got through in this phase.
    requests: usize,
}

#[derive(Debug)]
enum Phase {
    /// It widens with every answer.
    Opening,
    /// It has this width now, which is filled first. With what got through at the width before, if it is to be more.
    Filling(Option<Measured>),
    /// What gets through is measured.
    Measuring { before: Option<Measured>, since: Instant, bytes: u64, full: usize },
    /// It stays for a while.
    Resting,
    /// It stays.
    Fixed,
}

/// What got through at a width.
#[derive(Clone, Copy, Debug)]
struct Measured {
    width: usize,
    throughput: Throughput,
}

/// What gets through, a second.
#[derive(Clone, Copy, Debug)]
struct Throughput {
    requests: f64,
    bytes: f64,
}

impl Window {
    /// One that finds its width.
    pub(super) fn adaptive() -> Self {
        Self { width: FIRST, widest: WIDEST, phase: Phase::Opening, requests: 0 }
    }

    /// One of this width.
    pub(super) fn fixed(width: NonZeroUsize) -> Self {
        Self { width: width.get(), widest: width.get(), phase: Phase::Fixed, requests: 0 }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn widest(&self) -> usize {
        self.widest
    }

    /// A request got through, with so many bytes.
    pub(super) fn taken(&mut self, sent: u64, is_full: bool, now: Instant) {
        self.requests += 1;
        match &mut self.phase {
            Phase::Opening => {
                self.width += usize::from(is_full && self.requests.is_multiple_of(2));
                if self.width >= USUAL {
                    self.enter(Phase::Filling(None));
                }
            }
            Phase::Filling(before) => {
                if self.requests >= self.width {
                    let before = *before;
                    self.enter(Phase::Measuring { before, since: now, bytes: 0, full: 0 });
                }
            }
            Phase::Measuring { before, since, bytes, full } => {
                *bytes += sent;
                *full += usize::from(is_full);
                let passed = now.saturating_duration_since(*since);
                if self.requests < ROUNDS * self.width || passed < SHORTEST {
                    return;
                }
                // Where other things than the window are in the way, nothing is learnt of it.
                if 4 * *full <= 3 * self.requests {
                    let before = *before;
                    return self.enter(Phase::Measuring { before, since: now, bytes: 0, full: 0 });
                }
                let (before, throughput) = (*before, Throughput::of(self.requests, *bytes, passed));
                self.judge(before, throughput);
            }
            Phase::Resting => {
                if self.requests >= REST * self.width {
                    self.enter(Phase::Filling(None));
                }
            }
            Phase::Fixed => {}
        }
    }

    /// The store asks for fewer: what got through until now says nothing of a width.
    pub(super) fn refused(&mut self) {
        if let Phase::Measuring { before, .. } = self.phase {
            self.enter(Phase::Filling(before));
        }
    }

    fn judge(&mut self, before: Option<Measured>, throughput: Throughput) {
        match before {
            Some(before) if !throughput.is_more_than(before.throughput) => {
                self.width = before.width;
                self.enter(Phase::Resting);
            }
            _ if self.width == self.widest => self.enter(Phase::Fixed),
            _ => {
                let before = Measured { width: self.width, throughput };
                self.width = (self.width * 3 / 2).min(self.widest);
                self.enter(Phase::Filling(Some(before)));
            }
        }
    }

    fn enter(&mut self, phase: Phase) {
        (self.phase, self.requests) = (phase, 0);
    }
}

impl Throughput {
    #[expect(clippy::cast_precision_loss, reason = "a comparison of rates needs no more")]
    fn of(requests: usize, bytes: u64, passed: Duration) -> Self {
        let seconds = passed.as_secs_f64();
        Self { requests: requests as f64 / seconds, bytes: bytes as f64 / seconds }
    }

    /// Both: files of other sizes alone change one or the other.
    fn is_more_than(self, before: Self) -> bool {
        self.requests > GAIN * before.requests && self.bytes >= before.bytes
    }
}
