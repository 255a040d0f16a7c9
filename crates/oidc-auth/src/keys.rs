//! Static AWS keys, as the step gives them.

use std::fmt;

/// An access key with its secret, and a session token where the keys are temporary ones.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticKeys {
    /// The key's public name.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Sent along where STS made the keys.
    pub session_token: Option<String>,
}

impl fmt::Debug for StaticKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticKeys")
            .field("access_key_id", &self.access_key_id)
            .field("secret_access_key", &"** redacted **")
            .field("session_token", &self.session_token.as_ref().map(|_| "** redacted **"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::StaticKeys;

    #[test]
    fn debug_is_redacted() {
        let keys = StaticKeys {
            access_key_id: "AKIAEXAMPLE".into(),
            secret_access_key: "hunter2".into(),
            session_token: Some("hunter2".into()),
        };
        let debug = format!("{keys:?}");
        assert!(debug.contains("AKIAEXAMPLE"), "{debug}");
        assert!(!debug.contains("hunter2"), "{debug}");
    }
}
