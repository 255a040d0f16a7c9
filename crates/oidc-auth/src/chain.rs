//! Why the second role of a chain was not assumed.

use std::fmt;

use crate::failure::Failure;
use crate::narrowing::{self, MEND_POLICY};
use crate::rejection::{self, Rejection};
use crate::role::RoleArn;

/// A verdict of STS against assuming one role with the credentials of another, or of a user.
#[derive(Clone, Debug)]
pub struct ChainRefusal {
    /// The role that was asked for.
    pub role: RoleArn,
    /// The role whose session asked, with its path, which the session's ARN does not have; `None` for static keys.
    pub caller: Option<RoleArn>,
    /// Whether `AWS_ROLE_EXTERNAL_ID` was sent along.
    pub has_external_id: bool,
    /// What STS said.
    pub failure: Failure,
}

impl fmt::Display for ChainRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, caller, has_external_id, failure } = self;
        let caller = caller.as_ref().map_or("the owner of AWS_ACCESS_KEY_ID", RoleArn::as_str);
        write!(f, "STS refused to let {caller} assume {role} (AWS_CHAINED_ROLE_ARN)\n{failure}")?;
        match failure.code() {
            Some("AccessDenied") => {}
            Some(code) if narrowing::is_about_policy(code) => return write!(f, "\nhint: {MEND_POLICY}"),
            _ => {
                return match rejection::of_chain(failure) {
                    Some(Rejection { cause, advice }) => write!(f, "\ncause: {cause}\nhint: {advice}"),
                    None => Ok(()),
                };
            }
        }
        let external_id = if *has_external_id {
            "the trust policy's sts:ExternalId must be AWS_ROLE_EXTERNAL_ID, if it asks for one"
        } else {
            "a trust policy with a condition on sts:ExternalId needs AWS_ROLE_EXTERNAL_ID"
        };
        write!(
            f,
            "\nhint: the trust policy of {role} must allow sts:AssumeRole to {caller}, and the policies of that one must \
             allow sts:AssumeRole on {role}; {external_id}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_the_chain_are_named() {
        let refusal = |caller: Option<&str>, has_external_id| {
            let role = "arn:aws:iam::444455556666:role/Target".parse().expect("a role");
            let failure = Failure::answered(403, "AccessDenied", "User: … is not authorized", "r1");
            let caller = caller.map(|caller| caller.parse().expect("a role"));
            ChainRefusal { role, caller, has_external_id, failure }.to_string()
        };
        let text = refusal(Some("arn:aws:iam::111122223333:role/ci/Deploy"), false);
        for words in [
            "let arn:aws:iam::111122223333:role/ci/Deploy assume arn:aws:iam::444455556666:role/Target",
            "\nAccessDenied: User: … is not authorized (request id r1)\nhint: ",
            "must allow sts:AssumeRole to arn:aws:iam::111122223333:role/ci/Deploy,",
            "needs AWS_ROLE_EXTERNAL_ID",
        ] {
            assert!(text.contains(words), "{text}");
        }
        let text = refusal(None, true);
        assert!(text.contains("let the owner of AWS_ACCESS_KEY_ID assume"), "{text}");
        assert!(text.contains("must be AWS_ROLE_EXTERNAL_ID"), "{text}");
    }

    #[test]
    fn a_value_that_sts_does_not_take_is_told_with_its_variable() {
        let role = "arn:aws:iam::444455556666:role/Target".parse().expect("a role");
        let failure = Failure::answered(400, "ValidationError", "Request ARN is invalid", "r1");
        let text = ChainRefusal { role, caller: None, has_external_id: false, failure }.to_string();
        assert!(
            text.contains("\ncause: STS does not take the value of AWS_CHAINED_ROLE_ARN\nhint: copy"),
            "{text}"
        );
    }
}
