//! `EXPECTED_BUCKET_OWNER`: the account that S3 is to find the bucket in, said with every request.

use std::fmt;
use std::str::FromStr;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// S3 refuses a request with this header when the bucket belongs to another account.
const HEADER: &str = "x-amz-expected-bucket-owner";
/// AWS's account ids have so many digits.
const DIGITS: usize = 12;

/// An account of AWS: twelve digits. As an interceptor of a client it goes with every request, so that none is forgotten.
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

impl Intercept for BucketOwner {
    fn name(&self) -> &'static str {
        "BucketOwner"
    }

    /// Before the signature, which S3 wants to cover it.
    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().insert(HEADER, self.0.clone());
        Ok(())
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
