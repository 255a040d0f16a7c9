//! What an evaluation comes to, and everything that led to it.

use std::fmt;

/// The answer of a set of policies.
///
/// | a `Deny` fits | an `Allow` fits | verdict |
/// |---|---|---|
/// | yes | – | `Denied` |
/// | no | yes | `Allowed` |
/// | no | no | `NotAllowed` |
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This statement grants it, and none refuses it.
    Allowed(StatementId),
    /// This statement refuses it.
    Denied {
        /// Which.
        statement: StatementId,
        /// The condition operators in it that are not known here: it is taken to fit, on the safe side.
        unknown_operators: Vec<String>,
    },
    /// No statement grants it: each that could, with all that keeps it from doing so.
    NotAllowed(Vec<Miss>),
}

impl Verdict {
    /// Whether the request may go on.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

/// Where a statement stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementId {
    /// Which of the policies given, from 0.
    pub policy: usize,
    /// Which statement of it, from 0.
    pub index: usize,
    /// Its name, if it has one.
    pub sid: Option<String>,
}

impl fmt::Display for StatementId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sid {
            Some(sid) => write!(formatter, "statement \"{sid}\""),
            None => write!(formatter, "statement {}", self.index + 1),
        }
    }
}

/// An `Allow` that does not grant the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Which.
    pub statement: StatementId,
    /// Everything in it that does not fit; never empty.
    pub mismatches: Vec<Mismatch>,
}

/// One thing in a statement that does not fit the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It is about others.
    Principal {
        /// Who asks.
        asked: Option<String>,
        /// Whom it names.
        named: Vec<String>,
    },
    /// It is about other actions.
    Action {
        /// The action asked for.
        asked: String,
        /// Those it names.
        named: Vec<String>,
    },
    /// It is about other resources.
    Resource {
        /// The resource asked for.
        asked: Option<String>,
        /// Those it names.
        named: Vec<String>,
    },
    /// A condition does not hold.
    Condition {
        /// The operator as written.
        operator: String,
        /// The context key as written.
        key: String,
        /// What the policy wants.
        expected: Vec<String>,
        /// What the request has; empty when it lacks the key.
        actual: Vec<String>,
    },
    /// A condition operator is not known here, so the condition cannot be taken to hold.
    UnknownOperator {
        /// The operator as written.
        operator: String,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = |name: &Option<String>| name.clone().unwrap_or_else(|| "none".into());
        match self {
            Self::Principal { asked: name, named } => {
                write!(formatter, "the principal is {}, not {}", asked(name), listed(named))
            }
            Self::Action { asked, named } => {
                write!(formatter, "the action is {asked}, not {}", listed(named))
            }
            Self::Resource { asked: name, named } => {
                write!(formatter, "the resource is {}, not {}", asked(name), listed(named))
            }
            Self::Condition { operator, key, expected, actual } if actual.is_empty() => {
                write!(
                    formatter,
                    "{operator} wants {key} to be {}, but the request has no such key",
                    listed(expected)
                )
            }
            Self::Condition { operator, key, expected, actual } => {
                write!(
                    formatter,
                    "{operator} wants {key} to be {}, but it is {}",
                    listed(expected),
                    listed(actual)
                )
            }
            Self::UnknownOperator { operator } => {
                write!(formatter, "the condition operator {operator} is not understood")
            }
        }
    }
}

fn listed(values: &[String]) -> String {
    if values.is_empty() { "nothing".into() } else { values.join(" or ") }
}
