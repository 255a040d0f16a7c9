//! What a run may call: the one source of its session policy and of the policy that a role needs.

use oidc_auth::Partition;
use oidc_auth::policy::Statement;

use crate::distribution_id::DistributionId;

/// What every run calls.
pub const CREATE_INVALIDATION: &str = "cloudfront:CreateInvalidation";

/// What a run calls that waits for the end.
pub const GET_INVALIDATION: &str = "cloudfront:GetInvalidation";

/// What a run calls that wants to know how a distribution is set up. It goes on without.
pub const GET_DISTRIBUTION_CONFIG: &str = "cloudfront:GetDistributionConfig";

/// What a run calls that wants to know whether copies are kept apart by query string. It goes on without.
pub const GET_CACHE_POLICY: &str = "cloudfront:GetCachePolicy";

/// What only some runs call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// With `WAIT`.
    pub wait: bool,
    /// With `PATHS: changed`, so that the distribution itself tells how viewers reach a page.
    pub setup: bool,
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
    let actions = [
        (CREATE_INVALIDATION, true),
        (GET_INVALIDATION, extras.wait),
        (GET_DISTRIBUTION_CONFIG, extras.setup),
    ];
    let actions: Vec<&str> =
        actions.into_iter().filter(|(_, is_called)| *is_called).map(|(action, _)| action).collect();
    let invalidate = Statement::allow(&actions, &arns).named("InvalidateDistributions");
    // Which policies a distribution has is not known before it is asked; AWS's own have the account in their ARNs too.
    let policies = format!("arn:{partition}:cloudfront::{account}:cache-policy/*");
    let read =
        extras.setup.then(|| Statement::allow(&[GET_CACHE_POLICY], &[&policies]).named("ReadCachePolicies"));
    std::iter::once(invalidate).chain(read).collect()
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
            let extras = Extras { wait, setup: false };
            assert_eq!(
                statements(&distributions, extras, Partition::Aws, "111122223333"),
                [Statement::allow(actions, &arns).named("InvalidateDistributions")]
            );
        }
        let extras = Extras { wait: false, setup: true };
        assert_eq!(
            statements(&distributions, extras, Partition::Aws, "111122223333"),
            [
                Statement::allow(
                    &["cloudfront:CreateInvalidation", "cloudfront:GetDistributionConfig"],
                    &arns
                )
                .named("InvalidateDistributions"),
                Statement::allow(
                    &["cloudfront:GetCachePolicy"],
                    &["arn:aws:cloudfront::111122223333:cache-policy/*"]
                )
                .named("ReadCachePolicies"),
            ]
        );
    }
}
