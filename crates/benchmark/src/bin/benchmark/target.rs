//! What is to be reached, beside what was measured.

use std::fmt;

use crate::case::Case;
use crate::program::Program;
use crate::results::{Programs, Results, Run};
use crate::workload::Workload;

/// One thing to reach in one case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    pub case: Case,
    /// What the figure is.
    pub what: &'static str,
    pub bound: Bound,
    pub unit: &'static str,
    pub measured: f64,
}

/// The limit that a figure has to keep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

use Bound::{AtLeast, AtMost};

impl Target {
    /// Whether the figure keeps its limit.
    pub(crate) fn is_met(&self) -> bool {
        match self.bound {
            AtLeast(least) => self.measured >= least,
            AtMost(most) => self.measured <= most,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AtLeast(least) => write!(formatter, "at least {least}"),
            AtMost(most) => write!(formatter, "at most {most}"),
        }
    }
}

/// Every target that these results say something about. Without a distance nothing is to be reached.
pub(crate) fn targets(results: &Results) -> Vec<Target> {
    let mut targets = Vec::new();
    for (case, programs) in &results.cases {
        if case.latency != Some(0) {
            let figures = Figures { programs };
            for (what, bound, unit, measured) in figures.of(*case) {
                targets.extend(measured.map(|measured| Target { case: *case, what, bound, unit, measured }));
            }
        }
    }
    targets
}

type Line = (&'static str, Bound, &'static str, Option<f64>);

struct Figures<'a> {
    programs: &'a Programs,
}

impl Figures<'_> {
    fn of(&self, case: Case) -> Vec<Line> {
        match case.workload {
            Workload::Cold => self.cold(),
            Workload::Unchanged => self.redeploy(None),
            Workload::OnePercent => self.redeploy(Some(Program::BarePut)),
            Workload::Million => self.million(),
            Workload::Large => {
                vec![("throughput of PUT alone", AtLeast(0.9), "", self.times(Program::BarePut))]
            }
            Workload::Start => vec![
                ("aws --version", AtLeast(30.0), "×", self.times(Program::AwsVersion)),
                ("import boto3", AtLeast(30.0), "×", self.times(Program::Boto3)),
            ],
            Workload::Throttled => self.throttled(f64::from(case.limit.unwrap_or_default())),
        }
    }

    fn cold(&self) -> Vec<Line> {
        let cpu = self.ours(|run| run.usage.cpu * 1e3 / count(run.traffic.kind("PutObject").count));
        vec![
            ("aws s3 sync", AtLeast(15.0), "×", self.times(Program::AwsCli)),
            ("the best peer", AtLeast(2.0), "×", self.best(&BEST_PEERS)),
            ("speed of PUT alone", AtLeast(0.8), "", self.times(Program::BarePut)),
            ("client CPU an object", AtMost(0.3), "ms", cpu.filter(|cpu| cpu.is_finite())),
            ("peak memory", AtMost(64.0), "MB", self.memory()),
        ]
    }

    /// `sent` is what has to be waited for besides the longer of listing and hashing.
    fn redeploy(&self, sent: Option<Program>) -> Vec<Line> {
        let seconds = |program| self.programs.get(&program)?.seconds();
        let floor = || {
            let longer = seconds(Program::BareList)?.max(seconds(Program::BareHash)?);
            Some(longer + sent.map_or(Some(0.0), seconds)?)
        };
        let longer = if sent.is_none() {
            "the longer of listing and MD5 alone"
        } else {
            "the longer of listing and MD5 alone, and the PUTs alone"
        };
        vec![
            ("aws s3 sync", AtLeast(100.0), "×", self.times(Program::AwsCli)),
            ("rclone --checksum", AtLeast(2.0), "×", self.best(&[Program::Rclone, Program::RcloneNoHead])),
            (longer, AtMost(1.3), "×", floor().and_then(|floor| Some(seconds(Program::S3Deploy)? / floor))),
        ]
    }

    fn million(&self) -> Vec<Line> {
        let listing = |run: &Run| run.traffic.kind("ListObjectsV2").seconds;
        let serial = self.programs.get(&Program::BareList).and_then(|row| row.median(listing));
        let faster = serial.and_then(|serial| Some(serial / self.ours(listing)?));
        vec![
            ("serial listing", AtLeast(8.0), "×", faster),
            ("peak memory", AtMost(384.0), "MB", self.memory()),
        ]
    }

    fn throttled(&self, limit: f64) -> Vec<Line> {
        // A second's worth is let through at once.
        let rate = self.ours(|run| {
            let puts = run.traffic.kind("PutObject");
            (count(puts.count - puts.rejected) - limit) / puts.seconds / limit
        });
        let rejected = |run: &Run| count(run.traffic.kind("PutObject").rejected);
        let share = self.ours(|run| rejected(run) / count(run.traffic.kind("PutObject").count) * 100.0);
        vec![
            ("share of the rate kept", AtLeast(0.9), "", rate),
            ("requests rejected", AtMost(5.0), "%", share),
            ("requests rejected", AtLeast(1.0), "", self.ours(rejected)),
        ]
    }

    /// How many times as long as ours a program took.
    fn times(&self, program: Program) -> Option<f64> {
        Some(self.programs.get(&program)?.seconds()? / self.ours(|run| run.seconds)?)
    }

    /// The same for the fastest of some.
    fn best(&self, programs: &[Program]) -> Option<f64> {
        programs.iter().filter_map(|program| self.times(*program)).min_by(f64::total_cmp)
    }

    fn memory(&self) -> Option<f64> {
        self.ours(|run| run.usage.memory / 1e6)
    }

    fn ours(&self, figure: impl Fn(&Run) -> f64) -> Option<f64> {
        self.programs.get(&Program::S3Deploy)?.median(figure)
    }
}

/// Who may be the best peer, at its best setting.
const BEST_PEERS: [Program; 5] =
    [Program::AwsCliTuned, Program::Rclone, Program::RcloneNoHead, Program::S5cmd, Program::S3sync];

#[expect(clippy::cast_precision_loss, reason = "requests are far fewer than 2^52")]
fn count(requests: usize) -> f64 {
    requests as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::row;
    use crate::traffic::Kind;

    fn results(workload: Workload, limit: Option<u32>, programs: &[(Program, &[f64])]) -> Results {
        let case = Case { workload, limit, latency: Some(30) };
        let mut results = Results::default();
        for (program, seconds) in programs {
            *results.row(case, *program) = row(seconds);
        }
        results
    }

    fn said(results: &Results) -> Vec<String> {
        let line = |target: &Target| {
            let Target { what, bound, measured, .. } = target;
            format!("{what}: {measured:.2} {bound} {}", target.is_met())
        };
        targets(results).iter().map(line).collect()
    }

    #[test]
    fn targets_are_ratios_to_ours_and_need_both() {
        use Program::{AwsCli, BareHash, BareList, BarePut, Rclone, RcloneNoHead, S3Deploy, S5cmd};
        let none: [&str; 0] = [];
        for (workload, programs, expected) in [
            (Workload::Cold, vec![(AwsCli, [30.0].as_slice())], none.as_slice()),
            (
                Workload::Cold,
                vec![
                    (S3Deploy, &[2.0]),
                    (AwsCli, &[30.0]),
                    (S5cmd, &[5.0]),
                    (RcloneNoHead, &[3.0]),
                    (BarePut, &[1.0]),
                ],
                &[
                    "aws s3 sync: 15.00 at least 15 true",
                    "the best peer: 1.50 at least 2 false",
                    "speed of PUT alone: 0.50 at least 0.8 false",
                    "peak memory: 20.00 at most 64 true",
                ],
            ),
            (
                Workload::Unchanged,
                vec![(S3Deploy, &[2.0]), (BareList, &[2.0]), (BareHash, &[1.0]), (Rclone, &[4.0])],
                &[
                    "rclone --checksum: 2.00 at least 2 true",
                    "the longer of listing and MD5 alone: 1.00 at most 1.3 true",
                ],
            ),
            (
                Workload::OnePercent,
                vec![(S3Deploy, &[3.0]), (BareList, &[1.0]), (BareHash, &[2.0]), (BarePut, &[1.0])],
                &["the longer of listing and MD5 alone, and the PUTs alone: 1.00 at most 1.3 true"],
            ),
        ] {
            assert_eq!(said(&results(workload, None, &programs)), expected, "{workload:?}");
        }
    }

    #[test]
    fn a_rate_is_kept_beyond_the_first_second() {
        let mut results = results(Workload::Throttled, Some(30), &[(Program::S3Deploy, &[1.0])]);
        let puts = Kind { count: 640, rejected: 40, in_flight: 2.0, seconds: 20.0 };
        for row in results.cases.values_mut().flat_map(|programs| programs.values_mut()) {
            row.runs[0].traffic.kinds.insert("PutObject".into(), puts);
        }
        assert_eq!(
            said(&results),
            [
                "share of the rate kept: 0.95 at least 0.9 true",
                "requests rejected: 6.25 at most 5 false",
                "requests rejected: 40.00 at least 1 true",
            ]
        );
    }
}
