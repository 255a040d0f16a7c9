//! The variables that every pipe has.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::environment::Environment;
use crate::faults::Faults;
use crate::storage::Storage;

/// `DEBUG` and `RESULT_FILE`, typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Print decisions with their reasons.
    pub debug: bool,
    /// Where the result goes; `None` outside Bitbucket when nothing was asked for.
    pub result_file: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
struct Variables {
    debug: Option<String>,
    result_file: Option<String>,
}

impl Settings {
    /// The variables this reads.
    pub const NAMES: &'static [&'static str] = &["DEBUG", "RESULT_FILE"];

    /// What an absent variable means, where that is one word. Giving this word changes nothing.
    pub const DEFAULTS: &'static [(&'static str, &'static str)] = &[("DEBUG", "false")];

    /// Reads them; the result of `pipe` goes to the shared storage unless `RESULT_FILE` names a file, relative to `directory`.
    pub fn read(pipe: &str, environment: &Environment, directory: &Path, faults: &mut Faults) -> Self {
        let variables: Variables = environment.read(Self::NAMES, faults);
        let debug = faults.boolean("DEBUG", variables.debug.as_deref(), false);
        faults.check_output("RESULT_FILE", variables.result_file.as_deref());
        let storage = Storage::from_environment(environment);
        let result_file = match variables.result_file {
            Some(file) => Some(directory.join(file)),
            None => storage.file(&format!("{pipe}.json")),
        };
        Self { debug, result_file }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> (Settings, Faults) {
        let environment =
            Environment::from_pairs(pairs.iter().map(|(name, value)| (name.into(), value.into())));
        let mut faults = Faults::default();
        (Settings::read("s3-deploy", &environment, Path::new("/clone"), &mut faults), faults)
    }

    #[test]
    fn the_result_goes_where_it_is_asked_to_or_to_the_shared_storage() {
        let shared = ("BITBUCKET_PIPE_SHARED_STORAGE_DIR", "/clone/.bitbucket/shared");
        assert_eq!(read(&[]).0.result_file, None);
        assert_eq!(
            read(&[shared]).0.result_file,
            Some("/clone/.bitbucket/shared/aws-deploy/s3-deploy.json".into())
        );
        assert_eq!(
            read(&[shared, ("RESULT_FILE", "out/result.json")]).0.result_file,
            Some("/clone/out/result.json".into())
        );
    }

    #[test]
    fn giving_the_defaults_changes_nothing() {
        assert_eq!(read(Settings::DEFAULTS).0, read(&[]).0);
    }

    #[test]
    fn debug_is_a_boolean_or_a_fault() {
        assert!(read(&[("DEBUG", "True")]).0.debug);
        let (settings, faults) = read(&[("DEBUG", "very")]);
        assert!(!settings.debug);
        assert_eq!(faults.to_string(), "DEBUG must be true or false, not `very`");
    }
}
