//! What a run may call: the one source of what a role needs, for hints, for policies and for the embedded cloud.

use oidc_auth::policy::{Statement, literal};

use crate::target::Target;

/// Lists the bucket, and asks it for its region.
pub(crate) const LIST: &str = "s3:ListBucket";
/// Uploads an object, in one piece or in parts, or copies it onto itself.
pub(crate) const PUT: &str = "s3:PutObject";
/// Sends an ACL with an upload or a copy.
pub(crate) const PUT_ACL: &str = "s3:PutObjectAcl";
/// Reads the record, looks at an object's checksum and headers, and copies it onto itself; optional: without it more is
/// uploaded, and headers of unchanged bytes stay as they are.
pub(crate) const GET: &str = "s3:GetObject";
/// Reads the tags that a copy onto itself keeps; without it the headers of objects with tags stay as they are.
pub(crate) const GET_TAGGING: &str = "s3:GetObjectTagging";
/// Writes them with the copy.
pub(crate) const PUT_TAGGING: &str = "s3:PutObjectTagging";
/// Gives back the parts of an upload that did not come to its end.
pub(crate) const ABORT: &str = "s3:AbortMultipartUpload";
/// Deletes an object.
pub(crate) const DELETE: &str = "s3:DeleteObject";
/// Opens the session of a directory bucket, which allows everything else there.
pub(crate) const CREATE_SESSION: &str = "s3express:CreateSession";
/// Reads what S3 has encrypted with a KMS key: parts of an upload, the deploy record, checksums.
pub(crate) const DECRYPT: &str = "kms:Decrypt";
/// Encrypts with a KMS key, be it named or the bucket's own.
pub(crate) const GENERATE_KEY: &str = "kms:GenerateDataKey";

/// Why each statement is there, by its name.
pub const REASONS: [(&str, &str); 3] = [
    (
        "ListTheBucket",
        "Compares the folder with the bucket, and finds the bucket's region. It is the whole bucket, because S3 tells \
         a missing object from a forbidden one only to those who may list.",
    ),
    (
        "DeployTheObjects",
        "Writes, reads and deletes below the prefix and nowhere else. Only writing is necessary; what else is refused \
         costs time, or leaves parts of failed uploads behind.",
    ),
    (
        "EncryptThroughS3",
        "For buckets that encrypt with a KMS key: only through S3, and so only for these objects. A key's own policy \
         still decides.",
    ),
];

/// What a configuration does beyond uploading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// `ACL` is set.
    pub acl: bool,
    /// `DELETE_FLAG` is on.
    pub delete: bool,
}

/// What a deploy to `target` calls, the optional calls included.
#[must_use]
pub fn statements(target: &Target, extras: Extras, partition: &str) -> Vec<Statement> {
    let mut actions = vec![PUT, GET, GET_TAGGING, PUT_TAGGING, ABORT];
    actions.extend(extras.acl.then_some(PUT_ACL));
    actions.extend(extras.delete.then_some(DELETE));
    vec![
        Statement::allow(&[LIST], &[&target.bucket.arn(partition)]).named("ListTheBucket"),
        Statement::allow(&actions, &[&objects(target, partition)]).named("DeployTheObjects"),
        encryption(partition),
    ]
}

/// Which key a bucket or an object is encrypted with is known to S3 alone, so it is any key, but through S3. That is
/// `s3.REGION.amazonaws.com` in the commercial cloud; what follows the region in China is not documented, so nothing is
/// said of it. KMS itself sets the value, so that no one else can claim to be S3.
fn encryption(partition: &str) -> Statement {
    Statement::allow(&[GENERATE_KEY, DECRYPT], &[&format!("arn:{partition}:kms:*:*:key/*")])
        .named("EncryptThroughS3")
        .when("StringLike", "kms:ViaService", &["s3.*"])
}

/// The objects a deploy is responsible for, as the resource of a statement.
#[must_use]
pub fn objects(target: &Target, partition: &str) -> String {
    format!("{}/{}*", target.bucket.object_arn(partition), literal(target.prefix.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deploy_may_touch_its_prefix_and_nothing_else() {
        let target: Target = "site/foo".parse().expect("a target");
        let statements = statements(&target, Extras { acl: true, delete: true }, "aws-cn");
        let found: Vec<String> =
            statements.iter().map(|statement| serde_json::to_string(statement).expect("JSON")).collect();
        assert_eq!(
            found,
            [
                r#"{"Sid":"ListTheBucket","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws-cn:s3:::site"}"#,
                r#"{"Sid":"DeployTheObjects","Effect":"Allow","Action":["s3:PutObject","s3:GetObject","s3:GetObjectTagging","s3:PutObjectTagging","s3:AbortMultipartUpload","s3:PutObjectAcl","s3:DeleteObject"],"Resource":"arn:aws-cn:s3:::site/foo/*"}"#,
                r#"{"Sid":"EncryptThroughS3","Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"arn:aws-cn:kms:*:*:key/*","Condition":{"StringLike":{"kms:ViaService":"s3.*"}}}"#,
            ]
        );
        let named: Vec<_> = statements.iter().filter_map(|statement| statement.sid.as_deref()).collect();
        assert_eq!(named, REASONS.map(|(name, _)| name));
    }

    #[test]
    fn a_prefix_stands_for_itself() {
        for (target, expected) in [
            ("site", "arn:aws:s3:::site/*"),
            ("site/docs", "arn:aws:s3:::site/docs/*"),
            ("site/a*b", "arn:aws:s3:::site/a${*}b/*"),
            ("site/really?", "arn:aws:s3:::site/really${?}/*"),
            ("site/${aws:userid}", "arn:aws:s3:::site/${$}{aws:userid}/*"),
        ] {
            assert_eq!(objects(&target.parse().expect(target), "aws"), expected);
        }
    }

    #[test]
    fn what_is_not_asked_for_is_not_allowed() {
        let target: Target = "site".parse().expect("a target");
        let [_, objects, _] = &statements(&target, Extras::default(), "aws")[..] else {
            unreachable!("three")
        };
        let allowed = objects.action.as_slice();
        assert!(!allowed.iter().any(|action| action == DELETE || action == PUT_ACL), "{allowed:?}");
    }
}
