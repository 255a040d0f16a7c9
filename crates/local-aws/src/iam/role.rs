//! Roles: who may assume them, and what they may then do.

use std::time::Duration;

use oidc_auth::policy::PolicyDocument;

/// A role as its administrator describes it.
#[derive(Clone, Debug)]
pub struct Role {
    /// `arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME`.
    pub arn: String,
    /// Who may assume it, under which conditions.
    pub trust: PolicyDocument,
    /// What its sessions may do.
    pub permissions: Vec<PolicyDocument>,
    /// The longest session; IAM's own default is an hour.
    pub max_session: Duration,
}

/// A role and the id that IAM gave it.
#[derive(Clone, Debug)]
pub(crate) struct EnrolledRole {
    pub(crate) id: String,
    pub(crate) role: Role,
}

/// The parts of a role's ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoleArn<'a> {
    pub(crate) text: &'a str,
    pub(crate) partition: &'a str,
    pub(crate) account: &'a str,
    /// The name without its path.
    pub(crate) name: &'a str,
}

impl<'a> RoleArn<'a> {
    /// Reads an ARN; `None` when it is not one of a role.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam", "", account, resource] = parts[..] else {
            return None;
        };
        let name = resource.strip_prefix("role/")?.rsplit('/').next().filter(|name| !name.is_empty())?;
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        (is_account && !partition.is_empty()).then_some(Self { text, partition, account, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_roles() {
        for (text, expected) in [
            ("arn:aws:iam::123456789012:role/deploy", Some(("aws", "123456789012", "deploy"))),
            ("arn:aws-cn:iam::123456789012:role/ci/web/deploy", Some(("aws-cn", "123456789012", "deploy"))),
            ("arn:aws:iam::123456789012:user/deploy", None),
            ("arn:aws:sts::123456789012:assumed-role/deploy/x", None),
            ("arn:aws:iam::12345678901:role/deploy", None),
            ("arn:aws:iam::123456789012:role/", None),
            ("deploy", None),
            ("", None),
        ] {
            let parts = RoleArn::parse(text).map(|arn| (arn.partition, arn.account, arn.name));
            assert_eq!(parts, expected, "{text}");
        }
    }
}
