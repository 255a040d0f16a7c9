//! How requests leave the container: which certificate authorities are trusted, and through which proxy.

use std::fmt;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::fault::Fault;
use crate::unreachable::Resolver;
use crate::variables::Variables;

/// Certificate authorities and proxy. `Debug` shows neither the proxy's password nor certificates.
#[derive(Clone, Default)]
pub struct Network {
    /// PEM; `None` trusts what the system trusts.
    authorities: Option<Vec<u8>>,
    proxy: Option<ProxyConfig>,
    proxy_password: Option<String>,
    /// Host and port.
    proxy_address: Option<String>,
}

impl Network {
    /// Reads the bundle's file, if one is named.
    pub(crate) fn from_variables(variables: &Variables, faults: &mut Vec<Fault>) -> Self {
        let authorities = variables.aws_ca_bundle.as_deref().map(read_bundle);
        let proxy = variables.https_proxy.as_deref().map(|url| {
            let rules = variables.no_proxy.as_deref().unwrap_or_default();
            parse_proxy(url).map(|proxy| proxy.no_proxy(rules))
        });
        Self {
            authorities: authorities.and_then(|read| read.map_err(|fault| faults.push(fault)).ok()),
            proxy: proxy.and_then(|parsed| parsed.map_err(|fault| faults.push(fault)).ok()),
            proxy_password: variables.https_proxy.as_deref().and_then(password).map(str::to_owned),
            proxy_address: variables.https_proxy.as_deref().map(|url| address(url).to_owned()),
        }
    }

    /// The proxy's host and port, as its URL has them.
    pub(crate) fn proxy(&self) -> Option<&str> {
        self.proxy_address.as_deref()
    }

    /// The proxy's password, if it has one.
    pub(crate) fn secret(&self) -> Option<&str> {
        self.proxy_password.as_deref()
    }

    /// One client; every service that is given a clone of it shares its connections.
    ///
    /// `plain` says that nothing is reached over TLS: then the system's authorities, which may be absent and take a
    /// while to read, are left alone.
    pub(crate) fn http_client(&self, plain: bool) -> SharedHttpClient {
        let trust = match &self.authorities {
            // As the AWS tools do: the bundle replaces the system's authorities.
            Some(pem) => TrustStore::empty().with_pem_certificate(pem.clone()),
            None if plain => TrustStore::empty(),
            None => TrustStore::default(),
        };
        let context = TlsContext::builder()
            .with_trust_store(trust)
            .build()
            .expect("a trust store is always a valid context");
        let proxy = self.proxy.clone().unwrap_or_else(ProxyConfig::disabled);
        // The client's own builder knows no proxy; its connectors' builder does.
        Builder::new().build_with_connector_fn(move |settings, components| {
            let mut connector = Connector::builder()
                .tls_provider(Provider::rustls(CryptoMode::Ring))
                .tls_context(context.clone())
                .proxy_config(proxy.clone());
            connector.set_connector_settings(settings.cloned());
            if let Some(components) = components {
                connector.set_sleep_impl(components.sleep_impl());
            }
            connector.build_with_resolver(Resolver)
        })
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("authorities_given", &self.authorities.is_some())
            .field("proxy_given", &self.proxy.is_some())
            .finish_non_exhaustive()
    }
}

/// Reads the bundle and checks each certificate: the TLS client would panic on one that it cannot use.
fn read_bundle(path: &str) -> Result<Vec<u8>, Fault> {
    let fault = |message: String| Fault::new("AWS_CA_BUNDLE", message);
    let pem = std::fs::read(path)
        .map_err(|error| fault(format!("names the file {path}, which cannot be read: {error}")))?;
    let mut store = RootCertStore::empty();
    for (index, certificate) in CertificateDer::pem_slice_iter(&pem).enumerate() {
        let added = certificate
            .map_err(|error| error.to_string())
            .and_then(|certificate| store.add(certificate).map_err(|error| error.to_string()));
        let number = index + 1;
        added.map_err(|error| {
            fault(format!("names the file {path}, whose certificate {number} cannot be used: {error}"))
        })?;
    }
    if store.is_empty() {
        return Err(fault(format!("names the file {path}, which holds no certificate in PEM form")));
    }
    Ok(pem)
}

/// A proxy's URL may lack its scheme, as with the AWS tools and curl. The fault never shows it: it may hold a password.
fn parse_proxy(url: &str) -> Result<ProxyConfig, Fault> {
    let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    ProxyConfig::https(url.as_str()).map_err(|_| {
        Fault::new("HTTPS_PROXY", "must be the URL of an http:// or https:// proxy")
            .hint("write http://HOST:PORT, with special characters of a password percent-encoded")
    })
}

fn without_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

/// Host and port of a proxy's URL, never its user or password.
fn address(url: &str) -> &str {
    let rest = without_scheme(url);
    let authority = rest.rsplit_once('@').map_or(rest, |(_, address)| address);
    authority.split(['/', '?', '#']).next().unwrap_or_default()
}

fn password(url: &str) -> Option<&str> {
    let (user, _) = without_scheme(url).rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password).filter(|password| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An authority that signs nothing; whether it has expired does not matter here.
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBeDCCAR2gAwIBAgIUNuHypWU0/LRkRqyPX9BHE5anZ0EwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGdGVzdGNhMB4XDTI2MTEyMjIxMTQ1N1oXDTI2MTIyMjIxMTQ1
N1owETEPMA0GA1UEAwwGdGVzdGNhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
AHH9i1B1JeYRSIHRCOwpUQl9zoa2lHaYtbFybu17iQLnqaqR9x+Gciozvj6sh4/2
wpUcCwYnGA4TYnJjpURx5aNTMFEwHQYDVR0OBBYEFIHhwZRI/2NFJkXWBvlbJD81
Dr+xMB8GA1UdIwQYMBaAFIHhwZRI/2NFJkXWBvlbJD81Dr+xMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAK/apuanVv3HzqB5pdvuFtjICdedsuPt
PCI/as1fcPRIAiEAjRnEMsYzXyueRPTAF7JCIRIV43RKaRLCvJrpTj3ZSf8=
-----END CERTIFICATE-----
";

    fn faults(variables: &Variables) -> Vec<String> {
        let mut faults = Vec::new();
        Network::from_variables(variables, &mut faults);
        faults.iter().map(Fault::to_string).collect()
    }

    #[test]
    fn passwords_of_proxies_are_found() {
        for (url, expected) in [
            ("http://proxy:3128", None),
            ("proxy:3128", None),
            ("http://me@proxy", None),
            ("http://me:@proxy", None),
            ("http://me:pw@proxy:3128", Some("pw")),
            ("me:p@w@proxy", Some("p@w")),
        ] {
            assert_eq!(password(url), expected, "{url}");
        }
    }

    #[test]
    fn addresses_of_proxies_have_no_user() {
        for (url, expected) in [
            ("http://proxy:3128", "proxy:3128"),
            ("https://proxy/", "proxy"),
            ("http://me:pw@proxy:3128/x", "proxy:3128"),
            ("me:p@w/x@proxy", "proxy"),
        ] {
            assert_eq!(address(url), expected, "{url}");
        }
    }

    #[test]
    fn proxies_are_taken_with_and_without_a_scheme() {
        for url in ["http://proxy:3128", "https://proxy", "proxy.corp:3128", "me:pw@proxy:3128"] {
            let variables = Variables { https_proxy: Some(url.into()), ..Variables::default() };
            assert_eq!(faults(&variables), [""; 0], "{url}");
        }
    }

    #[test]
    fn other_proxies_are_faults_that_keep_the_password() {
        for url in ["socks5://me:hunter2@proxy", "http://me:hunter2@", "http://me:hunter2@a b"] {
            let variables = Variables { https_proxy: Some(url.into()), ..Variables::default() };
            let faults = faults(&variables);
            assert!(faults[0].starts_with("HTTPS_PROXY must be the URL"), "{faults:?}");
            assert!(!faults[0].contains("hunter2"), "{faults:?}");
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let variables =
            Variables { https_proxy: Some("http://me:hunter2@proxy".into()), ..Variables::default() };
        let network = Network::from_variables(&variables, &mut Vec::new());
        assert_eq!(network.secret(), Some("hunter2"));
        let debug = format!("{network:?} {:?}", network.http_client(false));
        assert!(debug.contains("proxy_given: true") && !debug.contains("hunter2"), "{debug}");
    }

    #[test]
    fn bundles_are_used_or_are_faults() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).expect("it is writable");
            path.to_str().expect("its name is UTF-8").to_owned()
        };
        let bundle = file("bundle", &format!("# two\n{CERTIFICATE}\n{CERTIFICATE}"));
        assert_eq!(faults(&Variables { aws_ca_bundle: Some(bundle), ..Variables::default() }), [""; 0]);
        let broken = "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
        for (path, expected) in [
            (file("missing", "").replace("missing", "absent"), "cannot be read"),
            (file("empty", ""), "holds no certificate"),
            (file("text", "not a certificate"), "holds no certificate"),
            (file("broken", broken), "certificate 1 cannot be used"),
        ] {
            let variables = Variables { aws_ca_bundle: Some(path), ..Variables::default() };
            let faults = faults(&variables);
            assert!(faults[0].starts_with("AWS_CA_BUNDLE names the file"), "{faults:?}");
            assert!(faults[0].contains(expected), "{faults:?}");
        }
    }
}
