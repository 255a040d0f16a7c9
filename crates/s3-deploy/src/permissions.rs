//! What a run may call: the one source of what a role needs, for hints, for policies and for the embedded cloud.

use oidc_auth::policy::Statement;

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
/// Gives back the parts of an upload that did not come to its end.
pub(crate) const ABORT: &str = "s3:AbortMultipartUpload";
/// Deletes an object.
pub(crate) const DELETE: &str = "s3:DeleteObject";

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
    let mut actions = vec![PUT, GET, ABORT];
    actions.extend(extras.acl.then_some(PUT_ACL));
    actions.extend(extras.delete.then_some(DELETE));
    vec![
        Statement::allow(&[LIST], &[&target.bucket.arn(partition)]).named("ListTheBucket"),
        Statement::allow(&actions, &[&objects(target, partition)]).named("DeployTheObjects"),
    ]
}

/// The objects a deploy is responsible for, as the resource of a statement.
#[must_use]
pub fn objects(target: &Target, partition: &str) -> String {
    format!("{}/{}*", target.bucket.object_arn(partition), target.prefix.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deploy_may_touch_its_prefix_and_nothing_else() {
        let target: Target = "site/foo".parse().expect("a target");
        assert_eq!(
            statements(&target, Extras { acl: false, delete: true }, "aws"),
            [
                Statement::allow(&["s3:ListBucket"], &["arn:aws:s3:::site"]).named("ListTheBucket"),
                Statement::allow(
                    &["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload", "s3:DeleteObject"],
                    &["arn:aws:s3:::site/foo/*"],
                )
                .named("DeployTheObjects"),
            ]
        );
    }
}
