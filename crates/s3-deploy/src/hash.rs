//! Every digest a file needs, in one pass over its bytes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crc_fast::CrcAlgorithm::Crc64Nvme;
use jiff::Timestamp;
use md5::{Digest, Md5};

use crate::guard::secrets::KeySearch;
use crate::part_size::{MULTIPART_FROM, part_size};
use crate::plan::etag::ETag;

/// Large enough to make system calls rare, small enough to stay in the processor's cache.
const BUFFER: usize = 256 * 1024;

/// What a file's bytes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digests {
    /// How many there are.
    pub size: u64,
    /// MD5 of the whole: the ETag of an object uploaded in one piece.
    pub md5: [u8; 16],
    /// MD5 of the MD5s of its parts: the ETag of an object uploaded in parts, as the AWS CLI cuts them.
    pub md5_of_parts: [u8; 16],
    /// How many parts those are.
    pub parts: u32,
    /// CRC-64/NVME of the whole: the checksum S3 stores.
    pub crc64: u64,
}

impl Digests {
    /// The ETag that these bytes get when this pipe uploads them to a bucket without a key of its own.
    pub(crate) fn etag(&self) -> ETag {
        if self.size < MULTIPART_FROM {
            ETag::Single(self.md5)
        } else {
            ETag::Parts(self.md5_of_parts, self.parts)
        }
    }

    /// Reads `source`, of which `size` bytes are expected; fails when it has more or fewer. `each` hears of all bytes.
    pub(crate) fn of(mut source: impl Read, size: u64, mut each: impl FnMut(&[u8])) -> io::Result<Self> {
        let part_size = part_size(size);
        let one_part = size <= part_size;
        let mut buffer = vec![0; BUFFER.min(usize::try_from(size).unwrap_or(BUFFER) + 1)];
        let mut whole = Md5::new();
        let mut part = Md5::new();
        let mut parts = Md5::new();
        let mut crc = crc_fast::Digest::new(Crc64Nvme);
        let (mut read, mut finished_parts) = (0_u64, 0_u32);
        loop {
            let count = match source.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            each(&buffer[..count]);
            crc.update(&buffer[..count]);
            whole.update(&buffer[..count]);
            let mut rest = &buffer[..count];
            while !one_part && !rest.is_empty() {
                let room = part_size - read % part_size;
                let (head, tail) = rest.split_at(rest.len().min(usize::try_from(room).unwrap_or(usize::MAX)));
                part.update(head);
                read += head.len() as u64;
                rest = tail;
                if read.is_multiple_of(part_size) {
                    parts.update(part.finalize_reset());
                    finished_parts += 1;
                }
            }
            if one_part {
                read += count as u64;
            }
            if read > size {
                return Err(changed());
            }
        }
        if read != size {
            return Err(changed());
        }
        let md5 = whole.finalize();
        if one_part {
            parts.update(md5);
            finished_parts = 1;
        } else if !read.is_multiple_of(part_size) {
            parts.update(part.finalize());
            finished_parts += 1;
        }
        Ok(Self {
            size,
            md5: md5.into(),
            md5_of_parts: parts.finalize().into(),
            parts: finished_parts,
            crc64: crc.finalize(),
        })
    }
}

/// The ETag of a file that somebody uploaded in parts of this size. Reads the file again, so only for those few of which
/// nothing else tells.
pub(crate) fn etag_in_parts(path: &Path, part_size: u64) -> io::Result<ETag> {
    let mut file = File::open(path)?;
    let (mut parts, mut count) = (Md5::new(), 0);
    let mut buffer = vec![0; BUFFER];
    loop {
        let mut part = Md5::new();
        let mut rest = part_size;
        while rest > 0 {
            let most = buffer.len().min(usize::try_from(rest).unwrap_or(BUFFER));
            let read = match file.read(&mut buffer[..most]) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if read == 0 {
                break;
            }
            part.update(&buffer[..read]);
            rest -= read as u64;
        }
        if rest == part_size {
            return Ok(ETag::Parts(parts.finalize().into(), count));
        }
        parts.update(part.finalize());
        count += 1;
    }
}

/// The error of a file that is not what it was a moment ago.
pub(crate) fn changed() -> io::Error {
    io::Error::other("it changed while it was read")
}

/// What one pass over a file showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) digests: Digests,
    /// A private key is in it.
    pub(crate) has_key: bool,
    /// When it was last written, where the file system tells.
    pub(crate) modified: Option<Timestamp>,
}

impl Content {
    /// Reads a file once.
    pub(crate) fn of_file(path: &Path) -> io::Result<Self> {
        let mut search = KeySearch::default();
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let digests = Digests::of(file, metadata.len(), |bytes| search.read(bytes))?;
        let modified = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        Ok(Self { digests, has_key: search.has_found(), modified })
    }
}

/// Does the work for each item on as many threads as there are processors; what comes of it is in no order.
pub(crate) fn on_all_processors<T: Send, R: Send>(
    items: &mut [T],
    work: impl Fn(&mut T) -> Option<R> + Sync,
) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    // One at a time: a large file must not keep small ones waiting behind it.
    let waiting = Mutex::new(items.iter_mut());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work_off = || std::iter::from_fn(next).filter_map(&work).collect::<Vec<R>>();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work_off)).collect();
        let results = workers.into_iter().flat_map(|worker| match worker.join() {
            Ok(results) => results,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        results.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures by `md5sum`.
    #[test]
    fn known_digests() {
        let empty = Digests::of(&[][..], 0, |_| {}).expect("readable");
        assert_eq!(ETag::Single(empty.md5), ETag::parse("d41d8cd98f00b204e9800998ecf8427e"));
        assert_eq!((empty.parts, empty.crc64), (1, 0));
        let digits = Digests::of(&b"123456789"[..], 9, |_| {}).expect("readable");
        assert_eq!(ETag::Single(digits.md5), ETag::parse("25f9e794323b453885f5181f1b624d0b"));
        // The check value of CRC-64/NVME in the catalogue of parametrised CRCs.
        assert_eq!(digits.crc64, 0xae8b_1486_0a79_9888);
    }

    #[test]
    fn a_large_file_has_the_etag_of_its_parts() {
        let bytes = vec![7_u8; (8 << 20) + 1];
        let digests = Digests::of(&bytes[..], bytes.len() as u64, |_| {}).expect("readable");
        let mut parts = Md5::new();
        parts.update(Md5::digest(&bytes[..8 << 20]));
        parts.update(Md5::digest(&bytes[8 << 20..]));
        assert_eq!(digests.parts, 2);
        assert_eq!(digests.md5_of_parts, <[u8; 16]>::from(parts.finalize()));
        assert_eq!(digests.md5, <[u8; 16]>::from(Md5::digest(&bytes)));
        let exact = Digests::of(&bytes[..16 << 19], 16 << 19, |_| {}).expect("readable");
        assert_eq!(exact.parts, 1);
    }

    #[test]
    fn a_file_that_grows_or_shrinks_is_refused() {
        assert!(Digests::of(&b"longer"[..], 3, |_| {}).is_err());
        assert!(Digests::of(&b"short"[..], 10, |_| {}).is_err());
    }

    /// Against the digests that the hashing pass makes with the AWS CLI's parts.
    #[test]
    fn parts_of_any_size() {
        const MIB: usize = 1 << 20;
        let content: Vec<u8> = (0..=250).cycle().take(20 * MIB).collect();
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), &content).expect("written");
        let digests = Digests::of(&content[..], content.len() as u64, |_| {}).expect("readable");
        let etag = |part_size: usize| etag_in_parts(file.path(), part_size as u64).expect("readable");
        assert_eq!(etag(8 * MIB), digests.etag());
        for (part_size, parts) in
            [(5 * MIB, 4), (16 * MIB, 2), (20 * MIB, 1), (20 * MIB + 1, 1), (7 * MIB, 3)]
        {
            let md5s: Vec<u8> =
                content.chunks(part_size).flat_map(|part| Md5::digest(part).to_vec()).collect();
            assert_eq!(etag(part_size), ETag::Parts(Md5::digest(&md5s).into(), parts), "{part_size}");
        }
    }
}
