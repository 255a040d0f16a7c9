//! The two questions to STS for a role's credentials, and what their answers have in common.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::Builder;
use aws_sdk_sts::types::{self, AssumedRoleUser};

use super::{ChainedRole, Exchanged, WebIdentity, retry};
use crate::duration::SessionDuration;
use crate::failure::{Failure, explain};
use crate::printable;

/// How the SDK names the source of credentials by a token.
const BY_TOKEN: &str = "BitbucketStepOidcToken";
/// How the SDK names the source of credentials by others.
const BY_SIGNATURE: &str = "ChainedRole";

/// Shows the step's token.
pub(super) async fn by_token(
    sts: &Client,
    identity: &WebIdentity,
    duration: SessionDuration,
    policy: Option<String>,
) -> Result<Option<Exchanged>, Failure> {
    let WebIdentity { role, token, session_name, .. } = identity;
    let reply = sts
        .assume_role_with_web_identity()
        .role_arn(role.as_str())
        .role_session_name(session_name.as_str())
        .duration_seconds(duration.seconds())
        .set_policy(policy)
        .web_identity_token(token.expose())
        .customize()
        .config_override(Builder::new().retry_classifier(retry::VerificationKeyUnavailable))
        .send()
        .await
        // STS quotes the token when it does not like its length or characters.
        .map_err(|error| explain(&error).without(token.expose()))?;
    Ok(read(reply.credentials, reply.assumed_role_user, BY_TOKEN))
}

/// Signs with the client's own credentials.
pub(super) async fn by_signature(
    sts: &Client,
    chained: &ChainedRole,
    duration: SessionDuration,
    policy: Option<String>,
) -> Result<Option<Exchanged>, Failure> {
    let ChainedRole { role, external_id, session_name, .. } = chained;
    let reply = sts
        .assume_role()
        .role_arn(role.as_str())
        .role_session_name(session_name.as_str())
        .duration_seconds(duration.seconds())
        .set_policy(policy)
        .set_external_id(external_id.as_ref().map(|id| id.as_str().to_owned()))
        .send()
        .await
        .map_err(|error| explain(&error))?;
    Ok(read(reply.credentials, reply.assumed_role_user, BY_SIGNATURE))
}

/// `None` when the reply lacks what makes it one, or has credentials that cannot be sent.
fn read(
    credentials: Option<types::Credentials>,
    user: Option<AssumedRoleUser>,
    source: &'static str,
) -> Option<Exchanged> {
    let (credentials, user) = (credentials?, user?);
    // They go into headers, and the SDK panics on one that no header can carry.
    let texts = [&credentials.access_key_id, &credentials.secret_access_key, &credentials.session_token];
    if !texts.into_iter().all(|text| text.bytes().all(|byte| byte.is_ascii_graphic())) {
        return None;
    }
    let built = Credentials::builder()
        .access_key_id(credentials.access_key_id)
        .secret_access_key(credentials.secret_access_key)
        .session_token(credentials.session_token)
        .expiry(SystemTime::try_from(credentials.expiration).ok()?)
        .provider_name(source);
    let built = match user.arn.split(':').nth(4) {
        Some(account) if !account.is_empty() => built.account_id(account),
        _ => built,
    };
    Some(Exchanged { credentials: built.build(), principal: printable::words(&user.arn) })
}
