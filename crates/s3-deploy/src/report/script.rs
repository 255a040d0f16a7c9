//! What is said of `PRE_EXECUTION_SCRIPT`, and what it says itself.

use anyhow::anyhow;
use bitbucket_pipe::text::printable;
use bitbucket_pipe::{Failure, Faults};

use super::Report;
use crate::script::{Script, ScriptError};

impl Report {
    pub(crate) fn script(&self, script: &Script) {
        self.log.info(printable(&format!("Running {} before the deployment", script.name)));
    }

    /// A line of the script's own output.
    pub(crate) fn script_line(&self, line: &str) {
        self.log.plain(line);
    }

    /// Nothing was sent yet, whatever went wrong with it.
    pub(crate) fn script_failed(&self, script: &Script, error: ScriptError) -> Failure {
        let name = printable(&script.name).into_owned();
        match error {
            ScriptError::Stopped => self.stopped(&format!("{name} was ended, and nothing was written")),
            ScriptError::NoInterpreter(interpreter) => {
                let mut faults = Faults::default();
                faults.add_with_hint(
                    "PRE_EXECUTION_SCRIPT",
                    format!("names {name}, which needs {interpreter}, and this image does not have that"),
                    format!(
                        "the image whose tag is `{0}-shell` has a shell, `{0}` has none; or run the script as a line of \
                         the step, before the pipe",
                        env!("CARGO_PKG_VERSION"),
                    ),
                );
                Failure::Configuration(faults)
            }
            error @ (ScriptError::NotStarted(_) | ScriptError::Failed(_)) => {
                self.failed(anyhow!("PRE_EXECUTION_SCRIPT {name} {error}: nothing was uploaded"))
            }
        }
    }
}
