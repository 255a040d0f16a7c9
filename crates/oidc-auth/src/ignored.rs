//! Variables that are given and have no effect on the chosen way to AWS.

use crate::decision::{Decision, Notice};
use crate::variables::Variables;

/// A line for each of them.
pub(crate) fn notices(variables: &Variables, decision: &Decision<'_>) -> Vec<Notice> {
    const NO_ROLE: &str = "no role is assumed, so the keys are used as they are";
    const NO_TOKEN: &str = "it is compared with the step's token, and this run uses keys";
    let uses_keys = matches!(decision, Decision::Keys { .. });
    let has_no_role = uses_keys && variables.aws_chained_role_arn.is_none();
    let all = [
        ("AWS_ROLE_SESSION_NAME", &variables.aws_role_session_name, has_no_role, NO_ROLE),
        ("AWS_ROLE_DURATION_SECONDS", &variables.aws_role_duration_seconds, has_no_role, NO_ROLE),
        ("AWS_TRUST_POLICY_FILE", &variables.aws_trust_policy_file, uses_keys, NO_TOKEN),
    ];
    all.into_iter()
        .filter(|(_, value, is_ignored, _)| value.is_some() && *is_ignored)
        .map(|(name, _, _, reason)| Notice::info(format!("{name} has no effect: {reason}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_a_role_has_no_effect_with_keys_alone() {
        let given = || Some("x".to_owned());
        let variables = Variables {
            aws_role_session_name: given(),
            aws_role_duration_seconds: given(),
            aws_trust_policy_file: given(),
            ..Variables::default()
        };
        let chained = Variables { aws_chained_role_arn: given(), ..variables.clone() };
        let keys = Decision::Keys { id: "i", secret: "s", session: None, token_was_missing: false };
        let token = Decision::Oidc { role: "r", token: "t" };
        for (variables, decision, names) in [
            (
                &variables,
                &keys,
                &["AWS_ROLE_SESSION_NAME", "AWS_ROLE_DURATION_SECONDS", "AWS_TRUST_POLICY_FILE"][..],
            ),
            (&chained, &keys, &["AWS_TRUST_POLICY_FILE"]),
            (&variables, &token, &[]),
            (&Variables::default(), &keys, &[]),
        ] {
            let notices = notices(variables, decision);
            let found: Vec<&str> =
                notices.iter().filter_map(|notice| notice.text.split(' ').next()).collect();
            assert_eq!(found, names);
        }
    }
}
