//! The token of a step, with the claims that Bitbucket puts in it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;

use super::{Workspace, in_braces, key};
use crate::random;

/// How long a step's token lives, in seconds: seen in tokens of public pipelines.
const LIFETIME: Duration = Duration::from_hours(1);

/// What Bitbucket would sign for a step; every part can be changed to one that STS must refuse.
#[derive(Clone, Debug)]
pub struct StepToken {
    issuer: String,
    audience: Audience,
    subject: Option<String>,
    step: String,
    pipeline: String,
    repository: String,
    workspace: String,
    environment: Option<String>,
    branch: Option<String>,
    lifetime: SignedDuration,
    age: SignedDuration,
    broken_signature: bool,
}

impl StepToken {
    /// The token of a new step of the repository with this UUID, in that workspace, without a deployment environment.
    #[must_use]
    pub fn for_repository(workspace: &Workspace, repository_uuid: &str) -> Self {
        Self {
            issuer: workspace.issuer_url(),
            audience: Audience::One(workspace.audience()),
            subject: None,
            step: in_braces(&random::uuid()),
            pipeline: in_braces(&random::uuid()),
            repository: in_braces(repository_uuid),
            workspace: workspace.uuid(),
            environment: None,
            branch: None,
            lifetime: SignedDuration::try_from(LIFETIME).unwrap_or(SignedDuration::MAX),
            age: SignedDuration::ZERO,
            broken_signature: false,
        }
    }

    /// Asks for another audience, as `oidc: {audiences: […]}` does: the claim is then a list, even of one.
    #[must_use]
    pub fn audience(self, audience: &str) -> Self {
        self.audiences([audience])
    }

    /// Asks for other audiences.
    #[must_use]
    pub fn audiences<'a>(self, audiences: impl IntoIterator<Item = &'a str>) -> Self {
        let audience = Audience::Many(audiences.into_iter().map(str::to_owned).collect());
        Self { audience, ..self }
    }

    /// Replaces the subject, which Bitbucket makes of repository, environment and step.
    #[must_use]
    pub fn subject(self, subject: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), ..self }
    }

    /// Makes it the token of the step with this UUID.
    #[must_use]
    pub fn step(self, uuid: &str) -> Self {
        Self { step: in_braces(uuid), ..self }
    }

    /// Makes it the token of a step of the pipeline run with this UUID.
    #[must_use]
    pub fn pipeline(self, uuid: &str) -> Self {
        Self { pipeline: in_braces(uuid), ..self }
    }

    /// Makes it the token of a step with `deployment:` to the environment with this UUID.
    #[must_use]
    pub fn deployment(self, environment_uuid: &str) -> Self {
        Self { environment: Some(in_braces(environment_uuid)), ..self }
    }

    /// Makes it the token of a step on this branch.
    #[must_use]
    pub fn branch(self, name: impl Into<String>) -> Self {
        Self { branch: Some(name.into()), ..self }
    }

    /// Replaces the hour that a token lives.
    #[must_use]
    pub fn lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime: SignedDuration::try_from(lifetime).unwrap_or(SignedDuration::MAX), ..self }
    }

    /// Makes it a token that was issued so long ago that it expired a minute ago.
    #[must_use]
    pub fn expired(self) -> Self {
        let age = self.lifetime + SignedDuration::from_mins(1);
        Self { age, ..self }
    }

    /// Makes it a token issued an hour in the future.
    #[must_use]
    pub fn not_yet_valid(self) -> Self {
        Self { age: SignedDuration::from_hours(-1), ..self }
    }

    /// Changes one bit of the signature.
    #[must_use]
    pub fn with_broken_signature(self) -> Self {
        Self { broken_signature: true, ..self }
    }

    /// The signed token, as `BITBUCKET_STEP_OIDC_TOKEN` holds it.
    #[must_use]
    pub fn sign(&self) -> String {
        self.sign_at(Timestamp::now())
    }

    /// As [`sign`](Self::sign), at another time.
    #[must_use]
    pub fn sign_at(&self, now: Timestamp) -> String {
        let header = json!({ "kid": key::KEY_ID, "typ": "JWT", "alg": "RS256" });
        let claims = serde_json::to_vec(&self.claims(now)).expect("claims are plain data");
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let signed = format!("{}.{}", encode(header.to_string().as_bytes()), encode(&claims));
        let mut signature = key::sign(signed.as_bytes());
        if self.broken_signature {
            signature[0] ^= 1;
        }
        format!("{signed}.{}", encode(&signature))
    }

    fn claims(&self, now: Timestamp) -> Claims<'_> {
        let issued = (now - self.age).as_second();
        let parts = [Some(&self.repository), self.environment.as_ref(), Some(&self.step)];
        let subject = || parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(":");
        Claims {
            iss: &self.issuer,
            aud: &self.audience,
            sub: self.subject.clone().unwrap_or_else(subject),
            iat: issued,
            exp: issued.saturating_add(self.lifetime.as_secs()),
            step_uuid: &self.step,
            pipeline_uuid: &self.pipeline,
            repository_uuid: &self.repository,
            workspace_uuid: &self.workspace,
            deployment_environment_uuid: self.environment.as_deref(),
            branch_name: self.branch.as_deref(),
        }
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a Audience,
    sub: String,
    iat: i64,
    exp: i64,
    step_uuid: &'a str,
    pipeline_uuid: &'a str,
    repository_uuid: &'a str,
    workspace_uuid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment_environment_uuid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_name: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn claims(token: &StepToken) -> Value {
        let signed = token.sign_at(Timestamp::from_second(1_800_000_000).expect("a time"));
        let payload = signed.split('.').nth(1).expect("three parts");
        let bytes = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
        serde_json::from_slice(&bytes).expect("JSON")
    }

    #[test]
    fn claims_are_those_of_bitbucket() {
        let workspace = Workspace::new("acme", "w");
        let token = StepToken::for_repository(&workspace, "r").step("s").pipeline("{p}");
        assert_eq!(
            claims(&token),
            json!({
                "iss": "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
                "aud": "ari:cloud:bitbucket::workspace/w",
                "sub": "{r}:{s}",
                "iat": 1_800_000_000,
                "exp": 1_800_003_600,
                "stepUuid": "{s}",
                "pipelineUuid": "{p}",
                "repositoryUuid": "{r}",
                "workspaceUuid": "{w}",
            })
        );
    }

    #[test]
    fn every_part_can_be_changed() {
        let token = StepToken::for_repository(&Workspace::new("acme", "w"), "{r}").step("s");
        let deployed = claims(&token.clone().deployment("e").branch("main"));
        assert_eq!((&deployed["sub"], &deployed["branchName"]), (&json!("{r}:{e}:{s}"), &json!("main")));
        assert_eq!(claims(&token.clone().audience("sts.amazonaws.com"))["aud"], json!(["sts.amazonaws.com"]));
        assert_eq!(claims(&token.clone().subject("x"))["sub"], json!("x"));
        assert_eq!(claims(&token.clone().expired())["exp"], json!(1_799_999_940));
        assert_eq!(claims(&token.clone().not_yet_valid())["iat"], json!(1_800_003_600));
        assert_eq!(claims(&token.lifetime(Duration::from_secs(7)))["exp"], json!(1_800_000_007));
    }
}
