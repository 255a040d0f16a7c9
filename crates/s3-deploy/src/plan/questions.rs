//! Which objects have to be looked at one by one, since neither the listing nor the record tells enough of them. Pure.

use super::join::{Joint, join};
use super::objects::Objects;
use super::reason::Compare;
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

/// Everything that is in question. `of_headers`: headers that the record does not know are, too.
#[must_use]
pub(crate) fn questions(
    local: &[TreeFile],
    remote: &Objects,
    record: Option<&Record>,
    compare: Compare,
    of_headers: bool,
) -> Vec<Question> {
    if compare != Compare::Content {
        return Vec::new();
    }
    let question = |joint: Joint<'_>| {
        let Joint { index, file, object, entry, .. } = joint;
        let object = object.filter(|object| object.size == file.digests.size)?;
        let is_known = || entry.and_then(|entry| entry.knowledge_of(&object)).is_some();
        let of_bytes = !object.etag.is_of(&file.digests) && !is_known();
        let of_headers = of_headers && entry.and_then(|entry| entry.headers_of(&object)).is_none();
        (of_bytes || of_headers).then_some(Question { file: index, of_bytes })
    };
    join(local, remote, record).filter_map(question).collect()
}
