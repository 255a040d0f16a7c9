//! The record's bytes: a line that names form and version, the record in postcard's wire format, a CRC.

use bytes::Bytes;
use crc_fast::CrcAlgorithm::Crc64Nvme;

use super::{Entries, Record};

/// Begins every version of the form.
const NAME: &[u8] = b"s3-deploy record ";
/// Changes when a reader of the old form would misread the new one.
const VERSION: &[u8] = b"2";
/// CRC-64/NVME of everything before it, little-endian.
const CRC_LENGTH: usize = 8;
/// What is reserved for everything but the entries, in bytes; more is found when it is needed.
const ROOM: usize = 64 * 1024;

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
    let Record { deploys, entries, gone, sheets, left } = record;
    let mut bytes = Vec::with_capacity(entries.encoded().len() + ROOM);
    bytes.extend([NAME, VERSION, b"\n"].concat());
    bytes = postcard::to_extend(deploys, bytes)?;
    bytes = postcard::to_extend(&entries.len(), bytes)?;
    bytes.extend(entries.encoded());
    bytes = postcard::to_extend(&(gone, sheets, left), bytes)?;
    bytes.extend(crc_fast::checksum(Crc64Nvme, &bytes).to_le_bytes());
    Ok(bytes)
}

/// Reads [`encode`]'s bytes.
pub(crate) fn decode(bytes: &Bytes) -> Result<Record, UnreadableRecord> {
    let rest = bytes.strip_prefix(NAME).ok_or(UnreadableRecord::Foreign)?;
    let line_end = rest.iter().position(|byte| *byte == b'\n').ok_or(UnreadableRecord::Torn)?;
    if &rest[..line_end] != VERSION {
        return Err(UnreadableRecord::Version);
    }
    let (covered, crc) = bytes.split_last_chunk::<CRC_LENGTH>().ok_or(UnreadableRecord::Torn)?;
    if crc_fast::checksum(Crc64Nvme, covered) != u64::from_le_bytes(*crc) {
        return Err(UnreadableRecord::Torn);
    }
    let body = NAME.len() + line_end + 1..covered.len();
    if body.is_empty() {
        return Err(UnreadableRecord::Torn);
    }
    read(&bytes.slice(body)).ok_or(UnreadableRecord::Torn)
}

/// Reads what is between the first line and the CRC: as postcard writes the whole of a record.
fn read(body: &Bytes) -> Option<Record> {
    let (deploys, rest) = postcard::take_from_bytes(body).ok()?;
    let (count, rest) = postcard::take_from_bytes(rest).ok()?;
    let (entries, rest) = Entries::take(&body.slice_ref(rest), count)?;
    let (gone, sheets, left) = postcard::from_bytes(&rest).ok()?;
    Some(Record { deploys, entries, gone, sheets, left })
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
            path: ["caf\u{e9}/0.html", "caf\u{e9}/1.html", "caf\u{e9}/2.html"][index],
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
            assert_eq!(decode(&encode(&record).expect("encodable").into()), Ok(record));
        }
    }

    #[test]
    fn entries_out_of_order_are_no_record() {
        for paths in [["a", "b"], ["b", "a"], ["a", "a"]] {
            let entries = paths.into_iter().map(Entry::of_nothing).collect();
            let bytes = encode(&Record { entries, ..Record::default() }).expect("encodable");
            assert_eq!(decode(&bytes.into()).is_ok(), paths == ["a", "b"], "{paths:?}");
        }
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_noticed() {
        let bytes = Bytes::from(encode(&record()).expect("encodable"));
        for end in 0..bytes.len() {
            assert!(decode(&bytes.slice(..end)).is_err(), "cut at {end}");
        }
        for at in 0..bytes.len() {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= 0x20;
            assert!(decode(&flipped.into()).is_err(), "flipped at {at}");
        }
    }

    #[test]
    fn others_are_told_apart() {
        assert_eq!(decode(&Bytes::from_static(b"<html>")), Err(UnreadableRecord::Foreign));
        assert_eq!(
            decode(&Bytes::from_static(b"s3-deploy record 1\nanything")),
            Err(UnreadableRecord::Version)
        );
        assert_eq!(
            decode(&Bytes::from_static(b"s3-deploy record 3\nanything")),
            Err(UnreadableRecord::Version)
        );
        assert_eq!(decode(&Bytes::from_static(b"s3-deploy record 2\n")), Err(UnreadableRecord::Torn));
    }

    proptest! {
        /// Whatever comes from outside is refused or read, and never a panic.
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&Bytes::copy_from_slice(&bytes));
            let named = [NAME, VERSION, b"\n", &bytes].concat();
            let _ = decode(&Bytes::copy_from_slice(&named));
            let sealed = [&named[..], &crc_fast::checksum(Crc64Nvme, &named).to_le_bytes()].concat();
            let _ = decode(&sealed.into());
        }
    }
}
