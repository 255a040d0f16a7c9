//! Where the AWS CLI and moto are installed.

use std::path::PathBuf;

/// Names a virtual environment made from `requirements.txt`. When it is set, the suite is run or fails; when it is not, it
/// is skipped, which is said.
const VARIABLE: &str = "AWS_CLI_ORACLE";

/// A virtual environment with the programs that this pipe is compared with.
#[derive(Debug)]
pub(super) struct Installation(String);

impl Installation {
    /// The one that the environment names.
    pub(super) fn find() -> Option<Self> {
        let Some(folder) = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty()) else {
            super::say(&format!(
                "skipped: {VARIABLE} names no virtual environment with the AWS CLI and moto"
            ));
            return None;
        };
        let found = Self(folder.into_string().unwrap_or_else(|_| panic!("{VARIABLE} is not UTF-8")));
        for program in [found.aws(), found.moto_server()].map(PathBuf::from) {
            assert!(
                program.is_absolute() && program.is_file(),
                "{VARIABLE}: there is no {}",
                program.display()
            );
        }
        Some(found)
    }

    pub(super) fn aws(&self) -> String {
        format!("{}/bin/aws", self.0)
    }

    pub(super) fn moto_server(&self) -> String {
        format!("{}/bin/moto_server", self.0)
    }
}
