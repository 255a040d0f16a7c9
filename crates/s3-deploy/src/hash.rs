//! What a file's bytes are: by a checksum, made of every file, and by MD5, made only where an ETag has to be compared.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crc_fast::CrcAlgorithm::Crc64Nvme;
use jiff::Timestamp;
use md5::{Digest, Md5};

use crate::guard::secrets::KeySearch;
use crate::headers::encoding::Encoding;
use crate::part_size::{MULTIPART_FROM, part_size};
use crate::plan::etag::ETag;

/// Large enough to make system calls rare, small enough to stay in the processor's cache.
pub(crate) const BUFFER: usize = 256 * 1024;

/// What a file's bytes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digests {
    /// How many there are.
    pub size: u64,
    /// CRC-64/NVME of the whole: the checksum S3 stores.
    pub crc64: u64,
}

impl Digests {
    /// Reads `source`, of which `size` bytes are expected; fails when it has more or fewer. `each` hears of all bytes.
    pub(crate) fn of(mut source: impl Read, size: u64, mut each: impl FnMut(&[u8])) -> io::Result<Self> {
        // One byte more than there should be, so that a small file that has not grown is read at once.
        let mut buffer = vec![0; BUFFER.min(usize::try_from(size).unwrap_or(BUFFER) + 1)];
        let mut crc = crc_fast::Digest::new(Crc64Nvme);
        let mut read = 0;
        loop {
            let count = match source.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            each(&buffer[..count]);
            crc.update(&buffer[..count]);
            read += count as u64;
            if read > size {
                return Err(changed());
            }
        }
        if read == size { Ok(Self { size, crc64: crc.finalize() }) } else { Err(changed()) }
    }
}

/// The ETag of a file that was uploaded in one piece or in the AWS CLI's parts, whichever made the `object`'s. Reads it
/// again; fails when its bytes are not those of the `digests` any more.
pub(crate) fn etag_like(object: ETag, path: &Path, digests: Digests) -> io::Result<ETag> {
    match object {
        ETag::Parts(..) => etag_in_parts(path, part_size(digests.size), digests),
        ETag::Single(_) | ETag::Other(_) => etag_whole(path, digests),
    }
}

/// The ETag that a file gets when this pipe uploads it to a bucket without a key of its own.
pub(crate) fn etag_uploaded(path: &Path, digests: Digests) -> io::Result<ETag> {
    if digests.size < MULTIPART_FROM {
        etag_whole(path, digests)
    } else {
        etag_in_parts(path, part_size(digests.size), digests)
    }
}

fn etag_whole(path: &Path, digests: Digests) -> io::Result<ETag> {
    let mut md5 = Md5::new();
    let read = Digests::of(File::open(path)?, digests.size, |bytes| md5.update(bytes))?;
    if read == digests { Ok(ETag::Single(md5.finalize().into())) } else { Err(changed()) }
}

/// The ETag of a file that somebody uploaded in parts of this size, in bytes.
pub(crate) fn etag_in_parts(path: &Path, part_size: u64, digests: Digests) -> io::Result<ETag> {
    let (mut parts, mut count) = (Md5::new(), 0);
    let (mut part, mut room) = (Md5::new(), part_size);
    let read = Digests::of(File::open(path)?, digests.size, |mut bytes| {
        while !bytes.is_empty() {
            let length = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
            let (head, rest) = bytes.split_at(length);
            part.update(head);
            (bytes, room) = (rest, room - length as u64);
            if room == 0 {
                parts.update(part.finalize_reset());
                (count, room) = (count + 1, part_size);
            }
        }
    })?;
    if room < part_size || count == 0 {
        parts.update(part.finalize());
        count += 1;
    }
    if read == digests { Ok(ETag::Parts(parts.finalize().into(), count)) } else { Err(changed()) }
}

/// The error of a file that is not what it was a moment ago.
pub(crate) fn changed() -> io::Error {
    io::Error::other("it changed while it was read")
}

/// What one pass over a file showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) digests: Digests,
    /// The encoding that its first bytes show.
    pub(crate) encoding: Option<Encoding>,
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
        let (mut encoding, mut is_start) = (None, true);
        let digests = Digests::of(file, metadata.len(), |bytes| {
            if std::mem::take(&mut is_start) {
                encoding = Encoding::seen_in(bytes);
            }
            search.read(bytes);
        })?;
        let modified = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        Ok(Self { digests, encoding, has_key: search.has_found(), modified })
    }
}

/// How much threads that read files give way, as `nice` counts: to the one thread of all requests, for which everybody waits.
/// Containers share processors by other rules, so it gives way to nothing else.
#[cfg(target_os = "linux")]
const GIVING_WAY: i32 = 10;

/// Does the work for each item on as many threads as there are processors; what comes of it is in no order.
pub(crate) fn on_all_processors<T: Send, R: Send>(
    items: &mut [T],
    work: impl Fn(&mut T) -> Option<R> + Sync,
) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    // One at a time: a large file must not keep small ones waiting behind it.
    let waiting = Mutex::new(items.iter_mut());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work_off = || {
        // Of this thread alone, as Linux has it. Without it the work is done all the same.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(GIVING_WAY);
        std::iter::from_fn(next).filter_map(&work).collect::<Vec<R>>()
    };
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

    const MIB: usize = 1 << 20;

    fn written(content: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), content).expect("written");
        file
    }

    /// Figures by `md5sum`.
    #[test]
    fn known_digests() {
        let nothing = ETag::Other([0; 16]);
        for (content, crc64, md5) in [
            (&b""[..], 0, "d41d8cd98f00b204e9800998ecf8427e"),
            // The check value of CRC-64/NVME in the catalogue of parametrised CRCs.
            (b"123456789", 0xae8b_1486_0a79_9888, "25f9e794323b453885f5181f1b624d0b"),
        ] {
            let digests = Digests::of(content, content.len() as u64, |_| {}).expect("readable");
            assert_eq!(digests, Digests { size: content.len() as u64, crc64 });
            let file = written(content);
            let etags = [etag_like(nothing, file.path(), digests), etag_uploaded(file.path(), digests)];
            assert!(etags.iter().all(|etag| etag.as_ref().ok() == Some(&ETag::parse(md5))), "{etags:?}");
        }
    }

    #[test]
    fn a_large_file_has_the_etag_of_the_way_it_was_uploaded() {
        let content = vec![7; 8 * MIB + 1];
        let file = written(&content);
        let md5s = [Md5::digest(&content[..8 * MIB]), Md5::digest(&content[8 * MIB..])].concat();
        let in_parts = ETag::Parts(Md5::digest(md5s).into(), 2);
        let whole = ETag::Single(Md5::digest(&content).into());
        let digests = Digests::of(&content[..], content.len() as u64, |_| {}).expect("readable");
        let etag = |like| etag_like(like, file.path(), digests).expect("readable");
        assert_eq!(etag(ETag::Parts([0; 16], 9)), in_parts);
        assert_eq!(etag(ETag::Single([0; 16])), whole);
        assert_eq!(etag_uploaded(file.path(), digests).expect("readable"), in_parts);
    }

    #[test]
    fn a_file_has_no_etag_once_it_is_another() {
        let file = written(b"other");
        let digests = Digests::of(&b"bytes"[..], 5, |_| {}).expect("readable");
        for etag in [ETag::Single([0; 16]), ETag::Parts([0; 16], 1)] {
            assert!(etag_like(etag, file.path(), digests).is_err(), "{etag:?}");
        }
    }

    #[test]
    fn every_byte_is_heard_of_once() {
        let content: Vec<u8> = (0..=250).cycle().take(MIB + 1).collect();
        let mut heard = Vec::new();
        let digests = Digests::of(&content[..], content.len() as u64, |bytes| heard.extend_from_slice(bytes));
        assert_eq!(digests.expect("readable").crc64, crc_fast::checksum(Crc64Nvme, &content));
        assert!(heard == content);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn threads_that_read_files_give_way_and_no_other_does() {
        let priority = |(): &mut ()| rustix::process::getpriority_process(None).ok();
        let before = priority(&mut ()).expect("known");
        let others = on_all_processors(&mut [(); 3], priority);
        assert_eq!(others, [(before + GIVING_WAY).min(19); 3]);
        assert_eq!(priority(&mut ()), Some(before));
    }

    #[test]
    fn a_file_that_grows_or_shrinks_is_refused() {
        assert!(Digests::of(&b"longer"[..], 3, |_| {}).is_err());
        assert!(Digests::of(&b"short"[..], 10, |_| {}).is_err());
    }

    #[test]
    fn parts_of_any_size() {
        let content: Vec<u8> = (0..=250).cycle().take(20 * MIB).collect();
        let file = written(&content);
        let digests = Digests::of(&content[..], content.len() as u64, |_| {}).expect("readable");
        for (part_size, parts) in [(8, 3), (5, 4), (16, 2), (20, 1), (21, 1), (7, 3)] {
            let size = part_size * MIB;
            let md5s: Vec<u8> = content.chunks(size).flat_map(|part| Md5::digest(part).to_vec()).collect();
            let etag = etag_in_parts(file.path(), size as u64, digests).expect("readable");
            assert_eq!(etag, ETag::Parts(Md5::digest(&md5s).into(), parts), "{part_size}");
        }
    }
}
