//! YAML as a small tree in which every value knows its line: what a message about a pipelines file needs.
//! Repeated keys are reported, not refused, because Bitbucket takes the last one.

mod load;
#[cfg(test)]
mod tests;

use std::fmt;

/// A YAML file that could not be understood, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Fault {
    /// Counted from 1.
    pub line: usize,
    /// What was expected, and what was found.
    pub message: String,
}

impl Fault {
    /// A fault at `line`.
    pub(crate) fn at(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// A key that one mapping has twice. The last value counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// Where it stands again.
    pub line: usize,
    /// Where it stood before.
    pub first: usize,
}

impl fmt::Display for Duplicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, line, first } = self;
        write!(f, "line {line}: {key} is already given on line {first}; the last one counts")
    }
}

/// One value and the line it begins on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Counted from 1.
    pub line: usize,
    /// What stands there.
    pub value: Value,
}

/// What a [`Node`] holds. Numbers and booleans stay the text they were written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// Any other scalar.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in file order: every key once, aliases and merge keys already replaced.
    Map(Vec<Entry>),
}

/// One key of a mapping and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub line: usize,
    /// Its value.
    pub node: Node,
}

/// A whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it holds.
    pub root: Node,
    /// The keys it repeats, in file order.
    pub duplicates: Vec<Duplicate>,
}

impl Document {
    /// Reads the one YAML document that `text` must be.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        load::load(text)
    }
}

impl Node {
    /// The entries of a mapping; nothing at all counts as an empty one. `what` names this value in the fault.
    pub fn entries(&self, what: &str) -> Result<&[Entry], Fault> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            Value::Null => Ok(&[]),
            _ => Err(self.unexpected(what, "a mapping (`key: value` lines)")),
        }
    }

    /// The items of a list.
    pub fn items(&self, what: &str) -> Result<&[Node], Fault> {
        match &self.value {
            Value::List(items) => Ok(items),
            _ => Err(self.unexpected(what, "a list (`- item` lines)")),
        }
    }

    /// The text of a scalar; nothing counts as an empty text.
    pub fn text(&self, what: &str) -> Result<&str, Fault> {
        match &self.value {
            Value::Text(text) => Ok(text),
            Value::Null => Ok(""),
            _ => Err(self.unexpected(what, "a single value")),
        }
    }

    /// A scalar that says yes or no as YAML does.
    pub(crate) fn flag(&self, what: &str) -> Result<bool, Fault> {
        match self.text(what)? {
            "true" | "True" | "TRUE" => Ok(true),
            "false" | "False" | "FALSE" => Ok(false),
            _ => Err(self.unexpected(what, "true or false")),
        }
    }

    /// The fault of a value that is not what `what` must be.
    pub(crate) fn unexpected(&self, what: &str, expected: &str) -> Fault {
        let found = match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Text(text) => format!("`{}`", text.lines().next().unwrap_or_default()),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        };
        Fault::at(self.line, format!("{what} must be {expected}, not {found}"))
    }
}
