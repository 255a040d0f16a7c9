//! What neither the listing nor the record tells: which files have to be read again, which objects looked at. Pure.

use super::etag::ETag;
use super::join::{Joint, join};
use super::objects::Objects;
use super::reason::Compare;
use super::stored::Alike;
use crate::record::Record;
use crate::scan::TreeFile;

/// An object to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// Which of the files it belongs to.
    pub(crate) file: usize,
    /// Size, ETag and record do not tell whether the bytes are the same; otherwise the headers alone are in question.
    pub(crate) of_bytes: bool,
}

/// The files, by their indices, that may have the bytes of their objects by the ETags of these, of which the record does not
/// know the checksums.
#[must_use]
pub(crate) fn unproven(
    local: &[TreeFile],
    remote: &Objects,
    record: Option<&Record>,
    compare: Compare,
) -> Vec<(usize, ETag)> {
    if compare != Compare::Content {
        return Vec::new();
    }
    let unproven = |joint: Joint<'_>| {
        let size = joint.file.digests.size;
        let object = joint.object.filter(|object| object.size == size && !joint.is_known())?;
        object.etag.is_comparable(size).then_some((joint.index, object.etag))
    };
    join(local, remote, record).filter_map(unproven).collect()
}

/// Everything that is in question. `alike` are the files with the ETags of their objects. `of_headers`: headers that the
/// record does not know are, too.
#[must_use]
pub(crate) fn questions(
    local: &[TreeFile],
    remote: &Objects,
    record: Option<&Record>,
    alike: &Alike,
    compare: Compare,
    of_headers: bool,
) -> Vec<Question> {
    if compare != Compare::Content {
        return Vec::new();
    }
    let question = |joint: Joint<'_>| {
        let Joint { index, file, object, entry, .. } = joint;
        let object = object.filter(|object| object.size == file.digests.size)?;
        let of_bytes = !alike.has(index) && !joint.is_known();
        let of_headers = of_headers && entry.and_then(|entry| entry.headers_of(&object)).is_none();
        (of_bytes || of_headers).then_some(Question { file: index, of_bytes })
    };
    join(local, remote, record).filter_map(question).collect()
}
