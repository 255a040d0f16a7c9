//! How many requests are in flight: more as long as more get through.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// A deploy begins with so many, and with one more for each that is answered: connections are not opened all at once.
const FIRST: usize = 16;
/// What one un-partitioned prefix of S3 takes without slowing down, at the latency of a build near its bucket.
const USUAL: usize = 64;
/// More connections than this one address has not been seen to make faster.
const WIDEST: usize = 256;
/// What a wider window has to bring, of requests and of bytes a second, to be kept.
const GAIN: f64 = 1.1;
/// A width is judged by so many rounds of requests at it.
const ROUNDS: usize = 4;
/// And by no less than this.
const SHORTEST: Duration = Duration::from_millis(100);

/// Its width, and what was learnt of it.
#[derive(Debug)]
pub(super) struct Window {
    width: usize,
    widest: usize,
    /// The width before, and how much got through then.
    before: Option<(usize, Throughput)>,
    /// What gets through at this width.
    since: Option<Instant>,
    requests: usize,
    bytes: u64,
    full: usize,
    /// It is as wide as it gets.
    is_settled: bool,
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
        Self { is_settled: false, widest: WIDEST, ..Self::with(FIRST) }
    }

    /// One of this width.
    pub(super) fn fixed(width: NonZeroUsize) -> Self {
        Self::with(width.get())
    }

    fn with(width: usize) -> Self {
        Self {
            width,
            widest: width,
            before: None,
            since: None,
            requests: 0,
            bytes: 0,
            full: 0,
            is_settled: true,
        }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn widest(&self) -> usize {
        self.widest
    }

    /// A request got through, with so many bytes.
    pub(super) fn taken(&mut self, bytes: u64, is_full: bool, now: Instant) {
        if self.is_settled {
            return;
        }
        if self.width < USUAL {
            self.width += usize::from(is_full);
            return;
        }
        let since = *self.since.get_or_insert(now);
        self.requests += 1;
        self.bytes += bytes;
        self.full += usize::from(is_full);
        let passed = now.saturating_duration_since(since);
        if self.requests < ROUNDS * self.width || passed < SHORTEST {
            return;
        }
        // Where other things than the window are in the way, nothing is learnt of it.
        if 2 * self.full > self.requests {
            #[expect(clippy::cast_precision_loss, reason = "a comparison of rates needs no more")]
            let (requests, bytes) = (self.requests as f64, self.bytes as f64);
            let seconds = passed.as_secs_f64();
            self.judge(Throughput { requests: requests / seconds, bytes: bytes / seconds });
        }
        (self.since, self.requests, self.bytes, self.full) = (Some(now), 0, 0, 0);
    }

    fn judge(&mut self, now: Throughput) {
        match self.before {
            Some((width, before)) if !now.is_more_than(before) => {
                self.width = width;
                self.is_settled = true;
            }
            _ if self.width == self.widest => self.is_settled = true,
            _ => {
                self.before = Some((self.width, now));
                self.width = (self.width * 3 / 2).min(self.widest);
            }
        }
    }
}

impl Throughput {
    /// Both: files of other sizes alone change one or the other.
    fn is_more_than(self, before: Self) -> bool {
        self.requests > GAIN * before.requests && self.bytes >= before.bytes
    }
}
