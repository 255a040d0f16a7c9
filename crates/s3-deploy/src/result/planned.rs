//! The plan in the result file: every file and object that something happens to, with the reason.

use serde::Serialize;

use crate::headers::sheet::HeaderChange;
use crate::plan::requests::Requests;
use crate::plan::{Plan, Reason, Upload};

/// What was to be done.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Planned {
    /// Bytes to upload.
    bytes: u64,
    unchanged: u64,
    /// In their order: pages last.
    uploads: Vec<PlannedUpload>,
    /// Paths below the prefix.
    deletions: Vec<String>,
    requests: Requests,
    /// At the list prices of S3 Standard in us-east-1.
    dollars: f64,
}

#[derive(Clone, Debug, Serialize)]
struct PlannedUpload {
    path: String,
    bytes: u64,
    page: bool,
    /// `upload`, or `headers` where the object is only copied onto itself.
    action: &'static str,
    reason: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headers: Vec<HeaderChange>,
}

impl Planned {
    #[expect(clippy::cast_precision_loss, reason = "a price below 9 million dollars is exact")]
    pub(crate) fn new(plan: &Plan, requests: Requests) -> Self {
        const DOLLAR: f64 = 1e9;
        Self {
            bytes: plan.bytes(),
            unchanged: plan.unchanged,
            uploads: plan.uploads().map(PlannedUpload::from).collect(),
            deletions: plan.deletions.clone(),
            requests,
            dollars: requests.price() as f64 / DOLLAR,
        }
    }
}

impl From<&Upload> for PlannedUpload {
    fn from(upload: &Upload) -> Self {
        let headers = match &upload.reason {
            Reason::Headers { changes, .. } => changes.clone(),
            _ => Vec::new(),
        };
        Self {
            path: upload.file.path.clone(),
            bytes: upload.file.digests.size,
            page: upload.is_page,
            action: if upload.is_copy() { "headers" } else { "upload" },
            reason: upload.reason.to_string(),
            headers,
        }
    }
}
