//! `MAX_DELETE`: how much one deploy may delete.

use std::fmt;
use std::str::FromStr;

/// The most that may be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MaxDelete {
    /// So many objects.
    Objects(usize),
    /// So many of a hundred objects that the deploy is about.
    Percent(u8),
}

/// A text that is neither a number nor a percentage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number of objects, such as `20`, or a share of them, such as `10%`; not `{0}`")]
pub(crate) struct NotAMaximum(String);

impl MaxDelete {
    /// Whether so many of so many objects may go.
    pub(crate) fn allows(self, deletions: usize, objects: usize) -> bool {
        match self {
            Self::Objects(most) => deletions <= most,
            // No bucket has so many objects that this is not exact.
            Self::Percent(percent) => {
                deletions.saturating_mul(100) <= objects.saturating_mul(usize::from(percent))
            }
        }
    }
}

impl FromStr for MaxDelete {
    type Err = NotAMaximum;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let maximum = match text.strip_suffix('%').map(str::trim_end) {
            Some(share) if is_number(share) => {
                share.parse().ok().filter(|percent| *percent <= 100).map(Self::Percent)
            }
            None if is_number(text) => text.parse().ok().map(Self::Objects),
            _ => None,
        };
        maximum.ok_or_else(|| NotAMaximum(text.to_owned()))
    }
}

impl fmt::Display for MaxDelete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Objects(most) => write!(f, "{most}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_and_percentages() {
        for (text, maximum) in [
            ("0", Some(MaxDelete::Objects(0))),
            ("20", Some(MaxDelete::Objects(20))),
            ("0%", Some(MaxDelete::Percent(0))),
            ("10%", Some(MaxDelete::Percent(10))),
            ("10 %", Some(MaxDelete::Percent(10))),
            ("100%", Some(MaxDelete::Percent(100))),
            ("101%", None),
            ("12.5%", None),
            ("%", None),
            ("-1", None),
            ("+1", None),
            ("", None),
            ("all", None),
        ] {
            assert_eq!(text.parse::<MaxDelete>().ok(), maximum, "{text}");
        }
    }

    proptest! {
        /// Nothing may always be deleted, and a share of all of them always allows what it is a share of.
        #[test]
        fn a_share_is_of_the_objects(objects in 0_usize..1_000_000, percent in 0_u8..=100) {
            let most = objects * usize::from(percent) / 100;
            let share = MaxDelete::Percent(percent);
            prop_assert!(share.allows(0, objects) && share.allows(most, objects));
            prop_assert!(!share.allows(most + 1, objects));
        }
    }
}
