//! A bucket whose owner lets requesters pay answers only requests that agree to it.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// S3's header for it.
const HEADER: &str = "x-amz-request-payer";
/// Its only value.
const REQUESTER: &str = "requester";

/// Puts the agreement on every request, so that none can be forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequesterPays;

impl Intercept for RequesterPays {
    fn name(&self) -> &'static str {
        "RequesterPays"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().insert(HEADER, REQUESTER);
        Ok(())
    }
}
