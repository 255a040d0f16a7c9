//! A workload under one set of conditions: what a table and a chart are about.

use std::fmt::{self, Write as _};

use crate::arguments::Arguments;
use crate::workload::{TreeKind, Workload};

/// For how many seconds of its rate a throttled server is kept busy: long enough to find the rate and to keep it.
const THROTTLED_SECONDS: u32 = 20;

/// What is measured, and how far away and how patient the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Case {
    pub workload: Workload,
    /// Requests a second, of a workload that has a limit.
    pub limit: Option<u32>,
    /// In milliseconds; `None` for a server that has its own.
    pub latency: Option<u64>,
}

impl Case {
    /// All cases that the arguments ask for, in their order within a round.
    pub(crate) fn all(arguments: &Arguments) -> Vec<Self> {
        let mut cases = Vec::new();
        let latencies: Vec<Option<u64>> = match arguments.endpoint {
            Some(_) => vec![None],
            None => arguments.latency.iter().copied().map(Some).collect(),
        };
        for (nth, latency) in latencies.into_iter().enumerate() {
            let mut workloads = arguments.workload.clone();
            workloads.sort_unstable();
            workloads.dedup();
            for workload in workloads {
                match workload {
                    // Nothing of it waits for an answer.
                    Workload::Start if nth > 0 => {}
                    Workload::Throttled => {
                        let limits = arguments.limit.iter().copied();
                        cases.extend(limits.map(|limit| Self { workload, limit: Some(limit), latency }));
                    }
                    _ => cases.push(Self { workload, limit: None, latency }),
                }
            }
        }
        cases
    }

    /// The tree that is deployed.
    pub(crate) fn tree(&self) -> TreeKind {
        match self.workload {
            Workload::Cold | Workload::Unchanged | Workload::OnePercent => TreeKind::Site,
            Workload::Million => TreeKind::Million,
            Workload::Large => TreeKind::Large,
            Workload::Start => TreeKind::One,
            Workload::Throttled => TreeKind::Throttled(self.limit.unwrap_or_default()),
        }
    }

    /// How many files a throttled tree has; a small site stays small.
    pub(crate) fn throttled_files(limit: u32, files: u32) -> u32 {
        limit.saturating_mul(THROTTLED_SECONDS).clamp(1, files)
    }

    /// The name of its chart's file.
    pub(crate) fn slug(&self) -> String {
        let mut slug = self.workload.word().to_owned();
        for (number, unit) in [(self.limit.map(u64::from), ""), (self.latency, "ms")] {
            if let Some(number) = number {
                let _ = write!(slug, "-{number}{unit}");
            }
        }
        slug
    }
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.workload {
            Workload::Cold => formatter.write_str("A site into an empty bucket")?,
            Workload::Unchanged => {
                formatter.write_str("The same site from a fresh clone, nothing changed")?;
            }
            Workload::OnePercent => formatter.write_str("The same site from a fresh clone, 1 % changed")?,
            Workload::Million => {
                formatter.write_str("Very many small files from a fresh clone, nothing changed")?;
            }
            Workload::Large => formatter.write_str("Three large files into an empty bucket")?,
            Workload::Start => return formatter.write_str("Start, to the first request or to the end"),
            Workload::Throttled => {
                let limit = self.limit.unwrap_or_default();
                write!(formatter, "A site into an empty bucket that takes {limit} PUT a second")?;
            }
        }
        match self.latency {
            Some(latency) => write!(formatter, ", at {latency} ms"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn cases_are_workloads_by_limits_and_latencies() {
        for (arguments, expected) in [
            ("--workload start,cold,cold", "cold-30ms start-30ms"),
            ("--workload cold,start --latency 30,0", "cold-30ms start-30ms cold-0ms"),
            ("--workload throttled --latency 0", "throttled-300-0ms throttled-30-0ms"),
            ("--workload cold --endpoint http://x --bucket b", "cold"),
        ] {
            let arguments = Arguments::parse_from(["benchmark"].into_iter().chain(arguments.split(' ')));
            let slugs: Vec<String> = Case::all(&arguments).iter().map(Case::slug).collect();
            assert_eq!(slugs.join(" "), expected);
        }
    }

    #[test]
    fn a_throttled_server_is_busy_for_a_while() {
        for (limit, files, expected) in [(300, 10_000, 6000), (30, 10_000, 600), (30, 20, 20), (0, 20, 1)] {
            assert_eq!(Case::throttled_files(limit, files), expected, "{limit} {files}");
        }
    }
}
