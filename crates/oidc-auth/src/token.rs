//! The step's OIDC token: a bearer secret, kept in memory only.

use std::fmt;

/// Whoever holds it can be this step until it expires, so it has no `Display` and its `Debug` is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct WebIdentityToken(String);

impl WebIdentityToken {
    /// Wraps the token as Bitbucket gave it; whether it is one, STS decides.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The secret itself: for the request to STS, for masking, and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebIdentityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebIdentityToken(** redacted **)")
    }
}

#[cfg(test)]
mod tests {
    use super::WebIdentityToken;

    #[test]
    fn debug_is_redacted() {
        let token = WebIdentityToken::new("aaa.bbb.ccc");
        assert_eq!(format!("{token:?} {:?}", Some(&token)).matches("bbb").count(), 0);
        assert_eq!(token.expose(), "aaa.bbb.ccc");
    }
}
