//! A multipart upload in progress, and how its parts become an object.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use s3s::S3Result;
use s3s::crypto::{Checksum as _, Md5};

use super::checksum::{Algorithm, Checksum, ChecksumType};
use super::content::Content;
use super::error;
use super::object::{Object, to_second};

/// The smallest part S3 takes, but for the last: 5 MiB.
const MINIMUM_PART_SIZE: usize = 5 * 1024 * 1024;

/// An upload that was created and neither completed nor aborted.
#[derive(Clone)]
pub(super) struct Upload {
    pub(super) key: String,
    /// The headers of the object to come; its content is empty.
    pub(super) template: Object,
    pub(super) initiated: Timestamp,
    /// The checksum its creator named; without one S3 keeps a CRC64NVME and takes no checksums with the parts.
    pub(super) checksum: Option<(Algorithm, ChecksumType)>,
    pub(super) parts: BTreeMap<u16, Part>,
}

/// A part that has arrived.
#[derive(Clone)]
pub(super) struct Part {
    pub(super) body: Bytes,
    pub(super) md5: [u8; 16],
    /// What the client is told: the MD5 in hexadecimal, or under KMS and SSE-C something opaque.
    pub(super) etag: String,
    pub(super) checksum: Checksum,
    pub(super) last_modified: Timestamp,
}

/// What the client says the parts are.
pub(super) struct Claimed {
    pub(super) number: i32,
    pub(super) etag: Option<String>,
    pub(super) checksum: Option<Checksum>,
}

impl Upload {
    /// The algorithm and kind the finished object will have.
    pub(super) fn checksum(&self) -> (Algorithm, ChecksumType) {
        self.checksum.unwrap_or((Algorithm::Crc64Nvme, ChecksumType::FullObject))
    }

    /// The upload's part with these bytes, which are known to be intact, and with the checksum that came with them.
    pub(super) fn part(&self, content: Content, sent: Option<Checksum>, now: Timestamp) -> Part {
        let Content { body, md5 } = content;
        let (algorithm, _) = self.checksum();
        let sent = sent.filter(|checksum| checksum.algorithm == algorithm);
        Part {
            etag: self.template.etag_over(&md5, now),
            md5,
            checksum: sent.unwrap_or_else(|| Checksum::full(algorithm, &body)),
            last_modified: to_second(now),
            body,
        }
    }

    /// The object that the claimed parts make, in their order.
    pub(super) fn assemble(&self, claimed: &[Claimed], now: Timestamp) -> S3Result<Object> {
        let parts = self.select(claimed)?;
        let (algorithm, kind) = self.checksum();

        let mut md5s = Md5::new();
        for part in &parts {
            md5s.update(&part.md5);
        }
        let checksum = match kind {
            ChecksumType::FullObject => {
                Checksum::full_of_parts(algorithm, parts.iter().map(|part| &part.body[..]))
            }
            ChecksumType::Composite => {
                Checksum::composite(algorithm, parts.iter().map(|part| part.checksum.value.as_str()))
            }
        };
        let tag = self.template.etag_over(&md5s.finalize(), now);
        Ok(Object {
            etag: format!("{tag}-{}", parts.len()),
            part_sizes: parts.iter().map(|part| part.body.len() as u64).collect(),
            checksum,
            last_modified: to_second(now),
            body: parts.iter().map(|part| part.body.clone()).collect(),
            ..self.template.clone()
        })
    }

    /// The parts the client named, once every claim about them holds.
    fn select(&self, claimed: &[Claimed]) -> S3Result<Vec<&Part>> {
        if claimed.is_empty() {
            return Err(error::malformed_xml());
        }
        if !claimed.is_sorted_by(|before, after| before.number < after.number) {
            return Err(error::known("InvalidPartOrder", StatusCode::BAD_REQUEST));
        }
        let mut parts = Vec::with_capacity(claimed.len());
        for claim in claimed {
            let part = u16::try_from(claim.number)
                .ok()
                .and_then(|number| self.parts.get(&number))
                .filter(|part| claim.etag.as_deref() == Some(part.etag.as_str()))
                .ok_or_else(|| error::known("InvalidPart", StatusCode::BAD_REQUEST))?;
            self.check_claim(claim, part)?;
            parts.push(part);
        }
        let all_but_last = &parts[..parts.len() - 1];
        if all_but_last.iter().any(|part| part.body.len() < MINIMUM_PART_SIZE) {
            return Err(error::known("EntityTooSmall", StatusCode::BAD_REQUEST));
        }
        Ok(parts)
    }

    fn check_claim(&self, claim: &Claimed, part: &Part) -> S3Result<()> {
        match &claim.checksum {
            Some(checksum) if *checksum != part.checksum => {
                Err(error::known("InvalidPart", StatusCode::BAD_REQUEST))
            }
            None if self.checksum().1 == ChecksumType::Composite => Err(error::invalid_request(format!(
                "The upload was created using a {} checksum. The complete request must include \
                     the checksum for each part. It was missing for part {} in the request.",
                self.checksum().0.name().to_lowercase(),
                claim.number,
            ))),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn upload(checksum: Option<(Algorithm, ChecksumType)>, sizes: &[usize]) -> Upload {
        let mut upload = Upload {
            key: "big.bin".to_owned(),
            template: Object::new("", NOW),
            initiated: NOW,
            checksum,
            parts: BTreeMap::new(),
        };
        for (number, size) in (1..).zip(sizes) {
            let part = upload.part(Content::of(vec![b'x'; *size].into()), None, NOW);
            upload.parts.insert(number, part);
        }
        upload
    }

    fn claims(upload: &Upload, numbers: &[u16]) -> Vec<Claimed> {
        numbers
            .iter()
            .map(|number| Claimed {
                number: i32::from(*number),
                etag: upload.parts.get(number).map(|part| part.etag.clone()),
                checksum: None,
            })
            .collect()
    }

    #[test]
    fn an_etag_of_parts_and_a_checksum_of_the_whole() {
        let upload = upload(None, &[MINIMUM_PART_SIZE, 3]);
        let object = upload.assemble(&claims(&upload, &[1, 2]), NOW).expect("both parts are there");
        // md5(md5(5 MiB of x) + md5("xxx")), worked out with another implementation.
        assert_eq!(object.etag, "af9ceb5e3a73df299d2d6dcaa4ec72fc-2");
        assert_eq!(object.part_sizes, [5_242_880, 3]);
        let whole = Checksum::full(Algorithm::Crc64Nvme, &vec![b'x'; MINIMUM_PART_SIZE + 3]);
        assert_eq!(object.checksum, whole);
    }

    #[test]
    fn what_cannot_be_completed() {
        let ok = upload(None, &[MINIMUM_PART_SIZE, 3]);
        let small = upload(None, &[3, 3]);
        let composite = upload(Some((Algorithm::Sha256, ChecksumType::Composite)), &[3]);
        for (upload, numbers, code) in [
            (&ok, &[][..], "MalformedXML"),
            (&ok, &[2, 1], "InvalidPartOrder"),
            (&ok, &[1, 1], "InvalidPartOrder"),
            (&ok, &[1, 3], "InvalidPart"),
            (&small, &[1, 2], "EntityTooSmall"),
            (&composite, &[1], "InvalidRequest"),
        ] {
            let refused = upload.assemble(&claims(upload, numbers), NOW).expect_err(code);
            assert_eq!(refused.code().as_str(), code, "{numbers:?}");
        }
    }
}
