//! The programs that are measured: ours, its peers, the floors, and what only starts.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::arguments::Arguments;
use crate::workload::Workload;

/// One program with its settings, in the order of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Program {
    /// Ours.
    S3Deploy,
    /// `aws s3 sync` as the official pipe runs it.
    AwsCli,
    /// The same with 64 requests in flight instead of 10.
    AwsCliTuned,
    /// `rclone sync` with a HEAD request after each upload, as it comes.
    Rclone,
    /// The same without it, which is its best setting.
    RcloneNoHead,
    /// `s5cmd sync`.
    S5cmd,
    /// The crate `s3sync`.
    S3sync,
    /// A bare HTTP client that puts the same bytes, with as many in flight as ours had.
    BarePut,
    /// A bare HTTP client that lists, one page after the other.
    BareList,
    /// Reading and MD5 alone, on all cores.
    BareHash,
    /// `aws --version`.
    AwsVersion,
    /// A Python that imports the AWS SDK.
    Boto3,
}

impl Program {
    pub(crate) const ALL: [Self; 12] = [
        Self::S3Deploy,
        Self::AwsCli,
        Self::AwsCliTuned,
        Self::Rclone,
        Self::RcloneNoHead,
        Self::S5cmd,
        Self::S3sync,
        Self::BarePut,
        Self::BareList,
        Self::BareHash,
        Self::AwsVersion,
        Self::Boto3,
    ];

    /// What the tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::S3Deploy => "s3-deploy",
            Self::AwsCli => "aws s3 sync",
            Self::AwsCliTuned => "aws s3 sync, 64 in flight",
            Self::Rclone => "rclone sync --checksum",
            Self::RcloneNoHead => "rclone sync --checksum --s3-no-head",
            Self::S5cmd => "s5cmd sync",
            Self::S3sync => "s3sync --check-etag",
            Self::BarePut => "floor: PUT alone",
            Self::BareList => "floor: serial listing alone",
            Self::BareHash => "floor: MD5 alone",
            Self::AwsVersion => "aws --version",
            Self::Boto3 => "python3 -c 'import boto3'",
        }
    }

    /// A word for the names of buckets.
    pub(crate) fn slug(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Whether it does less than a deploy, as a limit of what is possible.
    pub(crate) fn is_floor(self) -> bool {
        matches!(self, Self::BarePut | Self::BareList | Self::BareHash)
    }

    /// Whether it is asked to do this.
    pub(crate) fn does(self, workload: Workload) -> bool {
        use Workload::{Cold, Large, Million, OnePercent, Start, Throttled, Unchanged};
        match self {
            Self::S3Deploy => true,
            // A million files from a fresh clone are hours of uploads or gigabytes of memory for a peer.
            Self::AwsCli | Self::RcloneNoHead | Self::S5cmd => !matches!(workload, Million | Start),
            Self::AwsCliTuned | Self::Rclone | Self::S3sync => {
                !matches!(workload, Million | Start | Throttled)
            }
            Self::BarePut => matches!(workload, Cold | OnePercent | Large),
            Self::BareList => matches!(workload, Unchanged | OnePercent | Million),
            Self::BareHash => matches!(workload, Unchanged | OnePercent),
            Self::AwsVersion | Self::Boto3 => workload == Start,
        }
    }

    /// Its executable; `None` when it is not installed or does not start.
    pub(crate) fn executable(self, arguments: &Arguments) -> Option<PathBuf> {
        let (name, probe) = match self {
            Self::S3Deploy if arguments.ours.is_some() => return arguments.ours.clone(),
            Self::S3Deploy | Self::BarePut | Self::BareList | Self::BareHash => {
                return std::env::current_exe().ok();
            }
            Self::AwsCli | Self::AwsCliTuned | Self::AwsVersion => ("aws", ["--version"].as_slice()),
            Self::Rclone | Self::RcloneNoHead => ("rclone", ["version"].as_slice()),
            Self::S5cmd => ("s5cmd", ["version"].as_slice()),
            Self::S3sync => ("s3sync", ["--version"].as_slice()),
            Self::Boto3 => ("python3", ["-c", "import boto3"].as_slice()),
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        let given = arguments.peers.iter().flat_map(|folder| [folder.join("bin"), folder.clone()]);
        let found = given.chain(std::env::split_paths(&path)).map(|folder| folder.join(name));
        found.filter(|file| file.is_file()).find(|file| {
            let mut command = Command::new(file);
            command.args(probe).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        })
    }
}

/// The programs that are asked for and installed; a missing one is named.
pub(crate) fn installed(arguments: &Arguments, say: &mut dyn FnMut(&str)) -> Vec<(Program, PathBuf)> {
    let wanted = |program: &Program| {
        let named = || arguments.programs.iter().any(|word| program.name().contains(word.as_str()));
        *program == Program::S3Deploy || arguments.programs.is_empty() || named()
    };
    let useful = |program: &Program| arguments.workload.iter().any(|workload| program.does(*workload));
    let mut programs = Vec::new();
    for program in Program::ALL.into_iter().filter(wanted).filter(useful) {
        match program.executable(arguments) {
            Some(executable) => programs.push((program, executable)),
            None => say(&format!("{} is not installed: skipped", program.name())),
        }
    }
    programs
}

#[cfg(test)]
mod tests {
    use clap::{Parser as _, ValueEnum as _};

    use super::*;

    #[test]
    fn every_workload_has_something_to_compare_with() {
        for workload in Workload::value_variants() {
            assert!(
                Program::ALL.iter().filter(|program| program.does(*workload)).count() > 1,
                "{workload:?}"
            );
        }
    }

    #[test]
    fn ours_always_runs_and_others_when_they_are_named_and_there() {
        let nowhere = "--programs=s5cmd,floor --workload=cold,start --peers=/nonexistent";
        let arguments = Arguments::parse_from(["benchmark"].into_iter().chain(nowhere.split(' ')));
        let mut said = Vec::new();
        let programs = installed(&arguments, &mut |line| said.push(line.to_owned()));
        let mut names: Vec<&str> = programs.iter().map(|(program, _)| program.name()).collect();
        // Where s5cmd is installed it is not skipped.
        names.retain(|name| *name != "s5cmd sync");
        assert_eq!(names, ["s3-deploy", "floor: PUT alone"]);
        assert_eq!(said.is_empty(), programs.len() == 3, "{said:?}");
    }
}
