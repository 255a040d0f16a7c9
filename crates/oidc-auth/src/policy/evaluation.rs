//! The evaluation of policies against a request, with the reason of the verdict.

use std::fmt;

use super::condition::Operator;
use super::context::Context;
use super::document::{Effect, PolicyDocument, Statement, Values};
use super::pattern;
use super::principal::Caller;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `service:Operation`.
    pub action: &'a str,
    /// The ARN acted on; `None` when a trust policy is asked, which has no resource.
    pub resource: Option<&'a str>,
    /// Who asks; `None` when an identity or session policy is asked, which belongs to its principal.
    pub caller: Option<Caller<'a>>,
    /// The facts for the conditions.
    pub context: &'a Context,
}

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

/// Asks a set of policies that belong together, such as all identity policies of a role.
pub fn evaluate<'a>(
    policies: impl IntoIterator<Item = &'a PolicyDocument>,
    request: &Request<'_>,
) -> Verdict {
    let mut granted = None;
    let mut misses = Vec::new();
    for (policy, document) in policies.into_iter().enumerate() {
        for (index, statement) in document.statement.iter().enumerate() {
            let id = || StatementId { policy, index, sid: statement.sid.clone() };
            let mismatches = mismatches(statement, request);
            match statement.effect {
                Effect::Allow if mismatches.is_empty() => granted = granted.or_else(|| Some(id())),
                Effect::Allow => misses.push(Miss { statement: id(), mismatches }),
                Effect::Deny => {
                    if let Some(unknown_operators) = only_unknown_operators(&mismatches) {
                        return Verdict::Denied { statement: id(), unknown_operators };
                    }
                }
            }
        }
    }
    granted.map_or(Verdict::NotAllowed(misses), Verdict::Allowed)
}

/// Everything in `statement` that does not fit `request`.
fn mismatches(statement: &Statement, request: &Request<'_>) -> Vec<Mismatch> {
    let mut found = Vec::new();
    let principal_fits = match (&statement.principal, &request.caller) {
        (Some(principal), Some(caller)) => principal.includes(caller),
        (principal, caller) => principal.is_none() && caller.is_none(),
    };
    if !principal_fits {
        found.push(Mismatch::Principal {
            asked: request.caller.map(|caller| caller.name.to_owned()),
            named: statement.principal.as_ref().map_or_else(Vec::new, |principal| principal.names()),
        });
    }
    let action = |pattern: &String| pattern::matches_in_any_case(pattern, request.action);
    if !covers(&statement.action, &statement.not_action, action) {
        let named = named(&statement.action, &statement.not_action);
        found.push(Mismatch::Action { asked: request.action.to_owned(), named });
    }
    let resource_fits = request.resource.map_or_else(
        || statement.resource.is_empty() && statement.not_resource.is_empty(),
        |resource| {
            covers(&statement.resource, &statement.not_resource, |pattern| {
                pattern::matches(pattern, resource)
            })
        },
    );
    if !resource_fits {
        let named = named(&statement.resource, &statement.not_resource);
        found.push(Mismatch::Resource { asked: request.resource.map(str::to_owned), named });
    }
    found.extend(unmet_conditions(statement, request.context));
    found
}

fn unmet_conditions(statement: &Statement, context: &Context) -> Vec<Mismatch> {
    let mut unmet = Vec::new();
    for (name, keys) in &statement.condition {
        let Some(operator) = Operator::parse(name) else {
            unmet.push(Mismatch::UnknownOperator { operator: name.clone() });
            continue;
        };
        for (key, expected) in keys {
            let actual = context.values(key);
            if !operator.holds(expected.as_slice(), actual) {
                unmet.push(Mismatch::Condition {
                    operator: name.clone(),
                    key: key.clone(),
                    expected: expected.as_slice().to_vec(),
                    actual: actual.to_vec(),
                });
            }
        }
    }
    unmet
}

/// Whether one of `these` matches, or none of `all_but` where those are given instead.
fn covers(these: &Values, all_but: &Values, matches: impl Fn(&String) -> bool) -> bool {
    if all_but.is_empty() {
        these.as_slice().iter().any(matches)
    } else {
        !all_but.as_slice().iter().any(matches)
    }
}

fn named(these: &Values, all_but: &Values) -> Vec<String> {
    let exceptions = all_but.as_slice().iter().map(|name| format!("anything but {name}"));
    these.as_slice().iter().cloned().chain(exceptions).collect()
}

/// The unknown operators, when nothing else keeps a statement from fitting.
fn only_unknown_operators(mismatches: &[Mismatch]) -> Option<Vec<String>> {
    let operator = |mismatch: &Mismatch| match mismatch {
        Mismatch::UnknownOperator { operator } => Some(operator.clone()),
        _ => None,
    };
    mismatches.iter().map(operator).collect()
}

fn listed(values: &[String]) -> String {
    if values.is_empty() { "nothing".into() } else { values.join(" or ") }
}

#[cfg(test)]
#[path = "evaluation_tests.rs"]
mod tests;
