//! Before every operation: the signature's secret, the caller's permissions, the bucket and its region.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::path::S3Path;
use s3s::{S3Error, S3Result};

use super::guard::{Caller, Guard, arn};
use super::headers::text;
use super::store::Store;
use super::{acl, error, headers};

/// The region of requests that name none, and of buckets without a location constraint.
pub(super) const DEFAULT_REGION: &str = "us-east-1";

/// Checks every request before its operation sees it.
#[derive(Clone)]
pub(super) struct Access {
    pub(super) store: Store,
    pub(super) guard: Arc<dyn Guard>,
}

#[async_trait::async_trait]
impl S3Auth for Access {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        self.guard
            .secret_key(access_key)
            .map(SecretKey::from)
            .ok_or_else(|| error::known("InvalidAccessKeyId", StatusCode::FORBIDDEN))
    }
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let caller = self.check_subject(&Subject {
            operation: cx.s3_op().name(),
            path: cx.s3_path(),
            access_key: cx.credentials().map(|credentials| credentials.access_key.as_str()),
            headers: cx.headers(),
            uri: cx.uri(),
        })?;
        cx.extensions_mut().insert(caller);
        Ok(())
    }
}

/// What of a request its admission depends on.
pub(super) struct Subject<'a> {
    pub(super) operation: &'a str,
    pub(super) path: &'a S3Path,
    pub(super) access_key: Option<&'a str>,
    pub(super) headers: &'a HeaderMap,
    pub(super) uri: &'a Uri,
}

impl Subject<'_> {
    /// A request signed for another region is sent there; asking where a bucket lives is always allowed.
    fn check_region(&self, region: &str) -> S3Result<()> {
        match signing_region(self.headers, self.uri) {
            Some(signed) if signed != region && self.operation != "GetBucketLocation" => {
                Err(error::known("PermanentRedirect", StatusCode::MOVED_PERMANENTLY))
            }
            _ => Ok(()),
        }
    }
}

impl Access {
    /// S3's order: bad credentials first, then the bucket and its region, then what the caller may do.
    pub(super) fn check_subject(&self, subject: &Subject<'_>) -> S3Result<Caller> {
        let caller = Caller {
            access_key: subject.access_key.map(str::to_owned),
            session_token: text(subject.headers, "x-amz-security-token")
                .or_else(|| query(subject.uri, "X-Amz-Security-Token")),
            conditions: conditions(subject),
        };
        let bucket = subject.path.get_bucket_name();
        let region = bucket.and_then(|bucket| self.store.region(bucket));
        let verdict = permissions(subject, region.as_deref().unwrap_or(DEFAULT_REGION))
            .iter()
            .try_for_each(|(action, resource)| caller.ask(&*self.guard, action, resource));
        if let Err(denial) = &verdict
            && !denial.is_access_denied()
        {
            return Err(denial.clone().into());
        }

        if let Some(bucket) = bucket
            && subject.operation != "CreateBucket"
        {
            let region = region.ok_or_else(error::no_such_bucket)?;
            subject
                .check_region(&region)
                .and_then(|()| self.check_owner(bucket, subject.headers))
                .and_then(|()| self.check_payer(bucket, subject.headers))
                .and_then(|()| Ok(verdict?))
                .map_err(|refusal| with_region(refusal, &region))?;
        } else {
            verdict?;
        }
        headers::refuse_unsupported(subject.headers, self.store.takes_customer_keys())?;
        Ok(caller)
    }

    fn check_owner(&self, bucket: &str, headers: &HeaderMap) -> S3Result<()> {
        let owner = self.store.read(bucket, |bucket| bucket.owner.clone())?;
        match text(headers, "x-amz-expected-bucket-owner") {
            Some(expected) if expected != owner => Err(error::access_denied()),
            _ => Ok(()),
        }
    }

    fn check_payer(&self, bucket: &str, headers: &HeaderMap) -> S3Result<()> {
        let demanded = self.store.read(bucket, |bucket| bucket.requester_pays)?;
        let agreed = text(headers, "x-amz-request-payer").as_deref() == Some("requester");
        if demanded && !agreed { Err(error::access_denied()) } else { Ok(()) }
    }
}

/// The IAM actions an operation needs, each with its resource.
fn permissions(subject: &Subject<'_>, region: &str) -> Vec<(String, String)> {
    let headers = subject.headers;
    let resource = match subject.path {
        S3Path::Root => "arn:aws:s3:::*".to_owned(),
        S3Path::Bucket { bucket } => arn(region, bucket, None),
        S3Path::Object { bucket, key } => arn(region, bucket, Some(key)),
    };
    let action = match subject.operation {
        // Every key is asked about on its own.
        "DeleteObjects" => return Vec::new(),
        "ListBuckets" => "ListAllMyBuckets",
        "HeadBucket" | "ListObjects" | "ListObjectsV2" => "ListBucket",
        "ListMultipartUploads" => "ListBucketMultipartUploads",
        "ListParts" => "ListMultipartUploadParts",
        "ListObjectVersions" => "ListBucketVersions",
        "GetObject" | "HeadObject" if query(subject.uri, "versionId").is_some() => "GetObjectVersion",
        "GetObject" | "HeadObject" => "GetObject",
        "DeleteObject" if query(subject.uri, "versionId").is_some() => "DeleteObjectVersion",
        "PutObject"
        | "CopyObject"
        | "CreateMultipartUpload"
        | "UploadPart"
        | "UploadPartCopy"
        | "CompleteMultipartUpload" => "PutObject",
        other => other,
    };
    let mut actions = vec![action];
    if action == "PutObject" {
        if acl::is_sent(headers) {
            actions.push("PutObjectAcl");
        }
        if headers.contains_key("x-amz-tagging") {
            actions.push("PutObjectTagging");
        }
    }
    // Comparing an ETag reads the object; finding that it exists does not.
    let compares = text(headers, "if-match").is_some_and(|condition| condition != "*");
    if compares && matches!(action, "PutObject" | "DeleteObject") {
        actions.push("GetObject");
    }
    actions.into_iter().map(|action| (format!("s3:{action}"), resource.clone())).collect()
}

/// What conditions may ask about: the parameters of listings and the headers of writes, under the names that IAM's
/// service reference gives them. What a request does not say, a condition finds absent.
fn conditions(subject: &Subject<'_>) -> Vec<(&'static str, String)> {
    const PARAMETERS: [(&str, &str); 4] = [
        ("s3:prefix", "prefix"),
        ("s3:delimiter", "delimiter"),
        ("s3:max-keys", "max-keys"),
        ("s3:VersionId", "versionId"),
    ];
    const HEADERS: [(&str, &str); 8] = [
        ("s3:x-amz-acl", "x-amz-acl"),
        ("s3:x-amz-copy-source", "x-amz-copy-source"),
        ("s3:x-amz-metadata-directive", "x-amz-metadata-directive"),
        ("s3:x-amz-storage-class", "x-amz-storage-class"),
        ("s3:x-amz-server-side-encryption", "x-amz-server-side-encryption"),
        ("s3:x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-aws-kms-key-id"),
        ("s3:if-none-match", "if-none-match"),
        ("s3:if-match", "if-match"),
    ];
    let parameters = PARAMETERS.into_iter().filter_map(|(key, name)| Some((key, query(subject.uri, name)?)));
    let headers = HEADERS.into_iter().filter_map(|(key, name)| Some((key, text(subject.headers, name)?)));
    parameters.chain(headers).collect()
}

/// The region of the credential scope: `AKIA…/20260110/eu-west-1/s3/aws4_request`.
fn signing_region(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let scope = match text(headers, "authorization") {
        Some(header) => {
            let (_, scope) = header.split_once("Credential=")?;
            scope.split([',', ' ']).next()?.to_owned()
        }
        None => query(uri, "X-Amz-Credential")?,
    };
    // The access key comes first and may itself hold slashes; the rest is counted from the end.
    scope.rsplit('/').nth(2).map(str::to_owned)
}

/// A query parameter, decoded.
pub(super) fn query(uri: &Uri, name: &str) -> Option<String> {
    let value = uri.query()?.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then_some(value)
    })?;
    let value = value.replace('+', " ");
    Some(percent_decode_str(&value).decode_utf8_lossy().into_owned())
}

/// The header by which a client finds the bucket, even where it may do nothing with it.
fn with_region(mut refusal: S3Error, region: &str) -> S3Error {
    let mut headers = refusal.headers().cloned().unwrap_or_default();
    if let Ok(region) = HeaderValue::from_str(region) {
        headers.insert("x-amz-bucket-region", region);
    }
    refusal.set_headers(headers);
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_a_request_was_signed_for() {
        let mut signed = HeaderMap::new();
        signed.insert(
            "authorization",
            HeaderValue::from_static(
                "AWS4-HMAC-SHA256 Credential=AKIA/20260110/eu-west-1/s3/aws4_request, \
                 SignedHeaders=host, Signature=0",
            ),
        );
        let plain = Uri::from_static("/bucket/key");
        let presigned =
            Uri::from_static("/bucket/key?X-Amz-Credential=AKIA%2F20260110%2Fus-west-2%2Fs3%2Faws4_request");
        for (headers, uri, region) in [
            (&signed, &plain, Some("eu-west-1")),
            (&HeaderMap::new(), &presigned, Some("us-west-2")),
            (&HeaderMap::new(), &plain, None),
        ] {
            assert_eq!(signing_region(headers, uri).as_deref(), region);
        }
    }

    #[test]
    fn what_conditions_may_ask_about() {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("x-amz-acl"),
            HeaderValue::from_static("private"),
        )]);
        let subject = Subject {
            operation: "ListObjectsV2",
            path: &S3Path::bucket("site"),
            access_key: None,
            headers: &headers,
            uri: &Uri::from_static("/site?list-type=2&prefix=a%2Fb+c%C3%A9&max-keys=2"),
        };
        let expected = [("s3:prefix", "a/b c\u{e9}"), ("s3:max-keys", "2"), ("s3:x-amz-acl", "private")];
        assert_eq!(conditions(&subject), expected.map(|(key, value)| (key, value.to_owned())));
    }

    #[test]
    fn the_permissions_of_operations() {
        let object = S3Path::object("site", "a.html");
        let bucket = S3Path::bucket("site");
        let with = |name: &'static str, value: &'static str| {
            HeaderMap::from_iter([(http::HeaderName::from_static(name), HeaderValue::from_static(value))])
        };
        for (operation, path, headers, expected) in [
            ("HeadBucket", &bucket, HeaderMap::new(), vec!["s3:ListBucket"]),
            ("UploadPart", &object, HeaderMap::new(), vec!["s3:PutObject"]),
            (
                "PutObject",
                &object,
                with("x-amz-acl", "bucket-owner-full-control"),
                vec!["s3:PutObject", "s3:PutObjectAcl"],
            ),
            (
                "CopyObject",
                &object,
                with("x-amz-tagging", "a=b"),
                vec!["s3:PutObject", "s3:PutObjectTagging"],
            ),
            ("DeleteObject", &object, with("if-match", "\"etag\""), vec!["s3:DeleteObject", "s3:GetObject"]),
            ("DeleteObject", &object, with("if-match", "*"), vec!["s3:DeleteObject"]),
            ("GetObjectAcl", &object, HeaderMap::new(), vec!["s3:GetObjectAcl"]),
        ] {
            let subject =
                Subject { operation, path, access_key: None, headers: &headers, uri: &Uri::from_static("/") };
            let actions: Vec<String> =
                permissions(&subject, "eu-west-1").into_iter().map(|(action, _)| action).collect();
            assert_eq!(actions, expected, "{operation}");
        }
    }
}
