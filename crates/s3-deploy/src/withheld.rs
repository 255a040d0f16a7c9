//! Variables that `PRE_EXECUTION_SCRIPT` must not have. The script could read them in `/proc` as long as they are in the
//! environment that the pipe was started with, so the pipe starts again without them.

use std::ffi::OsString;

/// The step's token: the pipe alone may exchange it.
pub(crate) const WITHHELD: &str = "BITBUCKET_STEP_OIDC_TOKEN";

/// In the environment of the second start: its standard input is the token.
const ON_STDIN: &str = "S3_DEPLOY_TOKEN_ON_STDIN";

/// The environment of this process, for [`run`](crate::run).
///
/// Where a script will run and the step has a token, the process first replaces itself by the same program without the
/// token in its environment. The token comes back through an anonymous file on standard input, which the pipe does not
/// read otherwise. Where that fails, the process goes on as it is, and the log says so.
#[must_use]
pub fn process_environment() -> Vec<(OsString, OsString)> {
    let mut environment: Vec<_> = std::env::vars_os().collect();
    #[cfg(target_os = "linux")]
    linux::withhold(&mut environment);
    environment.retain(|(name, _)| name != ON_STDIN);
    environment
}

/// Whether a script can read the token in `/proc`.
pub(crate) fn is_exposed() -> bool {
    cfg!(target_os = "linux") && std::env::var_os(WITHHELD).is_some()
}

/// The token, where a script will run.
#[cfg(any(target_os = "linux", test))]
fn token_to_withhold(environment: &[(OsString, OsString)]) -> Option<&OsString> {
    let (_, token) = environment.iter().find(|(name, _)| name == WITHHELD)?;
    let variables = bitbucket_pipe::Environment::from_pairs(environment.to_vec());
    variables.get("PRE_EXECUTION_SCRIPT").map(|_| token)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::{OsStr, OsString};
    use std::fs::File;
    use std::io::{self, Read, Seek, Write};
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use rustix::fs::{MemfdFlags, memfd_create};
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    use rustix::stdio::dup2_stdin;

    use super::{ON_STDIN, WITHHELD, token_to_withhold};

    /// The first time, starts again; the second time, takes the token.
    pub(super) fn withhold(environment: &mut Vec<(OsString, OsString)>) {
        if environment.iter().any(|(name, _)| name == ON_STDIN) {
            forbid_tracing();
            // Without its token the pipe says that there is none.
            if let Ok(token) = take_token() {
                environment.push((WITHHELD.into(), token));
            }
        } else if let Some(token) = token_to_withhold(environment) {
            // Without `/proc`, or a memory file, the process goes on.
            let _ = start_again(token);
            forbid_tracing();
        }
    }

    /// No process of the same user may read this one's memory, and it leaves no core file.
    fn forbid_tracing() {
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }

    /// Comes back only with an error.
    fn start_again(token: &OsStr) -> io::Result<()> {
        // Not the link in `/proc` itself: an emulator, such as QEMU's for another architecture, resolves it.
        let program = std::env::current_exe()?;
        let mut file = File::from(memfd_create("token", MemfdFlags::CLOEXEC)?);
        file.write_all(token.as_bytes())?;
        file.rewind()?;
        let mut arguments = std::env::args_os();
        let mut command = Command::new(program);
        command.arg0(arguments.next().unwrap_or_default()).args(arguments);
        Err(command.env_remove(WITHHELD).env(ON_STDIN, "true").stdin(file).exec())
    }

    /// Reads the token, and closes what it came by.
    fn take_token() -> io::Result<OsString> {
        let mut token = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut token);
        dup2_stdin(File::open("/dev/null")?)?;
        read.map(|_| OsString::from_vec(token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_withheld_from_a_script_only() {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(OsString, OsString)> {
            pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
        };
        let (token, script) = ((WITHHELD, "t"), ("PRE_EXECUTION_SCRIPT", "a.sh"));
        let list = [token, ("PRE_EXECUTION_SCRIPT_COUNT", "1"), ("PRE_EXECUTION_SCRIPT_0", "a.sh")];
        for (given, is_withheld) in [
            (&[token, script][..], true),
            (&list, true),
            (&[token], false),
            (&[script], false),
            (&[token, ("PRE_EXECUTION_SCRIPT", " ")], false),
        ] {
            assert_eq!(token_to_withhold(&pairs(given)).is_some(), is_withheld, "{given:?}");
        }
    }
}
