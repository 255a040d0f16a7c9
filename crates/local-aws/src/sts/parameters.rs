//! The parameters of `AssumeRoleWithWebIdentity` and their constraints.

use std::fmt::Display;
use std::time::Duration;

use oidc_auth::policy::PolicyDocument;

use super::form::Form;
use crate::iam::RoleArn;
use crate::refusal::Refusal;

/// What every parameter of the operation is called, and those of every operation.
const KNOWN: [&str; 7] =
    ["Action", "Version", "RoleArn", "RoleSessionName", "WebIdentityToken", "DurationSeconds", "Policy"];

/// Lengths of a token in characters, from the service model.
const TOKEN: std::ops::RangeInclusive<usize> = 4..=20_000;

/// Lengths of a session name in characters, from the service model.
const SESSION_NAME: std::ops::RangeInclusive<usize> = 2..=64;

/// Seconds that can be asked for, from the service model; the role may allow less.
const DURATION: std::ops::RangeInclusive<u64> = 900..=43_200;

/// Seconds unless asked for otherwise.
const DEFAULT_DURATION: u64 = 3600;

/// Characters of an inline session policy, from the service model.
const POLICY: std::ops::RangeInclusive<usize> = 1..=2048;

/// Valid parameters.
#[derive(Debug)]
pub(super) struct Parameters<'a> {
    pub(super) role: RoleArn<'a>,
    pub(super) session_name: &'a str,
    pub(super) token: &'a str,
    pub(super) duration: Duration,
    pub(super) policy: Option<SessionPolicy<'a>>,
}

/// A session policy, as sent and as understood.
#[derive(Debug)]
pub(super) struct SessionPolicy<'a> {
    pub(super) text: &'a str,
    pub(super) document: PolicyDocument,
}

impl<'a> Parameters<'a> {
    pub(super) fn parse(form: &'a Form) -> Result<Self, Refusal> {
        if let Some(name) = form.names().find(|name| !KNOWN.contains(name)) {
            let message = format!("The parameter {name} is not provided by the embedded AWS.");
            return Err(Refusal::bad_request("ValidationError", message));
        }
        let mut faults = Faults::default();
        let role_arn = faults.required(form, "RoleArn", "roleArn");
        let session_name = faults.required(form, "RoleSessionName", "roleSessionName");
        let token = faults.required(form, "WebIdentityToken", "webIdentityToken");
        let seconds = form.get("DurationSeconds").unwrap_or_default();
        let seconds = if seconds.is_empty() { Ok(DEFAULT_DURATION) } else { seconds.parse() };
        let seconds = seconds
            .map_err(|_| Refusal::bad_request("MalformedInput", "DurationSeconds is not an integer"))?;
        let policy = form.get("Policy");

        faults.length("roleSessionName", session_name, &SESSION_NAME);
        if !session_name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character))
        {
            faults.value("roleSessionName", session_name, r"satisfy regular expression pattern: [\w+=,.@-]*");
        }
        faults.length("webIdentityToken", token, &TOKEN);
        if seconds < *DURATION.start() {
            faults.value(
                "durationSeconds",
                seconds,
                &format!("have value greater than or equal to {}", DURATION.start()),
            );
        }
        if seconds > *DURATION.end() {
            faults.value(
                "durationSeconds",
                seconds,
                &format!("have value less than or equal to {}", DURATION.end()),
            );
        }
        if let Some(policy) = policy {
            faults.length("policy", policy, &POLICY);
        }
        faults.none()?;

        let role = RoleArn::parse(role_arn)
            .ok_or_else(|| Refusal::bad_request("ValidationError", "Request ARN is invalid"))?;
        let policy = policy.map(SessionPolicy::parse).transpose()?;
        Ok(Self { role, session_name, token, duration: Duration::from_secs(seconds), policy })
    }
}

impl<'a> SessionPolicy<'a> {
    fn parse(text: &'a str) -> Result<Self, Refusal> {
        let malformed = |message| Refusal::bad_request("MalformedPolicyDocument", message);
        if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
            return Err(malformed("This policy contains invalid Json"));
        }
        let document = PolicyDocument::from_json(text).map_err(|_| malformed("Syntax errors in policy."))?;
        for statement in &document.statement {
            if statement.principal.is_some() {
                return Err(malformed("Policy document should not specify a principal."));
            }
            if statement.action.is_empty() && statement.not_action.is_empty() {
                return Err(malformed("Policy statement must contain actions."));
            }
            if statement.resource.is_empty() && statement.not_resource.is_empty() {
                return Err(malformed("Policy statement must contain resources."));
            }
        }
        Ok(Self { text, document })
    }
}

/// Violated constraints, which AWS reports all at once.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn required<'a>(&mut self, form: &'a Form, parameter: &str, member: &str) -> &'a str {
        let value = form.get(parameter);
        if value.is_none() {
            self.0.push(format!(
                "Value null at '{member}' failed to satisfy constraint: Member must not be null"
            ));
        }
        value.unwrap_or_default()
    }

    fn length(&mut self, member: &str, value: &str, limits: &std::ops::RangeInclusive<usize>) {
        let length = value.chars().count();
        // What is missing has been reported already.
        if length < *limits.start() && !self.0.iter().any(|fault| fault.contains(member)) {
            self.value(member, value, &format!("have length greater than or equal to {}", limits.start()));
        }
        if length > *limits.end() {
            self.value(member, value, &format!("have length less than or equal to {}", limits.end()));
        }
    }

    fn value(&mut self, member: &str, value: impl Display, constraint: &str) {
        // A token is a secret, and AWS does not repeat it either.
        let shown = if member == "webIdentityToken" { String::new() } else { format!(" '{value}'") };
        self.0.push(format!(
            "Value{shown} at '{member}' failed to satisfy constraint: Member must {constraint}"
        ));
    }

    fn none(self) -> Result<(), Refusal> {
        let errors = if self.0.len() == 1 { "error" } else { "errors" };
        let message = format!("{} validation {errors} detected: {}", self.0.len(), self.0.join("; "));
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::bad_request("ValidationError", message)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str =
        "RoleArn=arn:aws:iam::123456789012:role/deploy&RoleSessionName=build-1&WebIdentityToken=a.b.c";

    fn refusal(body: &str) -> (String, String) {
        let form = Form::parse(body.as_bytes());
        let refusal = Parameters::parse(&form).expect_err(body);
        (refusal.code.into_owned(), refusal.message)
    }

    #[test]
    fn defaults() {
        let form = Form::parse(VALID.as_bytes());
        let parameters = Parameters::parse(&form).expect("valid");
        assert_eq!((parameters.session_name, parameters.duration), ("build-1", Duration::from_hours(1)));
        assert!(parameters.policy.is_none());
    }

    #[test]
    fn every_constraint() {
        let long = "x".repeat(65);
        let policy = format!("Policy={}", "x".repeat(2049));
        for (change, code, expected) in [
            ("RoleArn=x", "ValidationError", "Request ARN is invalid"),
            ("RoleArn=arn:aws:iam::123456789012:user/x", "ValidationError", "Request ARN is invalid"),
            (
                "RoleSessionName=x",
                "ValidationError",
                "'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
            ),
            (&format!("RoleSessionName={long}"), "ValidationError", "less than or equal to 64"),
            (
                "RoleSessionName=a%20b",
                "ValidationError",
                r"Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*",
            ),
            ("RoleSessionName=%C3%A9%C3%A9", "ValidationError", "regular expression"),
            ("WebIdentityToken=abc", "ValidationError", "Value at 'webIdentityToken'"),
            ("DurationSeconds=899", "ValidationError", "greater than or equal to 900"),
            ("DurationSeconds=43201", "ValidationError", "less than or equal to 43200"),
            ("DurationSeconds=x", "MalformedInput", "integer"),
            (&policy, "ValidationError", "'policy'"),
            ("Policy=%7B", "MalformedPolicyDocument", "This policy contains invalid Json"),
            ("Policy=%7B%7D", "MalformedPolicyDocument", "Syntax errors in policy."),
            (
                r#"Policy={"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#,
                "MalformedPolicyDocument",
                "principal",
            ),
            (
                r#"Policy={"Statement":{"Effect":"Allow","Action":"s3:*"}}"#,
                "MalformedPolicyDocument",
                "resources",
            ),
            (
                r#"Policy={"Statement":{"Effect":"Allow","Resource":"*"}}"#,
                "MalformedPolicyDocument",
                "actions",
            ),
            ("PolicyArns.member.1.arn=x", "ValidationError", "PolicyArns.member.1.arn"),
        ] {
            let (found, message) = refusal(&format!("{VALID}&{change}"));
            assert_eq!(found, code, "{change}");
            assert!(message.contains(expected), "{change}: {message}");
        }
    }

    #[test]
    fn faults_are_reported_together() {
        let (_, message) = refusal("RoleArn=x&DurationSeconds=1");
        assert!(
            message.starts_with("3 validation errors detected: Value null at 'roleSessionName'"),
            "{message}"
        );
    }
}
