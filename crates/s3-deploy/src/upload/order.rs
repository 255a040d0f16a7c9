//! In which order the files of a phase begin.

use std::cmp::Reverse;

use crate::plan::Upload;

/// A file from this size on may take longer than all small ones that are left: 1 MiB, a second on a slow line.
const LARGE: u64 = 1024 * 1024;

/// Large files first, the largest before all, so that at the end none of them is waited for; the rest by their paths.
pub(super) fn large_first(uploads: &mut [Upload]) {
    uploads.sort_by_key(|upload| Reverse(Some(upload.file.digests.size).filter(|size| *size >= LARGE)));
}
