//! `EXPECTED_BUCKET_OWNER`: the account that S3 is to find the bucket in, said with every request.

use std::fmt;
use std::str::FromStr;

/// AWS's account ids have so many digits.
const DIGITS: usize = 12;

/// An account of AWS: twelve digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BucketOwner(String);

/// A text that is no account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the twelve digits of an AWS account, such as `111122223333`, without hyphens; not `{0}`")]
pub(crate) struct NotAnAccount(String);

impl FromStr for BucketOwner {
    type Err = NotAnAccount;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_account = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_account { Ok(Self(text.to_owned())) } else { Err(NotAnAccount(text.to_owned())) }
    }
}

impl fmt::Display for BucketOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::BucketOwner;

    #[test]
    fn twelve_digits() {
        assert!("111122223333".parse::<BucketOwner>().is_ok());
        for text in ["", "11112222333", "1111222233334", "1111-2222-3333", "11112222333x", "１１１１"] {
            assert!(text.parse::<BucketOwner>().is_err(), "{text}");
        }
    }
}
