//! The id of a distribution.

use std::fmt;
use std::str::FromStr;

use bitbucket_pipe::text;

/// AWS hands out 13 or 14 characters today; more than this is something else that was pasted.
const MAX_LENGTH: usize = 64;

/// The id of a distribution: 1 to 64 ASCII letters and digits, such as `E2EXAMPLE51ABC`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DistributionId(String);

impl DistributionId {
    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DistributionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with an id; the text reads on from the name of the variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDistributionId {
    /// `d….cloudfront.net` or an address.
    #[error("must be the distribution's id (such as E2EXAMPLE51ABC), not its domain name `{0}`")]
    DomainName(String),
    /// An ARN.
    #[error("must be the distribution's id, which is what follows `distribution/` in its ARN `{0}`")]
    Arn(String),
    /// Any other text.
    #[error("must be the distribution's id (letters and digits, such as E2EXAMPLE51ABC), not `{0}`")]
    Malformed(String),
}

impl FromStr for DistributionId {
    type Err = InvalidDistributionId;

    fn from_str(given: &str) -> Result<Self, InvalidDistributionId> {
        if (1..=MAX_LENGTH).contains(&given.len()) && given.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(Self(given.to_owned()));
        }
        let shown = text::printable(&given.chars().take(MAX_LENGTH).collect::<String>()).into_owned();
        Err(if given.starts_with("arn:") {
            InvalidDistributionId::Arn(shown)
        } else if given.contains('.') {
            InvalidDistributionId::DomainName(shown)
        } else {
            InvalidDistributionId::Malformed(shown)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for id in ["E2EXAMPLE51ABC", "123xyz", "A"] {
            assert_eq!(id.parse::<DistributionId>().map(|id| id.to_string()), Ok(id.to_owned()));
        }
        let long = "E".repeat(MAX_LENGTH + 1);
        for (given, message) in [
            ("", "letters and digits"),
            ("E1,E2", "not `E1,E2`"),
            ("$DISTRIBUTION_ID", "not `$DISTRIBUTION_ID`"),
            ("E1\u{7}", "not `E1\\u{7}`"),
            ("d111111abcdef8.cloudfront.net", "not its domain name"),
            ("arn:aws:cloudfront::111122223333:distribution/E1", "what follows `distribution/`"),
            (long.as_str(), "letters and digits"),
        ] {
            let error = given.parse::<DistributionId>().expect_err(given).to_string();
            assert!(error.contains(message), "{given}: {error}");
        }
    }
}
