//! Output variables: what a step leaves for the steps after it, if it lists their names under `output-variables`.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::environment::Environment;

/// The output variable that names the list of changes.
pub const CHANGES_FILE: &str = "AWS_DEPLOY_CHANGES_FILE";

/// Where Bitbucket says that output variables go.
const FILE: &str = "BITBUCKET_PIPELINES_VARIABLES_PATH";

/// Leaves a file's place, relative to the clone if it is in there: every step has its clone at the same place. `None`
/// where Bitbucket does not say where output variables go. That it says so does not prove that a pipe can write there.
pub fn leave(environment: &Environment, name: &str, file: &Path) -> Option<io::Result<()>> {
    let variables = environment.get(FILE)?;
    let clone = environment.get("BITBUCKET_CLONE_DIR").map(PathBuf::from);
    let relative = clone.and_then(|clone| file.strip_prefix(clone).ok()).unwrap_or(file);
    Some(append(Path::new(variables), name, &relative.display().to_string()))
}

fn append(file: &Path, name: &str, value: &str) -> io::Result<()> {
    if value.contains(['\n', '\r']) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a value of several lines cannot be handed on",
        ));
    }
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    file.write_all(format!("{name}={value}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &Path) -> Environment {
        let variables = variables.to_str().expect("UTF-8");
        let pairs = [(FILE, variables), ("BITBUCKET_CLONE_DIR", "/clone")];
        Environment::from_pairs(pairs.map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn a_place_in_the_clone_is_relative_to_it() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("variables.env");
        for place in ["/clone/a/changes.json", "/elsewhere/changes.json"] {
            let left = leave(&environment(&file), CHANGES_FILE, Path::new(place));
            left.expect("it is said where").expect("written");
        }
        let text = std::fs::read_to_string(&file).expect("readable");
        assert_eq!(
            text,
            "AWS_DEPLOY_CHANGES_FILE=a/changes.json\nAWS_DEPLOY_CHANGES_FILE=/elsewhere/changes.json\n"
        );
    }

    #[test]
    fn what_cannot_be_left_is_an_error_or_nobodys_wish() {
        let place = Path::new("/clone/a\nb");
        assert!(leave(&Environment::from_pairs([]), CHANGES_FILE, place).is_none());
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("variables.env");
        assert!(leave(&environment(&file), CHANGES_FILE, place).expect("it is said where").is_err());
        let absent = folder.path().join("absent/variables.env");
        let left = leave(&environment(&absent), CHANGES_FILE, Path::new("/clone/a"));
        assert!(left.expect("it is said where").is_err());
    }
}
