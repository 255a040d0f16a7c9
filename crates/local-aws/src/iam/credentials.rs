//! Access keys, for ever and for a session, and the test whether what a request carries still counts.

use std::fmt;

use jiff::Timestamp;
use oidc_auth::policy::PolicyDocument;

use super::BadCredentials;
use crate::random;

/// What a secret looks like in `Debug`.
const REDACTED: &str = "******";

/// A static access key of a user.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// `AKIA…`.
    pub id: String,
    /// Forty characters.
    pub secret: String,
}

impl AccessKey {
    pub(super) fn new() -> Self {
        Self { id: random::identifier("AKIA", 20), secret: random::base64::<30>() }
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AccessKey").field("id", &self.id).field("secret", &REDACTED).finish()
    }
}

/// Temporary credentials of a role, as STS answers them.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionCredentials {
    /// `ASIA…`.
    pub id: String,
    /// Forty characters.
    pub secret: String,
    /// What must come with every request.
    pub session_token: String,
    /// When they end.
    pub expires: Timestamp,
}

impl SessionCredentials {
    pub(super) fn new(expires: Timestamp) -> Self {
        Self {
            id: random::identifier("ASIA", 20),
            secret: random::base64::<30>(),
            // Real tokens begin like this and are a few hundred characters long.
            session_token: format!("IQoJb3JpZ2luX2Vj{}", random::base64::<300>()),
            expires,
        }
    }
}

impl fmt::Debug for SessionCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("SessionCredentials");
        shown.field("id", &self.id).field("secret", &REDACTED).field("session_token", &REDACTED);
        shown.field("expires", &self.expires).finish()
    }
}

/// Whose key it is.
#[derive(Clone, Debug)]
pub(super) enum Holder {
    User { name: String },
    Session { role_arn: String, name: String, policy: Option<PolicyDocument> },
}

/// A key that was handed out.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) holder: Holder,
    pub(super) secret: String,
    /// The token that must come with it and the time it ends, if it is temporary.
    session: Option<(String, Timestamp)>,
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Key").field("holder", &self.holder).finish_non_exhaustive()
    }
}

impl Key {
    pub(super) fn of_user(name: &str, key: &AccessKey) -> Self {
        Self { holder: Holder::User { name: name.into() }, secret: key.secret.clone(), session: None }
    }

    pub(super) fn of_session(
        role_arn: &str,
        name: &str,
        policy: Option<PolicyDocument>,
        credentials: &SessionCredentials,
    ) -> Self {
        Self {
            holder: Holder::Session { role_arn: role_arn.into(), name: name.into(), policy },
            secret: credentials.secret.clone(),
            session: Some((credentials.session_token.clone(), credentials.expires)),
        }
    }

    /// Whether this key counts at `now` with the token that came with it.
    pub(super) fn accept(&self, token: Option<&str>, now: Timestamp) -> Result<(), BadCredentials> {
        match (&self.session, token) {
            (None, None) => Ok(()),
            (Some(_), None) => Err(BadCredentials::MissingToken),
            (Some((expected, expires)), Some(token)) if expected == token => {
                if now < *expires {
                    Ok(())
                } else {
                    Err(BadCredentials::Expired)
                }
            }
            (_, Some(_)) => Err(BadCredentials::WrongToken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let user = AccessKey::new();
        let session = SessionCredentials::new(Timestamp::UNIX_EPOCH);
        let keys = [Key::of_user("u", &user), Key::of_session("r", "s", None, &session)];
        let shown = format!("{user:?} {session:?} {keys:?}");
        for secret in [&user.secret, &session.secret, &session.session_token] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains(&user.id) && shown.contains(&session.id));
    }
}
