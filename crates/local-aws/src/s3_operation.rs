//! The name of an S3 operation and its bucket and key, told from the head of a path-style request.

use http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::requests::Service;
use crate::target::{Target, UNKNOWN};

/// The target of a request to S3.
pub(crate) fn target(request: &Parts) -> Target {
    let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
    let path = request.uri.path().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let filled = |part: &str| (!part.is_empty()).then(|| decode(part));
    let operation = operation(request, !bucket.is_empty(), !key.is_empty());
    let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Target {
        bucket: filled(bucket),
        key: filled(key),
        expected_owner: header("x-amz-expected-bucket-owner"),
        content_sha256: header("x-amz-content-sha256"),
        ..Target::new(Service::S3, operation)
    }
}

fn operation(request: &Parts, bucket: bool, key: bool) -> &'static str {
    let query = request.uri.query().unwrap_or_default();
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    let copies = request.headers.contains_key("x-amz-copy-source");
    match (request.method.as_str(), bucket, key) {
        ("GET", false, _) => "ListBuckets",
        ("GET", true, false) if has("list-type") => "ListObjectsV2",
        ("GET", true, false) if has("location") => "GetBucketLocation",
        ("GET", true, false) if has("uploads") => "ListMultipartUploads",
        ("GET", true, false) if has("versions") => "ListObjectVersions",
        ("GET", true, false) if has("versioning") => "GetBucketVersioning",
        ("GET", true, false) if has("acl") => "GetBucketAcl",
        ("GET", true, false) if has("policy") => "GetBucketPolicy",
        ("GET", true, false) => "ListObjects",
        ("HEAD", true, false) => "HeadBucket",
        ("PUT", true, false) if has("versioning") => "PutBucketVersioning",
        ("PUT", true, false) if query.is_empty() => "CreateBucket",
        ("DELETE", true, false) if query.is_empty() => "DeleteBucket",
        ("POST", true, false) if has("delete") => "DeleteObjects",
        ("GET", true, true) if has("uploadId") => "ListParts",
        ("GET", true, true) if has("acl") => "GetObjectAcl",
        ("GET", true, true) if has("tagging") => "GetObjectTagging",
        ("GET", true, true) if has("attributes") => "GetObjectAttributes",
        ("GET", true, true) => "GetObject",
        ("HEAD", true, true) => "HeadObject",
        ("PUT", true, true) if has("partNumber") && copies => "UploadPartCopy",
        ("PUT", true, true) if has("partNumber") => "UploadPart",
        ("PUT", true, true) if has("acl") => "PutObjectAcl",
        ("PUT", true, true) if has("tagging") => "PutObjectTagging",
        ("PUT", true, true) if copies => "CopyObject",
        ("PUT", true, true) => "PutObject",
        ("POST", true, true) if has("uploads") => "CreateMultipartUpload",
        ("POST", true, true) if has("uploadId") => "CompleteMultipartUpload",
        ("DELETE", true, true) if has("uploadId") => "AbortMultipartUpload",
        ("DELETE", true, true) if has("tagging") => "DeleteObjectTagging",
        ("DELETE", true, true) => "DeleteObject",
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn operations() {
        for (method, uri, copies, expected, bucket, key) in [
            ("GET", "/?x-id=ListBuckets", false, "ListBuckets", None, None),
            ("GET", "/b/?list-type=2&prefix=a%2F", false, "ListObjectsV2", Some("b"), None),
            ("GET", "/b?prefix=list-type", false, "ListObjects", Some("b"), None),
            ("GET", "/b?location", false, "GetBucketLocation", Some("b"), None),
            ("GET", "/b?uploads", false, "ListMultipartUploads", Some("b"), None),
            ("HEAD", "/b", false, "HeadBucket", Some("b"), None),
            ("PUT", "/b", false, "CreateBucket", Some("b"), None),
            ("PUT", "/b?versioning", false, "PutBucketVersioning", Some("b"), None),
            ("GET", "/b?versions", false, "ListObjectVersions", Some("b"), None),
            ("POST", "/b/?delete", false, "DeleteObjects", Some("b"), None),
            (
                "GET",
                "/b/a%20b/%C3%A9%2B.html?x-id=GetObject",
                false,
                "GetObject",
                Some("b"),
                Some("a b/é+.html"),
            ),
            ("HEAD", "/b/k", false, "HeadObject", Some("b"), Some("k")),
            ("PUT", "/b/k?x-id=PutObject", false, "PutObject", Some("b"), Some("k")),
            ("PUT", "/b/k?x-id=CopyObject", true, "CopyObject", Some("b"), Some("k")),
            (
                "PUT",
                "/b/k?x-id=UploadPart&partNumber=1&uploadId=u",
                false,
                "UploadPart",
                Some("b"),
                Some("k"),
            ),
            ("PUT", "/b/k?partNumber=1&uploadId=u", true, "UploadPartCopy", Some("b"), Some("k")),
            ("POST", "/b/k?uploads", false, "CreateMultipartUpload", Some("b"), Some("k")),
            ("POST", "/b/k?uploadId=u", false, "CompleteMultipartUpload", Some("b"), Some("k")),
            (
                "DELETE",
                "/b/k?uploadId=u&x-id=AbortMultipartUpload",
                false,
                "AbortMultipartUpload",
                Some("b"),
                Some("k"),
            ),
            ("GET", "/b/k?uploadId=u", false, "ListParts", Some("b"), Some("k")),
            ("DELETE", "/b/k", false, "DeleteObject", Some("b"), Some("k")),
            ("GET", "/b//k", false, "GetObject", Some("b"), Some("/k")),
            ("PATCH", "/b/k", false, "Unknown", Some("b"), Some("k")),
        ] {
            let mut request = Request::builder().method(method).uri(uri);
            if copies {
                request = request.header("x-amz-copy-source", "b/other");
            }
            let target = target(&request.body(()).expect("a request").into_parts().0);
            assert_eq!(target.operation, expected, "{method} {uri}");
            assert_eq!((target.bucket.as_deref(), target.key.as_deref()), (bucket, key), "{method} {uri}");
        }
    }
}
