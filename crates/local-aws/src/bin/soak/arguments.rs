//! The command line of `soak`.

use clap::Parser;

/// Deploys a site that changes at random, with faults and kills at random, and compares what is served with the site.
#[derive(Debug, Parser)]
#[command(name = "soak", version)]
pub(crate) struct Arguments {
    /// How many builds
    #[arg(long, default_value_t = 100)]
    pub(crate) rounds: u64,

    /// What chance starts from; the same seed tells the same story, as far as two programs at once can
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// Say what happens in every round
    #[arg(long)]
    pub(crate) verbose: bool,
}
