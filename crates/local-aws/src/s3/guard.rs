//! The seam to the embedded cloud's IAM: which secret belongs to a key, and who may do what.

use std::fmt;

use http::StatusCode;
use s3s::{S3Error, S3Result};

use super::error;

/// Who may do what; implemented by the IAM of the embedded cloud.
pub trait Guard: Send + Sync + 'static {
    /// The secret of an access key; `None` when no such key was ever handed out.
    fn secret_key(&self, access_key: &str) -> Option<String>;

    /// Whether the request may go on. An expired or foreign session token is a denial too.
    fn authorise(&self, request: &AccessRequest<'_>) -> Result<(), Denial>;
}

/// One question to the [`Guard`].
pub struct AccessRequest<'a> {
    /// The key the request was signed with; `None` for an anonymous one.
    pub access_key: Option<&'a str>,
    /// The session token that came with it.
    pub session_token: Option<&'a str>,
    /// The IAM action, such as `s3:PutObject`.
    pub action: &'a str,
    /// The ARN, such as `arn:aws:s3:::bucket/key`.
    pub resource: &'a str,
    /// What conditions may ask about besides: key and value, such as `s3:prefix`.
    pub conditions: &'a [(&'static str, String)],
}

impl fmt::Debug for AccessRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessRequest")
            .field("access_key", &self.access_key)
            .field("session_token", &self.session_token.map(|_| "******"))
            .field("action", &self.action)
            .field("resource", &self.resource)
            .field("conditions", &self.conditions)
            .finish()
    }
}

/// Why a request is refused, as S3 answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The error code: `AccessDenied`, `ExpiredToken`, `InvalidToken`, …
    pub code: String,
    /// The text: `User: … is not authorized to perform: … on resource: …`.
    pub message: String,
    /// The HTTP status: 403 for a refusal, 400 for a bad token.
    pub status: StatusCode,
}

impl Denial {
    /// Whether the credentials are good and only the permission is missing.
    #[must_use]
    pub fn is_access_denied(&self) -> bool {
        self.code == "AccessDenied"
    }
}

impl From<Denial> for S3Error {
    fn from(denial: Denial) -> Self {
        error::error(&denial.code, denial.status, denial.message)
    }
}

/// Whose request this is; put among the request's extensions by the access check.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) access_key: Option<String>,
    pub(super) session_token: Option<String>,
    /// What of this request conditions may ask about.
    pub(super) conditions: Vec<(&'static str, String)>,
}

impl Caller {
    /// Asks the guard about one action on one resource.
    pub(super) fn ask(&self, guard: &dyn Guard, action: &str, resource: &str) -> Result<(), Denial> {
        guard.authorise(&AccessRequest {
            access_key: self.access_key.as_deref(),
            session_token: self.session_token.as_deref(),
            action,
            resource,
            conditions: &self.conditions,
        })
    }

    /// Like [`Caller::ask`], with the refusal as the answer to the whole request.
    pub(super) fn must(&self, guard: &dyn Guard, action: &str, resource: &str) -> S3Result<()> {
        Ok(self.ask(guard, action, resource)?)
    }
}

/// The ARN of a bucket, or of an object in it, in the partition of the bucket's region.
pub(super) fn arn(region: &str, bucket: &str, key: Option<&str>) -> String {
    let partition = match region {
        _ if region.starts_with("cn-") => "aws-cn",
        _ if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    match key {
        Some(key) => format!("arn:{partition}:s3:::{bucket}/{key}"),
        None => format!("arn:{partition}:s3:::{bucket}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_token_is_not_shown() {
        let request = AccessRequest {
            access_key: Some("ASIAEXAMPLE"),
            session_token: Some("very-secret"),
            action: "s3:PutObject",
            resource: "arn:aws:s3:::site/index.html",
            conditions: &[],
        };
        let shown = format!("{request:?}");
        assert!(shown.contains("******") && !shown.contains("very-secret"));
    }

    #[test]
    fn arns_follow_the_partition() {
        assert_eq!(arn("eu-west-1", "b", None), "arn:aws:s3:::b");
        assert_eq!(arn("cn-north-1", "b", Some("k")), "arn:aws-cn:s3:::b/k");
        assert_eq!(arn("us-gov-west-1", "b", None), "arn:aws-us-gov:s3:::b");
    }
}
