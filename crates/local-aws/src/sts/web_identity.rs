//! `AssumeRoleWithWebIdentity`: unsigned, because the token is the proof.

use jiff::Timestamp;
use oidc_auth::policy::{Caller, Context, Request, evaluate};
use serde::Serialize;

use super::NAMESPACE;
use super::form::Form;
use super::parameters::{Parameters, SessionPolicy};
use super::token::{self, VerifiedToken};
use crate::iam::{EnrolledRole, Iam, RoleArn, SessionCredentials, session_arn, without_scheme};
use crate::refusal::Refusal;
use crate::xml;

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// Characters of a session policy that fill it; how AWS packs policies is not published.
const FULL_POLICY: usize = 2048;

/// Verifies the token, asks the role's trust policy and hands out credentials.
pub(super) fn assume_role(
    iam: &Iam,
    form: &Form,
    request_id: &str,
    now: Timestamp,
) -> Result<String, Refusal> {
    let parameters = Parameters::parse(form)?;
    let token =
        token::verify(parameters.token, now, |issuer| iam.audiences(parameters.role.account, issuer))?;
    let provider = provider_arn(&parameters.role, &token);
    // A role that does not exist is refused like one that does not trust: strangers learn nothing.
    let role = iam.role(parameters.role.text).filter(|role| trusts(role, &provider, &token, &parameters));
    let role = role
        .ok_or_else(|| Refusal::forbidden("AccessDenied", format!("Not authorized to perform {ACTION}")))?;
    if parameters.duration > role.role.max_session {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(Refusal::bad_request("ValidationError", message));
    }
    let Parameters { role: arn, session_name, duration, policy, .. } = parameters;
    let packed = policy.as_ref().map(|policy| policy.text.chars().count() * 100 / FULL_POLICY);
    let document = policy.map(|SessionPolicy { document, .. }| document);
    let credentials = iam.open_session(&arn, session_name, document, duration, now);
    let result = AssumeRoleResult {
        subject_from_web_identity_token: token.subject,
        audience: token.audiences.into_iter().next().unwrap_or_default(),
        assumed_role_user: AssumedRoleUser {
            arn: session_arn(&arn, session_name),
            assumed_role_id: format!("{}:{session_name}", role.id),
        },
        credentials: credentials.into(),
        provider,
        packed_policy_size: packed,
    };
    let response = Response {
        namespace: NAMESPACE,
        assume_role_with_web_identity_result: result,
        response_metadata: ResponseMetadata { request_id },
    };
    Ok(xml::document("AssumeRoleWithWebIdentityResponse", &response))
}

fn trusts(role: &EnrolledRole, provider: &str, token: &VerifiedToken, parameters: &Parameters<'_>) -> bool {
    let issuer = without_scheme(&token.issuer);
    let context = Context::new()
        .with_all(&format!("{issuer}:aud"), token.audiences.iter())
        .with(&format!("{issuer}:sub"), &token.subject)
        .with("aws:FederatedProvider", provider)
        .with("sts:RoleSessionName", parameters.session_name);
    let caller = Some(Caller { kind: "Federated", name: provider });
    evaluate([&role.role.trust], &Request { action: ACTION, resource: None, caller, context: &context })
        .is_allowed()
}

/// The ARN of the identity provider in the role's account.
fn provider_arn(role: &RoleArn<'_>, token: &VerifiedToken) -> String {
    format!("arn:{}:iam::{}:oidc-provider/{}", role.partition, role.account, without_scheme(&token.issuer))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    #[serde(rename = "@xmlns")]
    namespace: &'a str,
    assume_role_with_web_identity_result: AssumeRoleResult,
    response_metadata: ResponseMetadata<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRoleResult {
    subject_from_web_identity_token: String,
    audience: String,
    assumed_role_user: AssumedRoleUser,
    credentials: Credentials,
    provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    packed_policy_size: Option<usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumedRoleUser {
    arn: String,
    assumed_role_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
}

impl From<SessionCredentials> for Credentials {
    fn from(credentials: SessionCredentials) -> Self {
        Self {
            access_key_id: credentials.id,
            secret_access_key: credentials.secret,
            session_token: credentials.session_token,
            expiration: credentials.expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ResponseMetadata<'a> {
    pub(super) request_id: &'a str,
}
