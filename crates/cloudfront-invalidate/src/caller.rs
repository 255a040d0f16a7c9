//! Whom CloudFront sees: what a message needs to name an ARN that the reader can copy.

use oidc_auth::Partition;

use crate::distribution_id::DistributionId;
use crate::permissions;

/// The account and partition of the credentials, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    account: Option<String>,
    partition: Partition,
}

impl Caller {
    /// `principal` is the ARN of the assumed role.
    #[must_use]
    pub fn new(principal: Option<&str>, partition: Partition) -> Self {
        Self { account: principal.and_then(account), partition }
    }

    /// The account, if need be as a text of AWS mentions it.
    #[must_use]
    pub fn account(&self, text: &str) -> Option<String> {
        let mentioned = || text.match_indices("arn:").find_map(|(place, _)| account(&text[place..]));
        self.account.clone().or_else(mentioned)
    }

    /// The distribution's ARN; an account that is not known appears as `ACCOUNT`.
    #[must_use]
    pub fn arn(&self, distribution: &DistributionId, text: &str) -> String {
        let account = self.account(text);
        let account = account.as_deref().unwrap_or("ACCOUNT");
        permissions::arn(self.partition, account, distribution)
    }
}

/// The account in an ARN: its fifth field, twelve digits.
fn account(arn: &str) -> Option<String> {
    let account = arn.split(':').nth(4)?;
    let valid = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| account.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_comes_from_the_role_else_from_the_text_of_aws() {
        let role = "arn:aws:sts::111122223333:assumed-role/deploy/build";
        let text = "User: arn:aws:iam::444455556666:user/ci is not authorized to perform: …";
        let nobody = "arn:aws:s3:::bucket";
        for (principal, text, account) in [
            (Some(role), text, Some("111122223333")),
            (None, text, Some("444455556666")),
            (Some("root"), text, Some("444455556666")),
            (None, nobody, None),
            (None, "", None),
        ] {
            assert_eq!(
                Caller::new(principal, Partition::Aws).account(text).as_deref(),
                account,
                "{principal:?} {text}"
            );
        }
    }

    #[test]
    fn an_arn_can_be_copied() {
        let id = "E1".parse().expect("an id");
        assert_eq!(
            Caller::new(None, Partition::Aws).arn(&id, ""),
            "arn:aws:cloudfront::ACCOUNT:distribution/E1"
        );
        let caller = Caller::new(Some("arn:aws-cn:sts::111122223333:assumed-role/a/b"), Partition::China);
        assert_eq!(caller.arn(&id, ""), "arn:aws-cn:cloudfront::111122223333:distribution/E1");
    }
}
