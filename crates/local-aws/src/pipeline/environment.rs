//! What Bitbucket puts into the environment of a step and of its pipes: one table.

mod table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;

use self::table::{Row, Scope, TABLE, Value};
use super::definition::Name;
use super::reference::Reference;
use super::repository;

/// One step as its environment sees it.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// What the pipeline runs for.
    pub(crate) name: Name,
    /// The pipeline's UUID.
    pub(crate) pipeline: String,
    /// The step's UUID.
    pub(crate) step: String,
    /// The environment the step deploys to.
    pub(crate) deployment: Option<String>,
    /// The step's number, from zero, and how many there are, in a parallel group.
    pub(crate) parallel: Option<(usize, usize)>,
    /// Where the step's clone is.
    pub(crate) clone: PathBuf,
    /// The file in which a step hands variables to later ones.
    pub(crate) variables: PathBuf,
    /// The step's token, with `oidc: true`.
    pub(crate) token: Option<Token>,
    /// The embedded cloud, in place of all of AWS.
    pub(crate) endpoint: String,
}

/// The token of a step, which no log may show.
#[derive(Clone)]
pub(crate) struct Token(pub(crate) String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

impl Context {
    /// What script lines find, before the repository's own variables.
    pub(crate) fn of_script(&self) -> Vec<(String, String)> {
        let rows = TABLE.iter().filter(|(_, scope, _)| *scope == Scope::Step);
        rows.filter_map(|row| self.pair(row)).collect()
    }

    /// What a pipe's container has, before the pipe's own variables.
    pub(crate) fn of_pipe(&self, reference: &Reference) -> Vec<(String, String)> {
        let mut pairs: Vec<_> = TABLE.iter().filter_map(|row| self.pair(row)).collect();
        let storage = self.pipe_storage(reference).display().to_string();
        pairs.push(("BITBUCKET_PIPE_STORAGE_DIR".to_owned(), storage));
        pairs
    }

    /// The branch of the build; that of a tag has none.
    pub(crate) fn branch(&self) -> Option<String> {
        match &self.name {
            Name::Default | Name::Custom(_) => Some(repository::MAIN_BRANCH.to_owned()),
            Name::Branch(branch) | Name::PullRequest(branch) => Some(branch.clone()),
            Name::Tag(_) => None,
        }
    }

    /// The folder that all pipes of the step share. It lies in the clone, as on Bitbucket.
    pub(crate) fn shared_storage(&self) -> PathBuf {
        self.clone.join(".bitbucket/pipelines/generated/pipeline/pipes")
    }

    /// The folder of one pipe.
    pub(crate) fn pipe_storage(&self, reference: &Reference) -> PathBuf {
        self.shared_storage().join(reference.storage())
    }

    fn pair(&self, (name, _, value): &Row) -> Option<(String, String)> {
        let value = match value {
            Value::Fixed(text) => (*text).to_owned(),
            Value::Given(of) => of(self)?,
        };
        Some(((*name).to_owned(), value))
    }
}
