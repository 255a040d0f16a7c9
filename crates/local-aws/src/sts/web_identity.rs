//! `AssumeRoleWithWebIdentity`: unsigned, because the token is the proof.

use jiff::Timestamp;
use oidc_auth::policy::{Caller, Context, Request, evaluate};
use serde::Serialize;

use super::NAMESPACE;
use super::form::Form;
use super::parameters::Parameters;
use super::session::{ResponseMetadata, Session};
use super::token::{self, VerifiedToken};
use crate::iam::{EnrolledRole, Iam, RoleArn, without_scheme};
use crate::refusal::Refusal;
use crate::xml;

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// Verifies the token, asks the role's trust policy and hands out credentials.
pub(super) fn assume_role(
    iam: &Iam,
    form: &Form,
    request_id: &str,
    now: Timestamp,
) -> Result<String, Refusal> {
    let (parameters, token) = Parameters::with_token(form)?;
    let token = token::verify(token, now, |issuer| iam.audiences(parameters.role.account, issuer))?;
    let provider = provider_arn(&parameters.role, &token);
    // A role that does not exist is refused like one that does not trust: strangers learn nothing.
    let role = iam.role(parameters.role.text).filter(|role| trusts(role, &provider, &token, &parameters));
    let role = role
        .ok_or_else(|| Refusal::forbidden("AccessDenied", format!("Not authorized to perform {ACTION}")))?;
    let session = Session::open(iam, &role, parameters, None, now)?;
    let result = AssumeRoleResult {
        subject_from_web_identity_token: token.subject,
        audience: token.audiences.into_iter().next().unwrap_or_default(),
        session,
        provider,
    };
    let response = Document {
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
struct Document<'a> {
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
    #[serde(flatten)]
    session: Session,
    provider: String,
}
