//! The JSON of a policy: what IAM accepts is read, a field it does not know is an error.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::principal::Principal;

/// Condition operator, then context key, then the values it is compared with.
pub type Conditions = BTreeMap<String, BTreeMap<String, Values>>;

/// A policy: identity, session or trust.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PolicyDocument {
    /// Language version, `2012-10-17` in all that is written today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// A name for the whole document, without meaning to the evaluation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The statements, in the order written.
    #[serde(deserialize_with = "one_or_many")]
    pub statement: Vec<Statement>,
}

impl PolicyDocument {
    /// A document of the current language version.
    #[must_use]
    pub fn new(statement: Vec<Statement>) -> Self {
        Self { version: Some("2012-10-17".into()), id: None, statement }
    }

    /// Reads a document; the error says what is not a policy.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// One rule of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Statement {
    /// A name for this statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Whether it grants or refuses.
    pub effect: Effect,
    /// Whom it is about: present in trust policies, absent in identity and session policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// The actions it is about, with wildcards.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub action: Values,
    /// Every action but these.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub not_action: Values,
    /// The resources it is about, with wildcards: absent in trust policies.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub resource: Values,
    /// Every resource but these.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub not_resource: Values,
    /// What must hold of the request besides.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub condition: Conditions,
}

impl Statement {
    /// Grants `actions` on `resources`.
    #[must_use]
    pub fn allow(actions: &[&str], resources: &[&str]) -> Self {
        Self { action: actions.into(), resource: resources.into(), ..Self::default() }
    }

    /// Refuses `actions` on `resources`, whatever else grants them.
    #[must_use]
    pub fn deny(actions: &[&str], resources: &[&str]) -> Self {
        Self { effect: Effect::Deny, ..Self::allow(actions, resources) }
    }

    /// This statement under a name.
    #[must_use]
    pub fn named(self, sid: &str) -> Self {
        Self { sid: Some(sid.into()), ..self }
    }

    /// This statement, about `principal` only.
    #[must_use]
    pub fn to(self, principal: Principal) -> Self {
        Self { principal: Some(principal), ..self }
    }

    /// This statement, only where `key` compares to one of `values`.
    #[must_use]
    pub fn when(mut self, operator: &str, key: &str, values: &[&str]) -> Self {
        self.condition.entry(operator.into()).or_default().insert(key.into(), values.into());
        self
    }
}

/// Whether a statement grants or refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Grants, unless another statement refuses.
    #[default]
    Allow,
    /// Refuses, whatever else grants.
    Deny,
}

/// Strings that JSON may hold as one string or as a list; numbers and booleans are read as their text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Vec<String>);

impl Values {
    /// The strings, in the order written.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&[&str]> for Values {
    fn from(values: &[&str]) -> Self {
        Self(values.iter().map(ToString::to_string).collect())
    }
}

impl From<Vec<String>> for Values {
    fn from(values: Vec<String>) -> Self {
        Self(values)
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => serializer.serialize_str(one),
            many => many.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values: Vec<Value> = one_or_many(deserializer)?;
        let texts = values.into_iter().map(|value| match value {
            Value::String(text) => Ok(text),
            Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
            other => Err(D::Error::custom(format!("expected a string, found {other}"))),
        });
        texts.collect::<Result<_, _>>().map(Self)
    }
}

/// Reads a list, or one element without the brackets.
///
/// Through [`Value`] and not an untagged enum, whose only error is that no variant matched.
fn one_or_many<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let read = |value| serde_json::from_value(value).map_err(D::Error::custom);
    match Value::deserialize(deserializer)? {
        Value::Array(values) => values.into_iter().map(read).collect(),
        one => Ok(vec![read(one)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUST: &str = r#"{
        "Version": "2012-10-17",
        "Statement": {
            "Sid": "Deploy",
            "Effect": "Allow",
            "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/example.org"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringLike": {"example.org:sub": ["{a}:*", "{b}:*"]}, "Bool": {"aws:SecureTransport": true}}
        }
    }"#;

    #[test]
    fn one_and_many_are_read_alike() {
        let policy = PolicyDocument::from_json(TRUST).expect("a policy");
        let built = Statement::allow(&["sts:AssumeRoleWithWebIdentity"], &[])
            .named("Deploy")
            .to(Principal::federated("arn:aws:iam::123456789012:oidc-provider/example.org"))
            .when("StringLike", "example.org:sub", &["{a}:*", "{b}:*"])
            .when("Bool", "aws:SecureTransport", &["true"]);
        assert_eq!(policy, PolicyDocument::new(vec![built]));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let policy = PolicyDocument::new(vec![
            Statement::allow(&["s3:PutObject", "s3:DeleteObject"], &["arn:aws:s3:::site/*"]),
            Statement::deny(&["s3:*"], &["*"]).to(Principal::Anyone),
        ]);
        let text = serde_json::to_string(&policy).expect("JSON");
        assert_eq!(PolicyDocument::from_json(&text).expect("a policy"), policy);
        assert!(text.contains(r#""Resource":"arn:aws:s3:::site/*""#), "{text}");
    }

    #[test]
    fn what_is_not_a_policy_is_refused_by_name() {
        for (text, expected) in [
            (r#"{"Statement": [{"Effect": "Allow", "Actions": "s3:*"}]}"#, "Actions"),
            (r#"{"Statement": [{"Effect": "allow"}]}"#, "allow"),
            (r#"{"Statement": [{"Effect": "Allow", "Action": [{}]}]}"#, "expected a string"),
            (r#"{"Version": "2012-10-17"}"#, "Statement"),
        ] {
            let error = PolicyDocument::from_json(text).expect_err("not a policy").to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
