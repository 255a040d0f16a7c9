//! The figures as tables, for a terminal and for the README.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use crate::arguments::Arguments;
use crate::case::Case;
use crate::program::Program;
use crate::results::{Programs, Results, Row, Run};
use crate::target::Target;

/// The headings of the columns.
const COLUMNS: [&str; 6] = ["", "time", "client CPU", "peak memory", "requests", "times ours"];

/// How many letters of a fault a table has room for; the log has all of it.
const FAULT_SHOWN: usize = 120;

/// Fewer requests at a time than this follow each other.
const SEVERAL: f64 = 1.5;

/// All figures, ready to be written.
#[derive(Debug)]
pub(crate) struct Table {
    cases: Vec<(Case, Vec<[String; COLUMNS.len()]>, Vec<Target>)>,
}

impl Table {
    pub(crate) fn new(results: &Results, targets: Vec<Target>) -> Self {
        let mut of_case: BTreeMap<Case, Vec<Target>> = BTreeMap::new();
        for target in targets {
            of_case.entry(target.case).or_default().push(target);
        }
        let cases = results.cases.iter().map(|(case, programs)| {
            (*case, rows(programs).collect(), of_case.remove(case).unwrap_or_default())
        });
        Self { cases: cases.collect() }
    }

    /// As the README has it, with what it was measured with. What is to be reached is for whoever works on it.
    pub(crate) fn markdown(&self, arguments: &Arguments) -> String {
        let mut text = format!("{}\n", conditions(arguments));
        for (case, rows, _) in &self.cases {
            let _ = write!(text, "\n**{case}**\n\n| {} |\n|:--|--:|--:|--:|:--|--:|\n", COLUMNS.join(" | "));
            for row in rows {
                let _ = writeln!(text, "| {} |", row.join(" | "));
            }
        }
        text
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (case, rows, targets) in &self.cases {
            writeln!(formatter, "\n{case}")?;
            for [program, seconds, cpu, memory, requests, ratio] in rows {
                writeln!(
                    formatter,
                    "  {program:<36} {seconds:>10} {cpu:>10} {memory:>8} {ratio:>8}  {requests}"
                )?;
            }
            for target in targets {
                let (bound, figure, verdict) = (bound(target), figure(target), verdict(target));
                writeln!(formatter, "  {verdict:<8} {}: {figure}, to reach {bound}", target.what)?;
            }
        }
        Ok(())
    }
}

fn conditions(arguments: &Arguments) -> String {
    let server = match &arguments.endpoint {
        Some(endpoint) => format!("against {endpoint}"),
        None => "against the embedded S3 in a process of its own on the same machine".to_owned(),
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let rounds =
        if arguments.rounds == 1 { "one round".to_owned() } else { format!("{} rounds", arguments.rounds) };
    format!(
        "A site is {} files of 1 to 50 KiB. Medians of {rounds} {server}, which has {cores} cores.",
        separated(arguments.files as usize)
    )
}

fn rows(programs: &Programs) -> impl Iterator<Item = [String; COLUMNS.len()]> {
    let ours = programs.get(&Program::S3Deploy).and_then(Row::seconds);
    programs.iter().map(move |(program, row)| cells(*program, row, ours))
}

fn cells(program: Program, row: &Row, ours: Option<f64>) -> [String; COLUMNS.len()] {
    let name = program.name().to_owned();
    if let Some(fault) = &row.fault {
        let words = fault.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "/");
        let fault = words.chars().take(FAULT_SHOWN).collect();
        return [name, "error".into(), String::new(), String::new(), fault, String::new()];
    }
    let said = |figure: &dyn Fn(&Run) -> f64, unit| {
        row.median(figure).map_or_else(String::new, |it| precise(it, unit))
    };
    let memory = row.median(|run| run.usage.memory / 1e6).map(|megabytes| format!("{megabytes:.0} MB"));
    let ratio = row.seconds().zip(ours).map(|(seconds, ours)| precise(seconds / ours, ""));
    [
        name,
        said(&|run| run.seconds, " s"),
        said(&|run| run.usage.cpu, " s"),
        memory.unwrap_or_default(),
        row.runs.last().map(requests).unwrap_or_default(),
        ratio.unwrap_or_default(),
    ]
}

/// Of the last round; the same in every round unless something was tried again.
fn requests(run: &Run) -> String {
    let kinds = run.traffic.kinds.iter().map(|(operation, kind)| {
        let mut notes = Vec::new();
        if kind.rejected > 0 {
            notes.push(format!("{} rejected", separated(kind.rejected)));
        }
        if kind.in_flight >= SEVERAL {
            notes.push(format!("{:.0} in flight", kind.in_flight));
        }
        let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
        format!("{} {operation}{notes}", separated(kind.count))
    });
    kinds.collect::<Vec<_>>().join(", ")
}

fn bound(target: &Target) -> String {
    let space = if target.unit.is_empty() { "" } else { " " };
    format!("{}{space}{}", target.bound, target.unit)
}

fn figure(target: &Target) -> String {
    let space = if target.unit.is_empty() { "" } else { " " };
    precise(target.measured, &format!("{space}{}", target.unit))
}

fn verdict(target: &Target) -> &'static str {
    if target.is_met() { "met" } else { "not met" }
}

/// With three digits or so: what a median of a few rounds is good for.
pub(crate) fn precise(figure: f64, unit: &str) -> String {
    let digits = match figure.abs() {
        0.0 => 0,
        small if small < 0.1 => 4,
        small if small < 1.0 => 3,
        small if small < 10.0 => 2,
        small if small < 100.0 => 1,
        _ => 0,
    };
    format!("{figure:.digits$}{unit}")
}

fn separated(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::results::tests::row;
    use crate::target::targets;
    use crate::traffic::Kind;
    use crate::workload::Workload;

    #[test]
    fn rows_have_medians_requests_and_ratios() {
        let case = Case { workload: Workload::Cold, limit: None, latency: Some(30) };
        let mut results = Results::default();
        let mut ours = row(&[2.0]);
        let puts = Kind { count: 10_000, rejected: 12, in_flight: 61.2, ..Kind::default() };
        ours.runs[0].traffic.kinds.insert("PutObject".into(), puts);
        *results.row(case, Program::S3Deploy) = ours;
        *results.row(case, Program::AwsCli) = row(&[30.0, 31.0, 5.0]);
        results.row(case, Program::S5cmd).fault = Some("one\nor | two".into());
        let table = Table::new(&results, targets(&results));
        let page = table.markdown(&Arguments::parse_from(["benchmark"]));
        for line in [
            "**A site into an empty bucket, at 30 ms**",
            "| s3-deploy | 2.00 s | 0.500 s | 20 MB | 10,000 PutObject (12 rejected, 61 in flight) | 1.00 |",
            "| aws s3 sync | 30.0 s | 0.500 s | 20 MB |  | 15.0 |",
            "| s5cmd sync | error |  |  | one or / two |  |",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
        for line in [
            "  met      aws s3 sync: 15.0 ×, to reach at least 15 ×",
            "  met      client CPU an object: 0.0500 ms, to reach at most 0.3 ms",
        ] {
            assert!(table.to_string().lines().any(|found| found == line), "{line}\n{table}");
        }
    }

    #[test]
    fn numbers_are_readable() {
        for (number, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(separated(number), expected);
        }
        for (figure, expected) in
            [(0.0, "0"), (0.01234, "0.0123"), (0.5, "0.500"), (9.99, "9.99"), (123.4, "123")]
        {
            assert_eq!(precise(figure, ""), expected);
        }
    }
}
