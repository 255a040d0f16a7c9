//! How much may be under way at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What one un-partitioned prefix of S3 takes without slowing down, at the latency of a build near its bucket.
const REQUESTS: usize = 64;
/// The pipe containers of a step share 1 GB; buffers get an eighth of it.
const BUFFER_BYTES: u64 = 128 * 1024 * 1024;
/// Permits are counted in KiB: a semaphore's count is a `u32` an acquisition.
const UNIT: u64 = 1024;

/// Requests in flight and bytes in memory, shared by all uploads.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    requests: Arc<Semaphore>,
    memory: Arc<Semaphore>,
}

/// The right to one request with its body in memory; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    _request: OwnedSemaphorePermit,
    _memory: OwnedSemaphorePermit,
}

impl Default for Limits {
    fn default() -> Self {
        let memory = usize::try_from(BUFFER_BYTES / UNIT).unwrap_or(Semaphore::MAX_PERMITS);
        Self { requests: Arc::new(Semaphore::new(REQUESTS)), memory: Arc::new(Semaphore::new(memory)) }
    }
}

impl Limits {
    /// How many files are worth having under way.
    #[must_use]
    pub(crate) fn tasks(&self) -> usize {
        REQUESTS
    }

    /// Waits until a request with a body of `bytes` may start. A larger body than the whole budget gets all of it.
    pub(crate) async fn permit(&self, bytes: u64) -> Permit {
        let units = u32::try_from(bytes.min(BUFFER_BYTES).div_ceil(UNIT)).unwrap_or(u32::MAX);
        // Memory first: a request slot must not be held by someone who waits for memory.
        let memory = self.memory.clone().acquire_many_owned(units).await;
        let request = self.requests.clone().acquire_owned().await;
        Permit {
            _request: request.expect("the semaphore is never closed"),
            _memory: memory.expect("the semaphore is never closed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn permits_are_given_back_and_a_huge_body_does_not_wait_for_ever() {
        let limits = Limits::default();
        for _ in 0..3 {
            let all = limits.permit(u64::MAX).await;
            assert_eq!(limits.memory.available_permits(), 0);
            drop(all);
        }
        let half = limits.permit(BUFFER_BYTES / 2).await;
        assert_eq!(limits.requests.available_permits(), REQUESTS - 1);
        drop(half);
        assert_eq!(limits.requests.available_permits(), REQUESTS);
    }
}
