//! `CopyObject` past the router of `s3s`, which would not let its header name an old bucket.

use http::header::CONTENT_TYPE;
use http::{Extensions, HeaderMap, HeaderValue, Method, Uri};
use percent_encoding::percent_decode_str;
use s3s::path::{S3Path, parse_path_style_with_validation};
use s3s::route::S3Route;
use s3s::xml::{Serialize as _, Serializer};
use s3s::{Body, S3Error, S3Request, S3Response, S3Result};

use super::access::{Access, Subject};
use super::api::Api;
use super::service::AnyBucketName;

/// The operation behind a `PUT` with a copy source.
pub(super) struct CopyRoute {
    pub(super) api: Api,
    pub(super) access: Access,
}

#[async_trait::async_trait]
impl S3Route for CopyRoute {
    fn is_match(&self, method: &Method, uri: &Uri, headers: &HeaderMap, _: &mut Extensions) -> bool {
        // With an upload id it is `UploadPartCopy`.
        let is_part = uri.query().is_some_and(|query| query.contains("uploadId="));
        method == Method::PUT && headers.contains_key("x-amz-copy-source") && !is_part
    }

    async fn check_access(&self, request: &mut S3Request<Body>) -> S3Result<()> {
        let path = path(&request.uri)?;
        let access_key = request.credentials.as_ref();
        let caller = self.access.check_subject(&Subject {
            operation: "CopyObject",
            path: &path,
            access_key: access_key.map(|credentials| credentials.access_key.as_str()),
            headers: &request.headers,
            uri: &request.uri,
        })?;
        request.extensions.insert(caller);
        Ok(())
    }

    async fn call(&self, request: S3Request<Body>) -> S3Result<S3Response<Body>> {
        let S3Path::Object { bucket, key } = path(&request.uri)? else {
            return Err(super::error::known("MethodNotAllowed", http::StatusCode::METHOD_NOT_ALLOWED));
        };
        let caller = Api::caller(&request)?;
        let (result, mut headers) = self.api.copy(&bucket, &key, &request.headers, &caller)?;
        let mut xml = Vec::new();
        let mut serializer = Serializer::new(&mut xml);
        serializer
            .decl()
            .and_then(|()| result.serialize(&mut serializer))
            .map_err(S3Error::internal_error)?;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        Ok(S3Response::with_headers(Body::from(xml), headers))
    }
}

fn path(uri: &Uri) -> S3Result<S3Path> {
    let invalid = || super::error::known("InvalidURI", http::StatusCode::BAD_REQUEST);
    let path = percent_decode_str(uri.path()).decode_utf8().map_err(|_| invalid())?;
    parse_path_style_with_validation(&path, &AnyBucketName).map_err(|_| invalid())
}
