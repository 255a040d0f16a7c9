//! A value that STS does not take, and the variable that it came from.

use crate::failure::Failure;

/// How STS says that a request is not as it should be: the first is its own, the others are those of the protocol.
const CODES: [&str; 4] = ["ValidationError", "InvalidParameterValue", "MalformedInput", "MissingParameter"];

/// A parameter of a request.
struct Parameter {
    /// How STS calls it.
    member: &'static str,
    /// Other words by which it is known.
    also: &'static [&'static str],
    variable: &'static str,
    /// Reads on from "hint: ".
    advice: &'static str,
}

const NAME: Parameter = Parameter {
    member: "roleSessionName",
    also: &[],
    variable: "AWS_ROLE_SESSION_NAME",
    advice: "leave AWS_ROLE_SESSION_NAME out, and the session is named after the build",
};
const DURATION: Parameter = Parameter {
    member: "durationSeconds",
    also: &["DurationSeconds"],
    variable: "AWS_ROLE_DURATION_SECONDS",
    advice: "lower AWS_ROLE_DURATION_SECONDS, or leave it out: every role allows an hour",
};
const POLICY: Parameter = Parameter {
    member: "policy",
    also: &[],
    variable: "AWS_SESSION_POLICY",
    advice: crate::narrowing::MEND_POLICY,
};

/// What goes into the exchange of the step's token.
const OF_TOKEN: [Parameter; 5] = [
    Parameter {
        member: "roleArn",
        also: &["ARN"],
        variable: "AWS_OIDC_ROLE_ARN",
        advice: "copy the role's ARN from IAM > Roles into AWS_OIDC_ROLE_ARN; an STS knows only the roles of its own \
                 partition, and which STS is asked AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL can decide",
    },
    NAME,
    DURATION,
    POLICY,
    Parameter {
        member: "webIdentityToken",
        also: &[],
        variable: "BITBUCKET_STEP_OIDC_TOKEN",
        advice: "BITBUCKET_STEP_OIDC_TOKEN is set by `oidc: true` on the step; do not set or change it yourself",
    },
];

/// What goes into the request for a second role.
const OF_CHAIN: [Parameter; 5] = [
    Parameter {
        member: "roleArn",
        also: &["ARN"],
        variable: "AWS_CHAINED_ROLE_ARN",
        advice: "copy the role's ARN from IAM > Roles into AWS_CHAINED_ROLE_ARN; both roles of a chain must be of one \
                 partition",
    },
    NAME,
    DURATION,
    POLICY,
    Parameter {
        member: "externalId",
        also: &[],
        variable: "AWS_ROLE_EXTERNAL_ID",
        advice: "AWS_ROLE_EXTERNAL_ID must be what the role's owner gave out",
    },
];

/// What a person needs to mend it.
pub(crate) struct Rejection {
    /// A sentence without a full stop.
    pub(crate) cause: String,
    /// Reads on from "hint: ".
    pub(crate) advice: String,
}

/// Why the exchange of the token was not even looked at; `None` when the request was as it should be.
pub(crate) fn of_token(failure: &Failure) -> Option<Rejection> {
    judge(failure, &OF_TOKEN)
}

/// The same of the request for a second role.
pub(crate) fn of_chain(failure: &Failure) -> Option<Rejection> {
    judge(failure, &OF_CHAIN)
}

fn judge(failure: &Failure, parameters: &[Parameter]) -> Option<Rejection> {
    failure.code().filter(|code| CODES.contains(code))?;
    let words = failure.message().unwrap_or_default();
    let named = parameters.iter().find(|parameter| words.contains(&format!("at '{}'", parameter.member)));
    let named = named.or_else(|| {
        parameters.iter().find(|parameter| parameter.also.iter().any(|also| words.contains(also)))
    });
    Some(named.map_or_else(|| Rejection::of_any(parameters), Rejection::of))
}

impl Rejection {
    fn of(parameter: &Parameter) -> Self {
        Self {
            cause: format!("STS does not take the value of {}", parameter.variable),
            advice: parameter.advice.to_owned(),
        }
    }

    /// STS did not say which value, or not in words that are known.
    fn of_any(parameters: &[Parameter]) -> Self {
        let variables: Vec<_> = parameters.iter().map(|parameter| parameter.variable).collect();
        Self {
            cause: "STS did not come to judge the request, because it does not take one of its values"
                .to_owned(),
            advice: format!(
                "these go into the request, so check those that are set: {}",
                variables.join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first are the words of STS as public reports quote them; the last ones are made up.
    #[test]
    fn each_value_leads_to_its_variable() {
        for (words, of_token, of_chain) in [
            ("Request ARN is invalid", "AWS_OIDC_ROLE_ARN", "AWS_CHAINED_ROLE_ARN"),
            (
                "1 validation error detected: Value 'x' at 'roleArn' failed to satisfy constraint: Member must have length \
                 greater than or equal to 20",
                "AWS_OIDC_ROLE_ARN",
                "AWS_CHAINED_ROLE_ARN",
            ),
            (
                "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must \
                 satisfy regular expression pattern: [\\w+=,.@-]*",
                "AWS_ROLE_SESSION_NAME",
                "AWS_ROLE_SESSION_NAME",
            ),
            (
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
                "AWS_ROLE_DURATION_SECONDS",
                "AWS_ROLE_DURATION_SECONDS",
            ),
            (
                "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less \
                 than or equal to 2048",
                "AWS_SESSION_POLICY",
                "AWS_SESSION_POLICY",
            ),
            (
                "1 validation error detected: Value at 'webIdentityToken' failed …",
                "BITBUCKET_STEP_OIDC_TOKEN",
                "",
            ),
            ("1 validation error detected: Value 'x' at 'externalId' failed …", "", "AWS_ROLE_EXTERNAL_ID"),
            ("something else", "", ""),
        ] {
            let failure = Failure::answered(400, "ValidationError", words, "r1");
            for (rejection, variable, parameters) in [
                (super::of_token(&failure), of_token, OF_TOKEN),
                (super::of_chain(&failure), of_chain, OF_CHAIN),
            ] {
                let Rejection { cause, advice } = rejection.expect("it is one");
                if variable.is_empty() {
                    assert!(cause.contains("one of its values"), "{words}: {cause}");
                    assert!(
                        parameters.iter().all(|each| advice.contains(each.variable)),
                        "{words}: {advice}"
                    );
                } else {
                    assert_eq!(cause, format!("STS does not take the value of {variable}"), "{words}");
                }
            }
        }
    }

    #[test]
    fn a_verdict_on_the_token_is_none() {
        let failure = Failure::answered(403, "AccessDenied", "Request ARN is invalid", "r1");
        assert!(of_token(&failure).is_none() && of_chain(&failure).is_none());
    }
}
