//! SIGTERM, by which Bitbucket stops a step, and SIGINT, by which a person stops a run.

use std::future::pending;

use tokio::sync::watch;

/// The signals that end a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// Bitbucket's way of stopping a step.
    Terminate,
}

impl Signal {
    /// 128 plus the signal's number, as shells report it.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }

    /// The signal's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }
}

/// Tells long work that it has to end.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Option<Signal>>);

impl Stop {
    /// Listens for both signals from now on. A binary that is process 1 of its container dies of neither by itself.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    #[must_use]
    pub fn listen() -> Self {
        let (sender, receiver) = watch::channel(None);
        // Not within the task, which begins only when its thread has nothing else to do.
        let signal = received();
        tokio::spawn(async move {
            let signal = signal.await;
            sender.send_replace(Some(signal));
            // The channel must outlive the signal: receivers read its last value.
            sender.closed().await;
        });
        Self(receiver)
    }

    /// The signal, once there is one.
    pub async fn requested(&self) -> Signal {
        let mut receiver = self.0.clone();
        let signal = receiver.wait_for(Option::is_some).await.map(|signal| *signal);
        match signal {
            Ok(Some(signal)) => signal,
            Ok(None) | Err(_) => pending().await,
        }
    }

    /// The signal, if there was one.
    #[must_use]
    pub fn signal(&self) -> Option<Signal> {
        *self.0.borrow()
    }
}

/// Listens at once; the signal is what it ends with.
#[cfg(unix)]
fn received() -> impl Future<Output = Signal> + use<> {
    use tokio::signal::unix::{SignalKind, signal};
    let both = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = both else { return pending().await };
        tokio::select! {
            _ = terminate.recv() => Signal::Terminate,
            _ = interrupt.recv() => Signal::Interrupt,
        }
    }
}

#[cfg(not(unix))]
async fn received() -> Signal {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Signal::Interrupt,
        Err(_) => pending().await,
    }
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Signal as Raised, getpid, kill_process};

    use super::*;

    /// Nothing has been waited for since it began to listen, so no task of this thread has run.
    #[tokio::test]
    async fn a_signal_before_anything_is_waited_for_is_heard() {
        let stop = Stop::listen();
        kill_process(getpid(), Raised::TERM).expect("it takes signals");
        assert_eq!(stop.requested().await, Signal::Terminate);
    }
}
