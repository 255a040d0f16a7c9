//! Every attempt of every request, for a log: service, operation, status and the id that AWS's support asks for.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use crate::failure::cause;
use crate::tries;

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
    /// What broke, where there was no answer.
    pub broke: Option<&'a str>,
    /// Whether it failed, be it by its answer.
    pub is_failure: bool,
    /// How often the request has been sent by now, this attempt included.
    pub tries: u32,
    /// How long ago it was sent for the first time.
    pub elapsed: Duration,
}

/// When a request was begun.
#[derive(Clone, Copy, Debug)]
struct Begun(Instant);

impl Storable for Begun {
    type Storer = StoreReplace<Self>;
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

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(Begun(Instant::now()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let tries = config.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts);
        tries::note(tries);
        let (Some(listener), Some(request)) = (&self.0, config.load::<Metadata>()) else { return Ok(()) };
        let reply = context.response();
        let header = |name| reply.and_then(|reply| reply.headers().get(name));
        let error = context.output_or_error().and_then(Result::err);
        let broke = error.and_then(|error| error.as_connector_error()).map(|error| cause(error));
        listener(&Attempt {
            service: request.service(),
            operation: request.name(),
            status: reply.map(|reply| reply.status().as_u16()),
            request_id: header("x-amzn-requestid").or_else(|| header("x-amz-request-id")),
            broke: broke.as_deref(),
            is_failure: error.is_some(),
            tries,
            elapsed: config.load::<Begun>().map_or(Duration::ZERO, |begun| begun.0.elapsed()),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let attempt = Attempt {
            service: "S3",
            operation: "PutObject",
            status: Some(200),
            request_id: Some("r1"),
            broke: None,
            is_failure: false,
            tries: 1,
            elapsed: Duration::ZERO,
        };
        assert_eq!(attempt.to_string(), "S3 PutObject: HTTP 200, request id r1");
        assert_eq!(Attempt { request_id: None, ..attempt }.to_string(), "S3 PutObject: HTTP 200");
        assert_eq!(
            Attempt { status: None, request_id: None, ..attempt }.to_string(),
            "S3 PutObject: no answer"
        );
    }
}
