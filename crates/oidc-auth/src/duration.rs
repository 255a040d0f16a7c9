//! How long the role's credentials live.

use std::fmt;
use std::str::FromStr;

/// 900 to 43200 seconds, as STS takes them; 3600 unless said otherwise, the longest that every role allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionDuration(i32);

impl SessionDuration {
    const MIN: i32 = 900;
    const MAX: i32 = 43_200;

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
