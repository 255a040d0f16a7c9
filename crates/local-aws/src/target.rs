//! What a request is for: the service, the operation and what it is about, told from its head and its form.

use http::Method;
use http::header::HOST;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::requests::Service;
use crate::s3_operation;
use crate::sts::Form;

/// The version of CloudFront's API, with which all its paths begin.
const CLOUDFRONT: &str = "/2020-05-31/";

/// Browsers and curl resolve every name under this one to the loopback interface.
const SITES: &str = ".localhost";

/// The operation of a request that no service here knows.
pub(crate) const UNKNOWN: &str = "Unknown";

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) service: Service,
    pub(crate) operation: String,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) distribution: Option<String>,
    /// The invalidation asked about.
    pub(crate) invalidation: Option<String>,
    /// The bytes of its body.
    pub(crate) body_length: u64,
    /// The account that the bucket must belong to, as the request says.
    pub(crate) expected_owner: Option<String>,
    /// What its signature says of its body.
    pub(crate) content_sha256: Option<String>,
    /// The cache policy asked about.
    pub(crate) cache_policy: Option<String>,
}

impl Target {
    pub(crate) fn new(service: Service, operation: impl Into<String>) -> Self {
        let operation = operation.into();
        Self {
            service,
            operation,
            bucket: None,
            key: None,
            distribution: None,
            invalidation: None,
            body_length: 0,
            expected_owner: None,
            content_sha256: None,
            cache_policy: None,
        }
    }

    /// Tells the target from the head of a request, and from the form when it is one.
    pub(crate) fn of(request: &Parts, body: &[u8]) -> Self {
        let path = request.uri.path();
        if let Some(site) = site(request) {
            let key = percent_decode_str(path).decode_utf8_lossy().into_owned();
            let distribution = Some(site.to_owned());
            return Self {
                distribution,
                key: Some(key),
                ..Self::new(Service::Site, request.method.as_str())
            };
        }
        if let Some(rest) = path.strip_prefix(CLOUDFRONT) {
            return Self::of_cloudfront(&request.method, rest);
        }
        if request.method == Method::POST && path == "/" && request.uri.query().is_none() {
            let form = Form::parse(body);
            return Self::new(Service::Sts, form.get("Action").unwrap_or(UNKNOWN));
        }
        if crate::issuer::document_at(path, "").is_some() {
            return Self::new(Service::Issuer, "GetDocument");
        }
        s3_operation::target(request)
    }

    /// Whether it is about the object, bucket, distribution or cache policy with this name.
    pub(crate) fn is_about(&self, name: &str) -> bool {
        [&self.key, &self.bucket, &self.distribution, &self.cache_policy]
            .into_iter()
            .flatten()
            .any(|part| part == name)
    }

    fn of_cloudfront(method: &Method, path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').collect();
        let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        if let ("GET", ["cache-policy", id]) = (method.as_str(), &parts[..]) {
            let cache_policy = Some(decode(id));
            return Self { cache_policy, ..Self::new(Service::CloudFront, "GetCachePolicy") };
        }
        let (operation, distribution, invalidation) = match (method.as_str(), &parts[..]) {
            ("GET", ["distribution", id]) => ("GetDistribution", Some(*id), None),
            ("GET", ["distribution", id, "config"]) => ("GetDistributionConfig", Some(*id), None),
            ("GET", ["distribution", id, "invalidation"]) => ("ListInvalidations", Some(*id), None),
            ("GET", ["distribution", id, "invalidation", which]) => {
                ("GetInvalidation", Some(*id), Some(*which))
            }
            ("POST", ["distribution", id, "invalidation"]) => ("CreateInvalidation", Some(*id), None),
            (_, ["distribution", id, ..]) => (UNKNOWN, Some(*id), None),
            _ => (UNKNOWN, None, None),
        };
        Self {
            distribution: distribution.map(decode),
            invalidation: invalidation.map(decode),
            ..Self::new(Service::CloudFront, operation)
        }
    }
}

/// The first label of a host under [`SITES`].
fn site(request: &Parts) -> Option<&str> {
    let host = request.headers.get(HOST)?.to_str().ok()?;
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    name.strip_suffix(SITES).filter(|site| !site.is_empty())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn services_are_told_apart() {
        let issuer = "/2.0/workspaces/acme/pipelines-config/identity/oidc/keys.json";
        for (method, host, path, body, service, operation) in [
            (
                "POST",
                "127.0.0.1:1",
                "/",
                "Action=GetCallerIdentity&Version=1",
                Service::Sts,
                "GetCallerIdentity",
            ),
            ("POST", "127.0.0.1:1", "/", "", Service::Sts, "Unknown"),
            (
                "POST",
                "127.0.0.1:1",
                "/2020-05-31/distribution/E1/invalidation",
                "",
                Service::CloudFront,
                "CreateInvalidation",
            ),
            (
                "GET",
                "127.0.0.1:1",
                "/2020-05-31/distribution/E1/invalidation",
                "",
                Service::CloudFront,
                "ListInvalidations",
            ),
            (
                "GET",
                "127.0.0.1:1",
                "/2020-05-31/distribution/E1/invalidation/I1",
                "",
                Service::CloudFront,
                "GetInvalidation",
            ),
            ("GET", "127.0.0.1:1", "/2020-05-31/distribution/E1", "", Service::CloudFront, "GetDistribution"),
            (
                "GET",
                "127.0.0.1:1",
                "/2020-05-31/distribution/E1/config",
                "",
                Service::CloudFront,
                "GetDistributionConfig",
            ),
            ("GET", "127.0.0.1:1", "/2020-05-31/cache-policy/p", "", Service::CloudFront, "GetCachePolicy"),
            ("PUT", "127.0.0.1:1", "/2020-05-31/cache-policy/p", "", Service::CloudFront, "Unknown"),
            ("DELETE", "127.0.0.1:1", "/2020-05-31/distribution/E1", "", Service::CloudFront, "Unknown"),
            ("GET", "127.0.0.1:1", "/2020-05-31/key-group", "", Service::CloudFront, "Unknown"),
            ("GET", "127.0.0.1:1", issuer, "", Service::Issuer, "GetDocument"),
            ("GET", "127.0.0.1:1", "/", "", Service::S3, "ListBuckets"),
            ("PUT", "127.0.0.1:1", "/bucket/key", "Action=x", Service::S3, "PutObject"),
            ("GET", "e1.localhost:1", "/index.html", "", Service::Site, "GET"),
            ("GET", "localhost:1", "/bucket/key", "", Service::S3, "GetObject"),
        ] {
            let request =
                Request::builder().method(method).uri(path).header(HOST, host).body(()).expect("a request");
            let target = Target::of(&request.into_parts().0, body.as_bytes());
            assert_eq!(
                (target.service, target.operation.as_str()),
                (service, operation),
                "{method} {host} {path}"
            );
        }
    }

    #[test]
    fn targets_know_what_they_are_about() {
        let request =
            Request::get("/2020-05-31/distribution/E1/invalidation/I1").body(()).expect("a request");
        let target = Target::of(&request.into_parts().0, b"");
        assert_eq!(
            (target.distribution.as_deref(), target.invalidation.as_deref()),
            (Some("E1"), Some("I1"))
        );
        assert!(target.is_about("E1") && !target.is_about("E2"));
    }
}
