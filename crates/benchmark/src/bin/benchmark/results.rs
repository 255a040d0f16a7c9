//! What every program took, and the middle of it.

use std::collections::BTreeMap;

use crate::case::Case;
use crate::measure::Usage;
use crate::program::Program;
use crate::traffic::Traffic;

/// One run of a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    pub usage: Usage,
    pub traffic: Traffic,
    /// The seconds that count: from start to end, or to the first request.
    pub seconds: f64,
}

/// All runs of one program in one case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub runs: Vec<Run>,
    /// Why there is no figure: it failed, or did not do what it was asked for.
    pub fault: Option<String>,
}

/// The programs of one case.
pub(crate) type Programs = BTreeMap<Program, Row>;

/// Everything.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub cases: BTreeMap<Case, Programs>,
}

impl Results {
    /// The row of a program in a case, so that a run can be added.
    pub(crate) fn row(&mut self, case: Case, program: Program) -> &mut Row {
        self.cases.entry(case).or_default().entry(program).or_default()
    }

    /// Whether every run of our own program did what it was asked for.
    pub(crate) fn ours_are_sound(&self) -> bool {
        self.cases
            .values()
            .filter_map(|programs| programs.get(&Program::S3Deploy))
            .all(|row| row.fault.is_none())
    }
}

impl Row {
    /// The middle of a figure over all runs; of an even number of them, the lower of the two in the middle. `None` when
    /// there is none, or when a run was not sound.
    pub(crate) fn median(&self, figure: impl Fn(&Run) -> f64) -> Option<f64> {
        let mut figures: Vec<f64> = self.runs.iter().map(figure).collect();
        figures.sort_unstable_by(f64::total_cmp);
        let middle = figures.len().checked_sub(1)? / 2;
        if self.fault.is_some() { None } else { figures.get(middle).copied() }
    }

    /// The middle of the seconds that count.
    pub(crate) fn seconds(&self) -> Option<f64> {
        self.median(|run| run.seconds)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Runs that took so long.
    pub(crate) fn row(seconds: &[f64]) -> Row {
        let usage = Usage { cpu: 0.5, memory: 20e6, ..Usage::default() };
        let run = |seconds: &f64| Run { seconds: *seconds, usage, ..Run::default() };
        Row { runs: seconds.iter().map(run).collect(), fault: None }
    }

    #[test]
    fn medians() {
        for (seconds, expected) in [
            (vec![9.0, 1.0, 2.0], Some(2.0)),
            (vec![4.0, 3.0], Some(3.0)),
            (vec![1.0], Some(1.0)),
            (vec![], None),
        ] {
            assert_eq!(row(&seconds).seconds(), expected, "{seconds:?}");
        }
    }

    #[test]
    fn one_unsound_run_is_no_figure() {
        let case = Case { workload: crate::workload::Workload::Cold, limit: None, latency: None };
        let mut results = Results::default();
        results.row(case, Program::S5cmd).fault = Some("it left out a file".into());
        assert!(results.ours_are_sound());
        *results.row(case, Program::S3Deploy) = Row { fault: Some("so did ours".into()), ..row(&[1.0]) };
        assert!(!results.ours_are_sound());
        assert_eq!(results.row(case, Program::S3Deploy).seconds(), None);
    }
}
