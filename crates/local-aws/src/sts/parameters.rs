//! The parameters of `AssumeRole` and `AssumeRoleWithWebIdentity` and their constraints.

use std::fmt::Display;
use std::time::Duration;

use oidc_auth::policy::PolicyDocument;

use super::form::Form;
use crate::iam::RoleArn;
use crate::refusal::Refusal;

/// What the parameters are called that both operations have, and those of every operation.
const SHARED: [&str; 6] = ["Action", "Version", "RoleArn", "RoleSessionName", "DurationSeconds", "Policy"];

/// The parameter that is the proof of `AssumeRoleWithWebIdentity`.
const WEB_IDENTITY_TOKEN: &str = "WebIdentityToken";

/// The parameter of `AssumeRole` by which a role's owner tells his customers apart.
const EXTERNAL_ID: &str = "ExternalId";

/// Lengths of a token in characters, from the service model.
const TOKEN: std::ops::RangeInclusive<usize> = 4..=20_000;

/// Lengths of a session name in characters, from the service model.
const SESSION_NAME: std::ops::RangeInclusive<usize> = 2..=64;

/// Seconds that can be asked for, from the service model; the role may allow less.
const DURATION: std::ops::RangeInclusive<u64> = 900..=43_200;

/// Seconds unless asked for otherwise.
const DEFAULT_DURATION: u64 = 3600;

/// Lengths of an external id in characters, from the service model.
const EXTERNAL_IDS: std::ops::RangeInclusive<usize> = 2..=1224;

/// Characters of an inline session policy, from the service model.
const POLICY: std::ops::RangeInclusive<usize> = 1..=2048;

/// Valid parameters that both operations have.
#[derive(Debug)]
pub(super) struct Parameters<'a> {
    pub(super) role: RoleArn<'a>,
    pub(super) session_name: &'a str,
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
    /// Those of `AssumeRoleWithWebIdentity`, and its token.
    pub(super) fn with_token(form: &'a Form) -> Result<(Self, &'a str), Refusal> {
        let mut faults = Faults::default();
        only(form, WEB_IDENTITY_TOKEN)?;
        let draft = Draft::read(form, &mut faults)?;
        let token = faults.required(form, WEB_IDENTITY_TOKEN, "webIdentityToken");
        draft.check(&mut faults);
        faults.length("webIdentityToken", token, &TOKEN);
        faults.none()?;
        Ok((draft.parse()?, token))
    }

    /// Those of `AssumeRole`, and its external id.
    pub(super) fn with_external_id(form: &'a Form) -> Result<(Self, Option<&'a str>), Refusal> {
        let mut faults = Faults::default();
        only(form, EXTERNAL_ID)?;
        let draft = Draft::read(form, &mut faults)?;
        draft.check(&mut faults);
        let external_id = form.get(EXTERNAL_ID);
        if let Some(id) = external_id {
            faults.length("externalId", id, &EXTERNAL_IDS);
            faults.characters("externalId", id, "_+=,.@:/-", r"[\w+=,.@:\/-]*");
        }
        faults.none()?;
        Ok((draft.parse()?, external_id))
    }
}

/// Refuses what AWS has and this cloud has not, rather than ignoring it.
fn only(form: &Form, own: &str) -> Result<(), Refusal> {
    match form.names().find(|name| !SHARED.contains(name) && *name != own) {
        None => Ok(()),
        Some(name) => {
            let message = format!("The parameter {name} is not provided by the embedded AWS.");
            Err(Refusal::bad_request("ValidationError", message))
        }
    }
}

/// Parameters as they were sent.
struct Draft<'a> {
    role_arn: &'a str,
    session_name: &'a str,
    seconds: u64,
    policy: Option<&'a str>,
}

impl<'a> Draft<'a> {
    fn read(form: &'a Form, faults: &mut Faults) -> Result<Self, Refusal> {
        let seconds = form.get("DurationSeconds").unwrap_or_default();
        let seconds = if seconds.is_empty() { Ok(DEFAULT_DURATION) } else { seconds.parse() };
        Ok(Self {
            role_arn: faults.required(form, "RoleArn", "roleArn"),
            session_name: faults.required(form, "RoleSessionName", "roleSessionName"),
            seconds: seconds
                .map_err(|_| Refusal::bad_request("MalformedInput", "DurationSeconds is not an integer"))?,
            policy: form.get("Policy"),
        })
    }

    fn check(&self, faults: &mut Faults) {
        faults.length("roleSessionName", self.session_name, &SESSION_NAME);
        faults.characters("roleSessionName", self.session_name, "_+=,.@-", r"[\w+=,.@-]*");
        let (least, most) = (DURATION.start(), DURATION.end());
        if self.seconds < *least {
            let constraint = format!("have value greater than or equal to {least}");
            faults.value("durationSeconds", self.seconds, &constraint);
        }
        if self.seconds > *most {
            let constraint = format!("have value less than or equal to {most}");
            faults.value("durationSeconds", self.seconds, &constraint);
        }
        if let Some(policy) = self.policy {
            faults.length("policy", policy, &POLICY);
        }
    }

    fn parse(self) -> Result<Parameters<'a>, Refusal> {
        let role = RoleArn::parse(self.role_arn)
            .ok_or_else(|| Refusal::bad_request("ValidationError", "Request ARN is invalid"))?;
        let policy = self.policy.map(SessionPolicy::parse).transpose()?;
        let duration = Duration::from_secs(self.seconds);
        Ok(Parameters { role, session_name: self.session_name, duration, policy })
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

    fn characters(&mut self, member: &str, value: &str, allowed: &str, pattern: &str) {
        let is_allowed = |character: char| character.is_ascii_alphanumeric() || allowed.contains(character);
        if !value.chars().all(is_allowed) {
            self.value(member, value, &format!("satisfy regular expression pattern: {pattern}"));
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
        let refusal = Parameters::with_token(&form).expect_err(body);
        (refusal.code.into_owned(), refusal.message)
    }

    #[test]
    fn defaults() {
        let form = Form::parse(VALID.as_bytes());
        let (parameters, token) = Parameters::with_token(&form).expect("valid");
        assert_eq!(token, "a.b.c");
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
            ("ExternalId=x", "ValidationError", "ExternalId"),
            ("PolicyArns.member.1.arn=x", "ValidationError", "PolicyArns.member.1.arn"),
        ] {
            let (found, message) = refusal(&format!("{VALID}&{change}"));
            assert_eq!(found, code, "{change}");
            assert!(message.contains(expected), "{change}: {message}");
        }
    }

    #[test]
    fn external_ids() {
        for (id, expected) in [
            ("customer:7/a", None),
            ("x", Some("'externalId' failed to satisfy constraint: Member must have length greater")),
            ("a b", Some("satisfy regular expression pattern: [\\w+=,.@:\\/-]*")),
        ] {
            let body = format!(
                "RoleArn=arn:aws:iam::123456789012:role/deploy&RoleSessionName=build-1&ExternalId={id}"
            );
            let form = Form::parse(body.as_bytes());
            let refused = Parameters::with_external_id(&form).err().map(|refusal| refusal.message);
            assert_eq!(refused.is_some(), expected.is_some(), "{id}");
            assert!(refused.unwrap_or_default().contains(expected.unwrap_or_default()), "{id}");
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
