//! Tokens that STS would refuse for their time alone: told before anything is sent.

use std::fmt;

use jiff::Timestamp;

use crate::claims::UnverifiedClaims;
use crate::clock::span;
use crate::token::WebIdentityToken;

/// How far in the future a token may begin, in seconds, before it is not even shown to STS. AWS publishes no figure;
/// five minutes is usual.
const TOLERANCE: i64 = 300;

/// A token whose time is over, or has not come, by the clock of this machine.
#[derive(Clone, Debug)]
pub struct Untimely {
    claims: UnverifiedClaims,
    at: Timestamp,
    when: When,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// So many seconds ago.
    Expired(u64),
    /// In so many seconds.
    NotYet(u64),
}

impl Untimely {
    /// `Some` when there is no use in showing the token to STS at this time. What the token does not say is no reason.
    pub(crate) fn judge(token: &WebIdentityToken, at: Timestamp) -> Option<Self> {
        let claims = UnverifiedClaims::decode(token).ok()?;
        let passed = |since: Timestamp| at.as_second() - since.as_second();
        let when = match (claims.expires.map(passed), claims.begins().map(passed)) {
            (Some(expired), _) if expired >= 0 => When::Expired(expired.unsigned_abs()),
            (_, Some(begun)) if begun < -TOLERANCE => When::NotYet(begun.unsigned_abs()),
            _ => return None,
        };
        Some(Self { claims, at, when })
    }
}

impl fmt::Display for Untimely {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (happened, hint) = match self.when {
            When::Expired(seconds) => (
                format!("the step's token expired {} ago", span(seconds)),
                "a step's token lives for about an hour: run the pipe earlier in the step, or in a step of its own; \
                 or set the clock of this machine, if it is wrong",
            ),
            When::NotYet(seconds) => (
                format!("the step's token is not valid before {} from now", span(seconds)),
                "the clock of this machine is behind: set it; or the token is not this step's own",
            ),
        };
        writeln!(f, "{happened}, so STS was not asked")?;
        writeln!(f, "this machine's clock says {}", self.at.strftime("%Y-%m-%dT%H:%M:%SZ"))?;
        writeln!(f, "the token says of itself (not verified here):\n{}", self.claims.lines(self.at))?;
        write!(f, "hint: {hint}")
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn judge(claims: &str) -> Option<Untimely> {
        let token = WebIdentityToken::new(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims)));
        Untimely::judge(&token, Timestamp::from_second(10_000).expect("a time"))
    }

    #[test]
    fn only_times_that_sts_cannot_accept_are_untimely() {
        for (claims, expected) in [
            ("{}", None),
            (r#"{"iat": 9000, "exp": 10001}"#, None),
            (r#"{"iat": 9000, "exp": 10000}"#, Some(When::Expired(0))),
            (r#"{"iat": 1000, "exp": 4600}"#, Some(When::Expired(5400))),
            (r#"{"iat": 10300, "exp": 13900}"#, None),
            (r#"{"iat": 10301, "exp": 13900}"#, Some(When::NotYet(301))),
            (r#"{"iat": 9000, "nbf": 17200, "exp": 20000}"#, Some(When::NotYet(7200))),
        ] {
            assert_eq!(judge(claims).map(|untimely| untimely.when), expected, "{claims}");
        }
    }

    #[test]
    fn it_says_when_by_which_clock_and_what_to_do() {
        let text = judge(r#"{"sub": "{r}:{s}", "iat": 1000, "exp": 4600}"#).expect("expired").to_string();
        assert!(
            text.starts_with("the step's token expired 90 minutes ago, so STS was not asked\n"),
            "{text}"
        );
        assert!(text.contains("\nthis machine's clock says 1970-01-01T02:46:40Z\n"), "{text}");
        assert!(
            text.contains("\n  expires   1970-01-01T01:16:40Z, 90 minutes ago\nhint: a step's token"),
            "{text}"
        );
        let text = judge(r#"{"iat": 17200}"#).expect("in the future").to_string();
        assert!(text.starts_with("the step's token is not valid before 2 hours from now, so"), "{text}");
    }
}
