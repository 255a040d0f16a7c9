//! The refusal that is our own doing: a session policy of the pipe's making that leaves out what the run calls.

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

use crate::narrowing::Narrowing;

/// How every service of AWS says that the session policy alone is in the way; the action follows.
const BECAUSE: &str = "no session policy allows the ";

/// Has a request repeated without the session policy that stood in its way. Give it to a client's builder as a
/// classifier of retries.
///
/// A refusal of a `HEAD` has no words, so that it is never known to be the policy's: nothing is given up for it, because
/// a role that lacks the permission itself gets the same answer, and would lose the limit of its session for nothing. It
/// cannot fail a run either: whoever sends a `HEAD` can do without it, and the policies made here allow all that it needs.
#[derive(Clone, Debug)]
pub struct Widening(Narrowing);

impl Widening {
    pub(crate) fn new(narrowing: Narrowing) -> Self {
        Self(narrowing)
    }
}

impl ClassifyRetry for Widening {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let reply = context.response().filter(|reply| reply.status().as_u16() == 403);
        let words = reply.and_then(|reply| reply.body().bytes()).map(String::from_utf8_lossy);
        match words.as_deref().and_then(action) {
            Some(action) if self.0.is_in_the_way(action) => RetryAction::server_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "Session Policy In The Way"
    }
}

/// The action in "because no session policy allows the ACTION action".
fn action(words: &str) -> Option<&str> {
    let (_, after) = words.split_once(BECAUSE)?;
    let name = |character: char| character.is_ascii_alphanumeric() || ":-*".contains(character);
    after.split(|character: char| !name(character)).next().filter(|action| !action.is_empty())
}

#[cfg(test)]
mod tests {
    use super::action;

    #[test]
    fn the_action_is_read_from_the_refusal() {
        for (words, expected) in [
            (
                "<Message>User: x is not authorized to perform: s3:PutObject on resource: \"y\" because no session \
                 policy allows the s3:PutObject action</Message>",
                Some("s3:PutObject"),
            ),
            ("because no identity-based policy allows the s3:PutObject action", None),
            ("with an explicit deny in a session policy", None),
        ] {
            assert_eq!(action(words), expected, "{words}");
        }
    }
}
