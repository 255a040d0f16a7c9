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

    /// The pipe could not start again without the token.
    pub(crate) fn exposed_token(&self, script: &Script) {
        let name = printable(&script.name).into_owned();
        self.log.warning(format_args!(
            "{name} can read the step's token in /proc: the pipe could not hide it there"
        ));
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
                let hint = format!(
                    "the image whose tag is `{0}-shell` has a shell, BusyBox's /bin/sh, and no bash; `{0}` has none; or run \
                     the script as a line of the step, before the pipe",
                    env!("CARGO_PKG_VERSION"),
                );
                lacking(&name, &interpreter, hint)
            }
            ScriptError::NoLoader => {
                let hint = "link it statically, or run it as a line of the step, before the pipe";
                lacking(&name, "the loader it is linked with", hint.to_owned())
            }
            error @ (ScriptError::NotStarted(_) | ScriptError::Failed(_)) => {
                self.failed(anyhow!("PRE_EXECUTION_SCRIPT {name} {error}: nothing was uploaded"))
            }
        }
    }
}

/// The image lacks what the script, or program, is run by.
fn lacking(name: &str, needed: &str, hint: String) -> Failure {
    let mut faults = Faults::default();
    let message = format!("names {name}, which needs {needed}, and this image does not have that");
    faults.add_with_hint("PRE_EXECUTION_SCRIPT", message, hint);
    Failure::Configuration(faults)
}
