//! `benchmark`: `s3-deploy` and its peers on the same trees against the same server, in one run.
//!
//! Every figure is of a whole program in a process of its own. Seconds of one machine say nothing about another; what
//! counts is the ratio to `s3-deploy` within a run.

mod arguments;
mod case;
mod chart;
mod cloud;
mod command;
mod floor;
mod measure;
mod page;
mod program;
mod results;
mod rounds;
mod server;

mod table;
mod target;
mod traffic;
mod tree;
mod trees;
mod workload;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::ensure;
use clap::Parser as _;

use crate::arguments::Arguments;
use crate::table::Table;
use crate::target::targets;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match arguments.get(1).and_then(|first| first.to_str()) {
        Some(command::PIPE) => {
            s3_deploy::run(std::env::vars_os(), std::env::current_dir().unwrap_or_default())
        }
        Some(floor::ARGUMENT) => ended(floor::main(&arguments[2..])),
        Some(measure::ARGUMENT) => ended(measure::main(&arguments[2..])),
        Some(cloud::ARGUMENT) => ended(cloud::main()),
        _ => match Arguments::try_parse_from(arguments) {
            Ok(arguments) => ended(benchmark(&arguments)),
            Err(error) => error.print().map_or(ExitCode::FAILURE, |()| {
                if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
            }),
        },
    }
}

fn benchmark(arguments: &Arguments) -> anyhow::Result<()> {
    let results = rounds::run(arguments, &mut say)?;
    let table = Table::new(&results, targets(&results));
    say(&table.to_string());
    if let Some(file) = &arguments.markdown {
        let page = std::fs::read_to_string(file)?;
        std::fs::write(file, page::replaced(&page, &table.markdown(arguments))?)?;
    }
    if let Some(folder) = &arguments.plot {
        std::fs::create_dir_all(folder)?;
        for (case, programs) in &results.cases {
            std::fs::write(folder.join(format!("{}.svg", case.slug())), chart::svg(case, programs))?;
        }
    }
    ensure!(results.ours_are_sound(), "s3-deploy did not do what it was asked for");
    Ok(())
}

/// One line to the reader. A reader who has gone away ends nothing: the files are still written.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn ended(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "benchmark: {error:#}");
            ExitCode::FAILURE
        }
    }
}
