//! The ARN of the role that the step assumes.

use std::fmt;
use std::str::FromStr;

use crate::partition::Partition;

/// Digits of an AWS account number.
const ACCOUNT_LENGTH: usize = 12;
/// Longest role name (IAM quota).
const MAX_NAME_LENGTH: usize = 64;
/// Longest path, with its slashes (IAM quota).
const MAX_PATH_LENGTH: usize = 512;

/// `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`: a known partition, an account of twelve digits, a path of printable
/// ASCII that may be empty, and a name of 1 to 64 of `[\w+=,.@-]`.
///
/// ```
/// let role: oidc_auth::RoleArn = "arn:aws:iam::123456789012:role/ci/Deploy".parse().expect("a role");
/// assert_eq!((role.account(), role.name()), ("123456789012", "Deploy"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleArn {
    text: String,
    partition: Partition,
}

impl RoleArn {
    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The cloud it belongs to.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// The account it belongs to: twelve digits.
    #[must_use]
    pub fn account(&self) -> &str {
        self.text.split(':').nth(4).unwrap_or_default()
    }

    /// The name, without the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What is wrong with a role's ARN; reads on from the variable's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRoleArn {
    /// Not of the form of an ARN.
    #[error("must be the ARN of a role, such as arn:aws:iam::123456789012:role/Deploy")]
    NotAnArn,
    /// A partition AWS does not have.
    #[error("names the partition `{0}`, which AWS does not have: `aws`, `aws-cn` or `aws-us-gov` is meant")]
    Partition(String),
    /// The ARN of a session, as `aws sts get-caller-identity` prints it.
    #[error("is the ARN of a session of a role, not of the role itself")]
    Session,
    /// An ARN of another service.
    #[error("is an ARN of the service `{0}`, not of a role of iam")]
    Service(String),
    /// A region where none belongs.
    #[error("names the region `{0}`, but a role has none: write `iam::` with two colons")]
    Region(String),
    /// No account.
    #[error("lacks the account: twelve digits belong between `iam::` and `:role/`")]
    NoAccount,
    /// An account that is not twelve digits.
    #[error("has the account `{0}`, which is not twelve digits")]
    Account(String),
    /// Another kind of IAM resource.
    #[error("is the ARN of a {0}, not of a role")]
    NotARole(String),
    /// A path or name that IAM does not allow.
    #[error("has the role path or name `{0}`, which IAM does not allow")]
    Name(String),
}

impl FromStr for RoleArn {
    type Err = InvalidRoleArn;

    fn from_str(text: &str) -> Result<Self, InvalidRoleArn> {
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = fields[..] else {
            return Err(InvalidRoleArn::NotAnArn);
        };
        let known =
            Partition::from_name(partition).ok_or_else(|| InvalidRoleArn::Partition(partition.to_owned()))?;
        if service == "sts" && resource.starts_with("assumed-role/") {
            return Err(InvalidRoleArn::Session);
        }
        if service != "iam" {
            return Err(InvalidRoleArn::Service(service.to_owned()));
        }
        if !region.is_empty() {
            return Err(InvalidRoleArn::Region(region.to_owned()));
        }
        if account.is_empty() {
            return Err(InvalidRoleArn::NoAccount);
        }
        if account.len() != ACCOUNT_LENGTH || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidRoleArn::Account(account.to_owned()));
        }
        match resource.split_once('/') {
            Some(("role", name)) if is_path_and_name(name) => {
                Ok(Self { text: text.to_owned(), partition: known })
            }
            Some(("role", name)) => Err(InvalidRoleArn::Name(name.to_owned())),
            Some((kind, _)) => Err(InvalidRoleArn::NotARole(kind.to_owned())),
            None if resource == "role" => Err(InvalidRoleArn::Name(String::new())),
            None => Err(InvalidRoleArn::NotARole(resource.to_owned())),
        }
    }
}

fn is_path_and_name(text: &str) -> bool {
    let (path, name) = text.rsplit_once('/').unwrap_or(("", text));
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    // The path as IAM counts it begins and ends with a slash.
    (1..=MAX_NAME_LENGTH).contains(&name.len())
        && name.bytes().all(in_name)
        && path.len() + 2 <= MAX_PATH_LENGTH
        && path.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::{InvalidRoleArn, RoleArn};
    use crate::partition::Partition;

    #[test]
    fn roles_are_taken_apart() {
        for (text, partition, account, name) in [
            ("arn:aws:iam::123456789012:role/Deploy", Partition::Aws, "123456789012", "Deploy"),
            (
                "arn:aws:iam::000000000000:role/a/b/De.p+l=o,y@x-_",
                Partition::Aws,
                "000000000000",
                "De.p+l=o,y@x-_",
            ),
            ("arn:aws-cn:iam::123456789012:role/Deploy", Partition::China, "123456789012", "Deploy"),
            ("arn:aws-us-gov:iam::123456789012:role/ci/x", Partition::GovCloud, "123456789012", "x"),
        ] {
            let role: RoleArn = text.parse().expect(text);
            assert_eq!(role.to_string(), text);
            assert_eq!((role.partition(), role.account(), role.name()), (partition, account, name));
        }
    }

    #[test]
    fn everything_else_is_told_what_it_is() {
        use InvalidRoleArn as Invalid;
        for (text, expected) in [
            ("", Invalid::NotAnArn),
            ("Deploy", Invalid::NotAnArn),
            ("arn:aws:iam:123456789012:role/Deploy", Invalid::NotAnArn),
            ("urn:aws:iam::123456789012:role/Deploy", Invalid::NotAnArn),
            ("arn:amazon:iam::123456789012:role/D", Invalid::Partition("amazon".into())),
            ("arn:aws:sts::123456789012:assumed-role/D/s", Invalid::Session),
            ("arn:aws:s3:::bucket", Invalid::Service("s3".into())),
            ("arn:aws:iam:us-east-1:123456789012:role/D", Invalid::Region("us-east-1".into())),
            ("arn:aws:iam:::role/Deploy", Invalid::NoAccount),
            ("arn:aws:iam::1234:role/Deploy", Invalid::Account("1234".into())),
            ("arn:aws:iam::12345678901x:role/Deploy", Invalid::Account("12345678901x".into())),
            ("arn:aws:iam::123456789012:user/me", Invalid::NotARole("user".into())),
            ("arn:aws:iam::123456789012:root", Invalid::NotARole("root".into())),
            ("arn:aws:iam::123456789012:role", Invalid::Name(String::new())),
            ("arn:aws:iam::123456789012:role/", Invalid::Name(String::new())),
            ("arn:aws:iam::123456789012:role/a/", Invalid::Name("a/".into())),
            ("arn:aws:iam::123456789012:role/De ploy", Invalid::Name("De ploy".into())),
            ("arn:aws:iam::123456789012:role/Déploy", Invalid::Name("Déploy".into())),
        ] {
            assert_eq!(text.parse::<RoleArn>(), Err(expected), "{text}");
        }
        let long = format!("arn:aws:iam::123456789012:role/{}", "x".repeat(65));
        assert!(matches!(long.parse::<RoleArn>(), Err(Invalid::Name(_))));
    }
}
