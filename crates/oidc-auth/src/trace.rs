//! Every attempt of every request, for a log: service, operation, status and the id that AWS's support asks for.

use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// One attempt at a request. `Display` is a line of a log; headers and bodies are in neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt<'a> {
    /// `S3`, `CloudFront`, `STS`.
    pub service: &'a str,
    /// The API's name for it, such as `PutObject`.
    pub operation: &'a str,
    /// The HTTP status; `None` where there was no answer.
    pub status: Option<u16>,
    /// The request's id, where the answer names one.
    pub request_id: Option<&'a str>,
}

impl fmt::Display for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.service, self.operation)?;
        match (self.status, self.request_id) {
            (Some(status), Some(id)) => write!(f, "HTTP {status}, request id {id}"),
            (Some(status), None) => write!(f, "HTTP {status}"),
            (None, _) => f.write_str("no answer"),
        }
    }
}

/// Who hears of attempts.
type Listener = dyn Fn(&Attempt<'_>) + Send + Sync;

/// Tells a listener of every attempt, or nobody. Give it to a client's builder as an interceptor.
#[derive(Clone, Default)]
pub struct Trace(Option<Arc<Listener>>);

impl Trace {
    /// Tells `listener`.
    pub fn to(listener: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Trace").field(&self.0.is_some()).finish()
    }
}

impl Intercept for Trace {
    fn name(&self) -> &'static str {
        "Trace"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (Some(listener), Some(request)) = (&self.0, config.load::<Metadata>()) else { return Ok(()) };
        let reply = context.response();
        let header = |name| reply.and_then(|reply| reply.headers().get(name));
        listener(&Attempt {
            service: request.service(),
            operation: request.name(),
            status: reply.map(|reply| reply.status().as_u16()),
            request_id: header("x-amzn-requestid").or_else(|| header("x-amz-request-id")),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let attempt =
            Attempt { service: "S3", operation: "PutObject", status: Some(200), request_id: Some("r1") };
        assert_eq!(attempt.to_string(), "S3 PutObject: HTTP 200, request id r1");
        assert_eq!(Attempt { request_id: None, ..attempt }.to_string(), "S3 PutObject: HTTP 200");
        assert_eq!(
            Attempt { status: None, request_id: None, ..attempt }.to_string(),
            "S3 PutObject: no answer"
        );
    }
}
