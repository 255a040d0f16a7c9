//! How much may be under way at once: requests in flight, bytes in memory, and how often a busy store is asked.

pub(crate) mod client;
mod limiter;
mod pace;
mod window;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use limiter::{Answer, Limiter};

/// Twelve parts of a large file. The pipe containers of a step share 1 GB; a pipe stays within a quarter of it, and what the
/// allocator and connections keep beside the buffers is about as much as these.
const BUFFER_BYTES: u64 = 96 * 1024 * 1024;
/// Permits are counted in KiB: a semaphore's count is a `u32` an acquisition.
const UNIT: u64 = 1024;

/// What all requests of a deploy share.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    limiter: Arc<Mutex<Limiter>>,
    requests: Arc<Slots>,
    memory: Arc<Semaphore>,
    /// Held by the one who waits for the next time at which a busy store may be asked; the others queue behind.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// As many slots as the limiter's window is wide.
#[derive(Debug)]
struct Slots {
    semaphore: Arc<Semaphore>,
    /// How many there are, free and taken.
    issued: Mutex<usize>,
}

/// The right to one request with its body in memory; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    limits: Limits,
    request: Option<OwnedSemaphorePermit>,
    _memory: OwnedSemaphorePermit,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Limits {
    /// With so many requests in flight, or as many as turn out to be best.
    pub(crate) fn new(concurrency: Option<NonZeroUsize>) -> Self {
        let limiter = Limiter::new(concurrency);
        let memory = usize::try_from(BUFFER_BYTES / UNIT).unwrap_or(Semaphore::MAX_PERMITS);
        let width = limiter.window();
        let requests = Slots { semaphore: Arc::new(Semaphore::new(width)), issued: Mutex::new(width) };
        Self {
            limiter: Arc::new(Mutex::new(limiter)),
            requests: Arc::new(requests),
            memory: Arc::new(Semaphore::new(memory)),
            turn: Arc::default(),
        }
    }

    /// How many requests may be in flight now.
    fn window(&self) -> usize {
        self.limiter().window()
    }

    /// How many may have a permit or wait for one, so that one that comes free is taken at once.
    pub(crate) fn ready(&self) -> usize {
        let window = self.window();
        window + window.div_ceil(2)
    }

    /// How many may ever be in flight.
    pub(crate) fn widest(&self) -> usize {
        self.limiter().widest()
    }

    /// Waits until a request with a body of `bytes` may be prepared. A larger body than the whole budget gets all of it.
    pub(crate) async fn permit(&self, bytes: u64) -> Permit {
        let units = u32::try_from(bytes.min(BUFFER_BYTES).div_ceil(UNIT)).unwrap_or(u32::MAX);
        // Memory first: a request slot must not be held by someone who waits for memory.
        let memory = self.memory.clone().acquire_many_owned(units).await;
        let request = self.requests.semaphore.clone().acquire_owned().await;
        Permit {
            limits: self.clone(),
            request: Some(request.expect("the semaphore is never closed")),
            _memory: memory.expect("the semaphore is never closed"),
        }
    }

    /// Waits until an attempt may be sent, and says when that was. A request's later attempts come here too.
    async fn turn(&self) -> Instant {
        if !self.limiter().is_paced() {
            return Instant::now();
        }
        let _turn = self.turn.lock().await;
        loop {
            let now = Instant::now();
            // Looked at anew after each wait: an answer may have changed it.
            let Some(wait) = self.limiter().send(now) else { return now };
            tokio::time::sleep(wait).await;
        }
    }

    /// Learns from the answer to an attempt.
    fn answered(&self, sent: Instant, answer: Answer) {
        let is_full = self.requests.semaphore.available_permits() == 0;
        let mut limiter = self.limiter();
        limiter.answered(sent, Instant::now(), answer, is_full);
        self.requests.fit(limiter.window());
    }

    fn limiter(&self) -> MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    /// Makes them as many as `window`, as far as those that are too many are free.
    fn fit(&self, window: usize) {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if *issued < window {
            self.semaphore.add_permits(window - *issued);
            *issued = window;
        } else if *issued > window {
            *issued -= self.semaphore.forget_permits(*issued - window);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        drop(self.request.take());
        self.limits.requests.fit(self.limits.window());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn permits_are_given_back_and_a_huge_body_does_not_wait_for_ever() {
        let limits = Limits::default();
        let slots = limits.window();
        for _ in 0..3 {
            let all = limits.permit(u64::MAX).await;
            assert_eq!(limits.memory.available_permits(), 0);
            drop(all);
        }
        let half = limits.permit(BUFFER_BYTES / 2).await;
        assert_eq!(limits.requests.semaphore.available_permits(), slots - 1);
        drop(half);
        assert_eq!(limits.requests.semaphore.available_permits(), slots);
    }

    #[tokio::test]
    async fn slots_follow_the_window_also_while_they_are_taken() {
        let limits = Limits::new(NonZeroUsize::new(3));
        let taken = [limits.permit(0).await, limits.permit(0).await];
        let free = || limits.requests.semaphore.available_permits();
        limits.requests.fit(5);
        assert_eq!(free(), 3);
        limits.requests.fit(1);
        assert_eq!(free(), 0);
        // The window of these limits is three, so that many come back.
        drop(taken);
        assert_eq!(free(), 3);
    }
}
