//! A token beside the trust policy that the repository keeps: which condition fails, and with which two values.

use std::fmt;

use super::reason;
use super::remedy::{ACTION, provider, provider_arn};
use crate::claims::UnverifiedClaims;
use crate::policy::{Caller, Context, Mismatch, Miss, Request, StatementId, Verdict, evaluate};
use crate::printable::claim as printable;
use crate::role::RoleArn;
use crate::trust_policy::{TrustPolicy, VARIABLE};

/// Mismatches that are told: who mends these sees the others next.
const SHOWN: usize = 3;

/// The key of the one fact of AWS's own that is known here.
const PROVIDER: &str = "aws:FederatedProvider";

/// What the comparison came to. `Display` has no full stop; it may have several lines.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    trust: &'a TrustPolicy,
    role: &'a RoleArn,
    claims: &'a UnverifiedClaims,
    verdict: Verdict,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(trust: &'a TrustPolicy, role: &'a RoleArn, claims: &'a UnverifiedClaims) -> Self {
        let provider = provider(claims).unwrap_or_default();
        let arn = provider_arn(role, provider);
        let context = Context::new()
            .with_all(&format!("{provider}:aud"), claims.audience.iter())
            .with_all(&format!("{provider}:sub"), claims.subject.iter())
            .with(PROVIDER, &arn);
        let caller = Some(Caller { kind: "Federated", name: &arn });
        let request = Request { action: ACTION, resource: None, caller, context: &context };
        Self { trust, role, claims, verdict: evaluate([&trust.document], &request) }
    }

    /// What to do where a trust policy to paste would lead astray.
    pub(super) fn remedy(&self) -> Option<String> {
        let (file, name) = (&self.trust.file, self.role.name());
        if let Some(other) = self.other_role() {
            return Some(format!(
                "hint: set AWS_OIDC_ROLE_ARN to {other}, or keep the trust policy of {} in {file}",
                self.role
            ));
        }
        match &self.verdict {
            Verdict::Allowed(_) => Some(format!(
                "hint: compare {file} with `aws iam get-role --role-name {name}`, run in account {}",
                self.role.account()
            )),
            Verdict::Denied { statement, .. } => Some(format!(
                "hint: narrow or remove {statement} (IAM > Roles > {name} > Trust relationships): a denial wins over all \
                 that allows"
            )),
            Verdict::NotAllowed(_) => None,
        }
    }

    /// The role that the file is of, where it is another one.
    fn other_role(&self) -> Option<&RoleArn> {
        self.trust.role.as_ref().filter(|role| *role != self.role)
    }

    /// The keys of a statement's conditions that say nothing about the token, and the operators that are not known.
    fn unknown(&self, statement: &StatementId, operators: &[String]) -> Vec<String> {
        let conditions =
            self.trust.document.statement.get(statement.index).map(|statement| &statement.condition);
        let keys = conditions.into_iter().flatten().flat_map(|(_, keys)| keys.keys());
        let keys: Vec<String> =
            keys.filter(|key| !reason::is_claim(key) && *key != PROVIDER).cloned().collect();
        if keys.is_empty() { operators.to_vec() } else { keys }
    }
}

impl fmt::Display for Comparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.trust.file;
        if let Some(role) = self.other_role() {
            return write!(
                f,
                "{file} ({VARIABLE}) belongs to {role}, which is not the role that was asked for"
            );
        }
        match &self.verdict {
            Verdict::Allowed(statement) => {
                write!(
                    f,
                    "{statement} of {file} ({VARIABLE}) lets this token in, so AWS holds something else: another trust \
                     policy, or no role of exactly this path and name, or a policy of the organization that forbids it"
                )?;
                match self.unknown(statement, &[]).as_slice() {
                    [] => Ok(()),
                    unknown => write!(f, "; {} cannot be judged here", unknown.join(", ")),
                }
            }
            Verdict::Denied { statement, unknown_operators } => {
                match self.unknown(statement, unknown_operators).as_slice() {
                    [] => write!(
                        f,
                        "{statement} of {file} ({VARIABLE}) has \"Effect\": \"Deny\" and fits this token"
                    ),
                    unknown => write!(
                        f,
                        "{statement} of {file} ({VARIABLE}) has \"Effect\": \"Deny\" and may fit this token: {} cannot be \
                         judged here",
                        unknown.join(", ")
                    ),
                }
            }
            Verdict::NotAllowed(misses) => match closest(misses) {
                None => write!(f, "no statement of {file} ({VARIABLE}) has \"Effect\": \"Allow\""),
                Some(miss) => {
                    write!(f, "{} of {file} ({VARIABLE}) does not let this token in:", miss.statement)?;
                    let told = miss.mismatches.iter().take(SHOWN);
                    told.into_iter().try_for_each(|mismatch| self.tell(mismatch, f))
                }
            },
        }
    }
}

impl Comparison<'_> {
    fn tell(&self, mismatch: &Mismatch, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or =
            |values: &[String]| values.iter().map(|value| printable(value)).collect::<Vec<_>>().join(" or ");
        match mismatch {
            Mismatch::Condition { operator, key, expected, .. } if is_unknown(mismatch) => {
                write!(f, "\n  {operator} on {key} wants {}: cannot be judged here", or(expected))
            }
            Mismatch::Condition { operator, key, expected, actual } => {
                let wants = if operator.contains("Not") { "wants anything but" } else { "wants" };
                write!(f, "\n  {operator} on {key}\n    the policy {wants}  {}", or(expected))?;
                match actual.as_slice() {
                    [] => write!(f, "\n    the token has     no such claim")?,
                    values => write!(f, "\n    the token has     {}", or(values))?,
                }
                let reason = reason::of_condition(operator, key, expected, actual, self.claims);
                reason.iter().try_for_each(|reason| write!(f, "\n    {reason}"))
            }
            Mismatch::Principal { asked, named } => {
                let asked = asked.as_deref().unwrap_or_default();
                write!(f, "\n  Principal\n    the policy wants  {}", or(named))?;
                write!(f, "\n    the token is from {asked}")?;
                reason::of_principal(named, asked).iter().try_for_each(|reason| write!(f, "\n    {reason}"))
            }
            Mismatch::Action { asked, named } => {
                write!(f, "\n  Action\n    the policy allows {}\n    the step needs    {asked}", or(named))
            }
            Mismatch::Resource { .. } => {
                write!(f, "\n  Resource\n    a trust policy has none: the role itself is meant")
            }
            Mismatch::UnknownOperator { operator } => write!(f, "\n  {operator}: cannot be judged here"),
        }
    }
}

/// What cannot be judged here, such as the address that the request comes from.
fn is_unknown(mismatch: &Mismatch) -> bool {
    match mismatch {
        Mismatch::UnknownOperator { .. } => true,
        Mismatch::Condition { key, actual, .. } => actual.is_empty() && !reason::is_claim(key),
        _ => false,
    }
}

/// The statement that fits best: the fewest things differ, and of those the fewest that could be judged.
fn closest(misses: &[Miss]) -> Option<&Miss> {
    misses.iter().min_by_key(|miss| {
        let judged = miss.mismatches.iter().filter(|mismatch| !is_unknown(mismatch)).count();
        (judged, miss.mismatches.len())
    })
}

#[cfg(test)]
#[path = "comparison_tests.rs"]
mod tests;
