//! Checksums that S3 stores with an object.

/// The algorithm. S3 knows more; these are those that can be computed here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Checksum {
    /// What S3 computes itself when it is sent none.
    #[default]
    Crc64Nvme,
    Crc32,
    Crc32C,
    Sha1,
    Sha256,
}

impl Checksum {
    const ALL: [Self; 5] = [Self::Crc64Nvme, Self::Crc32, Self::Crc32C, Self::Sha1, Self::Sha256];

    /// S3's name for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc64Nvme => "CRC64NVME",
            Self::Crc32 => "CRC32",
            Self::Crc32C => "CRC32C",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The names of all.
    pub(crate) fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    /// The algorithm of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}
