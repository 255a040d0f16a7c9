//! What to do about a refusal: hints in the user's terms.

pub(crate) mod facts;
mod refusals;

use oidc_auth::Failure;

use crate::target::Target;
use facts::Facts;
use refusals::Refusal;

/// What was asked of S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A listing of the bucket.
    List,
    /// An upload.
    Upload,
    /// A closer look at one object.
    Look,
    /// A deletion.
    Delete,
}

/// The way out of a failure, where one is known.
pub(crate) fn hint(
    asked: Asked,
    failure: &Failure,
    target: &Target,
    partition: &str,
    facts: &Facts,
) -> Option<String> {
    if failure.is_credentials() {
        return Some(RUN_OUT.to_owned());
    }
    let refusal = Refusal { asked, failure, target, partition, facts };
    refusal.hint().or_else(|| by_kind(asked, failure).map(str::to_owned))
}

/// What helps against failures of this kind, whatever their code.
fn by_kind(asked: Asked, failure: &Failure) -> Option<&'static str> {
    match failure.status() {
        _ if failure.is_unreadable() => Some(GARBLED),
        _ if failure.is_unknown_host() => Some(UNKNOWN_HOST),
        _ if failure.is_untrusted() => Some(UNTRUSTED),
        None if failure.code().is_none() => Some(UNREACHABLE),
        _ if failure.is_throttling() => Some(THROTTLED),
        Some(407) => Some(PROXY_LOGIN),
        Some(501) => Some(NOT_IMPLEMENTED),
        None | Some(500..=599) => Some(TROUBLE),
        // Uploads and deletions say themselves that the step can be run again.
        Some(_) => matches!(asked, Asked::List | Asked::Look).then_some(AGAIN),
    }
}

/// The credentials' time was over, and STS gave no others.
const RUN_OUT: &str = "the role's credentials ran out before the end, and the step's token, which is good for about an \
                       hour, brings no others: set AWS_ROLE_DURATION_SECONDS to more than the deploy takes, up to the \
                       role's maximum session duration";

/// Something is between the step and S3, or takes its place.
const GARBLED: &str = "whatever answered is not S3, or something on the way changes replies: check HTTPS_PROXY, and \
                       AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_S3 if set; if none is, run the step again";

/// S3 asked for less until nothing was left to try.
const THROTTLED: &str = "S3 asks for fewer requests: run the step again when less is going on in the bucket";

/// The fault is not the step's.
const TROUBLE: &str = "the trouble is on the side of S3, not of the pipeline: run the step again";

/// Not S3 answered, and it says what it wants.
const PROXY_LOGIN: &str = "the proxy demands a login: put a user name and a password into HTTPS_PROXY, as in \
                           `http://USER:PASSWORD@HOST:PORT`";

/// No repetition helps.
const NOT_IMPLEMENTED: &str = "the store does not implement this request as it was sent: leave out the variable or the flag \
                               that asks for it, or look into the store's documentation; running the step again does not \
                               help";

/// The name of the host is wrong, or how it is made.
const UNKNOWN_HOST: &str = "check the host's name: it comes from AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, \
                            AWS_DEFAULT_REGION or HTTPS_PROXY; if it begins with the bucket's name and must not, set \
                            S3_FORCE_PATH_STYLE: 'true'";

/// Another authority vouches for the host than those of the image.
const UNTRUSTED: &str = "set AWS_CA_BUNDLE to a PEM file with the authority that signed the certificate, or use the host \
                         name that the certificate is for";

/// Nothing is known of it.
const AGAIN: &str = "nothing was written: run the step again, with `DEBUG: 'true'` to see each request";

/// Nothing answered: the ways to S3 that a step can have.
const UNREACHABLE: &str = "S3 could not be reached: check the step's network, HTTPS_PROXY and NO_PROXY, AWS_CA_BUNDLE, \
                           AWS_DEFAULT_REGION, and AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_S3 if set";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_without_a_reason_have_a_hint_by_their_kind() {
        let target: Target = "site/foo".parse().expect("a target");
        let hint = |failure: &Failure| hint(Asked::List, failure, &target, "aws", &Facts::default());
        let silence = Failure::reported(Some("InternalError"), None);
        assert_eq!(hint(&silence).as_deref(), Some(TROUBLE));
        let silence = Failure::unsent("connection refused");
        assert_eq!(hint(&silence).as_deref(), Some(UNREACHABLE));
    }
}
