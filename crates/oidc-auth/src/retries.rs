//! What is worth another attempt and what is not, where the SDK decides otherwise.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, FinalizerInterceptorContextMut, InterceptorContext,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::endpoint::Endpoint;

use crate::unreachable::{Unreachable, certificate_error, find, host_of};

/// Refusals that the same request does not meet again: bytes that changed on their way, and a conflict with another request.
const PASSING: [(u16, &str); 4] = [
    (400, "BadDigest"),
    (400, "XAmzContentChecksumMismatch"),
    (400, "XAmzContentSHA256Mismatch"),
    (409, "OperationAborted"),
];

/// Repeats requests that the SDK would give up: a store asks for fewer requests by status 429 whatever the code, a proxy in
/// front of it fails (Cloudflare's 520 to 529), or the refusal is one that passes (`BadDigest`, `OperationAborted` and their
/// like). And ends at once where no attempt can arrive, because the host's name or its certificate is wrong: unless the
/// service has answered before, as a resolver may fail for a moment in the middle of a long run.
///
/// Give it to a client's builder as an interceptor and as a classifier of retries.
#[derive(Clone, Debug, Default)]
pub struct Retries {
    has_answered: Arc<AtomicBool>,
}

impl Intercept for Retries {
    fn name(&self) -> &'static str {
        "Retries"
    }

    fn read_before_deserialization(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.has_answered.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Names the host, which an error of TLS does not.
    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Err(error)) = context.output_or_error() else { return Ok(()) };
        let why = error.as_connector_error().and_then(|error| certificate_error(error));
        if let (Some(why), Some(endpoint)) = (why, config.load::<Endpoint>())
            && let Some(result) = context.output_or_error_mut()
        {
            let named = Unreachable::Certificate { host: host_of(endpoint.url()).to_owned(), why };
            *result = Err(OrchestratorError::connector(ConnectorError::io(named.into())));
        }
        Ok(())
    }
}

impl ClassifyRetry for Retries {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        if let Some(error) = error.as_connector_error() {
            let is_hopeless =
                find::<Unreachable>(error).is_some() && !self.has_answered.load(Ordering::Relaxed);
            return if is_hopeless { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated };
        }
        match context.response() {
            Some(reply) => by_status(reply),
            None => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "Throttling, Proxies And Passing Refusals"
    }
}

fn by_status(reply: &HttpResponse) -> RetryAction {
    let says = |code: &str| {
        let words = reply.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
        words.contains(&format!("<Code>{code}</Code>"))
    };
    match reply.status().as_u16() {
        429 => RetryAction::throttling_error(),
        520..=529 => RetryAction::server_error(),
        status if PASSING.iter().any(|(passing, code)| *passing == status && says(code)) => {
            RetryAction::server_error()
        }
        _ => RetryAction::NoActionIndicated,
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::interceptors::context::Input;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn after(
        result: OrchestratorError<aws_smithy_runtime_api::client::interceptors::context::Error>,
    ) -> InterceptorContext {
        let mut context = InterceptorContext::new(Input::erase(()));
        context.set_output_or_error(Err(result));
        context
    }

    #[test]
    fn replies_that_are_worth_another_attempt() {
        for (status, body, expected) in [
            (429, "", RetryAction::throttling_error()),
            (429, "<Error><Code>TooManyRequests</Code></Error>", RetryAction::throttling_error()),
            (520, "<html>", RetryAction::server_error()),
            (529, "", RetryAction::server_error()),
            (530, "", RetryAction::NoActionIndicated),
            (400, "<Error><Code>BadDigest</Code></Error>", RetryAction::server_error()),
            (400, "<Error><Code>InvalidDigest</Code></Error>", RetryAction::NoActionIndicated),
            (409, "<Error><Code>OperationAborted</Code></Error>", RetryAction::server_error()),
            (409, "<Error><Code>ConditionalRequestConflict</Code></Error>", RetryAction::NoActionIndicated),
            (403, "<Error><Code>BadDigest</Code></Error>", RetryAction::NoActionIndicated),
        ] {
            let mut context = after(OrchestratorError::other("refused"));
            let status = StatusCode::try_from(status).expect("a status");
            context.set_response(HttpResponse::new(status, SdkBody::from(body)));
            assert_eq!(Retries::default().classify_retry(&context), expected, "{status:?} {body}");
        }
    }

    #[test]
    fn a_host_is_given_up_unless_it_has_answered_before() {
        let unknown = || Unreachable::Name { host: "minio.invalid".into(), why: "unknown".into() };
        let context = after(OrchestratorError::connector(ConnectorError::io(unknown().into())));
        let retries = Retries::default();
        assert_eq!(retries.classify_retry(&context), RetryAction::RetryForbidden);
        retries.has_answered.store(true, Ordering::Relaxed);
        assert_eq!(retries.classify_retry(&context), RetryAction::NoActionIndicated);
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let context = after(OrchestratorError::connector(ConnectorError::io(reset.into())));
        assert_eq!(Retries::default().classify_retry(&context), RetryAction::NoActionIndicated);
    }
}
