//! A new session of a role: its credentials, and how STS tells of it.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::parameters::{Parameters, SessionPolicy};
use crate::iam::{EnrolledRole, Iam, Principal, SessionCredentials, session_arn};
use crate::refusal::Refusal;

/// Characters of a session policy that fill it; how AWS packs policies is not published.
const FULL_POLICY: usize = 2048;

/// The longest session of a role that another role's session assumes.
const CHAINED: Duration = Duration::from_hours(1);

/// The part of an answer that both operations have.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Session {
    assumed_role_user: AssumedRoleUser,
    credentials: Credentials,
    #[serde(skip_serializing_if = "Option::is_none")]
    packed_policy_size: Option<usize>,
}

impl Session {
    /// Hands out credentials, if the session is not too long for the role and for `caller`.
    pub(super) fn open(
        iam: &Iam,
        role: &EnrolledRole,
        parameters: Parameters<'_>,
        caller: Option<&Principal>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let Parameters { role: arn, session_name, duration, policy } = parameters;
        let message = if caller.is_some_and(Principal::is_session) && duration > CHAINED {
            Some(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            )
        } else if duration > role.role.max_session {
            Some("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        } else {
            None
        };
        if let Some(message) = message {
            return Err(Refusal::bad_request("ValidationError", message));
        }
        let packed = policy.as_ref().map(|policy| policy.text.chars().count() * 100 / FULL_POLICY);
        let document = policy.map(|SessionPolicy { document, .. }| document);
        let credentials = iam.open_session(&arn, session_name, document, duration, now);
        Ok(Self {
            assumed_role_user: AssumedRoleUser {
                arn: session_arn(&arn, session_name),
                assumed_role_id: format!("{}:{session_name}", role.id),
            },
            credentials: credentials.into(),
            packed_policy_size: packed,
        })
    }
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
