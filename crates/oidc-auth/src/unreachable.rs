//! Hosts that no attempt can reach: DNS does not know the name, or nobody vouches for the certificate.

use std::error::Error;
use std::fmt;
use std::io;

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use tokio::net::lookup_host;

/// Why a host cannot be reached, in words that name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreachable {
    /// The host's name has no address.
    Name {
        /// Without a port.
        host: String,
        /// The system's words.
        why: String,
    },
    /// The certificate is not trusted, or is another host's.
    Certificate {
        /// As the URL of the endpoint has it.
        host: String,
        /// The words of the TLS library.
        why: String,
    },
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { host, why } => write!(f, "the host {host} is not found: {why}"),
            Self::Certificate { host, why } => write!(f, "the certificate of {host} is not accepted: {why}"),
        }
    }
}

impl Error for Unreachable {}

/// The system's resolver, with the name in its errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resolver;

impl ResolveDns for Resolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let unknown =
                |error: io::Error| Unreachable::Name { host: name.to_owned(), why: error.to_string() };
            let addresses =
                lookup_host((name, 0)).await.map_err(|error| ResolveDnsError::new(unknown(error)))?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    }
}

/// The causes of an error from the outermost on; an [`io::Error`] leaves the one that it wraps out of its own.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let hidden = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        hidden.map(|hidden| hidden as &(dyn Error + 'static)).or_else(|| error.source())
    })
}

/// The first cause of this type.
pub(crate) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|error| error.downcast_ref())
}

/// What the TLS library has against the certificate of a server, if that is why a connection failed.
pub(crate) fn certificate_error(error: &(dyn Error + 'static)) -> Option<String> {
    match find::<rustls::Error>(error)? {
        error @ rustls::Error::InvalidCertificate(_) => Some(error.to_string()),
        _ => None,
    }
}

/// The host of a URL, without its port.
pub(crate) fn host_of(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_urls() {
        for (url, host) in [
            ("https://s3.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"),
            ("http://minio.company:9000/site", "minio.company"),
            ("http://[::1]:9000", "[::1]"),
            ("http://[::1]", "[::1]"),
        ] {
            assert_eq!(host_of(url), host, "{url}");
        }
    }

    #[test]
    fn the_cause_inside_an_input_output_error_is_found() {
        let certificate = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let error = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, certificate));
        assert!(certificate_error(&error).is_some_and(|words| words.contains("xpired")));
        let other = io::Error::other(rustls::Error::HandshakeNotComplete);
        assert_eq!(certificate_error(&other), None);
    }

    #[tokio::test]
    async fn an_unknown_name_is_in_the_error() {
        let error = Resolver.resolve_dns("minio.invalid").await.expect_err("RFC 6761 reserves it");
        let unknown = find::<Unreachable>(&error).expect("the cause is ours");
        assert!(unknown.to_string().starts_with("the host minio.invalid is not found: "), "{unknown}");
        let known = Resolver.resolve_dns("localhost").await.expect("every machine has it");
        assert!(known.iter().all(std::net::IpAddr::is_loopback));
    }
}
