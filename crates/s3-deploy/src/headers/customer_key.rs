//! SSE-C: a key that comes with every request for an object and that S3 does not keep.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest as _, Md5};

/// S3's only algorithm for such keys.
pub(crate) const ALGORITHM: &str = "AES256";
/// Bytes of a key for AES-256.
pub(crate) const LENGTH: usize = 32;

/// A key of 32 bytes. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct CustomerKey {
    /// As the user wrote it, where it is a text.
    text: Option<String>,
    base64: String,
    md5: String,
}

impl CustomerKey {
    /// `None` when there are more or fewer than 32 bytes.
    pub(crate) fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == LENGTH).then(|| Self {
            text: std::str::from_utf8(bytes).ok().map(str::to_owned),
            base64: BASE64_STANDARD.encode(bytes),
            md5: BASE64_STANDARD.encode(Md5::digest(bytes)),
        })
    }

    /// The key as a request carries it.
    pub(crate) fn base64(&self) -> &str {
        &self.base64
    }

    /// Its MD5 as a request carries it, by which S3 knows the key again. No secret.
    pub(crate) fn md5(&self) -> &str {
        &self.md5
    }

    /// Tells it from other keys, and nothing else of it.
    pub(crate) fn mark(&self) -> String {
        format!("{:016x}", crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, self.md5.as_bytes()))
    }

    /// Every form of the key that could be printed.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.text.as_deref().into_iter().chain([self.base64.as_str()])
    }
}

impl fmt::Debug for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomerKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sent_as_the_aws_cli_sends_it_and_never_shown() {
        let text = "an example key that has 32 bytes";
        let key = CustomerKey::new(text.as_bytes()).expect("32 bytes");
        // By `base64` and `openssl md5 -binary | base64`.
        assert_eq!(key.base64(), "YW4gZXhhbXBsZSBrZXkgdGhhdCBoYXMgMzIgYnl0ZXM=");
        assert_eq!(key.md5(), "IaF7UZW+gAZmFgtOVXgprg==");
        assert_eq!(key.secrets().collect::<Vec<_>>(), [text, key.base64()]);
        let shown = format!("{key:?}");
        assert!(!shown.contains("example") && !shown.contains("YW4g"), "{shown}");
        assert_eq!(CustomerKey::new(&text.as_bytes()[1..]), None);
    }
}
