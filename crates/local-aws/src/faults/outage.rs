//! An outage: the listener is gone, connections are cut and new ones refused, for a time or until the cloud is healed.

use std::time::Duration;

use tokio::sync::watch;

/// Whether there is one, and how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Listening,
    DownFor(Duration),
    /// Until it is ended.
    Down,
}

/// What the listener hears of outages.
#[derive(Debug)]
pub(crate) struct Outage(watch::Sender<State>);

impl Default for Outage {
    fn default() -> Self {
        Self(watch::Sender::new(State::Listening))
    }
}

impl Outage {
    /// From now on nothing listens; without a time, until the outage is ended.
    pub(crate) fn begin(&self, time: Option<Duration>) {
        self.0.send_replace(time.map_or(State::Down, State::DownFor));
    }

    /// Everything listens again.
    pub(crate) fn end(&self) {
        self.0.send_replace(State::Listening);
    }

    /// Waits for the beginning of one.
    pub(crate) async fn begins(&self) {
        // The sender is alive, so there will be a value or none will ever come.
        let _ = self.0.subscribe().wait_for(|state| *state != State::Listening).await;
    }

    /// Waits for the end of the one that has begun.
    pub(crate) async fn ends(&self) {
        let state = *self.0.borrow();
        let over = async {
            match state {
                State::Listening => {}
                State::DownFor(time) => tokio::time::sleep(time).await,
                State::Down => std::future::pending().await,
            }
        };
        let mut states = self.0.subscribe();
        tokio::select! {
            () = over => self.end(),
            _ = states.wait_for(|state| *state == State::Listening) => {}
        }
    }
}
