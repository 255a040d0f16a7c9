//! Endpoints other than AWS's own: test clouds, S3-compatible stores, private links.

use std::fmt;
use std::str::FromStr;

use crate::fault::Fault;
use crate::partition::Partition;
use crate::unreachable::host_of;
use crate::variables::Variables;

/// A service of AWS that the pipes call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// The object store.
    S3,
    /// The content delivery network.
    CloudFront,
    /// The token service.
    Sts,
}

/// `http://` or `https://`, a host, optionally a port and a path; no user, query or fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

/// What is wrong with an endpoint; reads on from the variable's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEndpoint;

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be a URL with http:// or https:// and a host, such as https://storage.example.com")
    }
}

impl std::error::Error for InvalidEndpoint {}

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(text: &str) -> Result<Self, InvalidEndpoint> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let allowed = |byte: u8| byte.is_ascii_graphic() && !b"@?#".contains(&byte);
        match rest {
            Some(rest) if rest.bytes().all(allowed) && !rest.starts_with(['/', ':']) && !rest.is_empty() => {
                let address = text.trim_end_matches('/');
                let has_path = rest.trim_end_matches('/').contains('/');
                // The SDK writes a bucket right after the path, so a path has to end in a slash.
                Ok(Self(if has_path { format!("{address}/") } else { address.to_owned() }))
            }
            _ => Err(InvalidEndpoint),
        }
    }
}

/// Which services are not at AWS's own address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    every: Option<Endpoint>,
    s3: Option<Endpoint>,
    sts: Option<Endpoint>,
    cloudfront: Option<Endpoint>,
}

impl Endpoints {
    pub(crate) fn from_variables(variables: &Variables, faults: &mut Vec<Fault>) -> Self {
        let mut read = |name, value: &Option<String>| {
            let parsed = value.as_deref()?.parse();
            parsed.map_err(|error: InvalidEndpoint| faults.push(Fault::new(name, error))).ok()
        };
        Self {
            every: read("AWS_ENDPOINT_URL", &variables.aws_endpoint_url),
            s3: read("AWS_ENDPOINT_URL_S3", &variables.aws_endpoint_url_s3),
            sts: read("AWS_ENDPOINT_URL_STS", &variables.aws_endpoint_url_sts),
            cloudfront: read("AWS_ENDPOINT_URL_CLOUDFRONT", &variables.aws_endpoint_url_cloudfront),
        }
    }

    /// The service's own endpoint, else the one of every service; `None` is AWS's.
    #[must_use]
    pub fn custom(&self, service: Service) -> Option<&str> {
        let own = match service {
            Service::S3 => &self.s3,
            Service::CloudFront => &self.cloudfront,
            Service::Sts => &self.sts,
        };
        own.as_ref().or(self.every.as_ref()).map(|endpoint| endpoint.0.as_str())
    }

    /// Whether two services are parts of one cloud: both AWS's own, private links included, or both at one address.
    pub(crate) fn share_a_cloud(&self, one: Service, other: Service) -> bool {
        let address = |service| {
            let address = self.custom(service)?.split_once("://")?.1.split('/').next()?;
            (!Partition::owns_host(host_of(address))).then(|| address.to_ascii_lowercase())
        };
        address(one) == address(other)
    }

    /// Whether a service is AWS's: at its own address, or at one that AWS has for it.
    pub(crate) fn is_at_aws(&self, service: Service) -> bool {
        self.custom(service).is_none_or(|endpoint| Partition::owns_host(host_of(endpoint)))
    }

    /// Whether no service is reached over TLS, so that no certificate authority is needed.
    pub(crate) fn are_plain(&self) -> bool {
        [Service::S3, Service::CloudFront, Service::Sts]
            .into_iter()
            .all(|service| self.custom(service).is_some_and(|endpoint| endpoint.starts_with("http://")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_services_own_endpoint_goes_before_that_of_all() {
        let mut faults = Vec::new();
        let variables = Variables {
            aws_endpoint_url: Some("http://127.0.0.1:9000/".into()),
            aws_endpoint_url_sts: Some("https://sts.example.com".into()),
            ..Variables::default()
        };
        let endpoints = Endpoints::from_variables(&variables, &mut faults);
        assert_eq!(faults, []);
        assert_eq!(endpoints.custom(Service::S3), Some("http://127.0.0.1:9000"));
        assert_eq!(endpoints.custom(Service::CloudFront), Some("http://127.0.0.1:9000"));
        assert_eq!(endpoints.custom(Service::Sts), Some("https://sts.example.com"));
        assert!(!endpoints.are_plain());
        assert_eq!(Endpoints::default().custom(Service::S3), None);
        assert!(!Endpoints::default().are_plain());
    }

    #[test]
    fn a_path_alone_ends_in_a_slash() {
        for (text, expected) in [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("http://127.0.0.1:9000//", "http://127.0.0.1:9000"),
            ("https://example.com/storage", "https://example.com/storage/"),
            ("https://example.com/a/b/", "https://example.com/a/b/"),
        ] {
            assert_eq!(text.parse(), Ok(Endpoint(expected.to_owned())), "{text}");
        }
    }

    #[test]
    fn services_of_one_cloud_are_known_by_their_addresses() {
        for (every, s3, sts, expected) in [
            (None, None, None, true),
            (Some("http://127.0.0.1:9000"), None, None, true),
            (None, Some("https://storage.example.com"), None, false),
            (None, Some("https://storage.example.com"), Some("https://storage.example.com/sts"), true),
            (None, Some("https://storage.example.com"), Some("https://sts.example.com"), false),
            (None, Some("http://127.0.0.1:9000"), Some("http://127.0.0.1:9001"), false),
            (None, Some("https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com"), None, true),
            (None, None, Some("https://sts.eu-west-1.amazonaws.com"), true),
            (None, None, Some("https://sts.example.com"), false),
        ] {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let variables = Variables {
                aws_endpoint_url: owned(every),
                aws_endpoint_url_s3: owned(s3),
                aws_endpoint_url_sts: owned(sts),
                ..Variables::default()
            };
            let endpoints = Endpoints::from_variables(&variables, &mut Vec::new());
            let found = endpoints.share_a_cloud(Service::S3, Service::Sts);
            assert_eq!(found, expected, "{every:?} {s3:?} {sts:?}");
        }
    }

    #[test]
    fn hosts_of_aws_are_told_from_stores() {
        for (endpoint, expected) in [
            (None, true),
            (Some("https://s3-accelerate.amazonaws.com"), true),
            (Some("https://s3-accelerate.dualstack.amazonaws.com"), true),
            (Some("https://s3-fips.us-gov-west-1.amazonaws.com"), true),
            (Some("https://s3.dualstack.eu-west-1.amazonaws.com"), true),
            (Some("https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com:443/"), true),
            (Some("http://s3.cn-north-1.amazonaws.com.cn"), true),
            (Some("https://s3.eu-west-1.api.aws"), true),
            (Some("http://minio.company"), false),
            (Some("http://localhost:9000"), false),
            (Some("http://127.0.0.1:9000"), false),
            (Some("https://account.r2.cloudflarestorage.com"), false),
            (Some("https://s3.amazonaws.com.example.org"), false),
        ] {
            let variables =
                Variables { aws_endpoint_url_s3: endpoint.map(str::to_owned), ..Variables::default() };
            let endpoints = Endpoints::from_variables(&variables, &mut Vec::new());
            assert_eq!(endpoints.is_at_aws(Service::S3), expected, "{endpoint:?}");
        }
    }

    #[test]
    fn an_embedded_cloud_needs_no_certificates() {
        let variables =
            Variables { aws_endpoint_url: Some("http://127.0.0.1:9000".into()), ..Variables::default() };
        assert!(Endpoints::from_variables(&variables, &mut Vec::new()).are_plain());
    }

    #[test]
    fn what_is_no_endpoint_is_a_fault_of_its_variable() {
        for text in [
            "storage.example.com",
            "ftp://host",
            "http://",
            "https:///path",
            "http://a b",
            "https://me:pw@host",
            "http://h?x",
        ] {
            let mut faults = Vec::new();
            let variables = Variables { aws_endpoint_url_s3: Some(text.into()), ..Variables::default() };
            Endpoints::from_variables(&variables, &mut faults);
            assert_eq!(faults, [Fault::new("AWS_ENDPOINT_URL_S3", InvalidEndpoint)], "{text}");
        }
    }
}
