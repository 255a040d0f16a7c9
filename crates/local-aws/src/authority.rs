//! A certificate authority that nobody knows, and a server's certificate that it has signed.

use std::fmt;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// A certificate authority, and a server with a certificate of it. Both are made anew each time, in memory.
#[derive(Clone)]
pub struct Authority {
    pem: String,
    server: Arc<ServerConfig>,
}

impl Authority {
    /// For a server that has these names: DNS names, `*.` before one for all below it, or IP addresses.
    ///
    /// # Panics
    /// When one is no name.
    #[must_use]
    pub fn for_server(names: &[&str]) -> Self {
        let certified = || -> Result<Self, rcgen::Error> {
            let mut authority = CertificateParams::default();
            authority.distinguished_name.push(DnType::CommonName, "An authority of its own");
            authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            authority.key_usages.push(KeyUsagePurpose::KeyCertSign);
            let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
            let key = KeyPair::generate()?;
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            let mut server = CertificateParams::new(names)?;
            // Some clients ask for it.
            server.use_authority_key_identifier_extension = true;
            let server = server.signed_by(&key, &authority)?;
            let server = ServerConfig::builder()
                .with_no_client_auth()
                .with_single_cert(vec![server.der().clone()], key.into())
                .expect("the key is the certificate's");
            Ok(Self { pem: authority.pem(), server: Arc::new(server) })
        };
        certified().expect("every name is one")
    }

    /// The authority's own certificate: for whoever is to trust the server.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The server's side of a TLS connection.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.server))
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Authority").field("pem", &self.pem).finish_non_exhaustive()
    }
}
