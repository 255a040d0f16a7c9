//! The record's bytes: a line that names form and version, the record in postcard's wire format, a CRC.

use crc_fast::CrcAlgorithm::Crc64Nvme;

use super::Record;

/// Begins every version of the form.
const NAME: &[u8] = b"s3-deploy record ";
/// Changes when a reader of the old form would misread the new one.
const VERSION: &[u8] = b"2";
/// CRC-64/NVME of everything before it, little-endian.
const CRC_LENGTH: usize = 8;

/// Why bytes are no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnreadableRecord {
    #[error("it is not one of this pipe")]
    Foreign,
    #[error("it was written by another version of this pipe")]
    Version,
    #[error("it is torn")]
    Torn,
}

/// The record's bytes.
pub(crate) fn encode(record: &Record) -> Result<Vec<u8>, postcard::Error> {
    let mut bytes = [NAME, VERSION, b"\n"].concat();
    bytes.extend(postcard::to_stdvec(record)?);
    bytes.extend(crc_fast::checksum(Crc64Nvme, &bytes).to_le_bytes());
    Ok(bytes)
}

/// Reads [`encode`]'s bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<Record, UnreadableRecord> {
    let rest = bytes.strip_prefix(NAME).ok_or(UnreadableRecord::Foreign)?;
    let line_end = rest.iter().position(|byte| *byte == b'\n').ok_or(UnreadableRecord::Torn)?;
    if &rest[..line_end] != VERSION {
        return Err(UnreadableRecord::Version);
    }
    let (covered, crc) = bytes.split_last_chunk::<CRC_LENGTH>().ok_or(UnreadableRecord::Torn)?;
    if crc_fast::checksum(Crc64Nvme, covered) != u64::from_le_bytes(*crc) {
        return Err(UnreadableRecord::Torn);
    }
    let body = covered.get(NAME.len() + line_end + 1..).ok_or(UnreadableRecord::Torn)?;
    postcard::from_bytes(body).map_err(|_| UnreadableRecord::Torn)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bitbucket_pipe::changes::{Change, Difference};
    use proptest::prelude::*;

    use super::super::{Entry, Written};
    use super::*;
    use crate::headers::Headers;
    use crate::plan::etag::ETag;

    fn record() -> Record {
        let etags = [ETag::Single([1; 16]), ETag::Parts([2; 16], 7), ETag::Other([3; 16])];
        let written = Written { crc64: u64::MAX, headers: 5 };
        let entry = |(index, etag): (usize, ETag)| Entry {
            path: format!("caf\u{e9}/{index}.html"),
            size: 1 << 40,
            etag,
            date: 1_893_553_445,
            written: (index > 0).then_some(written),
        };
        let mut difference = Difference { deploy: "one".into(), ..Difference::default() };
        difference.paths.insert("a".into(), Change::Deleted);
        Record {
            deploys: vec![difference, Difference::unknown("zero".into(), "why")],
            entries: etags.into_iter().enumerate().map(entry).collect(),
            gone: BTreeMap::from([("app.1a2b3c4d.js".into(), 7)]),
            sheets: BTreeMap::from([(5, Headers::default().sheet())]),
            left: BTreeMap::from([("app.5e6f7a8b.js".into(), 8)]),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for record in [record(), Record::default()] {
            assert_eq!(decode(&encode(&record).expect("encodable")), Ok(record));
        }
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_noticed() {
        let bytes = encode(&record()).expect("encodable");
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "cut at {end}");
        }
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x20;
            assert!(decode(&flipped).is_err(), "flipped at {at}");
        }
    }

    #[test]
    fn others_are_told_apart() {
        assert_eq!(decode(b"<html>"), Err(UnreadableRecord::Foreign));
        assert_eq!(decode(b"s3-deploy record 1\nanything"), Err(UnreadableRecord::Version));
        assert_eq!(decode(b"s3-deploy record 3\nanything"), Err(UnreadableRecord::Version));
        assert_eq!(decode(b"s3-deploy record 2\n"), Err(UnreadableRecord::Torn));
    }

    proptest! {
        /// Whatever comes from outside is refused or read, and never a panic.
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
            let named = [NAME, VERSION, b"\n", &bytes].concat();
            let _ = decode(&named);
            let sealed = [&named[..], &crc_fast::checksum(Crc64Nvme, &named).to_le_bytes()].concat();
            let _ = decode(&sealed);
        }
    }
}
