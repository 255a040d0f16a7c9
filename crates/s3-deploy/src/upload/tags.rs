//! Tags of objects whose headers change: whoever set them, they stay.

use oidc_auth::{Failure, counted};

use super::copy::Copied;
use super::{UploadError, Uploader};
use crate::headers::tags::Tags;
use crate::permissions::{GET_TAGGING, PUT_TAGGING};
use crate::plan::Upload;

impl Uploader {
    /// The tags that the object has, none in a store without tags. `Ok(Err(_))`: the role may not read them.
    pub(super) async fn tags_of(&self, upload: &Upload) -> Result<Result<Tags, Failure>, UploadError> {
        let _permit = self.limits.permit(0).await;
        let request = self.bucket.client().get_object_tagging().bucket(self.bucket.name());
        let request = request.key(self.bucket.target().key(&upload.file.path));
        let reply = tokio::select! {
            reply = counted(request.send()) => reply,
            _ = self.stop.requested() => return Err(UploadError::Stopped),
        };
        match reply {
            Ok(reply) => {
                let tags = reply.tag_set().iter();
                Ok(Ok(tags.map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()))
            }
            Err(failure) => match failure.status() {
                Some(403) => Ok(Err(failure)),
                Some(405 | 501) => Ok(Ok(Tags::default())),
                _ => Err(failure.into()),
            },
        }
    }

    /// What follows from the refusal of a copy. An upload would lose tags that the object has or may have, and a plain
    /// `Access Denied` does not tell whether they are the reason.
    pub(super) async fn refused(&self, upload: &Upload, refusal: Failure) -> Result<Copied, UploadError> {
        if is_about_tags(&refusal) {
            return Ok(Copied::WouldLoseTags(refusal));
        }
        if !refusal.is_code("AccessDenied") || refusal.denied_action().is_some() {
            return Ok(Copied::Refused(refusal));
        }
        Ok(match self.tags_of(upload).await? {
            Ok(tags) if tags.is_empty() => Copied::Refused(refusal),
            Ok(_) => Copied::WouldLoseTags(refusal),
            Err(unread) => Copied::WouldLoseTags(unread),
        })
    }
}

/// Whether S3 names one of the two permissions that a copy of tags takes.
pub(super) fn is_about_tags(refusal: &Failure) -> bool {
    refusal.denied_action().is_some_and(|action| action == GET_TAGGING || action == PUT_TAGGING)
}
