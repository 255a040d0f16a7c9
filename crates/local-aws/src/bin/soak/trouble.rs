//! What goes wrong during one run of a pipe.

use std::time::Duration;

use local_aws::Cloud;

use crate::chance::Chance;

/// What each pipe asks for, and about how often in one run.
const OF_DEPLOYS: [(&str, usize); 13] = [
    ("AssumeRoleWithWebIdentity", 1),
    ("ListObjectsV2", 1),
    ("GetObject", 1),
    ("HeadObject", 4),
    ("PutObject", 4),
    ("PutObject", 8),
    ("PutObject", 16),
    ("CopyObject", 2),
    ("CopyObject", 12),
    ("DeleteObjects", 1),
    ("DeleteObject", 2),
    ("UploadPart", 2),
    ("CompleteMultipartUpload", 1),
];
const OF_INVALIDATIONS: [(&str, usize); 3] =
    [("AssumeRoleWithWebIdentity", 1), ("CreateInvalidation", 2), ("GetDistributionConfig", 1)];

/// About as many requests as a run of each makes.
const REQUESTS_OF_DEPLOYS: usize = 20;
const REQUESTS_OF_INVALIDATIONS: usize = 4;

/// Which pipe runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pipe {
    Deploy,
    Invalidate,
}

/// How a process is ended from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// It is gone at once.
    Kill,
    /// It may tidy up.
    Term,
}

/// An end from outside, once so many requests have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Death {
    pub(crate) signal: Signal,
    pub(crate) requests: usize,
}

/// What goes wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trouble {
    /// In words; empty when nothing goes wrong.
    pub(crate) words: Vec<String>,
    pub(crate) death: Option<Death>,
}

impl Trouble {
    /// Whether nothing goes wrong.
    pub(crate) fn is_none(&self) -> bool {
        self.words.is_empty()
    }
}

/// Lets up to three things go wrong in the run that comes, or none.
pub(crate) fn brew(cloud: &Cloud, pipe: Pipe, chance: &mut Chance) -> Trouble {
    let mut trouble = Trouble::default();
    if chance.once_in(3) {
        return trouble;
    }
    let (operations, requests) = match pipe {
        Pipe::Deploy => (&OF_DEPLOYS[..], REQUESTS_OF_DEPLOYS),
        Pipe::Invalidate => (&OF_INVALIDATIONS[..], REQUESTS_OF_INVALIDATIONS),
    };
    for _ in 0..chance.below(4) {
        let Some(&(operation, often)) = chance.pick(operations) else { continue };
        trouble.words.push(fault(cloud, operation, often, chance));
    }
    if chance.once_in(3) {
        let signal = if chance.once_in(2) { Signal::Kill } else { Signal::Term };
        let requests = chance.below(requests);
        trouble.death = Some(Death { signal, requests });
        trouble.words.push(format!("{signal:?} after {requests} requests"));
    }
    trouble
}

fn fault(cloud: &Cloud, operation: &str, often: usize, chance: &mut Chance) -> String {
    const REFUSALS: [&str; 8] = [
        "AccessDenied",
        "ExpiredToken",
        "InternalError",
        "PreconditionFailed",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
    ];
    let (after, times) = (chance.below(often), 1 + chance.below(3));
    let fault = cloud.fail(operation);
    let (fault, how) = match chance.below(12) {
        0..=6 => {
            let code = chance.pick(&REFUSALS).copied().unwrap_or("SlowDown");
            (fault.with(code), code.to_owned())
        }
        7 => (fault.reset(), "a reset".to_owned()),
        8 | 9 => (fault.after_work(), "a lost reply".to_owned()),
        10 => (fault.torn(), "a torn reply".to_owned()),
        _ => (fault.delay(Duration::from_millis(150)), "a delay".to_owned()),
    };
    // A refusal for good ends a run at once; to wait for what is repeated for minutes would teach nothing.
    if how == "AccessDenied" && chance.once_in(2) {
        fault.after(after);
        return format!("{operation}: {how} for good after {after}");
    }
    fault.after(after).times(times);
    format!("{operation}: {how}, {times} times after {after}")
}
