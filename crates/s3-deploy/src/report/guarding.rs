//! What a deploy says of its guards: secrets, shares, and files that are kept for a while.

use bitbucket_pipe::text::{enumerated, plural, printable};

use super::Report;
use crate::grace::Departed;
use crate::guard::secrets::Secret;
use crate::record::object::Found;
use crate::shard::Shard;
use crate::target::TrailingSlash;

/// More names than this make one line unreadable.
const NAMES_SHOWN: usize = 10;

impl Report {
    /// What looks like a secret and is not refused.
    pub(crate) fn secrets(&self, secrets: &[Secret]) {
        if secrets.is_empty() {
            return;
        }
        self.log.warning(printable(&format!(
            "These may hold secrets, and are deployed like any other: {}. REFUSE_SECRETS: 'true' refuses such a deploy",
            enumerated(secrets.iter(), NAMES_SHOWN),
        )));
    }

    /// Perhaps a prefix was meant that is missing.
    pub(crate) fn trailing_slash(&self, slash: Option<&TrailingSlash>) {
        let is_whole_bucket = self.target.prefix.as_str().is_empty();
        if let Some(slash) = slash.filter(|_| is_whole_bucket) {
            self.log.warning(printable(&format!(
                "S3_BUCKET is `{}`: nothing follows the slash, so this deploy goes to the whole bucket. Is the variable after \
                 the slash defined for this step? For the whole bucket write `{}`",
                slash.written(),
                slash.without(),
            )));
        }
    }

    /// What this step does, and what it leaves to others.
    pub(crate) fn shard(&self, shard: Shard, files: usize, all: usize) {
        self.log.info(format_args!(
            "Share {shard}: {files} of {} that are no pages; pages, deletions and the deploy record are left to the \
             deploy without SHARD that comes after",
            plural(all as u64, "file"),
        ));
    }

    /// What is not deleted yet.
    pub(super) fn departed(&self, departed: &[Departed], found: &Found) {
        let Some(first) = departed.iter().min_by_key(|object| object.until) else { return };
        self.log.info(format_args!(
            "Kept for now, as DELETE_GRACE asks: {} that left the build, the first until {}",
            plural(departed.len() as u64, "fingerprinted file"),
            first.until(),
        ));
        for object in departed {
            self.log.debug(self.departed_line(object));
        }
        if let Found::Refused(_) = found {
            self.log.warning(
                "DELETE_GRACE counts from the deploy record, which cannot be read: these files stay until it can be",
            );
        }
    }

    pub(super) fn departed_line(&self, object: &Departed) -> String {
        let address = self.target.address(&object.path);
        let until = object.until();
        printable(&format!("keep: {address} (left the build, to be deleted after {until})")).into_owned()
    }
}
