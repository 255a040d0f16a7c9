//! The folder in which the pipes of a step leave things for each other.

use std::path::{Path, PathBuf};

use crate::environment::Environment;

/// What Bitbucket writes into the clone for pipes, relative to the clone: never part of a site.
pub const GENERATED: &str = ".bitbucket/pipelines/generated";

/// A folder of our own: a pipe's private folder depends on how the pipe is referred to, so another pipe cannot find it.
const FOLDER: &str = "aws-deploy";

/// The shared storage of a step's pipes; absent outside Bitbucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage(Option<PathBuf>);

impl Storage {
    /// Reads `BITBUCKET_PIPE_SHARED_STORAGE_DIR`.
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        Self(
            environment.get("BITBUCKET_PIPE_SHARED_STORAGE_DIR").map(|shared| Path::new(shared).join(FOLDER)),
        )
    }

    /// Where a file of this name goes; `None` outside Bitbucket.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        self.0.as_ref().map(|folder| folder.join(name))
    }
}
