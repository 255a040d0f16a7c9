//! What should be deployed and cannot be. `aws s3 sync` skips it too, goes on, and exits with 2 in the end.

use std::fmt;
use std::path::Path;

use rustix::io::Errno;

use super::LONGEST_KEY;

/// A file or folder that is skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Its path below the folder; what is not UTF-8 in it is replaced.
    pub path: String,
    /// Why.
    pub why: Why,
}

/// Why something is skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It cannot be read, or is not what it was a moment ago; the system's words.
    Unreadable(String),
    /// A link that leads to nothing.
    Dangling,
    /// A link that leads back to a folder above it.
    Loop,
    /// A link that leads out of the clone.
    Outside,
    /// A socket, named pipe or device.
    Special,
    /// A name that cannot be a key.
    NotUtf8,
    /// A key of this many bytes, the prefix included.
    TooLong(usize),
}

impl Why {
    /// Why the walk could not go on into a path.
    pub(super) fn of(error: walkdir::Error) -> Self {
        if error.loop_ancestor().is_some() {
            return Self::Loop;
        }
        let is_link = |path: &Path| std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        let is_link = error.path().is_some_and(is_link);
        // A link to itself leads to nothing as well.
        let leads_nowhere = |error: &std::io::Error| {
            error.kind() == std::io::ErrorKind::NotFound
                || error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
        };
        match error.into_io_error() {
            Some(error) if is_link && leads_nowhere(&error) => Self::Dangling,
            Some(error) => Self::Unreadable(error.to_string()),
            None => Self::Unreadable("no reason given".to_owned()),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "it cannot be read: {error}"),
            Self::Dangling => f.write_str("the link leads to nothing"),
            Self::Loop => f.write_str("the link leads back to a folder above it"),
            Self::Outside => f.write_str("the link leads out of the clone; copy there what the site needs"),
            Self::Special => f.write_str("it is a socket, a named pipe or a device"),
            Self::NotUtf8 => f.write_str("its name is not UTF-8, so it cannot be a key"),
            Self::TooLong(length) => {
                write!(f, "its key has {length} bytes, and S3 takes at most {LONGEST_KEY}")
            }
        }
    }
}
