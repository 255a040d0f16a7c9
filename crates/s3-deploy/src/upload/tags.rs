//! Tags of objects whose headers change: whoever set them, they stay.

use oidc_auth::{Failure, counted};

use super::copy::Copied;
use super::{UploadError, Uploader};
use crate::headers::sheet::TAGS;
use crate::headers::tags::{MOST, Tags};
use crate::permissions::{GET_TAGGING, PUT_TAGGING};
use crate::plan::{Reason, Upload};

impl Uploader {
    /// The tags to send with a copy; `Ok(Ok(None))`: S3 copies those that there are. `Ok(Err(_))`: they are not known, or
    /// would be too many.
    pub(super) async fn tags_to_send(
        &self,
        upload: &Upload,
        in_parts: bool,
    ) -> Result<Result<Option<Tags>, Failure>, UploadError> {
        let own = &self.headers.base.tags;
        let before = tags_before(upload, own);
        if before.is_none() && !in_parts {
            return Ok(Ok(None));
        }
        if let (Some(_), Some(refusal)) = (&before, self.tags_refused.get()) {
            return Ok(Err(refusal.clone()));
        }
        let tags = match self.tags_of(upload).await? {
            Ok(tags) => tags,
            Err(refusal) => {
                let _ = self.tags_refused.set(refusal.clone());
                return Ok(Err(refusal));
            }
        };
        let tags = before.map_or_else(|| tags.clone(), |before| tags.clone().with(own, &before));
        if tags.len() > MOST {
            let words =
                format!("with OBJECT_TAGS it would have {} tags, and S3 takes at most {MOST}", tags.len());
            return Ok(Err(Failure::reported(None, Some(&words))));
        }
        Ok(Ok(Some(tags)))
    }

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
    /// `Access Denied` does not tell whether they are the reason. `sent` are those that came with the copy.
    pub(super) async fn refused(
        &self,
        upload: &Upload,
        refusal: Failure,
        sent: Option<&Tags>,
    ) -> Result<Copied, UploadError> {
        if may_be_about_tags(&refusal, sent) {
            if sent.is_some() {
                let _ = self.tags_refused.set(refusal.clone());
            }
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

/// Whether S3 names one of the two permissions that a copy of tags takes, or none where tags were sent.
pub(super) fn may_be_about_tags(refusal: &Failure, sent: Option<&Tags>) -> bool {
    match refusal.denied_action() {
        Some(action) => action == GET_TAGGING || action == PUT_TAGGING,
        None => refusal.is_code("AccessDenied") && sent.is_some(),
    }
}

/// The tags that the deploy before set, where `OBJECT_TAGS` has changed since, or may have.
fn tags_before(upload: &Upload, own: &Tags) -> Option<Tags> {
    let Reason::Headers { changes, .. } = &upload.reason else { return None };
    let change = changes.iter().find(|change| change.name == TAGS);
    match change {
        Some(change) => {
            Some(change.from.as_deref().and_then(|from| Tags::parse(from).ok()).unwrap_or_default())
        }
        // Nothing is known of what they were.
        None => (changes.is_empty() && !own.is_empty()).then(Tags::default),
    }
}
