//! The pipe's process: environment and working directory in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    s3_deploy::run(std::env::vars_os(), std::env::current_dir().unwrap_or_default())
}
