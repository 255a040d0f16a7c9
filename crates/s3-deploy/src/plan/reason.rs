//! What decides about one file: how it is compared, what is known of its object, and why it is uploaded.

use std::fmt;

use jiff::Timestamp;

use super::etag::ETag;
use super::objects::RemoteObject;
use crate::headers::sheet::Changes;
use crate::scan::TreeFile;

/// How a file and the object of its name are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Compare {
    /// By their bytes.
    #[default]
    Content,
    /// By the number of their bytes.
    Size,
    /// By that number, and whether the file was modified after the object: as `aws s3 sync` does.
    Time,
    /// Not at all: every file is uploaded.
    Nothing,
}

/// What is known of the bytes of one object beside their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The CRC-64/NVME of the whole object, by the record or by a look.
    Crc64(u64),
    /// Its ETag is an MD5 after all, so an unequal one means other bytes.
    ETagIsMd5,
    /// The ETag it would have with the bytes of the file, uploaded as it was.
    WouldBe(ETag),
    /// It was uploaded in parts of this size, in bytes, which are not ours: the file has to be read again.
    InParts(u64),
    /// Neither checksum nor meaningful ETag.
    Nothing,
    /// The role may not look.
    Refused,
    /// It is gone since the listing.
    Gone,
}

/// Why a file is uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The bucket does not have it.
    New,
    /// The object has this many bytes, the file another number.
    Size(u64),
    /// Same size, other bytes.
    Content,
    /// Same size, and nothing shows whether the bytes are the same.
    Unverifiable,
    /// Same size, and modified after the object.
    Newer,
    /// Whatever the object is.
    Forced,
    /// Same bytes, other headers: the object is copied onto itself, and uploaded only if S3 refuses that.
    Headers {
        /// The object's ETag, to hold on to, whose text is known; `None` where it cannot be copied and is uploaded at once.
        from: Option<ETag>,
        /// Which ones; none where that is not known.
        changes: Changes,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("new"),
            Self::Size(bytes) => write!(f, "size differs from {bytes}"),
            Self::Content => f.write_str("content differs"),
            Self::Unverifiable => f.write_str("content cannot be compared"),
            Self::Newer => f.write_str("newer"),
            Self::Forced => f.write_str("forced"),
            Self::Headers { changes, .. } if changes.is_empty() => f.write_str("headers differ"),
            Self::Headers { changes, .. } => {
                let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
                write!(f, "headers: {}", changes.join(", "))
            }
        }
    }
}

/// Why a file is uploaded; `None` when it is not. The table is that of [`Plan::new`](super::Plan::new).
pub(super) fn reason(
    file: &TreeFile,
    object: Option<RemoteObject<'_>>,
    evidence: Option<Evidence>,
    compare: Compare,
) -> Option<Reason> {
    let Some(object) = object else { return Some(Reason::New) };
    if compare == Compare::Nothing {
        return Some(Reason::Forced);
    }
    if object.size != file.digests.size {
        return Some(Reason::Size(object.size));
    }
    match compare {
        Compare::Size => return None,
        Compare::Time => return is_newer(file, object).then_some(Reason::Newer),
        Compare::Content | Compare::Nothing => {}
    }
    match evidence {
        Some(Evidence::Crc64(crc)) if crc == file.digests.crc64 => None,
        Some(Evidence::WouldBe(etag)) if etag == object.etag => None,
        Some(Evidence::Crc64(_) | Evidence::ETagIsMd5 | Evidence::WouldBe(_)) => Some(Reason::Content),
        Some(Evidence::Gone) => Some(Reason::New),
        Some(Evidence::Nothing | Evidence::InParts(_) | Evidence::Refused) | None => {
            Some(Reason::Unverifiable)
        }
    }
}

/// A file or an object without a time is taken for one that has to be uploaded.
fn is_newer(file: &TreeFile, object: RemoteObject<'_>) -> bool {
    let written = object.last_modified.and_then(|seconds| Timestamp::from_second(seconds).ok());
    file.modified.zip(written).is_none_or(|(modified, written)| modified > written)
}
