//! How often a request was sent before it failed, for the words of its failure.

use std::cell::Cell;
use std::error::Error;
use std::future::Future;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::failure::{Failure, explain};

tokio::task_local! {
    /// Of the request that the task waits for.
    static TRIES: Cell<u32>;
}

/// Waits for the end of a request to a client that has a [`Trace`](crate::Trace) among its interceptors: a failure says
/// how often it was sent.
pub fn counted<T, E>(
    request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
) -> impl Future<Output = Result<T, Failure>> + Send
where
    T: Send,
    E: Error + ProvideErrorMetadata + Send + 'static,
{
    // Boxed, because it is as large as all that a request goes through, and would be here twice.
    let request = Box::pin(request);
    let explained = async { request.await.map_err(|error| explain(&error).after(TRIES.with(Cell::get))) };
    TRIES.scope(Cell::new(0), explained)
}

/// Notes that the request that the task waits for was sent so often.
pub(crate) fn note(tries: u32) {
    // Whoever does not count them has no place for the number.
    let _ = TRIES.try_with(|noted| noted.set(tries));
}
