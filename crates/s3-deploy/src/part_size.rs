//! How large files are cut into parts: as the AWS CLI cuts them, so that either recognises the other's objects.

/// From this size on a file is uploaded in parts: `multipart_threshold` of the AWS CLI, 8 MiB.
pub(crate) const MULTIPART_FROM: u64 = 8 * 1024 * 1024;

/// `multipart_chunksize` of the AWS CLI, 8 MiB.
const SMALLEST_PART: u64 = 8 * 1024 * 1024;

/// S3 takes at most this many parts an upload.
const MOST_PARTS: u64 = 10_000;

/// What one `CopyObject` copies at most: 5 GB, which S3 counts as 5 GiB (Amazon S3 API Reference, `CopyObject`).
pub(crate) const LARGEST_COPY: u64 = 5 * 1024 * 1024 * 1024;

/// The size of the parts of a file: 8 MiB, doubled until 10,000 parts suffice.
#[must_use]
pub(crate) fn part_size(file_size: u64) -> u64 {
    let mut size = SMALLEST_PART;
    while file_size.div_ceil(size) > MOST_PARTS {
        size *= 2;
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_double_when_there_would_be_too_many() {
        const MIB: u64 = 1 << 20;
        for (file, part) in
            [(0, 8 * MIB), (80_000 * MIB, 8 * MIB), (80_000 * MIB + 1, 16 * MIB), (5 << 40, 1024 * MIB)]
        {
            assert_eq!(part_size(file), part, "{file}");
        }
    }
}
