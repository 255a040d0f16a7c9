//! With `DEBUG`, every request to S3 in one line: operation, status and the id that AWS's support asks for.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use bitbucket_pipe::Log;

/// Prints a `DEBUG:` line for each reply, repeated attempts included. Headers and bodies are never shown.
#[derive(Clone, Debug)]
pub(crate) struct Trace(Log);

impl Trace {
    pub(crate) fn new(log: &Log) -> Self {
        Self(log.clone())
    }
}

impl Intercept for Trace {
    fn name(&self) -> &'static str {
        "Trace"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().map_or("request", Metadata::name);
        let reply = context.response();
        let id = reply.headers().get("x-amz-request-id").unwrap_or("none");
        self.0.debug(format_args!("{operation}: HTTP {}, request id {id}", reply.status().as_u16()));
        Ok(())
    }
}
