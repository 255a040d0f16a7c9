//! `GetCallerIdentity`: signed, and allowed to everyone.

use http::request::Parts;
use jiff::Timestamp;
use serde::Serialize;

use super::NAMESPACE;
use super::web_identity::ResponseMetadata;
use crate::iam::Iam;
use crate::refusal::Refusal;
use crate::signature::{self, Scope};
use crate::xml;

/// STS is regional, so any region may be signed for.
const SCOPE: Scope = Scope { service: "sts", region: None };

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
    let response = Response {
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
struct Response<'a> {
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
