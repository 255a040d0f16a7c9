//! How stores list that speak S3's protocol and are not S3.

/// The way `ListObjectsV2` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Habit {
    /// As S3 does.
    #[default]
    AsS3,
    /// `start-after` is not read.
    IgnoresStartAfter,
    /// `start-after` is refused.
    RefusesStartAfter,
    /// Pages follow each other, and the keys of each are in no order, as in a directory bucket.
    Unsorted,
    /// Pages that are cut short give no token for the next.
    GivesNoToken,
    /// The same, and `start-after` is not read either.
    GivesNoWay,
    /// The same page comes again and again, each time with another page to follow.
    Repeats,
}
