//! Child processes that end with the runner: each in a process group of its own, which a signal to the runner stops.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// What a shell adds to the number of a signal to make an exit code.
const SIGNALLED: u8 = 128;

/// How long a child may take to end when it is told to, before it is killed: what `docker stop` allows.
const GRACE: Duration = Duration::from_secs(10);

/// Whether the runner was told to stop. Copies hear of it at the same time.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<Option<u8>>);

impl Stop {
    /// Listens for SIGINT and SIGTERM from now on, on the current runtime.
    pub(crate) fn listen() -> io::Result<Self> {
        let (sender, receiver) = watch::channel(None);
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        for kind in kinds {
            let mut signals = signal(kind)?;
            let sender = sender.clone();
            tokio::spawn(async move {
                if signals.recv().await.is_some() {
                    let number = u8::try_from(kind.as_raw_value()).unwrap_or_default();
                    sender.send_replace(Some(SIGNALLED + number));
                }
            });
        }
        Ok(Self(receiver))
    }

    /// The exit code to end with, once a signal has come.
    pub(crate) fn code(&self) -> Option<u8> {
        *self.0.borrow()
    }

    /// Waits for a signal.
    pub(crate) async fn told(&mut self) {
        // The senders live as long as the runtime, so the channel cannot close before.
        let _ = self.0.wait_for(Option::is_some).await;
    }
}

/// A child and everything it starts.
pub(crate) struct Group {
    child: Child,
    id: Option<u32>,
}

impl Group {
    /// Starts `command` without an input.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        let child = command.process_group(0).stdin(Stdio::null()).spawn()?;
        let id = child.id();
        Ok(Self { child, id })
    }

    /// Waits for the child and makes an exit code of what became of it, as a shell does.
    pub(crate) async fn wait(&mut self) -> io::Result<u8> {
        self.child.wait().await.map(exit_code)
    }

    /// Tells whatever is left of the group to end.
    pub(crate) async fn terminate(&self) {
        self.send("TERM").await;
    }

    /// Tells the group to end, kills it if it does not, and returns the child's exit code.
    pub(crate) async fn stop(&mut self) -> io::Result<u8> {
        self.terminate().await;
        if let Ok(code) = tokio::time::timeout(GRACE, self.wait()).await {
            return code;
        }
        self.send("KILL").await;
        self.wait().await
    }

    /// Waits for the child; a signal to the runner stops it first.
    pub(crate) async fn finish(&mut self, stop: &mut Stop) -> io::Result<u8> {
        tokio::select! {
            code = self.wait() => return code,
            () = stop.told() => {}
        }
        self.stop().await
    }

    async fn send(&self, signal: &str) {
        let Some(id) = self.id else {
            return;
        };
        // An empty group makes `kill` fail, which is as well.
        let _ = Command::new("sh")
            .args(["-c", &format!("kill -s {signal} -- -{id}")])
            .stderr(Stdio::null())
            .status()
            .await;
    }
}

fn exit_code(status: ExitStatus) -> u8 {
    let signal = || SIGNALLED + status.signal().and_then(|n| u8::try_from(n).ok()).unwrap_or_default();
    match status.code() {
        Some(code) => u8::try_from(code).unwrap_or(u8::MAX),
        None => signal(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::exit_code;

    #[test]
    fn exit_codes_are_the_shell_s() {
        // The low seven bits of a wait status are the signal, the next byte is the code.
        let table = [(0, 0), (3 << 8, 3), (255 << 8, 255), (15, 143), (9, 137)];
        for (raw, expected) in table {
            assert_eq!(exit_code(ExitStatus::from_raw(raw)), expected, "{raw}");
        }
    }
}
