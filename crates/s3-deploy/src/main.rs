//! The pipe's process: environment and working directory in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    s3_deploy::run(s3_deploy::process_environment(), std::env::current_dir().unwrap_or_default())
}
