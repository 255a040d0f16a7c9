//! Whom a statement is about, and who asks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document::Values;

/// The `Principal` of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub enum Principal {
    /// `"*"`.
    Anyone,
    /// Kind (`AWS`, `Federated`, `Service`, `CanonicalUser`), then the names.
    Named(BTreeMap<String, Values>),
}

impl Principal {
    /// The identity provider with this ARN.
    #[must_use]
    pub fn federated(arn: &str) -> Self {
        Self::Named(BTreeMap::from([("Federated".into(), Values::from(&[arn][..]))]))
    }

    /// Whether `caller` is among those meant.
    #[must_use]
    pub fn includes(&self, caller: &Caller<'_>) -> bool {
        let Self::Named(kinds) = self else {
            return true;
        };
        let names = kinds.get(caller.kind).map_or(&[][..], Values::as_slice);
        names.iter().any(|name| {
            name == "*" || name == caller.name || (caller.kind == "AWS" && is_account_of(name, caller.name))
        })
    }

    /// All names, for messages.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Anyone => vec!["*".into()],
            Self::Named(kinds) => kinds.values().flat_map(Values::as_slice).cloned().collect(),
        }
    }
}

/// Who asks, as a trust policy would name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller<'a> {
    /// `Federated` for an identity provider, `AWS` for a user or a role.
    pub kind: &'a str,
    /// An ARN.
    pub name: &'a str,
}

/// Whether `name` is an account (its number, or the ARN of its root) and `arn` belongs to it.
fn is_account_of(name: &str, arn: &str) -> bool {
    let account = |arn: &str| arn.split(':').nth(4).map(str::to_owned);
    let named = if name.ends_with(":root") { account(name) } else { Some(name.to_owned()) };
    named.is_some_and(|number| !number.is_empty() && account(arn).as_deref() == Some(&number))
}

/// The two forms of JSON.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Word(String),
    Kinds(BTreeMap<String, Values>),
}

impl From<Written> for Principal {
    fn from(written: Written) -> Self {
        match written {
            Written::Word(word) if word == "*" => Self::Anyone,
            // Any other bare word means nothing to IAM; kept, so that messages can show it, it matches nobody.
            Written::Word(word) => Self::Named(BTreeMap::from([(String::new(), vec![word].into())])),
            Written::Kinds(kinds) => Self::Named(kinds),
        }
    }
}

impl From<Principal> for Written {
    fn from(principal: Principal) -> Self {
        match principal {
            Principal::Anyone => Self::Word("*".into()),
            Principal::Named(kinds) => Self::Kinds(kinds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_meant() {
        let role = Caller { kind: "AWS", name: "arn:aws:iam::123456789012:role/deploy" };
        let provider =
            Caller { kind: "Federated", name: "arn:aws:iam::123456789012:oidc-provider/example.org" };
        for (json, caller, expected) in [
            (r#""*""#, role, true),
            (r#""role""#, role, false),
            (r#"{"AWS": "*"}"#, role, true),
            (r#"{"AWS": "123456789012"}"#, role, true),
            (r#"{"AWS": "arn:aws:iam::123456789012:root"}"#, role, true),
            (r#"{"AWS": "arn:aws:iam::210987654321:root"}"#, role, false),
            (r#"{"AWS": ["x", "arn:aws:iam::123456789012:role/deploy"]}"#, role, true),
            (r#"{"AWS": "123456789012"}"#, provider, false),
            (r#"{"Federated": "arn:aws:iam::123456789012:oidc-provider/example.org"}"#, provider, true),
            (r#"{"Federated": "arn:aws:iam::123456789012:oidc-provider/example.org/"}"#, provider, false),
        ] {
            let principal: Principal = serde_json::from_str(json).expect("a principal");
            assert_eq!(principal.includes(&caller), expected, "{json} and {}", caller.name);
        }
    }
}
