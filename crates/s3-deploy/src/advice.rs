//! What to do about a refusal: hints in the user's terms.

use oidc_auth::Failure;

use crate::permissions::{DELETE, LIST, PUT, PUT_ACL, objects};
use crate::target::Target;

/// What was asked of S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A listing of the bucket.
    List,
    /// An upload.
    Upload,
    /// A closer look at one object.
    Look,
    /// A deletion.
    Delete,
}

/// The way out of a failure, where one is known.
pub(crate) fn hint(asked: Asked, failure: &Failure, target: &Target, partition: &str) -> Option<String> {
    if failure.is_credentials() {
        return Some(RUN_OUT.to_owned());
    }
    let by_code = failure.code().and_then(|code| by_code(asked, code, target, partition));
    by_code.or_else(|| by_kind(asked, failure).map(str::to_owned))
}

/// What helps against failures of this kind, whatever their code.
fn by_kind(asked: Asked, failure: &Failure) -> Option<&'static str> {
    match failure.status() {
        _ if failure.is_unreadable() => Some(GARBLED),
        None if failure.code().is_none() => Some(UNREACHABLE),
        _ if failure.is_throttling() => Some(THROTTLED),
        None | Some(500..=599) => Some(TROUBLE),
        // Uploads and deletions say themselves that the step can be run again.
        Some(_) => matches!(asked, Asked::List | Asked::Look).then_some(AGAIN),
    }
}

/// The credentials' time was over, and STS gave no others.
const RUN_OUT: &str = "the role's credentials ran out before the end, and the step's token, which is good for about an \
                       hour, brings no others: set AWS_ROLE_DURATION_SECONDS to more than the deploy takes, up to the \
                       role's maximum session duration";

/// Something is between the step and S3, or takes its place.
const GARBLED: &str = "whatever answered is not S3, or something on the way changes replies: check HTTPS_PROXY, and \
                       AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_S3 if set; if none is, run the step again";

/// S3 asked for less until nothing was left to try.
const THROTTLED: &str = "S3 asks for fewer requests: run the step again when less is going on in the bucket";

/// The fault is not the step's.
const TROUBLE: &str = "the trouble is on the side of S3, not of the pipeline: run the step again";

/// Nothing is known of it.
const AGAIN: &str = "nothing was written: run the step again, with `DEBUG: 'true'` to see each request";

/// Nothing answered: the ways to S3 that a step can have.
const UNREACHABLE: &str = "S3 could not be reached: check the step's network, HTTPS_PROXY and NO_PROXY, AWS_CA_BUNDLE, \
                           AWS_DEFAULT_REGION, and AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_S3 if set";

fn by_code(asked: Asked, code: &str, target: &Target, partition: &str) -> Option<String> {
    let bucket = &target.bucket;
    let objects = objects(target, partition);
    Some(match code {
        "NoSuchBucket" => format!("S3_BUCKET names `{bucket}`: create that bucket, or mend the name"),
        "AccessDenied" | "AllAccessDisabled" => match asked {
            Asked::List => format!("allow the role or user `{LIST}` on `{}`", bucket.arn(partition)),
            Asked::Upload => format!(
                "allow the role or user `{PUT}` on `{objects}` (and `{PUT_ACL}` when ACL is set, \
                 and its KMS key when the bucket has one)"
            ),
            Asked::Look => return None,
            Asked::Delete => format!("allow the role or user `{DELETE}` on `{objects}`, or leave DELETE_FLAG out"),
        },
        "AccessControlListNotSupported" => {
            "the bucket has ACLs disabled, as new buckets have: leave ACL out, --acl and --grants too, and make objects \
             public, if they must be, by the bucket's policy"
                .to_owned()
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            "the credentials ran out before the end: ask for longer ones with AWS_ROLE_DURATION_SECONDS".to_owned()
        }
        "PermanentRedirect" | "TemporaryRedirect" => {
            "S3 names another region than the one it was asked in: leave AWS_DEFAULT_REGION out, so that the bucket is asked \
             where it is; after a move of the bucket, run the step again in a few minutes"
                .to_owned()
        }
        "RequestTimeTooSkewed" => {
            "the clock of the machine that runs the step is wrong: set it, on a runner of your own with NTP".to_owned()
        }
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" => {
            "AWS does not accept the keys: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use `oidc: true` with \
             AWS_OIDC_ROLE_ARN"
                .to_owned()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_permission_and_the_resource() {
        let target: Target = "site/foo".parse().expect("a target");
        for (asked, code, words) in [
            (Asked::List, "AccessDenied", "`s3:ListBucket` on `arn:aws:s3:::site`"),
            (Asked::Upload, "AccessDenied", "`s3:PutObject` on `arn:aws:s3:::site/foo/*`"),
            (Asked::Delete, "AccessDenied", "`s3:DeleteObject` on `arn:aws:s3:::site/foo/*`"),
            (Asked::List, "NoSuchBucket", "S3_BUCKET names `site`"),
            (Asked::Upload, "AccessControlListNotSupported", "leave ACL out"),
            (Asked::Upload, "ExpiredToken", "AWS_ROLE_DURATION_SECONDS"),
        ] {
            let hint = by_code(asked, code, &target, "aws").expect(code);
            assert!(hint.contains(words), "{hint}");
        }
        let silence = Failure::reported(Some("InternalError"), None);
        assert_eq!(hint(Asked::List, &silence, &target, "aws").as_deref(), Some(TROUBLE));
        let silence = Failure::unsent("connection refused");
        assert_eq!(hint(Asked::List, &silence, &target, "aws").as_deref(), Some(UNREACHABLE));
    }
}
