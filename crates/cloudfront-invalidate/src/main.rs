//! The binary of the image: the process environment in, the exit code out.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    cloudfront_invalidate::run(std::env::vars_os(), directory)
}
