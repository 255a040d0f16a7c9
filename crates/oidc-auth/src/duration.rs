//! How long the role's credentials live.

use std::fmt;
use std::str::FromStr;

use crate::failure::Failure;
use crate::role::RoleArn;

/// Seconds of an hour.
const HOUR: i32 = 3600;

/// 900 to 43200 seconds, as STS takes them; 3600 unless said otherwise, the longest that every role allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionDuration(i32);

impl SessionDuration {
    const MIN: i32 = 900;
    const MAX: i32 = 43_200;

    /// The longest session of a role that another role's session assumes (IAM, role chaining).
    pub const CHAINED: Self = Self(3600);

    /// So many hours; `None` beyond the limits of STS.
    #[must_use]
    pub(crate) fn of_hours(hours: i32) -> Option<Self> {
        let seconds = hours.checked_mul(HOUR)?;
        (Self::MIN..=Self::MAX).contains(&seconds).then_some(Self(seconds))
    }

    /// Hours, a begun one counted as a whole.
    pub(crate) fn hours_up(self) -> i32 {
        (self.0 + HOUR - 1) / HOUR
    }

    /// Seconds, in the type that STS's client takes.
    #[must_use]
    pub fn seconds(self) -> i32 {
        self.0
    }
}

impl Default for SessionDuration {
    fn default() -> Self {
        Self(3600)
    }
}

/// A role whose sessions may not be as long as was asked for.
#[derive(Clone, Debug)]
pub struct TooLong {
    /// The role.
    pub role: RoleArn,
    /// What was asked for.
    pub asked: SessionDuration,
    /// The most whole hours that STS grants; `None` when it did not tell.
    pub longest: Option<SessionDuration>,
    /// What STS said.
    pub failure: Failure,
}

/// What is said where a session will be shorter than was asked for.
pub(crate) fn capped(asked: SessionDuration, granted: SessionDuration) -> Option<String> {
    (granted < asked).then(|| {
        format!(
            "The session of AWS_CHAINED_ROLE_ARN will last {} seconds, not the {} of AWS_ROLE_DURATION_SECONDS: AWS allows a \
             chained role no more",
            granted.seconds(),
            asked.seconds()
        )
    })
}

/// Whether STS says that the role's sessions may not be so long.
pub(crate) fn is_too_long(failure: &Failure) -> bool {
    failure.is_code("ValidationError")
        && failure.message().is_some_and(|words| words.contains("MaxSessionDuration"))
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, asked, longest, failure } = self;
        write!(
            f,
            "sessions of {role} may not last {} seconds (AWS_ROLE_DURATION_SECONDS)\n{failure}\nhint: ",
            asked.seconds()
        )?;
        match longest {
            Some(longest) => write!(
                f,
                "{0} seconds are the most whole hours that the role grants: set AWS_ROLE_DURATION_SECONDS to {0}, or raise \
                 the role's maximum session duration in IAM",
                longest.seconds()
            ),
            None => f.write_str(
                "lower AWS_ROLE_DURATION_SECONDS, or raise the role's maximum session duration in IAM",
            ),
        }
    }
}

/// What is wrong with a duration; reads on from the variable's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidDuration;

impl fmt::Display for InvalidDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (min, max) = (SessionDuration::MIN, SessionDuration::MAX);
        write!(f, "must be a number of seconds from {min} to {max}")
    }
}

impl std::error::Error for InvalidDuration {}

impl FromStr for SessionDuration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        match text.parse() {
            Ok(seconds) if (Self::MIN..=Self::MAX).contains(&seconds) => Ok(Self(seconds)),
            _ => Err(InvalidDuration),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidDuration, SessionDuration};

    #[test]
    fn hours_are_counted_up_and_kept_within_the_limits() {
        for (seconds, hours) in [("900", 1), ("3600", 1), ("3601", 2), ("43200", 12)] {
            assert_eq!(seconds.parse().map(SessionDuration::hours_up), Ok(hours), "{seconds}");
        }
        assert_eq!(SessionDuration::of_hours(12).map(SessionDuration::seconds), Some(43_200));
        assert_eq!((SessionDuration::of_hours(0), SessionDuration::of_hours(13)), (None, None));
    }

    #[test]
    fn the_limits_of_sts_hold() {
        assert_eq!(SessionDuration::default().seconds(), 3600);
        for seconds in ["900", "3600", "43200"] {
            let duration = seconds.parse::<SessionDuration>().expect(seconds);
            assert_eq!(duration.seconds().to_string(), seconds);
        }
        for text in ["", "899", "43201", "-900", "1h", "3600.5", "99999999999"] {
            assert_eq!(text.parse::<SessionDuration>(), Err(InvalidDuration), "{text}");
        }
    }
}
