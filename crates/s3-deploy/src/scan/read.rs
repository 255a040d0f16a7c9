//! One pass over a file: its digests, and what is remarkable in it.

use std::path::Path;
use std::sync::Arc;

use super::{Skipped, TreeFile, Why};
use crate::guard::secrets::{Kind, Secret, is_environment_file};
use crate::hash::Content;
use crate::headers::encoding::Encoding;

/// What reading a file showed besides its digests.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    pub(super) unreadable: Option<Skipped>,
    pub(super) secret: Option<Secret>,
    /// The encoding that it should be in and is not.
    pub(super) mislabelled: Option<(Encoding, Arc<str>)>,
}

/// Reads a file once; `None` where nothing is remarkable. `encoding_of` tells what a path is sent as.
pub(super) fn read(
    folder: &Path,
    file: &mut TreeFile,
    encoding_of: impl Fn(&str) -> Option<Encoding>,
) -> Option<Remarks> {
    let path = || file.path.to_string();
    let Content { digests, encoding, has_key, modified } = match Content::of_file(&folder.join(&*file.path)) {
        Ok(content) => content,
        Err(error) => {
            let why = Why::Unreadable(error.to_string());
            let unreadable = Some(Skipped { path: path(), why });
            return Some(Remarks { unreadable, ..Remarks::default() });
        }
    };
    let kind = if has_key { Some(Kind::PrivateKey) } else { None };
    let kind = kind.or_else(|| is_environment_file(&file.path).then_some(Kind::EnvironmentFile));
    let secret = kind.map(|kind| Secret { path: path(), kind });
    // Of nothing there is nothing to unpack.
    let promised = if digests.size > 0 { encoding_of(&file.path) } else { None };
    let mislabelled =
        promised.filter(|promised| encoding != Some(*promised)).map(|promised| (promised, file.path.clone()));
    (file.digests, file.modified) = (digests, modified);
    (secret.is_some() || mislabelled.is_some()).then_some(Remarks { unreadable: None, secret, mislabelled })
}
