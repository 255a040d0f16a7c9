//! What a pipelines file says, typed: one pipeline as groups of steps, each a list of script lines and pipes.

mod condition;
mod item;
mod name;
mod omitted;
mod read;
mod step;
#[cfg(test)]
mod tests;

pub(crate) use self::condition::Condition;
pub(crate) use self::item::{Item, Pipe, Setting};
pub(crate) use self::name::Name;
pub(crate) use self::omitted::Omissions;
pub(crate) use self::step::{Oidc, Step};

use super::yaml::{Document, Duplicate, Fault};

/// One pipeline of a file, ready to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// What started it, as the file's key says it.
    pub(crate) name: Name,
    /// The variables a custom pipeline asks for, with their defaults.
    pub(crate) variables: Vec<(String, String)>,
    /// What runs, in order.
    pub(crate) groups: Vec<Group>,
    /// What the file asks for and this runner does not do.
    pub(crate) omissions: Omissions,
    /// The keys the file repeats.
    pub(crate) duplicates: Vec<Duplicate>,
}

/// Steps that Bitbucket runs at the same time; a step that stands alone is a group of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The steps, in file order.
    pub(crate) steps: Vec<Step>,
    /// Whether the file says `parallel`, which gives the steps their numbers.
    pub(crate) parallel: bool,
}

impl Pipeline {
    /// Reads the pipeline called `name` (`default`, `branches.main`, `custom.NAME`, …) from the text of a file.
    pub fn parse(text: &str, name: &str) -> Result<Self, Fault> {
        let document = Document::parse(text)?;
        read::pipeline(document, name)
    }

    /// The names of the pipelines in the text of a file, as [`parse`](Self::parse) takes them.
    pub fn names(text: &str) -> Result<Vec<String>, Fault> {
        let document = Document::parse(text)?;
        name::all(read::pipelines(&document)?)
    }

    /// The names of its steps, in the order they run; empty where a step has none.
    #[must_use]
    pub fn step_names(&self) -> Vec<&str> {
        self.steps().map(|step| step.name.as_str()).collect()
    }

    /// Every step, in the order they run.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.groups.iter().flat_map(|group| &group.steps)
    }
}
