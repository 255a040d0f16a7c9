//! One phase of uploads: many at once, bounded in requests and in memory, every failure kept.

pub(crate) mod buffers;
mod confirm;
mod copy;
mod multipart;
mod order;
mod reply;
pub(crate) mod request;
mod single;
mod tags;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use bitbucket_pipe::Stop;
use bitbucket_pipe::progress::Progress;
use oidc_auth::Failure;
use tokio::task::JoinSet;

use crate::bucket::Bucket;
use crate::headers::rules::HeaderRules;
use crate::limits::Limits;
use crate::outcome::Stored;
use crate::part_size::MULTIPART_FROM;
use crate::plan::{Reason, Upload};
use buffers::Buffers;
use copy::Copied;

/// A mistake that hits every file shows itself in a few; the rest would only make the log longer.
const FAILURES_BEFORE_GIVING_UP: usize = 25;

/// Why one file did not arrive.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// S3 refused, or could not be reached.
    #[error(transparent)]
    Refused(#[from] Failure),
    /// The file cannot be read any more, or is not what was hashed: it is never published torn.
    #[error("the file cannot be uploaded as it was found: {0}")]
    File(#[from] std::io::Error),
    /// A signal asked for an end.
    #[error("stopped")]
    Stopped,
    /// The task that uploaded it died.
    #[error("a defect in the pipe: {0}")]
    Defect(#[from] tokio::task::JoinError),
}

impl UploadError {
    /// Whether no other file can arrive either: the credentials are no good any more.
    fn is_for_good(&self) -> bool {
        matches!(self, Self::Refused(failure) if failure.is_about_caller())
    }
}

/// What uploads share.
#[derive(Clone, Debug)]
pub(crate) struct Uploader {
    /// Where the files are.
    pub folder: Arc<Path>,
    /// Where they go.
    pub bucket: Arc<Bucket>,
    /// What objects are stored with.
    pub headers: Arc<HeaderRules>,
    /// Objects up to this size are copied in one request, in bytes.
    pub largest_copy: u64,
    /// Why no object can be copied, once S3 has said so.
    pub copies_refused: Arc<OnceLock<Failure>>,
    /// Why tags cannot be merged, once S3 has said so.
    pub tags_refused: Arc<OnceLock<Failure>>,
    /// Why the parts of unfinished uploads are still there, once for each of these.
    pub left_behind: Arc<Mutex<Vec<Failure>>>,
    /// What parts are read into.
    pub buffers: Buffers,
    /// How many at once.
    pub limits: Limits,
    /// Tells them to end.
    pub stop: Stop,
    /// Hears of every byte that arrived.
    pub progress: Arc<Progress>,
}

/// What became of a phase.
#[derive(Debug, Default)]
pub(crate) struct Phase {
    /// Files that did not arrive.
    pub failed: Vec<(Upload, UploadError)>,
    /// Files that were not tried because too many others had failed, or because of a signal.
    pub untried: usize,
    /// How many were uploaded because S3 refused to copy them, and why the first of them.
    pub not_copied: Option<(usize, Failure)>,
    /// How many objects keep their headers because a copy would lose their tags, and why the first of them.
    pub headers_left: Option<(usize, Failure)>,
}

/// A file that arrived.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// What was to be uploaded.
    pub upload: Upload,
    /// What the bucket now holds.
    pub stored: Stored,
    /// Only headers were sent.
    pub is_copied: bool,
}

/// What became of one upload.
#[derive(Debug)]
enum Uploaded {
    Copied(Stored),
    Sent(Stored),
    /// Sent, because S3 refused to copy it.
    SentInstead(Stored, Failure),
    /// The object is as it was: only a loss of its tags would change its headers.
    Left(Failure),
}

impl Uploader {
    /// Uploads all; `each` gets every file that arrived, in the order in which they do.
    pub(crate) async fn run(&self, mut uploads: Vec<Upload>, mut each: impl FnMut(Arrival)) -> Phase {
        order::large_first(&mut uploads);
        let mut phase = Phase::default();
        let mut tasks = JoinSet::new();
        // Beside the tasks, so that the name of a file outlives a task that panics.
        let mut under_way = HashMap::new();
        let mut waiting = uploads.into_iter();
        loop {
            let hopeless = phase.failed.len() >= FAILURES_BEFORE_GIVING_UP
                || phase.failed.iter().any(|(_, error)| error.is_for_good())
                || self.stop.signal().is_some();
            while !hopeless && tasks.len() < self.limits.ready() {
                let Some(upload) = waiting.next() else { break };
                let (uploader, file) = (self.clone(), upload.clone());
                // Boxed, because a task is moved several times, and this one is as large as all that it may do.
                let task = tasks.spawn(Box::pin(async move { uploader.upload(&file).await }));
                under_way.insert(task.id(), upload);
            }
            let (id, result) = match tasks.join_next_with_id().await {
                None => break,
                Some(Ok((id, result))) => (id, result),
                Some(Err(error)) => (error.id(), Err(error.into())),
            };
            match (under_way.remove(&id), result) {
                (Some(upload), Ok(uploaded)) => {
                    self.progress.complete();
                    match uploaded {
                        Uploaded::Copied(stored) => each(Arrival { upload, stored, is_copied: true }),
                        Uploaded::Sent(stored) => each(Arrival { upload, stored, is_copied: false }),
                        Uploaded::SentInstead(stored, refusal) => {
                            each(Arrival { upload, stored, is_copied: false });
                            phase.not_copied.get_or_insert((0, refusal)).0 += 1;
                        }
                        Uploaded::Left(refusal) => phase.headers_left.get_or_insert((0, refusal)).0 += 1,
                    }
                }
                (Some(upload), Err(error)) => phase.failed.push((upload, error)),
                (None, _) => phase.untried += 1,
            }
        }
        phase.untried += waiting.len();
        phase
    }

    /// Where a file is.
    fn file(&self, upload: &Upload) -> PathBuf {
        self.folder.join(&*upload.file.path)
    }

    async fn upload(&self, upload: &Upload) -> Result<Uploaded, UploadError> {
        let Reason::Headers { from: Some(etag), .. } = &upload.reason else {
            return Ok(Uploaded::Sent(self.send(upload).await?));
        };
        Ok(match Box::pin(self.copy(upload, *etag)).await? {
            Copied::Done(stored) => Uploaded::Copied(stored),
            Copied::Refused(refusal) => Uploaded::SentInstead(self.send(upload).await?, refusal),
            Copied::WouldLoseTags(refusal) => Uploaded::Left(refusal),
        })
    }

    async fn send(&self, upload: &Upload) -> Result<Stored, UploadError> {
        if upload.file.digests.size < MULTIPART_FROM {
            tokio::select! {
                result = self.upload_single(upload) => result,
                _ = self.stop.requested() => Err(UploadError::Stopped),
            }
        } else {
            Box::pin(self.upload_parts(upload)).await
        }
    }
}
