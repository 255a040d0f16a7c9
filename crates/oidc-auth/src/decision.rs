//! The one decision between the two ways to AWS, and the official pipes' words for it.

use std::borrow::Cow;
use std::fmt;

use crate::fault::Fault;
use crate::variables::Variables;

/// The official shell pipes' line for OIDC, with their full stop (the Python pipe's has none).
const WITH_OIDC: &str = "Authenticating with a OpenID Connect (OIDC) Web Identity Provider.";
/// The line of both official pipes for static keys.
const WITH_KEYS: &str = "Using default authentication with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.";
/// The official shell pipes' warning, with their backticks (the Python pipe's has quotes).
const NO_TOKEN: &str = "Parameter `oidc: true` in the step configuration is required for OIDC authentication";
/// How loud a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A decision and its reason, for those who ask for them.
    Debug,
    /// For information.
    Info,
    /// Something is probably not as it was meant.
    Warning,
}

/// A line for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How loud.
    pub level: Level,
    /// The words, those of the official pipes where they have any.
    pub text: Cow<'static, str>,
}

impl Notice {
    /// A line for those who want to know more.
    pub(crate) fn debug(text: impl Into<Cow<'static, str>>) -> Self {
        Self { level: Level::Debug, text: text.into() }
    }

    /// A line for information.
    pub(crate) fn info(text: impl Into<Cow<'static, str>>) -> Self {
        Self { level: Level::Info, text: text.into() }
    }

    /// A line about something that is probably not as it was meant.
    pub(crate) fn warning(text: impl Into<Cow<'static, str>>) -> Self {
        Self { level: Level::Warning, text: text.into() }
    }
}

/// What was decided, in the step's own words. `Debug` shows which way it is and none of the secrets.
#[derive(PartialEq, Eq)]
pub(crate) enum Decision<'a> {
    Oidc { role: &'a str, token: &'a str },
    Keys { id: &'a str, secret: &'a str, session: Option<&'a str>, token_was_missing: bool },
}

/// Decides which way it is.
///
/// | role | token | key id | secret | |
/// |---|---|---|---|---|
/// | yes | yes | any | any | OIDC; keys and session token are ignored |
/// | any | any | yes | yes | keys, with the session token if there is one; a role without a token is warned of |
/// | any | any | one of the two || fault: the other one is missing |
/// | yes | no | no | no | fault that names both ways |
/// | no | yes | no | no | fault: the role is missing |
/// | no | no | no | no | fault that names both ways |
pub(crate) fn decide(variables: &Variables) -> Result<Decision<'_>, Fault> {
    let role = variables.aws_oidc_role_arn.as_deref();
    let token = variables.bitbucket_step_oidc_token.as_deref();
    let id = variables.aws_access_key_id.as_deref();
    let secret = variables.aws_secret_access_key.as_deref();
    let session = variables.aws_session_token.as_deref();
    match (role, token, id, secret) {
        (Some(role), Some(token), _, _) => Ok(Decision::Oidc { role, token }),
        (role, _, Some(id), Some(secret)) => {
            Ok(Decision::Keys { id, secret, session, token_was_missing: role.is_some() })
        }
        (_, _, Some(_), None) => Err(Fault::new("AWS_SECRET_ACCESS_KEY", "variable missing.")
            .hint("AWS_ACCESS_KEY_ID is given, and is of no use alone")),
        (_, _, None, Some(_)) => Err(Fault::new("AWS_ACCESS_KEY_ID", "variable missing.")
            .hint("AWS_SECRET_ACCESS_KEY is given, and is of no use alone")),
        (Some(_), None, None, None) => Err(Fault::new(
            "AWS_OIDC_ROLE_ARN",
            "is given, but the step has no OIDC token, and there are no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY either",
        )
        .hint(format!("{NO_TOKEN}; or give both keys"))),
        (None, Some(_), None, None) => Err(Fault::new("AWS_OIDC_ROLE_ARN", "variable missing.")
            .hint("the step has an OIDC token; name the role to assume with it, or give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")),
        (None, None, None, None) => Err(Fault::new("AWS_OIDC_ROLE_ARN", "variable missing.")
            .hint("either name a role and put `oidc: true` on the step, or give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")),
    }
}

impl fmt::Debug for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oidc { role, .. } => f.debug_struct("Oidc").field("role", role).finish_non_exhaustive(),
            Self::Keys { id, .. } => f.debug_struct("Keys").field("id", id).finish_non_exhaustive(),
        }
    }
}

impl Decision<'_> {
    /// The official pipes' lines for it, in order.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        match self {
            Decision::Oidc { .. } => vec![Notice::info(WITH_OIDC)],
            Decision::Keys { token_was_missing: true, .. } => {
                vec![Notice::warning(NO_TOKEN), Notice::info(WITH_KEYS)]
            }
            Decision::Keys { token_was_missing: false, .. } => vec![Notice::info(WITH_KEYS)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO_OIDC: Notice = Notice { level: Level::Info, text: Cow::Borrowed(WITH_OIDC) };
    const INFO_KEYS: Notice = Notice { level: Level::Info, text: Cow::Borrowed(WITH_KEYS) };
    const WARNING: Notice = Notice { level: Level::Warning, text: Cow::Borrowed(NO_TOKEN) };

    /// Variables with a value for each of: role, token, key id, secret, session token.
    fn given(values: [&str; 5]) -> Variables {
        let [role, token, id, secret, session] =
            values.map(|value| (!value.is_empty()).then(|| value.to_owned()));
        Variables {
            aws_oidc_role_arn: role,
            bitbucket_step_oidc_token: token,
            aws_access_key_id: id,
            aws_secret_access_key: secret,
            aws_session_token: session,
            ..Variables::default()
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        for values in [["role", "hunter2", "", "", ""], ["", "", "id", "hunter2", "hunter2"]] {
            let variables = given(values);
            let debug = format!("{:?}", decide(&variables).expect("it is a way"));
            assert!(!debug.contains("hunter2") && !debug.is_empty(), "{debug}");
        }
    }

    #[test]
    fn a_role_and_a_token_win_over_everything() {
        for values in [
            ["role", "token", "", "", ""],
            ["role", "token", "id", "secret", ""],
            ["role", "token", "id", "secret", "session"],
            ["role", "token", "id", "", ""],
        ] {
            let variables = given(values);
            let decision = decide(&variables).expect("it is a way");
            assert_eq!(decision, Decision::Oidc { role: "role", token: "token" }, "{values:?}");
            assert_eq!(decision.notices(), [INFO_OIDC]);
        }
    }

    #[test]
    fn keys_are_used_with_and_without_a_session_token() {
        for (values, session) in [
            (["", "", "id", "secret", ""], None),
            (["", "", "id", "secret", "session"], Some("session")),
            (["", "token", "id", "secret", ""], None),
        ] {
            let variables = given(values);
            let decision = decide(&variables).expect("it is a way");
            let keys = Decision::Keys { id: "id", secret: "secret", session, token_was_missing: false };
            assert_eq!(decision, keys, "{values:?}");
            assert_eq!(decision.notices(), [INFO_KEYS]);
        }
    }

    #[test]
    fn a_role_without_a_token_is_warned_of_and_keys_are_used() {
        let variables = given(["role", "", "id", "secret", "session"]);
        let decision = decide(&variables).expect("it is a way");
        let session = Some("session");
        assert_eq!(decision, Decision::Keys { id: "id", secret: "secret", session, token_was_missing: true });
        assert_eq!(decision.notices(), [WARNING, INFO_KEYS]);
    }

    #[test]
    fn no_way_is_a_fault_that_says_what_is_missing() {
        for (values, variable, expected) in [
            (
                ["", "", "", "", ""],
                "AWS_OIDC_ROLE_ARN",
                vec!["missing", "`oidc: true`", "AWS_SECRET_ACCESS_KEY"],
            ),
            (["", "", "", "", "session"], "AWS_OIDC_ROLE_ARN", vec!["missing", "AWS_ACCESS_KEY_ID"]),
            (["role", "", "", "", ""], "AWS_OIDC_ROLE_ARN", vec![NO_TOKEN, "AWS_SECRET_ACCESS_KEY"]),
            (["", "token", "", "", ""], "AWS_OIDC_ROLE_ARN", vec!["missing", "has an OIDC token"]),
            (["", "", "id", "", ""], "AWS_SECRET_ACCESS_KEY", vec!["variable missing."]),
            (["role", "", "id", "", "session"], "AWS_SECRET_ACCESS_KEY", vec!["variable missing."]),
            (["", "", "", "secret", ""], "AWS_ACCESS_KEY_ID", vec!["variable missing."]),
        ] {
            let variables = given(values);
            let fault = decide(&variables).expect_err("it is no way");
            assert_eq!(fault.variable, variable, "{values:?}");
            for words in expected {
                assert!(fault.to_string().contains(words), "{fault}");
            }
        }
    }
}
