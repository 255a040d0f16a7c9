//! What a run of a pipe may call, as the pipe knows it.

use crate::policy::{PolicyDocument, Statement};
use crate::session_policy::{MAX_LENGTH, compact};

/// What a run may call, or why that cannot be said in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// These statements allow every call, and nothing else.
    Statements(Vec<Statement>),
    /// Why there are none; reads on from "because".
    Unknown(String),
}

impl Scope {
    /// The session policy for it; why there is none otherwise.
    pub(crate) fn policy(self) -> Result<String, Unscoped> {
        let statements = match self {
            Self::Statements(statements) => statements,
            Self::Unknown(reason) => return Err(Unscoped::Unknown(reason)),
        };
        let text = compact(&PolicyDocument::new(statements));
        // It is in ASCII.
        if text.len() > MAX_LENGTH { Err(Unscoped::TooLong(text.len())) } else { Ok(text) }
    }
}

/// Why a scope is no session policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unscoped {
    /// The pipe cannot say it.
    Unknown(String),
    /// It has so many characters.
    TooLong(usize),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_becomes_a_policy_unless_it_is_too_long() {
        let of = |resource: &str| Scope::Statements(vec![Statement::allow(&["s3:GetObject"], &[resource])]);
        assert_eq!(
            of("*").policy().as_deref(),
            Ok(
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#
            )
        );
        let frame = of("").policy().expect("short").len();
        assert_eq!(of(&"x".repeat(MAX_LENGTH - frame)).policy().map(|text| text.len()), Ok(MAX_LENGTH));
        assert_eq!(of(&"x".repeat(MAX_LENGTH - frame + 1)).policy(), Err(Unscoped::TooLong(MAX_LENGTH + 1)));
        assert_eq!(Scope::Unknown("x".into()).policy(), Err(Unscoped::Unknown("x".into())));
    }
}
