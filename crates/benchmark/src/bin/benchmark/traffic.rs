//! The requests of a run, as the server saw them.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use local_aws::Request;
use serde::{Deserialize, Serialize};

/// The status of a request that was turned away by a limit.
const SLOW_DOWN: u16 = 503;

/// By operation, such as `PutObject`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Traffic {
    pub kinds: BTreeMap<String, Kind>,
    /// When the first request had come, in seconds since 1970.
    pub first: Option<f64>,
}

/// The requests for one operation.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Kind {
    /// All of them.
    pub count: usize,
    /// Those that were answered with 503.
    pub rejected: usize,
    /// How many there were at the same time, on average from the first arrival to the last answer.
    pub in_flight: f64,
    /// Seconds from the first arrival to the last answer.
    pub seconds: f64,
}

/// One answered request: seconds since some moment.
struct Span {
    status: Option<u16>,
    from: f64,
    took: f64,
}

impl Traffic {
    /// What these requests were.
    pub(crate) fn of(requests: &[Request]) -> Self {
        let Some(first) = requests.first().map(|request| request.came) else { return Self::default() };
        let mut spans: BTreeMap<String, Vec<Span>> = BTreeMap::new();
        for request in requests {
            let from = request.came.saturating_duration_since(first).as_secs_f64();
            let took = request.took.unwrap_or_default().as_secs_f64();
            spans.entry(request.operation.clone()).or_default().push(Span {
                status: request.status,
                from,
                took,
            });
        }
        let kinds = spans.into_iter().map(|(operation, spans)| (operation, Kind::of(&spans)));
        Self { kinds: kinds.collect(), first: Some(since_1970(first)) }
    }

    /// The requests for one operation.
    pub(crate) fn kind(&self, operation: &str) -> Kind {
        self.kinds.get(operation).copied().unwrap_or_default()
    }
}

impl Kind {
    fn of(spans: &[Span]) -> Self {
        let from = spans.iter().map(|span| span.from).fold(f64::INFINITY, f64::min);
        let to = spans.iter().map(|span| span.from + span.took).fold(0.0, f64::max);
        let seconds = (to - from).max(0.0);
        let busy: f64 = spans.iter().map(|span| span.took).sum();
        Self {
            count: spans.len(),
            rejected: spans.iter().filter(|span| span.status == Some(SLOW_DOWN)).count(),
            in_flight: if seconds > 0.0 { busy / seconds } else { 0.0 },
            seconds,
        }
    }
}

/// A moment that processes agree about.
fn since_1970(moment: Instant) -> f64 {
    let moment = SystemTime::now() - moment.elapsed();
    moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_over_the_whole_time() {
        let span = |status, from, took| Span { status: Some(status), from, took };
        for (spans, expected) in [
            (vec![span(200, 1.0, 2.0)], (1, 0, 1.0, 2.0)),
            (vec![span(200, 1.0, 2.0), span(503, 1.0, 1.0), span(200, 3.0, 1.0)], (3, 1, 4.0 / 3.0, 3.0)),
            (vec![span(200, 1.0, 0.0)], (1, 0, 0.0, 0.0)),
        ] {
            let (count, rejected, in_flight, seconds) = expected;
            assert_eq!(Kind::of(&spans), Kind { count, rejected, in_flight, seconds });
        }
        assert_eq!(Traffic::of(&[]), Traffic::default());
    }
}
