//! A certificate authority that nobody knows, and a server's certificate that it has signed.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The name that the certificate is for. No name server knows it.
pub(crate) const HOST: &str = "aws.example";

/// Its files, made anew for each test.
pub(crate) struct Authority(TempDir);

impl Authority {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        openssl(
            folder.path(),
            &["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=An authority of its own"],
        );
        let name = format!("subjectAltName=DNS:{HOST},DNS:*.{HOST}");
        let signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "server.key", "-out", "server.pem"];
        let subject = ["-subj", "/CN=AWS", "-addext", &name, "-addext", "basicConstraints=critical,CA:FALSE"];
        openssl(folder.path(), &[signed.as_slice(), &subject].concat());
        Self(folder)
    }

    /// The authority's own certificate, as PEM.
    pub(crate) fn pem(&self) -> String {
        fs::read_to_string(self.0.path().join("ca.pem")).expect("a certificate")
    }

    /// What a server with the signed certificate answers with.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let file = |name: &str| self.0.path().join(name);
        let certificates = CertificateDer::pem_file_iter(file("server.pem")).expect("a certificate");
        let certificates = certificates.map(|certificate| certificate.expect("a certificate")).collect();
        let key = PrivateKeyDer::from_pem_file(file("server.key")).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(certificates, key);
        TlsAcceptor::from(Arc::new(config.expect("the key is the certificate's")))
    }
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
    let output = Command::new("openssl")
        .args(["req", "-x509"])
        .args(key)
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("openssl starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
