//! What the reply to an upload says of the object: its ETag and, beyond what the SDK hands out, when S3 wrote it.

use std::sync::{Arc, OnceLock};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;

use super::{UploadError, Uploader};
use crate::hash::etag_uploaded;
use crate::outcome::Stored;
use crate::plan::Upload;
use crate::plan::etag::ETag;

/// Keeps the `Date` of the reply to one request.
#[derive(Clone, Debug, Default)]
pub(super) struct ReplyDate(Arc<OnceLock<i64>>);

impl Uploader {
    /// The object that S3 confirmed. A store that names no ETag is taken to make them as S3 does; where the file cannot be
    /// read for it, the next deploy looks closer.
    pub(super) async fn stored(
        &self,
        upload: &Upload,
        date: &ReplyDate,
        etag: Option<&str>,
    ) -> Result<Stored, UploadError> {
        let etag = if let Some(etag) = etag.filter(|etag| !etag.trim_matches('"').is_empty()) {
            ETag::parse(etag)
        } else {
            let (path, digests) = (self.file(upload), upload.file.digests);
            let own = tokio::task::spawn_blocking(move || etag_uploaded(&path, digests)).await?;
            own.unwrap_or_else(|_| ETag::parse(""))
        };
        let digests = upload.file.digests;
        Ok(Stored { size: digests.size, etag, crc64: digests.crc64, date: date.0.get().copied() })
    }
}

impl Intercept for ReplyDate {
    fn name(&self) -> &'static str {
        "ReplyDate"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let reply = context.response();
        let date = reply.headers().get("date").filter(|_| reply.status().is_success());
        if let Some(date) = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok()) {
            // The first success is the one that wrote it.
            let _ = self.0.set(date.secs());
        }
        Ok(())
    }
}
