//! What a run may call: the one source of its session policy and of the policy that a role needs.

use oidc_auth::policy::Statement;
use oidc_auth::{Partition, RoleArn, Scope};

use crate::distribution_id::DistributionId;

/// What every run calls.
pub const CREATE_INVALIDATION: &str = "cloudfront:CreateInvalidation";

/// What a run calls that waits for the end.
pub const GET_INVALIDATION: &str = "cloudfront:GetInvalidation";

/// Why each statement is there, by its name.
pub const REASONS: [(&str, &str); 1] = [(
    "InvalidateDistributions",
    "Asks for invalidations of these distributions and, with WAIT, how far they are.",
)];

/// What only some runs call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// With `WAIT`.
    pub wait: bool,
}

/// What invalidating these distributions needs to be allowed; `account` owns the distributions, `*` where it is not known.
#[must_use]
pub fn statements(
    distributions: &[DistributionId],
    extras: Extras,
    partition: Partition,
    account: &str,
) -> Vec<Statement> {
    let arns: Vec<String> =
        distributions.iter().map(|distribution| arn(partition, account, distribution)).collect();
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    let actions: &[&str] =
        if extras.wait { &[CREATE_INVALIDATION, GET_INVALIDATION] } else { &[CREATE_INVALIDATION] };
    vec![Statement::allow(actions, &arns).named("InvalidateDistributions")]
}

/// What a run may call as `role`, for the session policy: the distributions are those of its own account.
#[must_use]
pub fn scope(distributions: &[DistributionId], extras: Extras, role: &RoleArn) -> Scope {
    Scope::Statements(statements(distributions, extras, role.partition(), role.account()))
}

/// A distribution's ARN. CloudFront is global, so it has no region.
#[must_use]
pub fn arn(partition: Partition, account: &str, distribution: &DistributionId) -> String {
    format!("arn:{partition}:cloudfront::{account}:distribution/{distribution}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_may_invalidate_its_distributions_and_nothing_else() {
        let distributions = ["E1", "E2"].map(|id| id.parse().expect("an id"));
        let arns = [
            "arn:aws:cloudfront::111122223333:distribution/E1",
            "arn:aws:cloudfront::111122223333:distribution/E2",
        ];
        for (wait, actions) in [
            (false, &["cloudfront:CreateInvalidation"][..]),
            (true, &["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"]),
        ] {
            assert_eq!(
                statements(&distributions, Extras { wait }, Partition::Aws, "111122223333"),
                [Statement::allow(actions, &arns).named("InvalidateDistributions")]
            );
        }
    }
}
