//! What the role's session is called, so that `CloudTrail` names the build that did something.

use std::fmt;
use std::str::FromStr;

/// Shortest name that STS takes.
const MIN_LENGTH: usize = 2;
/// Longest name that STS takes.
const MAX_LENGTH: usize = 64;
/// The name where nothing tells which build this is, as outside Bitbucket.
const FALLBACK: &str = "bitbucket-pipe";

/// 2 to 64 of `[\w+=,.@-]` in ASCII, as STS demands of `RoleSessionName`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionName(String);

impl SessionName {
    /// The name of a build: workspace, repository and build number, joined by `-`.
    ///
    /// Characters that STS refuses become `-`. Absent parts are left out; with none at all the name is
    /// `bitbucket-pipe`. A name that is too long loses the end of workspace and repository, never the build number.
    ///
    /// ```
    /// use oidc_auth::session_name::SessionName;
    /// assert_eq!(SessionName::of_build(Some("acme"), Some("site"), Some("42")).as_str(), "acme-site-42");
    /// ```
    #[must_use]
    pub fn of_build(workspace: Option<&str>, repository: Option<&str>, build: Option<&str>) -> Self {
        let join = |parts: &[Option<&str>]| {
            let cleaned = parts.iter().flatten().map(|part| clean(part)).filter(|part| !part.is_empty());
            cleaned.collect::<Vec<_>>().join("-")
        };
        let (mut name, mut build) = (join(&[workspace, repository]), join(&[build]));
        build.truncate(MAX_LENGTH - FALLBACK.len() - 1);
        if name.is_empty() {
            FALLBACK.clone_into(&mut name);
        }
        if !build.is_empty() {
            name.truncate(MAX_LENGTH - build.len() - 1);
            name = format!("{}-{build}", name.trim_end_matches('-'));
        }
        name.truncate(MAX_LENGTH);
        if name.len() < MIN_LENGTH {
            name = format!("{FALLBACK}-{name}");
        }
        Self(name)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_+=,.@-".contains(character)
}

fn clean(part: &str) -> String {
    let cleaned: String =
        part.chars().map(|character| if is_allowed(character) { character } else { '-' }).collect();
    cleaned.trim_matches('-').to_owned()
}

/// What is wrong with a session name; reads on from the variable's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSessionName;

impl fmt::Display for InvalidSessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be {MIN_LENGTH} to {MAX_LENGTH} letters, digits or characters of `_+=,.@-`, in ASCII")
    }
}

impl std::error::Error for InvalidSessionName {}

impl FromStr for SessionName {
    type Err = InvalidSessionName;

    fn from_str(text: &str) -> Result<Self, InvalidSessionName> {
        let valid = (MIN_LENGTH..=MAX_LENGTH).contains(&text.len()) && text.chars().all(is_allowed);
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidSessionName) }
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidSessionName, SessionName};

    #[test]
    fn builds_are_named() {
        for (workspace, repository, build, expected) in [
            (Some("acme"), Some("site"), Some("42"), "acme-site-42"),
            (Some("Übung"), Some("a b/c"), Some("7"), "bung-a-b-c-7"),
            (None, Some("site"), Some("42"), "site-42"),
            (Some("acme"), None, None, "acme"),
            (None, None, Some("42"), "bitbucket-pipe-42"),
            (Some("é"), Some("--"), None, "bitbucket-pipe"),
            (Some("a"), None, None, "bitbucket-pipe-a"),
            (None, None, None, "bitbucket-pipe"),
        ] {
            assert_eq!(SessionName::of_build(workspace, repository, build).as_str(), expected);
        }
    }

    #[test]
    fn long_names_keep_the_build_number_and_are_valid() {
        let long = "x".repeat(80);
        let name = SessionName::of_build(Some(&long), Some(&long), Some("12345"));
        assert_eq!(name.as_str(), format!("{}-12345", "x".repeat(58)));
        for build in [None, Some(long.as_str())] {
            let name = SessionName::of_build(Some(&long), None, build);
            assert_eq!(name.as_str().parse(), Ok(name), "{build:?}");
        }
    }

    #[test]
    fn given_names_are_taken_or_refused() {
        for name in ["ab", "a@b,c=d+e.f_g-h", &"x".repeat(64)] {
            assert_eq!(name.parse::<SessionName>().map(|name| name.0), Ok(name.to_owned()));
        }
        for name in ["", "a", "a b", "a/b", "é-build", &"x".repeat(65)] {
            assert_eq!(name.parse::<SessionName>(), Err(InvalidSessionName), "{name}");
        }
    }
}
