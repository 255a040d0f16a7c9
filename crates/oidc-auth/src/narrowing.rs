//! The session policy in force, and the two ways in which one of the pipe's own making is given up.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::decision::Notice;
use crate::failure::Failure;
use crate::identities::Identities;
use crate::voice::Voice;

/// How STS says that it does not take a session policy.
const NOT_TAKEN: [&str; 2] = ["PackedPolicyTooLarge", "MalformedPolicyDocument"];
/// What to do about it where the policy is somebody's own.
pub(crate) const MEND_POLICY: &str = "shorten or mend the policy in AWS_SESSION_POLICY";

/// Whether STS says with this code that it does not take a session policy.
pub(crate) fn is_about_policy(code: &str) -> bool {
    NOT_TAKEN.iter().any(|known| code.starts_with(known))
}

/// What the sessions of a run are limited to. Clones share it.
#[derive(Clone)]
pub(crate) struct Narrowing(Arc<Shared>);

struct Shared {
    /// Made by the pipe, so that going on without it gives the run no more than the role's owner did.
    is_own: bool,
    /// `None` when there is none, or none any more.
    policy: Mutex<Option<String>>,
    identities: Identities,
    voice: Voice,
}

impl Narrowing {
    /// No limit but the role's.
    pub(crate) fn none() -> Self {
        Self::new(None, false, Voice::default())
    }

    /// A policy that is given up where it turns out to stand in the way.
    pub(crate) fn own(policy: String, voice: Voice) -> Self {
        Self::new(Some(policy), true, voice)
    }

    /// A policy that somebody wrote: it holds, whatever comes of it.
    pub(crate) fn given(policy: String) -> Self {
        Self::new(Some(policy), false, Voice::default())
    }

    fn new(policy: Option<String>, is_own: bool, voice: Voice) -> Self {
        let policy = Mutex::new(policy);
        Self(Arc::new(Shared { is_own, policy, identities: Identities::new(), voice }))
    }

    /// The policy to ask STS for.
    pub(crate) fn policy(&self) -> Option<String> {
        self.lock().clone()
    }

    /// The cache of the sessions' credentials.
    pub(crate) fn identities(&self) -> Identities {
        self.0.identities.clone()
    }

    /// Whether STS did not take the policy, and is to be asked without it.
    pub(crate) fn is_not_taken(&self, failure: &Failure) -> bool {
        let about_policy = |words: &str| words.to_ascii_lowercase().contains("policy");
        let refused = failure.is_verdict()
            && match failure.code() {
                Some("ValidationError") => failure.message().is_some_and(about_policy),
                Some(code) => is_about_policy(code),
                None => false,
            };
        refused
            && self.give_up(|| {
                format!(
                    "STS does not take this run's session policy ({failure}): logging in without it, so that only the \
                     role's own permissions are the limit"
                )
            })
    }

    /// Whether a service that refused `action` because of a session policy is to be asked again. Every request that was
    /// under way is, not only the first; no session after this one has a policy that could refuse it again.
    pub(crate) fn is_in_the_way(&self, action: &str) -> bool {
        self.give_up(|| {
            format!(
                "This run's session policy does not allow {action}, which the role itself may be allowed: logging in \
                 again without it; AWS_SESSION_POLICY: 'none' does so from the start"
            )
        });
        self.0.is_own
    }

    /// Whether there was a policy to give up.
    fn give_up(&self, because: impl FnOnce() -> String) -> bool {
        let had_one = self.0.is_own && self.lock().take().is_some();
        if had_one {
            self.0.identities.forget();
            self.0.voice.say(&Notice::warning(because()));
        }
        had_one
    }

    fn lock(&self) -> MutexGuard<'_, Option<String>> {
        self.0.policy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Narrowing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Narrowing")
            .field("policy", &*self.lock())
            .field("is_own", &self.0.is_own)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_of_our_own_is_given_up_once_when_sts_does_not_take_it() {
        for (code, message, expected) in [
            ("PackedPolicyTooLarge", "Packed policy consumes 112% of allotted space", true),
            ("MalformedPolicyDocument", "Unsupported action", true),
            ("ValidationError", "Value at 'policy' failed to satisfy constraint", true),
            ("ValidationError", "The requested DurationSeconds exceeds …", false),
            ("AccessDenied", "Not authorized", false),
        ] {
            let failure = Failure::answered(400, code, message, "r1");
            let narrowing = Narrowing::own("{}".into(), Voice::default());
            assert_eq!(narrowing.is_not_taken(&failure), expected, "{code}: {message}");
            assert_eq!(narrowing.policy().is_none(), expected);
            assert!(!narrowing.is_not_taken(&failure), "it is given up once");
            let given = Narrowing::given("{}".into());
            assert!(!given.is_not_taken(&failure) && given.policy().is_some(), "a given one holds");
        }
    }

    #[test]
    fn a_policy_in_the_way_is_given_up_once_and_told_once() {
        let said = Arc::new(Mutex::new(Vec::new()));
        let hears = said.clone();
        let voice = Voice::to(move |notice| {
            hears.lock().unwrap_or_else(PoisonError::into_inner).push(notice.text.to_string());
        });
        let narrowing = Narrowing::own("{}".into(), voice);
        // The second request was under way when the first was refused.
        assert!(narrowing.is_in_the_way("s3:PutObject") && narrowing.is_in_the_way("s3:PutObject"));
        assert_eq!(narrowing.policy(), None);
        let said = said.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("does not allow s3:PutObject"), "{said:?}");
        for other in [Narrowing::none(), Narrowing::given("{}".into())] {
            assert!(!other.is_in_the_way("s3:PutObject"), "{other:?}");
        }
    }
}
