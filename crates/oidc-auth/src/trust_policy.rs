//! The role's trust policy as the repository keeps it, to compare a refusal with.

use std::fs;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::fault::Fault;
use crate::policy::PolicyDocument;
use crate::printable;
use crate::role::RoleArn;

/// The variable that names the file.
pub(crate) const VARIABLE: &str = "AWS_TRUST_POLICY_FILE";

/// A trust policy from a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustPolicy {
    /// The file, as the step names it.
    pub file: String,
    /// What it says.
    pub document: PolicyDocument,
    /// The role that it says it belongs to, where it is the output of `aws iam get-role`.
    pub role: Option<RoleArn>,
}

/// Why a text is no trust policy; reads on from the file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATrustPolicy {
    /// No JSON.
    #[error("which is not JSON in line {line}: {reason}")]
    Syntax {
        /// From 1.
        line: usize,
        /// The parser's words.
        reason: String,
    },
    /// JSON, but no policy.
    #[error("which is not a policy: {0}")]
    NoPolicy(String),
    /// A policy that says what its owner may do.
    #[error("which is not a trust policy: none of its statements has a `Principal`")]
    NoPrincipal,
}

impl TrustPolicy {
    /// Reads the file; a relative path is relative to the working directory, which is the clone.
    pub(crate) fn read(file: &str) -> Result<Self, Fault> {
        let fault = |message: String| {
            Fault::new(VARIABLE, message).hint(
                "it takes the role's trust policy as JSON, or the whole output of `aws iam get-role --role-name NAME`",
            )
        };
        let text = fs::read_to_string(file)
            .map_err(|error| fault(format!("names the file {file}, which cannot be read: {error}")))?;
        Self::parse(file, &text).map_err(|error| fault(format!("names the file {file}, {error}")))
    }

    /// Takes the policy itself, or with what `get-role` and the API put around it, percent-encoded or not.
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, NotATrustPolicy> {
        let mut value = json(text)?;
        let around = if value.get("Role").is_some() { value["Role"].take() } else { value };
        let role = around.get("Arn").and_then(Value::as_str).and_then(|arn| arn.parse().ok());
        let policy = match around.get("AssumeRolePolicyDocument") {
            Some(Value::String(text)) => json(text)?,
            Some(policy) => policy.clone(),
            None => around,
        };
        let document: PolicyDocument = serde_json::from_value(printable::json(policy))
            .map_err(|error| NotATrustPolicy::NoPolicy(error.to_string()))?;
        if document.statement.iter().all(|statement| statement.principal.is_none()) {
            return Err(NotATrustPolicy::NoPrincipal);
        }
        Ok(Self { file: file.to_owned(), document, role })
    }
}

fn json(text: &str) -> Result<Value, NotATrustPolicy> {
    let text = text.trim_start_matches('\u{feff}');
    let decoded =
        text.trim_start().starts_with('%').then(|| percent_decode_str(text.trim()).decode_utf8_lossy());
    serde_json::from_str(decoded.as_deref().unwrap_or(text)).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        NotATrustPolicy::Syntax { line: error.line(), reason }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    use super::*;

    const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": "x"}}}"#;

    #[test]
    fn every_form_in_which_aws_shows_a_policy_is_read() {
        let plain = TrustPolicy::parse("trust.json", POLICY).expect("a policy");
        assert_eq!(plain.document, PolicyDocument::from_json(POLICY).expect("a policy"));
        let encoded = utf8_percent_encode(POLICY, NON_ALPHANUMERIC).to_string();
        let arn = "arn:aws:iam::123456789012:role/ci/Deploy";
        for (text, role) in [
            (format!("\u{feff}\n{POLICY}\n"), None),
            (format!("{encoded}\n"), None),
            (format!(r#"{{"Role": {{"Arn": "{arn}", "AssumeRolePolicyDocument": {POLICY}}}}}"#), Some(arn)),
            (format!(r#"{{"Arn": "{arn}", "AssumeRolePolicyDocument": "{encoded}"}}"#), Some(arn)),
        ] {
            let read = TrustPolicy::parse("trust.json", &text).expect(&text);
            assert_eq!(read.document, plain.document, "{text}");
            assert_eq!(read.role.as_ref().map(RoleArn::as_str), role, "{text}");
        }
    }

    #[test]
    fn what_is_no_trust_policy_is_told_why() {
        for (text, expected) in [
            ("", "which is not JSON in line 1: EOF while parsing a value"),
            ("{\n\"Statement\": [],\n}", "which is not JSON in line 3: trailing comma"),
            ("[]", "which is not a policy: "),
            ("{}", "which is not a policy: missing field `Statement`"),
            (r#"{"Statement": {"Action": "*"}}"#, "which is not a policy: missing field `Effect`"),
            (r#"{"Statement": [], "Rule": 1}"#, "which is not a policy: unknown field `Rule`"),
            (r#"{"Statement": []}"#, "which is not a trust policy: none"),
            (
                r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#,
                "which is not a trust policy: none",
            ),
        ] {
            let error = TrustPolicy::parse("trust.json", text).expect_err(text).to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_fault_names_the_variable_and_the_file() {
        let fault = TrustPolicy::read("/absent/trust.json").expect_err("it is not there").to_string();
        assert!(
            fault.starts_with(
                "AWS_TRUST_POLICY_FILE names the file /absent/trust.json, which cannot be read: "
            )
        );
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"{").expect("it is open");
        let path = file.path().to_str().expect("UTF-8");
        let fault = TrustPolicy::read(path).expect_err("it is no JSON").to_string();
        assert!(fault.contains(&format!("{path}, which is not JSON in line 1: EOF")), "{fault}");
        assert!(fault.contains("\nhint: it takes the role's trust policy"), "{fault}");
    }
}
