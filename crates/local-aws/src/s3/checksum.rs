//! The one checksum S3 keeps for every object: which algorithm, over the whole object or over its parts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::Checksum as _;
use s3s::crypto::{Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};

/// An algorithm of the `x-amz-checksum-*` headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// CRC-32 (ISO-HDLC).
    Crc32,
    /// CRC-32C (Castagnoli).
    Crc32c,
    /// CRC-64/NVME, which S3 computes itself when a client sends none.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Algorithm {
    /// Every algorithm there is.
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// The name used in `x-amz-checksum-algorithm`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header that carries a value of this algorithm.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The algorithm of that name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The kind of checksum a multipart upload gets when its creator names none.
    #[must_use]
    pub fn default_type(self) -> ChecksumType {
        match self {
            Self::Crc64Nvme => ChecksumType::FullObject,
            _ => ChecksumType::Composite,
        }
    }

    /// Whether S3 can keep that kind: a SHA cannot be combined from parts, CRC64NVME always is.
    #[must_use]
    pub fn supports(self, kind: ChecksumType) -> bool {
        match self {
            Self::Crc32 | Self::Crc32c => true,
            Self::Crc64Nvme => kind == ChecksumType::FullObject,
            Self::Sha1 | Self::Sha256 => kind == ChecksumType::Composite,
        }
    }

    /// The checksum of `data` in base64.
    #[must_use]
    pub fn of(self, data: &[u8]) -> String {
        self.over([data])
    }

    /// The checksum of what these pieces are together, in base64.
    fn over<'a>(self, pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Crc32::new()),
            Self::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Self::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
            Self::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Self::Sha256 => hasher.sha256 = Some(Sha256::new()),
        }
        for piece in pieces {
            hasher.update(piece);
        }
        let sums = hasher.finalize();
        sums.checksum_crc32
            .or(sums.checksum_crc32c)
            .or(sums.checksum_crc64nvme)
            .or(sums.checksum_sha1)
            .or(sums.checksum_sha256)
            .unwrap_or_default()
    }

    /// The length of a value in bytes, before base64.
    fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Whether `value` is base64 of the right length for this algorithm.
    #[must_use]
    pub fn accepts(self, value: &str) -> bool {
        STANDARD.decode(value).is_ok_and(|raw| raw.len() == self.length())
    }
}

/// What a checksum of a multipart object was computed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumType {
    /// Over the bytes of the whole object.
    FullObject,
    /// Over the checksums of its parts.
    Composite,
}

impl ChecksumType {
    /// The name used in `x-amz-checksum-type`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::FullObject, Self::Composite].into_iter().find(|kind| kind.name() == name)
    }
}

/// A checksum as S3 stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// How it was computed.
    pub algorithm: Algorithm,
    /// Base64; with `-N` behind it for a composite of N parts.
    pub value: String,
    /// What it was computed over.
    pub kind: ChecksumType,
}

impl Checksum {
    /// The checksum over all of `data`.
    #[must_use]
    pub fn full(algorithm: Algorithm, data: &[u8]) -> Self {
        Self::full_of_parts(algorithm, [data])
    }

    /// The same over what these parts are together.
    #[must_use]
    pub fn full_of_parts<'a>(algorithm: Algorithm, pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self { algorithm, value: algorithm.over(pieces), kind: ChecksumType::FullObject }
    }

    /// The checksum over the checksums (base64) of the parts, in their order.
    #[must_use]
    pub fn composite<'a>(algorithm: Algorithm, parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut raw = Vec::new();
        let mut count = 0;
        for part in parts {
            raw.extend(STANDARD.decode(part).unwrap_or_default());
            count += 1;
        }
        Self { algorithm, value: format!("{}-{count}", algorithm.of(&raw)), kind: ChecksumType::Composite }
    }
}

/// Sets the one of the five checksum fields of an `s3s` output that fits.
macro_rules! set_checksum {
    ($target:expr, $checksum:expr) => {{
        let value = Some($checksum.value.clone());
        match $checksum.algorithm {
            $crate::s3::Algorithm::Crc32 => $target.checksum_crc32 = value,
            $crate::s3::Algorithm::Crc32c => $target.checksum_crc32c = value,
            $crate::s3::Algorithm::Crc64Nvme => $target.checksum_crc64nvme = value,
            $crate::s3::Algorithm::Sha1 => $target.checksum_sha1 = value,
            $crate::s3::Algorithm::Sha256 => $target.checksum_sha256 = value,
        }
    }};
}
pub(super) use set_checksum;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_of_the_check_string() {
        // The catalogue of CRC algorithms gives these for the nine bytes "123456789".
        for (algorithm, hex) in [
            (Algorithm::Crc32, "cbf43926"),
            (Algorithm::Crc32c, "e3069283"),
            (Algorithm::Crc64Nvme, "ae8b14860a799888"),
            (Algorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        ] {
            let raw = STANDARD.decode(algorithm.of(b"123456789")).expect("base64 is what it returns");
            assert_eq!(crate::s3::encoding::hex(&raw), hex, "{algorithm:?}");
        }
    }

    #[test]
    fn a_composite_says_how_many_parts_it_has() {
        let parts = [Algorithm::Sha256.of(b"one"), Algorithm::Sha256.of(b"two")];
        let composite = Checksum::composite(Algorithm::Sha256, parts.iter().map(String::as_str));
        assert!(composite.value.ends_with("=-2"), "{}", composite.value);
        assert_eq!(composite.kind, ChecksumType::Composite);
    }

    #[test]
    fn a_value_must_have_the_length_of_its_algorithm() {
        assert!(Algorithm::Crc32.accepts(&Algorithm::Crc32.of(b"x")));
        assert!(!Algorithm::Crc32.accepts(&Algorithm::Sha1.of(b"x")));
        assert!(!Algorithm::Crc32.accepts("not base64"));
    }
}
