//! The one refusal of STS that is no verdict: it could not fetch the issuer's key in time.

use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// The code of many verdicts on a token, of which only one is worth asking again.
const CODE: &str = "InvalidIdentityToken";
/// How STS says that it did not reach the issuer. Its sibling `IDPCommunicationError` the SDK repeats by itself.
const MESSAGE: &str = "Couldn't retrieve verification key";

/// Has the exchange repeated when STS could not retrieve the issuer's verification key.
#[derive(Debug)]
pub(super) struct VerificationKeyUnavailable;

impl ClassifyRetry for VerificationKeyUnavailable {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context
            .output_or_error()
            .and_then(std::result::Result::err)
            .and_then(|error| error.as_operation_error())
            .and_then(|error| error.downcast_ref::<AssumeRoleWithWebIdentityError>());
        match error {
            Some(error)
                if error.code() == Some(CODE)
                    && error.message().is_some_and(|message| message.contains(MESSAGE)) =>
            {
                RetryAction::server_error()
            }
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "Issuer's Verification Key Unavailable"
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::interceptors::context::{Error, Input};
    use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    #[test]
    fn only_the_missing_key_is_asked_again() {
        for (code, message, expected) in [
            (
                CODE,
                "Couldn't retrieve verification key from your identity provider",
                RetryAction::server_error(),
            ),
            (CODE, "Incorrect token audience", RetryAction::NoActionIndicated),
            ("AccessDenied", "Couldn't retrieve verification key", RetryAction::NoActionIndicated),
        ] {
            let metadata = ErrorMetadata::builder().code(code).message(message).build();
            let error = Error::erase(AssumeRoleWithWebIdentityError::generic(metadata));
            let mut context = InterceptorContext::new(Input::erase(()));
            context.set_output_or_error(Err(OrchestratorError::operation(error)));
            assert_eq!(VerificationKeyUnavailable.classify_retry(&context), expected, "{code}: {message}");
        }
    }
}
