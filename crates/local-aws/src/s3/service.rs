//! The HTTP service: requests in, S3's answers out, complete with request ids and error texts.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::header::{CONNECTION, CONTENT_TYPE, EXPECT, SERVER};
use http::{HeaderValue, Method, Request};
use http_body_util::BodyExt as _;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::validation::NameValidation;
use s3s::{Body, HttpError, HttpResponse};

use super::access::Access;
use super::api::Api;
use super::delete::RawBody;
use super::error;
use super::guard::Guard;
use super::route::CopyRoute;
use super::store::Store;

/// Buckets made before 2018 may be longer than today's 63 characters.
const LONGEST_BUCKET_NAME: usize = 255;

/// The service over a store, with a guard at its door. Cheap to clone; serves any number of connections.
pub fn service(store: Store, guard: Arc<dyn Guard>) -> Service {
    let access = Access { store: store.clone(), guard: Arc::clone(&guard) };
    let api = Api { store, guard };
    let mut builder = S3ServiceBuilder::new(api.clone());
    builder.set_auth(access.clone());
    builder.set_access(access.clone());
    builder.set_route(CopyRoute { api, access });
    builder.set_validation(AnyBucketName);
    Service { inner: builder.build(), served: Arc::default() }
}

/// The embedded S3 as an HTTP service.
#[derive(Clone)]
pub struct Service {
    inner: S3Service,
    served: Arc<AtomicU64>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("served", &self.served).finish_non_exhaustive()
    }
}

impl Service {
    /// Answers one request. An error means that the request's body could not be read: hang up.
    pub async fn call<B>(&self, request: Request<B>) -> Result<HttpResponse, HttpError>
    where
        B: hyper::body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // The body is read to its end whatever the answer: a client whose request is cut off may never see why.
        let (parts, body) = request.into_parts();
        let collected = body.collect().await;
        let body = collected.map_err(|cause| HttpError::new(cause.into()))?.to_bytes();
        let is_head = parts.method == Method::HEAD;
        let expects = parts.headers.contains_key(EXPECT) && body.is_empty();
        let mut request = Request::from_parts(parts, Body::from(body.clone()));
        request.extensions_mut().insert(RawBody(body));

        let mut response = self.inner.call(request).await?;
        let id = request_id(self.served.fetch_add(1, Ordering::Relaxed));
        if !response.status().is_success() {
            complete(&mut response, &id, is_head);
        }
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert("x-amz-request-id", id.clone());
            headers.insert("x-amz-id-2", id);
        }
        headers.insert(SERVER, HeaderValue::from_static("AmazonS3"));
        if expects {
            // hyper sends no `100 Continue` for an empty body, and botocore then misreads whatever comes next on
            // the same connection: let there be no next.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response)
    }
}

impl hyper::service::Service<Request<hyper::body::Incoming>> for Service {
    type Response = HttpResponse;
    type Error = HttpError;
    type Future = BoxFuture<'static, Result<HttpResponse, HttpError>>;

    fn call(&self, request: Request<hyper::body::Incoming>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { service.call(request).await })
    }
}

/// Buckets from before the rules of today keep their names, such as `DOC-EXAMPLE-BUCKET`.
pub(super) struct AnyBucketName;

impl NameValidation for AnyBucketName {
    fn validate_bucket_name(&self, name: &str) -> bool {
        (1..=LONGEST_BUCKET_NAME).contains(&name.len())
    }
}

/// A request id in S3's shape. An odd factor makes every count look different from the one before.
fn request_id(served: u64) -> String {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    format!("{:016X}", (served + 1).wrapping_mul(ODD))
}

/// Gives an error answer what `s3s` leaves out, and takes from it what HTTP does not allow.
fn complete(response: &mut HttpResponse, id: &str, is_head: bool) {
    let Some(body) = response.body().bytes() else {
        return;
    };
    if is_head || response.status() == http::StatusCode::NOT_MODIFIED {
        *response.body_mut() = Body::empty();
        return;
    }
    let Ok(xml) = std::str::from_utf8(&body) else {
        return;
    };
    *response.body_mut() = Body::from(completed(xml, id));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
}

/// An `<Error>` with a message and the ids. The document is `s3s`'s own, so its tags are where it puts them.
fn completed(xml: &str, id: &str) -> String {
    let code =
        xml.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
    let mut xml = xml.to_owned();
    if !xml.contains("<Message>")
        && let Some(text) = code.and_then(error::text)
    {
        let text = text.replace('\'', "&apos;");
        xml = xml.replacen("</Code>", &format!("</Code><Message>{text}</Message>"), 1);
    }
    let ids = format!("<RequestId>{id}</RequestId><HostId>{id}</HostId></Error>");
    xml.replacen("</Error>", &ids, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_without_a_text_get_the_one_of_their_code() {
        let bare = "<Error><Code>SignatureDoesNotMatch</Code></Error>";
        let full = completed(bare, "ID");
        assert!(full.contains("<Message>The request signature we calculated"));
        assert!(full.ends_with("<RequestId>ID</RequestId><HostId>ID</HostId></Error>"));

        let own = "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>";
        assert_eq!(completed(own, "ID").matches("<Message>").count(), 1);
    }

    #[test]
    fn request_ids_differ() {
        assert_ne!(request_id(0), request_id(1));
        assert_eq!(request_id(0).len(), 16);
    }
}
