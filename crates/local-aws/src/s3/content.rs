//! Bytes and their MD5, which is worked out before the store is locked for what they become.

use bytes::Bytes;
use s3s::crypto::{Checksum as _, Md5};

/// Bytes whose MD5 is known.
#[derive(Clone)]
pub(super) struct Content {
    pub(super) body: Bytes,
    pub(super) md5: [u8; 16],
}

impl Content {
    pub(super) fn of(body: Bytes) -> Self {
        Self { md5: Md5::checksum(&body), body }
    }
}
