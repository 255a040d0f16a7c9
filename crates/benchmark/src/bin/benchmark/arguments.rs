//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::workload::Workload;

/// Runs s3-deploy and its peers on the same trees against the same server, interleaved, and prints what each took.
#[derive(Debug, Parser)]
#[command(name = "benchmark")]
pub(crate) struct Arguments {
    /// What to measure; all but `million`, `large` and `throttled` unless told.
    #[arg(long, value_delimiter = ',', default_value = "cold,unchanged,one-percent,start")]
    pub workload: Vec<Workload>,

    /// How many files the tree of a site has, of 1 to 50 KiB each.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub files: u32,

    /// How many objects and files `million` has.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub objects: u32,

    /// Bytes of the three files of `large` together, in MB.
    #[arg(long, value_name = "MB", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    pub large: u64,

    /// Requests a second above which `throttled` answers 503 `SlowDown` to PUTs.
    #[arg(long, value_name = "RATE", value_delimiter = ',', default_value = "300,30")]
    pub limit: Vec<u32>,

    /// How often each program does each workload; figures are medians.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,

    /// Milliseconds from a request to its answer, one or several; S3 takes about 30.
    #[arg(long, value_name = "MS", value_delimiter = ',', default_value = "30")]
    pub latency: Vec<u64>,

    /// Only programs whose names contain one of these words; s3-deploy always runs.
    #[arg(long, value_delimiter = ',', value_name = "WORDS")]
    pub programs: Vec<String>,

    /// A folder with peers that are not on the PATH, or one whose `bin` has them.
    #[arg(long, value_name = "FOLDER", value_parser = absolute)]
    pub peers: Option<PathBuf>,

    /// The s3-deploy to measure, such as the one that an image ships; without it, the one built into this program.
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    pub ours: Option<PathBuf>,

    /// Speak plain HTTP to the embedded S3, as to some stores in one's own network; bodies are signed then.
    #[arg(long, conflicts_with = "endpoint")]
    pub plain_http: bool,

    /// Another S3-compatible server, or AWS: keys and region from the environment. It answers at its own pace, and
    /// requests are not counted there.
    #[arg(long, value_name = "URL", requires = "bucket")]
    pub endpoint: Option<String>,

    /// The bucket there. Each program deploys below `benchmark/`, and what is there is deleted.
    #[arg(long, requires = "endpoint")]
    pub bucket: Option<String>,

    /// Write the tables into this page, between its two comments.
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,

    /// Write a bar chart for each workload into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub plot: Option<PathBuf>,
}

/// A path as it is from here: programs are started in folders of their own.
fn absolute(path: &str) -> std::io::Result<PathBuf> {
    std::path::absolute(path)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
        let defaults = Arguments::parse_from(["benchmark"]);
        assert_eq!((defaults.workload.len(), defaults.limit, defaults.latency), (4, vec![300, 30], vec![30]));
    }

    #[test]
    fn programs_are_found_from_whatever_folder_they_are_started_in() {
        let arguments =
            Arguments::parse_from(["benchmark", "--peers", "target/peers", "--ours", "dist/s3-deploy"]);
        let here = std::env::current_dir().expect("there is one");
        assert_eq!(arguments.peers, Some(here.join("target/peers")));
        assert_eq!(arguments.ours, Some(here.join("dist/s3-deploy")));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (arguments, word) in [
            (["--endpoint", "http://x"].as_slice(), "--bucket"),
            (&["--bucket", "b"], "--endpoint"),
            (&["--endpoint", "http://x", "--bucket", "b", "--plain-http"], "--plain-http"),
            (&["--rounds", "0"], "--rounds"),
            (&["--files", "0"], "--files"),
            (&["--workload", "warm"], "one-percent"),
        ] {
            let given = ["benchmark"].iter().chain(arguments);
            let error = Arguments::try_parse_from(given).expect_err("refused").to_string();
            assert!(error.contains(word), "{arguments:?}: {error}");
        }
    }
}
