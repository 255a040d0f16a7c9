//! What a role's owner asks callers for, so that one customer cannot be served as another.

use std::fmt;
use std::str::FromStr;

/// Fewest characters that STS takes.
const MIN_LENGTH: usize = 2;
/// Most characters that STS takes.
const MAX_LENGTH: usize = 1224;

/// 2 to 1224 of `[\w+=,.@:/-]` in ASCII, as STS demands of `ExternalId`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalId(String);

impl ExternalId {
    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is wrong with an external id; reads on from the variable's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidExternalId;

impl fmt::Display for InvalidExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "must be {MIN_LENGTH} to {MAX_LENGTH} letters, digits or characters of `_+=,.@:/-`, in ASCII"
        )
    }
}

impl std::error::Error for InvalidExternalId {}

impl FromStr for ExternalId {
    type Err = InvalidExternalId;

    fn from_str(text: &str) -> Result<Self, InvalidExternalId> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
        let valid = (MIN_LENGTH..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(is_allowed);
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidExternalId) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for id in ["ab", "customer:7/a_b+c=d,e.f@g-h", &"x".repeat(1224)] {
            assert_eq!(id.parse::<ExternalId>().map(|id| id.0), Ok(id.to_owned()));
        }
        for id in ["", "x", "a b", "é-1", &"x".repeat(1225)] {
            assert_eq!(id.parse::<ExternalId>(), Err(InvalidExternalId), "{id}");
        }
    }
}
