//! The plan in the result file: every file and object that something happens to, with the reason.

use serde::{Serialize, Serializer};

use crate::grace::Departed;
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
    #[serde(serialize_with = "each_planned")]
    uploads: Vec<Upload>,
    /// Paths below the prefix.
    deletions: Vec<String>,
    /// What left the build and is deleted by a later deploy, as `DELETE_GRACE` asks.
    kept: Vec<KeptFile>,
    requests: Requests,
    /// At the list prices of S3 Standard in us-east-1.
    dollars: f64,
}

#[derive(Debug, Serialize)]
struct PlannedUpload<'a> {
    path: &'a str,
    bytes: u64,
    page: bool,
    /// `upload`, or `headers` where the object is only copied onto itself.
    action: &'static str,
    reason: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    headers: &'a [HeaderChange],
}

#[derive(Clone, Debug, Serialize)]
struct KeptFile {
    path: String,
    /// When a deploy first missed it; `null` when this is that deploy.
    left: Option<String>,
    /// A deploy after this time deletes it.
    until: String,
}

impl Planned {
    #[expect(clippy::cast_precision_loss, reason = "a price below 9 million dollars is exact")]
    pub(crate) fn new(plan: &Plan, requests: Requests) -> Self {
        const DOLLAR: f64 = 1e9;
        Self {
            bytes: plan.bytes(),
            unchanged: plan.unchanged,
            uploads: plan.uploads().cloned().collect(),
            deletions: plan.deletions.clone(),
            kept: plan.departed.iter().map(KeptFile::from).collect(),
            requests,
            dollars: requests.price() as f64 / DOLLAR,
        }
    }
}

impl From<&Departed> for KeptFile {
    fn from(object: &Departed) -> Self {
        Self {
            path: object.path.clone(),
            left: object.left().map(|time| time.to_string()),
            until: object.until().to_string(),
        }
    }
}

/// Made only while they are written: there may be a million of them.
fn each_planned<S: Serializer>(uploads: &[Upload], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(uploads.iter().map(PlannedUpload::from))
}

impl<'a> From<&'a Upload> for PlannedUpload<'a> {
    fn from(upload: &'a Upload) -> Self {
        let headers = match &upload.reason {
            Reason::Headers { changes, .. } => &changes[..],
            _ => &[],
        };
        Self {
            path: &upload.file.path,
            bytes: upload.file.digests.size,
            page: upload.is_page,
            action: if upload.is_copy() { "headers" } else { "upload" },
            reason: upload.reason.to_string(),
            headers,
        }
    }
}
