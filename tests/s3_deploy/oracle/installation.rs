//! Where the AWS CLI and moto are installed.

use std::path::PathBuf;

use super::aws::Aws;

/// Names a virtual environment made from `requirements.txt`. When it is set, the suite is run or fails; when it is not, it
/// is skipped, which is said.
const VARIABLE: &str = "AWS_CLI_ORACLE";

/// The programs that this pipe is compared with.
#[derive(Debug)]
pub(super) struct Installation {
    /// The AWS CLI.
    pub(super) aws: Aws,
    /// What starts moto.
    pub(super) moto_server: PathBuf,
}

impl Installation {
    /// The one that the environment names.
    pub(super) fn find() -> Option<Self> {
        let Some(folder) = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) else {
            super::say(&format!(
                "skipped: {VARIABLE} names no virtual environment with the AWS CLI and moto"
            ));
            return None;
        };
        let folder = PathBuf::from(folder);
        let [python, aws, moto_server] =
            ["python", "aws", "moto_server"].map(|program| folder.join("bin").join(program));
        for program in [&python, &aws, &moto_server] {
            assert!(
                program.is_absolute() && program.is_file(),
                "{VARIABLE}: there is no {}",
                program.display()
            );
        }
        Some(Self { aws: Aws::load(&python), moto_server })
    }
}
