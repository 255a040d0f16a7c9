//! Requests that are repeated for a while: a build log that stands still says why, in few lines.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bitbucket_pipe::Log;
use oidc_auth::{Attempt, Trace};

/// S3 refuses a request now and then, and two or three times in a row when it is busy. The pauses before the fifth try add
/// up to as much as 1.5 s.
const TRIES: u32 = 4;
/// An attempt may take minutes before it is given up, as on a line that broke; nothing that is well takes as long as this.
const TIME: Duration = Duration::from_secs(10);
/// More causes than these at once have one cause in common, which a longer log would not show.
const CAUSES_NAMED: usize = 5;

/// The causes that were named, each once in a run.
#[derive(Debug, Default)]
struct Retries {
    named: BTreeSet<String>,
}

/// Hears of every attempt: `DEBUG` prints each, and a warning names a cause that lasts.
pub(crate) fn trace(log: Log) -> Trace {
    let retries = Mutex::new(Retries::default());
    Trace::to(move |attempt| {
        log.debug(attempt);
        let warning = retries.lock().unwrap_or_else(PoisonError::into_inner).warning(attempt);
        if let Some(warning) = warning {
            log.warning(warning);
        }
    })
}

impl Retries {
    /// The warning that this attempt is worth: the first of its cause that lasts.
    fn warning(&mut self, attempt: &Attempt<'_>) -> Option<String> {
        if !lasts(attempt) {
            return None;
        }
        let Attempt { service, operation, status, request_id, broke, tries, elapsed, .. } = *attempt;
        let cause = match status {
            Some(status) => format!("HTTP {status}"),
            None => format!("no answer: {}", broke.unwrap_or("the connection broke")),
        };
        let is_new = self.named.len() < CAUSES_NAMED && self.named.insert(format!("{operation} {cause}"));
        is_new.then(|| {
            let id = request_id.map_or(String::new(), |id| format!(", request id {id}"));
            let times = if tries == 1 { "once".to_owned() } else { format!("{tries} times") };
            let seconds = elapsed.as_secs();
            format!("{service} {operation} failed {times} in {seconds} s ({cause}{id}); still trying")
        })
    }
}

/// Whether a request has been tried often or long, and will be tried again.
fn lasts(attempt: &Attempt<'_>) -> bool {
    // A reply that is cut short has the status of a success.
    let is_repeated = attempt.status.is_none_or(|status| matches!(status, 200..=299 | 429 | 500..));
    attempt.is_failure && is_repeated && (attempt.tries >= TRIES || attempt.elapsed >= TIME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(status: Option<u16>, tries: u32, seconds: u64) -> Attempt<'static> {
        Attempt {
            service: "S3",
            operation: "PutObject",
            status,
            request_id: status.map(|_| "r1"),
            broke: status.is_none().then_some("connection refused"),
            is_failure: true,
            tries,
            elapsed: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn a_cause_is_named_when_it_lasts() {
        for (attempt, expected) in [
            (attempt(Some(503), 3, 9), None),
            (
                attempt(Some(503), 4, 2),
                Some("S3 PutObject failed 4 times in 2 s (HTTP 503, request id r1); still trying"),
            ),
            (
                attempt(None, 1, 12),
                Some("S3 PutObject failed once in 12 s (no answer: connection refused); still trying"),
            ),
            (attempt(Some(403), 4, 12), None),
            (attempt(Some(404), 1, 12), None),
            (Attempt { is_failure: false, ..attempt(Some(200), 5, 30) }, None),
        ] {
            assert_eq!(Retries::default().warning(&attempt).as_deref(), expected, "{attempt:?}");
        }
    }

    #[test]
    fn each_cause_is_named_once_and_not_too_many() {
        let mut retries = Retries::default();
        let mut warnings = |attempt: &Attempt<'_>| usize::from(retries.warning(attempt).is_some());
        let once: usize = (4..10).map(|tries| warnings(&attempt(Some(503), tries, 1))).sum();
        assert_eq!(once, 1);
        let many: usize = (500..600).map(|status| warnings(&attempt(Some(status), 4, 1))).sum();
        assert_eq!(once + many, CAUSES_NAMED);
    }
}
