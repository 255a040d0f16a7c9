//! STS: exchanges a step's token, or another role's credentials, for those of a role, and says who is calling.

mod assume_role;
mod caller_identity;
mod form;
mod parameters;
mod session;
mod token;
mod web_identity;

use http::StatusCode;
use http::request::Parts;
use jiff::Timestamp;

pub(crate) use self::form::Form;

use crate::iam::Iam;
use crate::random;
use crate::refusal::Refusal;
use crate::signature::Scope;
use crate::xml::{self, Reply};

/// The XML namespace, which is also the only version of the API.
pub(crate) const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// STS is regional, so any region may be signed for.
const SCOPE: Scope = Scope { service: "sts", region: None };

/// Answers one request to STS.
pub(crate) fn answer(iam: &Iam, request: &Parts, body: &[u8], now: Timestamp) -> Reply {
    let request_id = random::uuid();
    let form = Form::parse(body);
    let result = match form.get("Action") {
        Some("AssumeRoleWithWebIdentity") => web_identity::assume_role(iam, &form, &request_id, now),
        Some("AssumeRole") => assume_role::assume_role(iam, request, body, &form, &request_id, now),
        Some("GetCallerIdentity") => caller_identity::get(iam, request, body, &request_id, now),
        other => Err(unknown_action(other, form.get("Version"))),
    };
    match result {
        Ok(document) => xml::reply(StatusCode::OK, &request_id, document),
        Err(refusal) => xml::error(NAMESPACE, &refusal, &request_id),
    }
}

fn unknown_action(action: Option<&str>, version: Option<&str>) -> Refusal {
    let Some(action) = action else {
        return Refusal::bad_request(
            "MissingAction",
            "Could not find operation without the parameter Action",
        );
    };
    let version = version.unwrap_or("NO_VERSION_SPECIFIED");
    Refusal::bad_request("InvalidAction", format!("Could not find operation {action} for version {version}"))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
