//! IAM: who there is (roles, users, identity providers), which keys they hold, and what they may do.

mod credentials;
mod guard;
mod permission;
mod principal;
mod role;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use oidc_auth::policy::PolicyDocument;

pub use self::credentials::{AccessKey, SessionCredentials};
pub(crate) use self::principal::{Principal, session_arn};
pub use self::role::Role;
pub(crate) use self::role::{EnrolledRole, RoleArn};

use self::credentials::Key;
use crate::random;
use crate::refusal::Refusal;

/// The account that owns what is created without naming one.
pub const ACCOUNT: &str = "111122223333";

/// The users, roles, providers and keys of the embedded AWS. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Iam {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    roles: BTreeMap<String, EnrolledRole>,
    users: BTreeMap<String, User>,
    /// Account and issuer without scheme, then the audiences.
    providers: BTreeMap<(String, String), Vec<String>>,
    keys: BTreeMap<String, Key>,
    /// All temporary credentials, oldest first.
    issued: Vec<SessionCredentials>,
    credential_lifetime: Option<Duration>,
    /// What requests without a signature may do.
    anonymous: Vec<PolicyDocument>,
}

#[derive(Clone, Debug)]
struct User {
    id: String,
    permissions: Vec<PolicyDocument>,
}

/// Why credentials are not accepted, before a service puts it in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BadCredentials {
    /// No such access key was ever handed out.
    UnknownKey,
    /// A temporary key came without its session token.
    MissingToken,
    /// The session token is not the one of this key.
    WrongToken,
    /// They were temporary, and their time is over.
    Expired,
}

impl From<BadCredentials> for Refusal {
    /// As STS and CloudFront say it.
    fn from(bad: BadCredentials) -> Self {
        match bad {
            BadCredentials::Expired => {
                Self::forbidden("ExpiredToken", "The security token included in the request is expired")
            }
            BadCredentials::UnknownKey | BadCredentials::MissingToken | BadCredentials::WrongToken => {
                Self::forbidden(
                    "InvalidClientTokenId",
                    "The security token included in the request is invalid.",
                )
            }
        }
    }
}

impl Iam {
    pub(crate) fn create_role(&self, role: Role) {
        let mut state = self.lock();
        let known = state.roles.get(&role.arn).map(|known| known.id.clone());
        let id = known.unwrap_or_else(|| random::identifier("AROA", 21));
        state.roles.insert(role.arn.clone(), EnrolledRole { id, role });
    }

    pub(crate) fn create_oidc_provider(&self, account: &str, issuer_url: &str, audiences: Vec<String>) {
        self.lock().providers.insert((account.into(), without_scheme(issuer_url).into()), audiences);
    }

    pub(crate) fn create_user(&self, name: &str, permissions: Vec<PolicyDocument>) -> AccessKey {
        let mut state = self.lock();
        state.users.insert(name.into(), User { id: random::identifier("AIDA", 21), permissions });
        let key = AccessKey::new();
        state.keys.insert(key.id.clone(), Key::of_user(name, &key));
        key
    }

    pub(crate) fn allow_anonymous(&self, permissions: Vec<PolicyDocument>) {
        self.lock().anonymous = permissions;
    }

    /// Whoever sends requests without a signature.
    pub(crate) fn anonymous(&self) -> Principal {
        Principal::anonymous(self.lock().anonymous.clone())
    }

    pub(crate) fn set_credential_lifetime(&self, lifetime: Duration) {
        self.lock().credential_lifetime = Some(lifetime);
    }

    pub(crate) fn role(&self, arn: &str) -> Option<EnrolledRole> {
        self.lock().roles.get(arn).cloned()
    }

    /// The audiences of an account's identity provider; `None` when it has no such provider.
    pub(crate) fn audiences(&self, account: &str, issuer_url: &str) -> Option<Vec<String>> {
        self.lock().providers.get(&(account.to_owned(), without_scheme(issuer_url).to_owned())).cloned()
    }

    /// Hands out temporary credentials of a role, for `duration` or the shorter lifetime set for all.
    pub(crate) fn open_session(
        &self,
        role: &RoleArn<'_>,
        session_name: &str,
        policy: Option<PolicyDocument>,
        duration: Duration,
        now: Timestamp,
    ) -> SessionCredentials {
        let mut state = self.lock();
        let lifetime = state.credential_lifetime.map_or(duration, |lifetime| lifetime.min(duration));
        let expires = now + SignedDuration::try_from(lifetime).unwrap_or(SignedDuration::ZERO);
        let credentials = SessionCredentials::new(expires);
        let key = Key::of_session(role.text, session_name, policy, &credentials);
        state.keys.insert(credentials.id.clone(), key);
        state.issued.push(credentials.clone());
        credentials
    }

    pub(crate) fn issued(&self) -> Vec<SessionCredentials> {
        self.lock().issued.clone()
    }

    pub(crate) fn secret_key(&self, access_key: &str) -> Option<String> {
        self.lock().keys.get(access_key).map(|key| key.secret.clone())
    }

    /// Who holds these credentials, whose signature has been verified.
    pub(crate) fn principal(
        &self,
        access_key: &str,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Principal, BadCredentials> {
        let state = self.lock();
        let key = state.keys.get(access_key).ok_or(BadCredentials::UnknownKey)?;
        key.accept(token, now)?;
        state.principal_of(&key.holder).ok_or(BadCredentials::UnknownKey)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn principal_of(&self, holder: &credentials::Holder) -> Option<Principal> {
        match holder {
            credentials::Holder::User { name } => {
                let user = self.users.get(name)?;
                Some(Principal::user(ACCOUNT, name, &user.id, user.permissions.clone()))
            }
            credentials::Holder::Session { role_arn, name, policy } => {
                let enrolled = self.roles.get(role_arn)?;
                Principal::session(enrolled, name, policy.clone())
            }
        }
    }
}

/// An issuer as IAM names it: without `https://`.
pub(crate) fn without_scheme(issuer_url: &str) -> &str {
    issuer_url.strip_prefix("https://").unwrap_or(issuer_url)
}

#[cfg(test)]
mod tests {
    use oidc_auth::policy::Statement;

    use super::*;

    const ROLE: &str = "arn:aws:iam::444455556666:role/ci/deploy";

    fn iam() -> Iam {
        let iam = Iam::default();
        let permissions = vec![PolicyDocument::new(vec![Statement::allow(&["s3:*"], &["*"])])];
        let trust = PolicyDocument::new(vec![]);
        iam.create_role(Role { arn: ROLE.into(), trust, permissions, max_session: Duration::from_hours(1) });
        iam
    }

    #[test]
    fn temporary_credentials_need_their_token_and_end() {
        let iam = iam();
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
        let role = RoleArn::parse(ROLE).expect("a role");
        let session = iam.open_session(&role, "build-7", None, Duration::from_mins(15), now);
        let ask = |token, now| iam.principal(&session.id, token, now).map(|principal| principal.arn);
        assert_eq!(
            ask(Some(&session.session_token), now),
            Ok("arn:aws:sts::444455556666:assumed-role/deploy/build-7".into())
        );
        assert_eq!(ask(None, now), Err(BadCredentials::MissingToken));
        assert_eq!(ask(Some("another"), now), Err(BadCredentials::WrongToken));
        assert_eq!(ask(Some(&session.session_token), session.expires), Err(BadCredentials::Expired));
        assert_eq!(iam.principal("ASIAUNKNOWN", None, now), Err(BadCredentials::UnknownKey));
        assert_eq!(iam.secret_key(&session.id), Some(session.secret.clone()));
    }

    #[test]
    fn a_lifetime_for_all_shortens_sessions_and_never_lengthens_them() {
        let iam = iam();
        let now = Timestamp::UNIX_EPOCH;
        let role = RoleArn::parse(ROLE).expect("a role");
        for (lifetime, expected) in [(2, 2), (7200, 900)] {
            iam.set_credential_lifetime(Duration::from_secs(lifetime));
            let session = iam.open_session(&role, "x1", None, Duration::from_mins(15), now);
            assert_eq!(session.expires.as_second(), expected);
        }
    }

    #[test]
    fn a_users_key_is_for_ever_and_takes_no_token() {
        let iam = iam();
        let key = iam.create_user("deploy", vec![]);
        let ask = |token| iam.principal(&key.id, token, Timestamp::MAX).map(|principal| principal.arn);
        assert_eq!(ask(None), Ok("arn:aws:iam::111122223333:user/deploy".into()));
        assert_eq!(ask(Some("token")), Err(BadCredentials::WrongToken));
    }

    #[test]
    fn providers_belong_to_their_account() {
        let iam = iam();
        iam.create_oidc_provider("1", "https://example.org/x", vec!["a".into()]);
        assert_eq!(iam.audiences("1", "https://example.org/x"), Some(vec!["a".into()]));
        assert_eq!(iam.audiences("1", "https://example.org/x/"), None);
        assert_eq!(iam.audiences("2", "https://example.org/x"), None);
    }
}
