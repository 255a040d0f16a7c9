//! What every program is asked to do.

use clap::ValueEnum;

/// One thing that a deploy has to do, in the order in which they follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Workload {
    /// A site into an empty bucket.
    Cold,
    /// The same site from a fresh clone: the same bytes, every time of change new.
    Unchanged,
    /// The same, after one file in a hundred got other bytes of the same length.
    OnePercent,
    /// A bucket of very many objects against a tree of the same files from a fresh clone.
    Million,
    /// Three large files into an empty bucket.
    Large,
    /// From exec to the first request.
    Start,
    /// A site into an empty bucket that answers `SlowDown` above a rate.
    Throttled,
}

/// Which tree a workload deploys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TreeKind {
    Site,
    Million,
    Large,
    One,
    /// For this many requests a second.
    Throttled(u32),
}

impl Workload {
    /// The word for it on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Unchanged => "unchanged",
            Self::OnePercent => "one-percent",
            Self::Million => "million",
            Self::Large => "large",
            Self::Start => "start",
            Self::Throttled => "throttled",
        }
    }

    /// Whether it begins with an empty bucket.
    pub(crate) fn is_cold(self) -> bool {
        matches!(self, Self::Cold | Self::Large | Self::Throttled)
    }

    /// How often it is done in a round: what takes milliseconds needs more than a few.
    pub(crate) fn times(self) -> usize {
        if self == Self::Start { 10 } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_command_line() {
        for workload in Workload::value_variants() {
            let value = workload.to_possible_value().expect("none is hidden");
            assert_eq!(value.get_name(), workload.word());
        }
    }
}
