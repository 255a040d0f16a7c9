//! A header that every request to the bucket has, with one value: put on where requests are made, so that none can be
//! forgotten.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// A bucket whose owner lets requesters pay answers only requests that agree to it.
pub(crate) const REQUEST_PAYER: &str = "x-amz-request-payer";
/// The only value of [`REQUEST_PAYER`].
pub(crate) const REQUESTER: &str = "requester";
/// S3 refuses a request with this header when the bucket belongs to another account.
pub(crate) const EXPECTED_BUCKET_OWNER: &str = "x-amz-expected-bucket-owner";

/// Name and value, as an interceptor of a client.
#[derive(Clone, Debug)]
pub(crate) struct ConstantHeader {
    name: &'static str,
    value: String,
}

impl ConstantHeader {
    pub(crate) fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into() }
    }
}

impl Intercept for ConstantHeader {
    fn name(&self) -> &'static str {
        "ConstantHeader"
    }

    /// Before the signature, which S3 wants to cover it.
    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().insert(self.name, self.value.clone());
        Ok(())
    }
}
