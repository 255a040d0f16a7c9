//! `soak`: a site that changes at random, deployed under random faults, and compared with what is served after each round.

mod address;
mod arguments;
mod attempt;
mod chance;
mod comparison;
mod mutation;
mod names;
mod report;
mod round;
mod site;
mod tree;
mod trouble;
mod visitor;

use std::process::ExitCode;

use clap::Parser as _;
use local_aws::pipeline::PIPE_ARGUMENT;

use self::arguments::Arguments;
use self::round::Soak;
use self::visitor::Visitor;

/// 0: nothing differed. 1: something did, and it was said. Other codes are those of the pipe that this program becomes.
fn main() -> ExitCode {
    let is_pipe = std::env::args_os().nth(1).is_some_and(|first| first == PIPE_ARGUMENT);
    if is_pipe {
        return local_aws::pipeline::main(std::env::args_os());
    }
    let arguments = Arguments::parse();
    let mut soak = Soak::new(&arguments);
    let (world, has_grace, visitor) = (soak.world.clone(), soak.has_grace, Visitor::default());
    std::thread::scope(|scope| {
        scope.spawn(|| visitor.crawl(&world, has_grace));
        let ending = (1..=arguments.rounds).try_for_each(|number| soak.round(number, &visitor));
        visitor.stop();
        match ending {
            Ok(()) => {
                report::closing(&arguments, &soak.tally, visitor.pages());
                ExitCode::SUCCESS
            }
            Err(differences) => {
                report::difference(&arguments, &differences);
                ExitCode::FAILURE
            }
        }
    })
}
