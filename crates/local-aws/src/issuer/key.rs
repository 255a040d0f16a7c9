//! The key of the embedded Bitbucket: committed, labelled as public, and loaded once.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use serde::Serialize;

/// `kid` of the only key in the JWKS.
pub(super) const KEY_ID: &str = "public-test-key";

static KEY: LazyLock<KeyPair> = LazyLock::new(|| {
    let pem = include_str!("public-test-key.pem");
    let armoured = pem.lines().skip_while(|line| !line.starts_with("-----BEGIN"));
    let text: String = armoured.filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(text).expect("the committed key is base64");
    KeyPair::from_pkcs8(&der).expect("the committed key is a PKCS#8 RSA key")
});

/// The RS256 signature of `message`.
pub(super) fn sign(message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; KEY.public().modulus_len()];
    KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        .expect("an RSA key signs any message");
    signature
}

/// A public key as a JWKS publishes it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct VerificationKey {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: &'static str,
    n: String,
    e: String,
}

impl VerificationKey {
    /// The key that an issuer publishes under `kid`; `None` for an issuer that is not Bitbucket, whose keys cannot be
    /// had here, and for a `kid` it does not publish.
    pub(crate) fn of(issuer_url: &str, kid: &str) -> Option<Self> {
        let path = issuer_url.strip_prefix(super::BITBUCKET_API)?;
        let (_, rest) = super::split_issuer_path(path)?;
        (rest.is_empty() && kid == KEY_ID).then(Self::published)
    }

    /// The key every workspace publishes.
    pub(super) fn published() -> Self {
        let components: PublicKeyComponents<Vec<u8>> = KEY.public_key().into();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Self {
            kty: "RSA",
            usage: "sig",
            alg: "RS256",
            kid: KEY_ID,
            n: encode(&components.n),
            e: encode(&components.e),
        }
    }

    /// Whether `signature` is this key's RS256 signature of `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let components = PublicKeyComponents { n: decode(&self.n), e: decode(&self.e) };
        components.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_verify_with_the_published_key_only_for_their_message() {
        let key = VerificationKey::published();
        let signature = sign(b"message");
        assert!(key.verifies(b"message", &signature));
        assert!(!key.verifies(b"another message", &signature));
        assert!(!key.verifies(b"message", &signature[1..]));
    }

    #[test]
    fn only_bitbucket_issuers_have_keys_here() {
        let issuer = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
        assert!(VerificationKey::of(issuer, KEY_ID).is_some());
        assert!(VerificationKey::of(issuer, "another").is_none());
        assert!(VerificationKey::of(&format!("{issuer}/"), KEY_ID).is_none());
        assert!(VerificationKey::of("https://token.actions.githubusercontent.com", KEY_ID).is_none());
    }
}
