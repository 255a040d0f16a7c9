//! How many requests a deploy takes, by the kinds S3 bills, and what they cost.

use serde::Serialize;

use super::{Plan, Upload};
use crate::part_size::LARGEST_COPY;
use crate::part_size::{MULTIPART_FROM, part_size};

/// One PUT, COPY, POST or LIST, in billionths of a dollar: $0.005 per 1,000 (Amazon S3 pricing, S3 Standard, US East
/// (N. Virginia), 2026). Other classes and regions cost more.
const WRITE: u64 = 5_000;
/// One GET, HEAD or other request, from the same table: $0.0004 per 1,000.
const READ: u64 = 400;
/// Keys in one `DeleteObjects`, S3's limit.
const DELETIONS: usize = 1000;

/// Requests by kind, without repetitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Requests {
    /// Pages of listings.
    pub(crate) list: u64,
    pub(crate) get: u64,
    pub(crate) head: u64,
    /// Uploads and their parts, the deploy record among them.
    pub(crate) put: u64,
    /// Copies that change headers.
    pub(crate) copy: u64,
    /// Batches of deletions. Counted as a POST, though S3 may not bill them.
    pub(crate) delete: u64,
}

impl Requests {
    /// Their price in billionths of a dollar.
    #[must_use]
    pub(crate) fn price(&self) -> u64 {
        (self.list + self.put + self.copy + self.delete) * WRITE + (self.get + self.head) * READ
    }

    /// The price in dollars with four places, rounded up: never shown as less than it is.
    #[must_use]
    pub(crate) fn dollars(&self) -> String {
        let tenths_of_cents = self.price().div_ceil(100_000);
        format!("${}.{:04}", tenths_of_cents / 10_000, tenths_of_cents % 10_000)
    }
}

impl Plan {
    /// What carrying this out takes, after what has been read for it. `record`: the deploy writes its record.
    #[must_use]
    pub(crate) fn requests(&self, read: Requests, record: bool) -> Requests {
        let mut requests = read;
        for upload in self.uploads() {
            let (puts, copies) = of_upload(upload);
            requests.put += puts;
            requests.copy += copies;
            requests.get += u64::from(upload.reads_tags());
        }
        requests.put += u64::from(record && !self.is_empty());
        requests.delete += self.deletions.len().div_ceil(DELETIONS) as u64;
        requests
    }
}

fn of_upload(upload: &Upload) -> (u64, u64) {
    // An upload in parts is also begun and completed.
    const BEGUN_AND_COMPLETED: u64 = 2;
    let size = upload.file.digests.size;
    let parts = size.div_ceil(part_size(size));
    match upload.is_copy() {
        true if size <= LARGEST_COPY => (0, 1),
        true => (BEGUN_AND_COMPLETED, parts),
        false if size < MULTIPART_FROM => (1, 0),
        false => (BEGUN_AND_COMPLETED + parts, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Digests;
    use crate::plan::Reason;
    use crate::plan::etag::ETag;
    use crate::scan::TreeFile;

    fn upload(size: u64, reason: Reason) -> Upload {
        let digests = Digests { size, crc64: 0 };
        let file = TreeFile { path: "a".into(), modified: None, digests };
        Upload { file, is_page: false, reason }
    }

    #[test]
    fn requests_and_their_price() {
        const MIB: u64 = 1 << 20;
        let headers = || Reason::Headers { from: Some(ETag::Single([0; 16])), changes: [].into() };
        let read = Requests { list: 10, get: 1, head: 4, ..Requests::default() };
        assert_eq!((Plan::default().requests(read, true), read.dollars().as_str()), (read, "$0.0001"));
        let plan = Plan {
            assets: vec![
                upload(0, Reason::New),
                upload(20 * MIB, Reason::Content),
                upload(20 * MIB, headers()),
                upload(5 * 1024 * MIB + 1, headers()),
            ],
            deletions: vec!["x".to_owned(); 1001],
            ..Plan::default()
        };
        // One, five for three parts, two for the copy in parts, whose tags are read, the record.
        let expected = Requests { put: 1 + 5 + 2 + 1, copy: 1 + 641, get: read.get + 1, delete: 2, ..read };
        assert_eq!(plan.requests(read, true), expected);
        assert_eq!(plan.requests(read, false).put, expected.put - 1);
        assert_eq!(expected.price(), (10 + 9 + 642 + 2) * WRITE + 6 * READ);
        assert_eq!(Requests { put: 3_000_000, ..Requests::default() }.dollars(), "$15.0000");
    }
}
