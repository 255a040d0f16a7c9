//! The name of a region.

use std::fmt;
use std::str::FromStr;

use crate::partition::Partition;

/// Longest name: a region becomes one label of a host name.
const MAX_LENGTH: usize = 63;

/// A region's name: 1 to 63 of `a-z`, `0-9` and `-`, because it becomes part of a host name.
///
/// Whether the region exists is not checked: new ones appear, and S3-compatible stores invent theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region(String);

impl Region {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The partition it belongs to.
    #[must_use]
    pub fn partition(&self) -> Partition {
        Partition::of_region(&self.0)
    }
}

/// What is wrong with a region's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidRegion;

impl fmt::Display for InvalidRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be the code of a region, such as eu-west-1")
    }
}

impl std::error::Error for InvalidRegion {}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, InvalidRegion> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let valid = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(allowed);
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidRegion) }
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidRegion, Region};

    #[test]
    fn names() {
        for name in ["eu-west-1", "us-gov-west-1", "auto", "garage"] {
            assert_eq!(name.parse::<Region>().map(|region| region.as_str().to_owned()), Ok(name.into()));
        }
        for name in ["", "EU-WEST-1", "$AWS_DEFAULT_REGION", "eu west 1", "eu-west-1.evil.example"] {
            assert_eq!(name.parse::<Region>(), Err(InvalidRegion), "{name}");
        }
    }
}
