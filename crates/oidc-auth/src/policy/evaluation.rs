//! The evaluation of policies against a request.

use super::condition::Operator;
use super::context::Context;
use super::document::{Effect, PolicyDocument, Statement, Values};
use super::pattern;
use super::principal::{Caller, Principal};
use super::verdict::{Mismatch, Miss, StatementId, Verdict};

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
            named: statement.principal.as_ref().map_or_else(Vec::new, Principal::names),
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

#[cfg(test)]
#[path = "evaluation_tests.rs"]
mod tests;
