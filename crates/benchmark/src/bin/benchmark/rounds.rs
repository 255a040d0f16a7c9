//! The rounds: in each, all programs do a workload one after the other, so that a busy minute strikes all.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::arguments::Arguments;
use crate::case::Case;
use crate::command::Task;
use crate::measure::measure;
use crate::program::{Program, installed};
use crate::results::{Results, Run};
use crate::server::{Place, Server};
use crate::trees::Trees;
use crate::workload::{TreeKind, Workload};

/// How many requests the floor has in flight before ours has been seen.
const IN_FLIGHT: usize = 64;

/// The plan in the result file of a dry run.
#[derive(Debug, Deserialize)]
struct Rehearsal {
    plan: Plan,
}

#[derive(Debug, Deserialize)]
struct Plan {
    unchanged: usize,
    uploads: Vec<serde::de::IgnoredAny>,
    deletions: Vec<serde::de::IgnoredAny>,
}

/// A benchmark under way.
struct Bench<'a> {
    arguments: &'a Arguments,
    ours: PathBuf,
    server: Server,
    trees: Trees,
    results: Results,
    /// Who has put which tree into its place.
    deployed: BTreeSet<(Program, TreeKind)>,
}

/// Runs everything; `say` gets a line for each figure.
pub(crate) fn run(arguments: &Arguments, say: &mut dyn FnMut(&str)) -> anyhow::Result<Results> {
    let programs = installed(arguments, say);
    let ours = programs.first().context("ours is always there")?.1.clone();
    let mut bench = Bench {
        arguments,
        ours,
        server: Server::start(arguments)?,
        trees: Trees::default(),
        results: Results::default(),
        deployed: BTreeSet::new(),
    };
    for round in 1..=arguments.rounds {
        for case in Case::all(arguments) {
            say(&format!("Round {round} of {}: {case}", arguments.rounds));
            let able = |program: Program| {
                program.does(case.workload) && (bench.server.is_embedded() || !program.is_floor())
            };
            let programs: Vec<&(Program, PathBuf)> =
                programs.iter().filter(|(program, _)| able(*program)).collect();
            bench.prepare(case, &programs)?;
            for (program, executable) in programs {
                say(&bench.measured(case, *program, executable));
            }
        }
    }
    Ok(bench.results)
}

impl Bench<'_> {
    /// Brings about what a case begins with, and makes the changes that it is to find.
    fn prepare(&mut self, case: Case, programs: &[&(Program, PathBuf)]) -> anyhow::Result<()> {
        self.trees.tree(case.tree(), self.arguments)?;
        if case.workload.is_cold() && !self.deployed.contains(&(Program::S3Deploy, case.tree())) {
            // Whoever comes first would wait for memory that the server has not had yet. Whether it works is seen later.
            let _ = self.deploy(case, Program::S3Deploy, &self.ours.clone());
        }
        if !case.workload.is_cold() {
            for (program, executable) in programs {
                let is_deploy = !program.is_floor() && program.does(Workload::Cold);
                if is_deploy && !self.deployed.contains(&(*program, case.tree())) {
                    // Whoever cannot be prepared has no figure; the others have theirs.
                    if let Err(error) = self.deploy(case, *program, executable) {
                        self.results.row(case, *program).fault = Some(format!("{error:#}"));
                    }
                }
            }
        }
        if case.workload == Workload::OnePercent {
            self.trees.changed(case.tree(), self.arguments)?;
        }
        Ok(())
    }

    /// Deploys the tree of a case without measuring.
    fn deploy(&mut self, case: Case, program: Program, executable: &Path) -> anyhow::Result<()> {
        let scratch = tempfile::tempdir()?;
        let place = self.server.place(program, case.tree());
        self.server.begin_unmeasured()?;
        self.empty(case, &place, scratch.path())?;
        let tree = self.trees.tree(case.tree(), self.arguments)?;
        let access = &self.server.access;
        let task = Task { case, tree, place: &place, access, in_flight: IN_FLIGHT, scratch: scratch.path() };
        measure(&task.command(program, executable)?)?;
        self.deployed.insert((program, case.tree()));
        Ok(())
    }

    /// Runs a program as often as the case has it, notes what it took, and says so.
    fn measured(&mut self, case: Case, program: Program, executable: &Path) -> String {
        for _ in 0..case.workload.times() {
            if self.results.row(case, program).fault.is_some() {
                break;
            }
            match self.once(case, program, executable) {
                Ok(run) => self.results.row(case, program).runs.push(run),
                Err(error) => self.results.row(case, program).fault = Some(format!("{error:#}")),
            }
        }
        let row = self.results.row(case, program);
        if let Some(fault) = &row.fault {
            return format!("  {:<36} {fault}", program.name());
        }
        let last = row.runs.last().cloned().unwrap_or_default();
        format!(
            "  {:<36} {:>9.3} s {:>9.3} s CPU {:>6.0} MB",
            program.name(),
            last.seconds,
            last.usage.cpu,
            last.usage.memory / 1e6
        )
    }

    fn once(&mut self, case: Case, program: Program, executable: &Path) -> anyhow::Result<Run> {
        let scratch = tempfile::tempdir()?;
        // Listing and hashing alone are about what ours has put there.
        let owner = match program {
            Program::BareList | Program::BareHash => Program::S3Deploy,
            program => program,
        };
        let place = self.server.place(owner, case.tree());
        if case.workload.is_cold() {
            self.empty(case, &place, scratch.path())?;
        } else if program == Program::BarePut {
            self.server.empty(&place)?;
        } else {
            self.trees.tree(case.tree(), self.arguments)?.touch()?;
        }
        let in_flight = self.in_flight(case);
        self.server.begin(case)?;
        let tree = self.trees.tree(case.tree(), self.arguments)?;
        let access = &self.server.access;
        let task = Task { case, tree, place: &place, access, in_flight, scratch: scratch.path() };
        let usage = measure(&task.command(program, executable)?)?;
        let traffic = self.server.traffic()?;
        self.check(case, program, &place, scratch.path())?;
        if case.workload.is_cold() {
            self.deployed.insert((program, case.tree()));
        }
        if matches!(case.workload, Workload::Large | Workload::Throttled) {
            // Nothing follows on it, and it is much.
            self.empty(case, &place, scratch.path())?;
        }
        let sends = case.workload == Workload::Start && program == Program::S3Deploy;
        let seconds = match traffic.first {
            Some(first) if sends => first - usage.started,
            _ => usage.wall,
        };
        Ok(Run { usage, traffic, seconds })
    }

    /// A fast program that does something else is no figure: the place holds what the tree has.
    fn check(&mut self, case: Case, program: Program, place: &Place, scratch: &Path) -> anyhow::Result<()> {
        let tree = self.trees.tree(case.tree(), self.arguments)?;
        let is_piecewise = program == Program::BarePut;
        if !program.does(Workload::Cold) || (is_piecewise && !case.workload.is_cold()) {
            return Ok(());
        }
        let (objects, bytes) = (tree.files().len(), tree.bytes);
        if let Some(held) = self.server.held(place)? {
            ensure!(
                held.bytes == bytes && (held.objects == objects || is_piecewise),
                "the bucket holds {} objects of {} bytes, the tree {objects} of {bytes}",
                held.objects,
                held.bytes
            );
            return Ok(());
        }
        let result = scratch.join("result.json");
        let access = &self.server.access;
        let task = Task { case, tree, place, access, in_flight: IN_FLIGHT, scratch };
        measure(&task.comparing(&self.ours, &result)?).context("comparing the bucket with the tree")?;
        let Rehearsal { plan } = serde_json::from_slice(&std::fs::read(result)?)?;
        let (missing, extra) = (plan.uploads.len(), plan.deletions.len());
        ensure!(
            plan.unchanged == objects && missing == 0 && extra == 0,
            "of {objects} files {missing} are not in the bucket as they should be, and it has {extra} more"
        );
        Ok(())
    }

    /// Takes everything away that a program deployed.
    fn empty(&mut self, case: Case, place: &Place, scratch: &Path) -> anyhow::Result<()> {
        if self.server.is_embedded() {
            return self.server.empty(place);
        }
        let tree = self.trees.tree(case.tree(), self.arguments)?;
        let access = &self.server.access;
        let task = Task { case, tree, place, access, in_flight: IN_FLIGHT, scratch };
        measure(&task.emptying(&self.ours)?).map(drop).context("emptying the bucket")
    }

    /// How many PUTs ours had in flight in this case, on average.
    fn in_flight(&mut self, case: Case) -> usize {
        let sent =
            |run: &Run| ["PutObject", "UploadPart"].map(|kind| run.traffic.kind(kind).in_flight).iter().sum();
        let mean: Option<f64> = self.results.row(case, Program::S3Deploy).median(sent);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen")]
        mean.map_or(IN_FLIGHT, |mean| mean.round().max(1.0) as usize)
    }
}
