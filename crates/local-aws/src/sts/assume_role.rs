//! `AssumeRole`: signed with the credentials of a user or of another role's session.

use http::request::Parts;
use jiff::Timestamp;
use oidc_auth::policy::{Caller, Context, Request, Verdict, evaluate};
use serde::Serialize;

use super::NAMESPACE;
use super::form::Form;
use super::parameters::Parameters;
use super::session::{ResponseMetadata, Session};
use crate::iam::{EnrolledRole, Iam, Principal};
use crate::refusal::Refusal;
use crate::signature;
use crate::xml;

const ACTION: &str = "sts:AssumeRole";

/// Verifies the signature, asks the caller's and the role's policies and hands out credentials.
pub(super) fn assume_role(
    iam: &Iam,
    request: &Parts,
    body: &[u8],
    form: &Form,
    request_id: &str,
    now: Timestamp,
) -> Result<String, Refusal> {
    let signer = signature::verify(request, body, super::SCOPE, now, |key| iam.secret_key(key))?;
    let caller = iam.principal(&signer.access_key, signer.session_token.as_deref(), now)?;
    let (parameters, external_id) = Parameters::with_external_id(form)?;
    let arn = parameters.role.text;
    // A role that does not exist is refused like one that does not trust: strangers learn nothing.
    let trusting = iam.role(arn).filter(|role| {
        let context = Context::new()
            .with("aws:PrincipalArn", caller.principal_arn())
            .with("aws:PrincipalAccount", &caller.account)
            .with("sts:RoleSessionName", parameters.session_name);
        let context = external_id.iter().fold(context, |context, id| context.with("sts:ExternalId", *id));
        trusts(role, &caller, parameters.role.account, &context)
    });
    let role = trusting.ok_or_else(|| {
        let message =
            format!("User: {} is not authorized to perform: {ACTION} on resource: {arn}", caller.arn);
        Refusal::forbidden("AccessDenied", message)
    })?;
    let response = Document {
        namespace: NAMESPACE,
        assume_role_result: Session::open(iam, &role, parameters, Some(&caller), now)?,
        response_metadata: ResponseMetadata { request_id },
    };
    Ok(xml::document("AssumeRoleResponse", &response))
}

/// Whether role and caller agree.
///
/// | the role trusts | its account | the caller's own policies |
/// |---|---|---|
/// | the caller by name | the caller's | must not deny; held within a session policy, must allow |
/// | the caller by name | another | must allow |
/// | the caller's account | any | must allow |
fn trusts(role: &EnrolledRole, caller: &Principal, account: &str, context: &Context) -> bool {
    let verdict = |name: &str| {
        let caller = Some(Caller { kind: "AWS", name });
        evaluate([&role.role.trust], &Request { action: ACTION, resource: None, caller, context })
    };
    let names = [caller.arn.as_str(), caller.principal_arn()];
    let verdicts = names.map(verdict);
    if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Denied { .. }))
        || !verdicts.iter().any(Verdict::is_allowed)
    {
        return false;
    }
    let is_named = role.role.trust.statement.iter().filter_map(|statement| statement.principal.as_ref());
    let is_named =
        is_named.flat_map(oidc_auth::policy::Principal::names).any(|name| names.contains(&name.as_str()));
    match caller.may(ACTION, &role.role.arn) {
        Ok(()) => true,
        Err(denied) => {
            is_named && caller.account == account && !caller.is_narrowed() && denied.is_left_open()
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    #[serde(rename = "@xmlns")]
    namespace: &'a str,
    assume_role_result: Session,
    response_metadata: ResponseMetadata<'a>,
}
