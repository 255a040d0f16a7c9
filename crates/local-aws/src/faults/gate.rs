//! A gate at which requests wait until a test lets them through: interleavings without a clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

/// Longer than any request takes to come: a test that waits for what never comes fails instead of hanging.
const PATIENCE: Duration = Duration::from_mins(1);

/// Closed at first; requests that come to it wait until it is opened, for ever if need be. A clone is the same gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<State>);

#[derive(Debug)]
struct State {
    waiting: AtomicUsize,
    opened: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(State { waiting: AtomicUsize::new(0), opened: Semaphore::new(0) }))
    }
}

impl Gate {
    /// Waits until a request has come to it.
    ///
    /// # Panics
    /// When none comes within a minute.
    pub fn reached(&self) {
        let started = Instant::now();
        while !self.is_reached() {
            assert!(started.elapsed() < PATIENCE, "no request came to the gate");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Whether a request has come to it.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.0.waiting.load(Ordering::SeqCst) > 0
    }

    /// Lets everything through from now on.
    pub fn open(&self) {
        self.0.opened.close();
    }

    /// Waits until it is opened.
    pub(super) async fn pass(&self) {
        self.0.waiting.fetch_add(1, Ordering::SeqCst);
        // The only way to hear of it is that the semaphore is closed.
        let _ = self.0.opened.acquire().await;
    }
}

impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Gate {}
