//! One run of a pipe, to its end or to the end that is made of it.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use local_aws::scenario::Step;
use local_aws::{Cloud, Service};
use rustix::process::{Pid, kill_process};

use crate::trouble::{Death, Signal, Trouble};

/// How often the run is looked after.
const GLANCE: Duration = Duration::from_millis(1);

/// Longer than any trouble here holds a run up.
const FOR_EVER: Duration = Duration::from_mins(4);

/// What a shell adds to the number of SIGTERM.
const TERMINATED: i32 = 143;
const SIGTERM: i32 = 15;

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ending {
    status: Option<ExitStatus>,
    /// The signal was sent while it still ran.
    pub(crate) died: Option<Signal>,
    /// Everything it said.
    pub(crate) log: String,
}

impl Ending {
    /// Whether it did what it was for.
    pub(crate) fn is_success(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// In a few words.
    pub(crate) fn words(&self) -> String {
        match self.status {
            Some(status) => status.to_string(),
            None => "it did not end".to_owned(),
        }
    }

    /// What is wrong with this end, whatever the trouble was.
    pub(crate) fn fault(&self, trouble: &Trouble) -> Option<String> {
        let Some(status) = self.status else {
            return Some(format!("it did not end within {} s", FOR_EVER.as_secs()));
        };
        if self.log.contains("a defect in the pipe") {
            return Some("it panicked".to_owned());
        }
        let is_expected = match self.died {
            Some(Signal::Kill) => true,
            // Before it listens for signals, the signal ends it.
            Some(Signal::Term) => {
                matches!(status.code(), Some(0 | 1 | TERMINATED)) || status.signal() == Some(SIGTERM)
            }
            None => match status.code() {
                Some(0) => true,
                Some(1) => !trouble.is_none() && self.log.contains("ERROR: ") && self.log.contains('✖'),
                _ => false,
            },
        };
        (!is_expected).then(|| format!("it ended with {status} and without a word of its own"))
    }
}

/// Runs it.
pub(crate) fn run(step: &Step, cloud: &Cloud, trouble: &Trouble) -> Ending {
    cloud.clear_requests();
    let mut log = tempfile::tempfile().expect("a temporary file");
    let twin = |log: &File| log.try_clone().expect("the same file");
    let mut child =
        step.command().stdout(twin(&log)).stderr(twin(&log)).spawn().expect("this program starts");
    let (status, died) = attend(&mut child, cloud, trouble.death);
    let mut said = Vec::new();
    log.rewind().and_then(|()| log.read_to_end(&mut said)).expect("its own file");
    Ending { status, died, log: String::from_utf8_lossy(&said).into_owned() }
}

fn attend(child: &mut Child, cloud: &Cloud, death: Option<Death>) -> (Option<ExitStatus>, Option<Signal>) {
    let (started, mut died) = (Instant::now(), None);
    while started.elapsed() < FOR_EVER {
        if let Some(status) = child.try_wait().expect("a child") {
            return (Some(status), died);
        }
        if let Some(Death { signal, requests }) = death
            && died.is_none()
            && arrived(cloud) > requests
        {
            let number = match signal {
                Signal::Kill => rustix::process::Signal::KILL,
                Signal::Term => rustix::process::Signal::TERM,
            };
            // It may have ended in this moment.
            let is_sent = kill_process(Pid::from_child(child), number).is_ok();
            died = is_sent.then_some(signal);
        }
        std::thread::sleep(GLANCE);
    }
    child.kill().and_then(|()| child.wait()).expect("a child");
    (None, died)
}

/// How many requests the run has made. The visitor makes others.
fn arrived(cloud: &Cloud) -> usize {
    cloud.requests().iter().filter(|request| request.service != Service::Site).count()
}
