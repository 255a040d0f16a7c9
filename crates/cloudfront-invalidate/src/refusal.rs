//! Why CloudFront did not do what it was asked for, what the reader can do, and whether waiting helps.

use std::fmt;

use bitbucket_pipe::text;

use crate::caller::Caller;
use crate::distribution_id::DistributionId;

/// CloudFront's refusal of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    text: String,
    hint: Option<String>,
    wait: Option<Wait>,
    fault: Option<BatchFault>,
}

/// What is the matter with a batch itself, so that another may be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BatchFault {
    /// Its caller reference was used before, for other paths.
    Repeated,
    /// CloudFront does not take what is in it.
    Content,
}

/// What passes by itself, so that the same request may be accepted later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The distribution has as many invalidations in progress as it may have.
    TooManyInProgress,
    /// The account sends too many requests.
    Throttled,
    /// CloudFront itself is in trouble.
    Unavailable,
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooManyInProgress => "too many of its invalidations are still in progress",
            Self::Throttled => "CloudFront asks for fewer requests",
            Self::Unavailable => "CloudFront has trouble of its own",
        })
    }
}

impl Refusal {
    /// Explains a failure of the API; `action` is the permission that the request needs.
    #[must_use]
    pub fn new(
        failure: &oidc_auth::Failure,
        action: &str,
        distribution: &DistributionId,
        caller: &Caller,
    ) -> Self {
        let text = failure.to_string();
        if failure.is_credentials() {
            let hint = "the role's credentials ran out while the pipe was waiting, and so has the step's token: \
                        run the pipe in a step of its own";
            return Self::hinted(text, hint);
        }
        if failure.status().is_none() {
            let hint = "check AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_CLOUDFRONT, HTTPS_PROXY and AWS_CA_BUNDLE, \
                        whichever are set";
            return Self::hinted(format!("CloudFront: {text}"), hint);
        }
        if failure.is_unreadable() {
            // Asked again under the same reference, nothing is made twice.
            let hint = "look for a proxy that changes replies; if there is none, run the step again";
            return Self { wait: Some(Wait::Unavailable), ..Self::hinted(text, hint) };
        }
        let wait = wait(failure.code(), failure.status(), failure.is_throttling());
        let hint = hint(failure.code(), &text, action, distribution, caller);
        Self { hint, wait, fault: batch_fault(failure.code(), &text), text }
    }

    /// A reply without an invalidation in it.
    #[must_use]
    pub fn unreadable() -> Self {
        let text = "CloudFront's reply does not name the invalidation".to_owned();
        Self::hinted(text, "look for a proxy that changes replies")
    }

    /// A request that was not answered in the time that it was given.
    #[must_use]
    pub fn silent(seconds: u64) -> Self {
        let time = text::plural(seconds, "second");
        let refusal = Self::hinted(
            format!("CloudFront: no answer within {time}"),
            "run the step again: what was asked for with `PATHS: changed` is never paid twice; to wait longer, raise \
             WAIT_TIMEOUT",
        );
        Self { wait: Some(Wait::Unavailable), ..refusal }
    }

    /// An invalidation that was not seen to complete in the time that it was given, and why it could not be looked at last.
    #[must_use]
    pub fn overdue(seconds: u64, unsaid: Option<&Self>) -> Self {
        let time = text::plural(seconds, "second");
        Self::hinted(
            match unsaid {
                Some(refusal) => format!("not seen to complete within {time}: {}", refusal.text),
                None => format!("not completed within {time}"),
            },
            "CloudFront goes on with it, and nothing has to be sent again; to wait longer, raise WAIT_TIMEOUT",
        )
    }

    /// The same after waiting for so long was in vain.
    #[must_use]
    pub fn given_up(self, seconds: u64) -> Self {
        let more = "to wait longer, raise WAIT_TIMEOUT";
        let hint = self.hint.map_or_else(|| more.to_owned(), |hint| format!("{hint}; {more}"));
        let time = text::plural(seconds, "second");
        Self { text: format!("{}, not accepted within {time}", self.text), hint: Some(hint), ..self }
    }

    fn hinted(text: String, hint: &str) -> Self {
        Self { text, hint: Some(hint.to_owned()), wait: None, fault: None }
    }

    /// Whether the batch was accepted before under the same reference, with other paths.
    #[must_use]
    pub fn is_repetition(&self) -> bool {
        self.fault == Some(BatchFault::Repeated)
    }

    /// Whether it is the batch that CloudFront does not take, so that others may be accepted.
    #[must_use]
    pub fn is_about_the_batch(&self) -> bool {
        self.fault.is_some()
    }

    /// What has to pass before it is worth asking again; `None` when asking again cannot help.
    #[must_use]
    pub fn wait(&self) -> Option<Wait> {
        self.wait
    }

    /// AWS's code, words and request id, without the hint.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

impl std::error::Error for Refusal {}

fn wait(code: Option<&str>, status: Option<u16>, throttled: bool) -> Option<Wait> {
    match (code, status) {
        (Some("TooManyInvalidationsInProgress"), _) => Some(Wait::TooManyInProgress),
        _ if throttled => Some(Wait::Throttled),
        (_, Some(500..=599)) => Some(Wait::Unavailable),
        _ => None,
    }
}

/// Where a reference was used before, the service model names a code of its own; older replies were `InvalidArgument`
/// with the same sentence.
fn batch_fault(code: Option<&str>, text: &str) -> Option<BatchFault> {
    match code? {
        "InvalidationBatchAlreadyExists" => Some(BatchFault::Repeated),
        "InvalidArgument" if text.contains("caller reference") && text.contains("used") => {
            Some(BatchFault::Repeated)
        }
        "InvalidArgument" | "BatchTooLarge" => Some(BatchFault::Content),
        _ => None,
    }
}

fn hint(
    code: Option<&str>,
    text: &str,
    action: &str,
    distribution: &DistributionId,
    caller: &Caller,
) -> Option<String> {
    Some(match code? {
        "NoSuchDistribution" => {
            let account =
                caller.account(text).map(|account| format!(" (account {account})")).unwrap_or_default();
            format!(
                "check DISTRIBUTION_ID `{distribution}`, and that the credentials{account} \
                 belong to the account that owns the distribution"
            )
        }
        "AccessDenied" | "AccessDeniedException" if text.contains("explicit deny") => format!(
            "a policy denies {action} on {} explicitly, which no other policy can outweigh: \
             look at the role's policies, its permissions boundary and the organisation's policies",
            caller.arn(distribution, text)
        ),
        "AccessDenied" | "AccessDeniedException" => {
            format!("allow the role or user the permission {action} on {}", caller.arn(distribution, text))
        }
        "InvalidClientTokenId" | "UnrecognizedClientException" => {
            "check AWS_ACCESS_KEY_ID; temporary keys also need their AWS_SESSION_TOKEN".to_owned()
        }
        "SignatureDoesNotMatch" => {
            "check AWS_SECRET_ACCESS_KEY: it does not belong to AWS_ACCESS_KEY_ID".to_owned()
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            "the temporary credentials have expired: get new ones, or use AWS_OIDC_ROLE_ARN with `oidc: true`"
                .to_owned()
        }
        "TooManyInvalidationsInProgress" => {
            "other builds invalidate the same distribution: let them finish, or use fewer wildcards"
                .to_owned()
        }
        "RequestTimeTooSkewed" => {
            "the clock of the machine that runs the step is wrong: on a runner of your own, set it with NTP".to_owned()
        }
        _ => "run the step again, with `DEBUG: 'true'` to see each request; AWS's support asks for the request id"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use oidc_auth::Partition;

    use super::*;

    #[test]
    fn what_passes_by_itself_is_waited_for() {
        for (code, status, throttled, expected) in [
            (Some("TooManyInvalidationsInProgress"), Some(400), false, Some(Wait::TooManyInProgress)),
            (Some("Throttling"), Some(400), true, Some(Wait::Throttled)),
            (None, Some(429), true, Some(Wait::Throttled)),
            (Some("ServiceUnavailable"), Some(503), false, Some(Wait::Unavailable)),
            (None, Some(500), false, Some(Wait::Unavailable)),
            (Some("AccessDenied"), Some(403), false, None),
            (Some("NoSuchDistribution"), Some(404), false, None),
            (Some("BatchTooLarge"), Some(413), false, None),
            (None, None, false, None),
        ] {
            assert_eq!(wait(code, status, throttled), expected, "{code:?} {status:?}");
        }
    }

    #[test]
    fn a_batch_may_be_at_fault_itself() {
        let used = "Your request contains a caller reference that was used for a previous invalidation batch for the \
                    same distribution.";
        for (code, text, expected) in [
            ("InvalidationBatchAlreadyExists", "", Some(BatchFault::Repeated)),
            ("InvalidArgument", used, Some(BatchFault::Repeated)),
            ("InvalidArgument", "one or more invalid invalidation paths", Some(BatchFault::Content)),
            ("BatchTooLarge", "", Some(BatchFault::Content)),
            ("AccessDenied", used, None),
        ] {
            assert_eq!(batch_fault(Some(code), text), expected, "{code} {text}");
        }
    }

    #[test]
    fn hints_name_what_to_change() {
        let id = "E1".parse().expect("an id");
        let caller = Caller::new(Some("arn:aws:sts::111122223333:assumed-role/deploy/build"), Partition::Aws);
        for (code, text, expected) in [
            (
                "NoSuchDistribution",
                "",
                "check DISTRIBUTION_ID `E1`, and that the credentials (account 111122223333)",
            ),
            (
                "AccessDenied",
                "because no identity-based policy allows",
                "permission cloudfront:CreateInvalidation on arn:aws:cloudfront::111122223333:distribution/E1",
            ),
            (
                "AccessDenied",
                "with an explicit deny in a service control policy",
                "no other policy can outweigh",
            ),
            ("InvalidClientTokenId", "", "AWS_ACCESS_KEY_ID"),
            ("SignatureDoesNotMatch", "", "AWS_SECRET_ACCESS_KEY"),
            ("ExpiredToken", "", "AWS_OIDC_ROLE_ARN"),
            ("TooManyInvalidationsInProgress", "", "fewer wildcards"),
        ] {
            let action = "cloudfront:CreateInvalidation";
            let hint = hint(Some(code), text, action, &id, &caller).expect(code);
            assert!(hint.contains(expected), "{code}: {hint}");
        }
        assert_eq!(hint(None, "", "", &id, &caller), None);
    }
}
