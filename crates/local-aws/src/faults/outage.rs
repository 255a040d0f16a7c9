//! An outage: the listener is gone, connections are cut and new ones refused, for a time or until the cloud is healed.

use std::time::Duration;

use tokio::sync::watch;

/// Whether there is an outage, and how long it lasts; without a time it lasts until it is ended.
#[derive(Debug)]
pub(crate) struct Outage(watch::Sender<Option<Option<Duration>>>);

impl Default for Outage {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Outage {
    /// From now on nothing listens.
    pub(crate) fn begin(&self, time: Option<Duration>) {
        self.0.send_replace(Some(time));
    }

    /// Everything listens again.
    pub(crate) fn end(&self) {
        self.0.send_replace(None);
    }

    /// Waits for the beginning of one.
    pub(crate) async fn begins(&self) {
        // The sender is alive, so there will be a value or none will ever come.
        let _ = self.0.subscribe().wait_for(Option::is_some).await;
    }

    /// Waits for the end of the one that has begun.
    pub(crate) async fn ends(&self) {
        let time = *self.0.borrow();
        let Some(time) = time else { return };
        let over = async {
            match time {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        };
        let mut state = self.0.subscribe();
        tokio::select! {
            () = over => self.end(),
            _ = state.wait_for(Option::is_none) => {}
        }
    }
}
