//! What `AWS_SESSION_POLICY` asks for: a policy of the pipe's own making, none, or one that is given.

use std::fs;

use crate::policy::PolicyDocument;

/// Characters of an inline session policy that STS takes (`AssumeRole`, `Policy`).
pub const MAX_LENGTH: usize = 2048;

/// What limits the role's session, beside the role's own permissions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SessionPolicy {
    /// A policy with what the run may call, where one can be made.
    #[default]
    Auto,
    /// The role's own permissions are the limit.
    None,
    /// This policy, as compact JSON of at most [`MAX_LENGTH`] characters.
    Given(String),
}

/// What is wrong with `AWS_SESSION_POLICY`; reads on from the variable's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSessionPolicy {
    /// Neither a word, nor a policy, nor a file.
    #[error(
        "must be `auto`, `none`, a policy as JSON or a file with one; the file `{0}` cannot be read: {1}"
    )]
    Unreadable(String, String),
    /// Not the JSON of a policy.
    #[error("is not a policy: {0}")]
    NotAPolicy(String),
    /// A statement that a session policy cannot have.
    #[error("has a statement with a Principal; in a session policy the session itself is meant")]
    Principal,
    /// More than STS takes. A limit that was given is not left out.
    #[error("has {0} characters without its blanks; STS takes {MAX_LENGTH}")]
    TooLong(usize),
}

impl SessionPolicy {
    /// Reads the variable's value, and the file if it names one.
    pub fn read(value: &str) -> Result<Self, InvalidSessionPolicy> {
        match value {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            json if json.starts_with(['{', '[']) => Self::given(json),
            path => match fs::read_to_string(path) {
                Ok(json) => Self::given(&json),
                Err(error) => Err(InvalidSessionPolicy::Unreadable(path.to_owned(), error.to_string())),
            },
        }
    }

    fn given(json: &str) -> Result<Self, InvalidSessionPolicy> {
        let policy = PolicyDocument::from_json(json)
            .map_err(|error| InvalidSessionPolicy::NotAPolicy(error.to_string()))?;
        if policy.statement.iter().any(|statement| statement.principal.is_some()) {
            return Err(InvalidSessionPolicy::Principal);
        }
        let text = compact(&policy);
        match text.chars().count() {
            length if length > MAX_LENGTH => Err(InvalidSessionPolicy::TooLong(length)),
            _ => Ok(Self::Given(text)),
        }
    }
}

/// A policy as STS takes it: JSON without blanks, and in ASCII, because STS takes no character beyond U+00FF.
pub(crate) fn compact(policy: &PolicyDocument) -> String {
    let text = serde_json::to_string(policy).unwrap_or_default();
    let escaped = |character: char| {
        let mut units = [0; 2];
        // Only strings of JSON can hold such a character, and there it may be written so.
        let units = character.encode_utf16(&mut units).iter();
        units.fold(String::new(), |text, unit| format!("{text}\\u{unit:04x}"))
    };
    let parts = text
        .chars()
        .map(|character| if character.is_ascii() { character.to_string() } else { escaped(character) });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Statement;

    #[test]
    fn words_and_policies() {
        assert_eq!(SessionPolicy::read("auto"), Ok(SessionPolicy::Auto));
        assert_eq!(SessionPolicy::read("none"), Ok(SessionPolicy::None));
        let policy =
            "{\n  \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}\n}";
        let compact = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        assert_eq!(SessionPolicy::read(policy), Ok(SessionPolicy::Given(compact.into())));
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("policy.json");
        fs::write(&file, policy).expect("a file");
        let read = SessionPolicy::read(file.to_str().expect("UTF-8"));
        assert_eq!(read, Ok(SessionPolicy::Given(compact.into())));
    }

    #[test]
    fn everything_else_is_told_what_it_is() {
        let long = format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":"s3:*","Resource":"{}"}}}}"#,
            "x".repeat(MAX_LENGTH)
        );
        for (value, expected) in [
            ("policy.json", "the file `policy.json` cannot be read: No such file"),
            ("None", "must be `auto`, `none`, a policy as JSON or a file with one"),
            ("{", "is not a policy: "),
            ("[]", "is not a policy: "),
            (r#"{"Statement":[{"Effect":"Allow","Actions":"s3:*"}]}"#, "unknown field `Actions`"),
            (r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*"}]}"#, "a Principal"),
            (&long, "STS takes 2048"),
        ] {
            let fault = SessionPolicy::read(value).expect_err(value).to_string();
            assert!(fault.contains(expected), "{value}: {fault}");
        }
    }

    #[test]
    fn a_policy_is_sent_in_ascii() {
        let policy =
            PolicyDocument::new(vec![Statement::allow(&["s3:GetObject"], &["arn:aws:s3:::site/Café/𝄞/*"])]);
        let text = compact(&policy);
        assert!(text.is_ascii() && text.contains(r"site/Caf\u00e9/\ud834\udd1e/*"), "{text}");
        assert_eq!(PolicyDocument::from_json(&text).expect("a policy"), policy);
    }
}
