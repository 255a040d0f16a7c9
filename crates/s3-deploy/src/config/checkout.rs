//! Where `LOCAL_PATH` is, relative to the step's clone: above it, at it, in it or outside it.

use std::path::{Component, Path, PathBuf};

use bitbucket_pipe::{Environment, Faults};

/// The step's clone of the repository, and the working directory that relative paths begin at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checkout {
    clone: PathBuf,
    directory: PathBuf,
}

impl Checkout {
    /// Of a step; without `BITBUCKET_CLONE_DIR` the working directory is the clone.
    pub(crate) fn of(environment: &Environment, directory: &Path) -> Self {
        let clone = environment.get("BITBUCKET_CLONE_DIR").map_or(directory, Path::new);
        Self { clone: clone.to_owned(), directory: directory.to_owned() }
    }

    /// The clone's folder.
    pub(crate) fn clone_folder(&self) -> &Path {
        &self.clone
    }

    /// The working directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Adds an error for a `LOCAL_PATH` that holds the whole clone and more.
    pub(crate) fn check(&self, name: &str, faults: &mut Faults) {
        let (folder, clone) = (self.resolved(name), resolve(&self.clone));
        let hint = "is every variable in it defined for this step? Name the build's output, such as `dist`";
        if folder.parent().is_none() {
            let message = format!("is `{name}`, the root of the file system");
            faults.add_with_hint("LOCAL_PATH", message, hint);
        } else if clone != folder && clone.starts_with(&folder) {
            let message = format!("is `{name}`, which is above the clone {}", clone.display());
            faults.add_with_hint("LOCAL_PATH", message, hint);
        }
    }

    /// Where a `LOCAL_PATH` is that is neither in the clone nor in the working directory.
    pub(crate) fn outside(&self, name: &str) -> Option<PathBuf> {
        let folder = self.resolved(name);
        let is_in = |home: &Path| folder.starts_with(resolve(home));
        (!is_in(&self.clone) && !is_in(&self.directory)).then_some(folder)
    }

    /// Whether a `LOCAL_PATH` is the clone, or the working directory.
    pub(crate) fn is_at(&self, name: &str) -> bool {
        let folder = self.resolved(name);
        [&self.clone, &self.directory].iter().any(|home| resolve(home) == folder)
    }

    fn resolved(&self, name: &str) -> PathBuf {
        resolve(&self.directory.join(name))
    }
}

/// The path without links, as far as the file system knows it; without `.` and `..` where it is not there yet.
fn resolve(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| {
        let mut resolved = PathBuf::new();
        for component in path.components() {
            match component {
                // The root has no parent, and is its own.
                Component::ParentDir => drop(resolved.pop()),
                Component::CurDir => {}
                other => resolved.push(other),
            }
        }
        resolved
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let world = tempfile::tempdir().expect("a temporary folder");
        let clone = world.path().join("agent/build");
        for folder in ["agent/build/dist", "agent/build/site", "elsewhere"] {
            std::fs::create_dir_all(world.path().join(folder)).expect("a folder");
        }
        std::os::unix::fs::symlink("/", clone.join("root")).expect("a link");
        let elsewhere = world.path().join("elsewhere").display().to_string();
        let checkout = Checkout { directory: clone.join("site"), clone: clone.clone() };
        for (name, is_refused, is_outside, is_clone) in [
            ("/", true, true, false),
            ("//", true, true, false),
            ("../root", true, true, false),
            ("../../../../../../../../../..", true, true, false),
            ("../..", true, true, false),
            ("made-later/../../..", true, true, false),
            ("..", false, false, true),
            (".", false, false, true),
            ("./", false, false, true),
            ("../dist", false, false, false),
            ("../made-later", false, false, false),
            ("../../build-2", false, true, false),
            (&elsewhere, false, true, false),
            ("/made-later", false, true, false),
        ] {
            let mut faults = Faults::default();
            checkout.check(name, &mut faults);
            assert_eq!(!faults.is_empty(), is_refused, "{name}: {faults}");
            assert_eq!(checkout.outside(name).is_some(), is_outside, "{name}");
            assert_eq!(checkout.is_at(name), is_clone, "{name}");
        }
    }

    #[test]
    fn the_clone_is_the_working_directory_unless_the_step_says_so() {
        let environment = Environment::from_pairs([("BITBUCKET_CLONE_DIR".into(), "/clone".into())]);
        assert_eq!(Checkout::of(&environment, Path::new("/x")).clone_folder(), Path::new("/clone"));
        assert_eq!(Checkout::of(&Environment::default(), Path::new("/x")).clone_folder(), Path::new("/x"));
    }
}
