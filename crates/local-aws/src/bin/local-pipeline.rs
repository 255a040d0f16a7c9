//! `local-pipeline`: runs a bitbucket-pipelines.yml against an embedded AWS.

use std::process::ExitCode;

fn main() -> ExitCode {
    local_aws::pipeline::main(std::env::args_os())
}
