//! `GetCallerIdentity`: signed, and allowed to everyone.

use http::request::Parts;
use jiff::Timestamp;
use serde::Serialize;

use super::session::ResponseMetadata;
use super::{NAMESPACE, SCOPE};
use crate::iam::Iam;
use crate::refusal::Refusal;
use crate::signature;
use crate::xml;

/// Says whose credentials signed the request.
pub(super) fn get(
    iam: &Iam,
    request: &Parts,
    body: &[u8],
    request_id: &str,
    now: Timestamp,
) -> Result<String, Refusal> {
    let signer = signature::verify(request, body, SCOPE, now, |key| iam.secret_key(key))?;
    let principal = iam.principal(&signer.access_key, signer.session_token.as_deref(), now)?;
    let response = Document {
        namespace: NAMESPACE,
        get_caller_identity_result: CallerIdentity {
            arn: &principal.arn,
            user_id: &principal.user_id,
            account: &principal.account,
        },
        response_metadata: ResponseMetadata { request_id },
    };
    Ok(xml::document("GetCallerIdentityResponse", &response))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    #[serde(rename = "@xmlns")]
    namespace: &'a str,
    get_caller_identity_result: CallerIdentity<'a>,
    response_metadata: ResponseMetadata<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CallerIdentity<'a> {
    arn: &'a str,
    user_id: &'a str,
    account: &'a str,
}
