//! `SHARD`: one site uploaded by several steps at once, each taking its share of the files that are no pages. Pure.

use std::cmp::Reverse;
use std::fmt;

use crate::scan::TreeFile;

/// A file costs a request besides its bytes, about as long as so many bytes take. It also spreads empty files.
const REQUEST_BYTES: u64 = 64 * 1024;
/// Bitbucket runs at most a hundred steps of a pipeline.
const MOST_SHARES: usize = 100;

/// One of several shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    /// From 0.
    index: usize,
    count: usize,
}

/// Why `SHARD` names no share. Reads on from its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAShard {
    /// Not a word that is understood.
    #[error("must be `auto`, `none` or a share such as `1/4`; not `{0}`")]
    Word(String),
    /// `auto` where nothing tells which.
    #[error(
        "is `auto`, but BITBUCKET_PARALLEL_STEP and BITBUCKET_PARALLEL_STEP_COUNT do not say which parallel step this is"
    )]
    NotParallel,
}

impl NotAShard {
    /// The way out.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        matches!(self, Self::NotParallel).then_some(
            "put the step below `parallel`; if it is there, hand both variables to the pipe by name, or name the share, \
             as in SHARD: '1/4'; the deploy after the parallel steps has no SHARD",
        )
    }
}

impl Shard {
    /// Reads the variable; `step` and `steps` are what Bitbucket says of a parallel step.
    pub(crate) fn read(
        word: Option<&str>,
        step: Option<&str>,
        steps: Option<&str>,
    ) -> Result<Option<Self>, NotAShard> {
        let number = |text: &str| text.parse::<usize>().ok();
        match word {
            None | Some("none") => Ok(None),
            Some("auto") => {
                let share = step.and_then(number).zip(steps.and_then(number));
                let share = share.and_then(|(index, count)| Self::new(index, count));
                share.map(Some).ok_or(NotAShard::NotParallel)
            }
            Some(word) => {
                let share = word.split_once('/').and_then(|(share, count)| number(share).zip(number(count)));
                let share = share.and_then(|(share, count)| Self::new(share.checked_sub(1)?, count));
                share.map(Some).ok_or_else(|| NotAShard::Word(word.to_owned()))
            }
        }
    }

    fn new(index: usize, count: usize) -> Option<Self> {
        (index < count && count <= MOST_SHARES).then_some(Self { index, count })
    }

    /// This share of the files, which are sorted by path, and still are.
    ///
    /// The largest file goes to the share that has least so far, then the next: the same files give the same shares
    /// everywhere, and no share is much larger than another.
    pub(crate) fn of(self, files: Vec<TreeFile>) -> Vec<TreeFile> {
        let mut order: Vec<usize> = (0..files.len()).collect();
        order.sort_by_key(|index| (Reverse(files[*index].digests.size), *index));
        let mut loads = vec![0_u64; self.count];
        let mut is_ours = vec![false; files.len()];
        for file in order {
            let least = (0..self.count).min_by_key(|share| loads[*share]).unwrap_or_default();
            loads[least] += files[file].digests.size + REQUEST_BYTES;
            is_ours[file] = least == self.index;
        }
        files.into_iter().zip(is_ours).filter_map(|(file, is_ours)| is_ours.then_some(file)).collect()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.index + 1, self.count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hash::Digests;

    #[test]
    fn words() {
        let shard = |index, count| Ok(Some(Shard { index, count }));
        let word = |word: &str| Err(NotAShard::Word(word.to_owned()));
        for (given, step, steps, expected) in [
            (None, Some("1"), Some("4"), Ok(None)),
            (Some("none"), Some("1"), Some("4"), Ok(None)),
            (Some("auto"), Some("0"), Some("4"), shard(0, 4)),
            (Some("auto"), Some("3"), Some("4"), shard(3, 4)),
            (Some("auto"), Some("4"), Some("4"), Err(NotAShard::NotParallel)),
            (Some("auto"), Some("x"), Some("4"), Err(NotAShard::NotParallel)),
            (Some("auto"), Some("0"), None, Err(NotAShard::NotParallel)),
            (Some("auto"), None, None, Err(NotAShard::NotParallel)),
            (Some("1/4"), None, None, shard(0, 4)),
            (Some("4/4"), Some("0"), Some("2"), shard(3, 4)),
            (Some("0/4"), None, None, word("0/4")),
            (Some("5/4"), None, None, word("5/4")),
            (Some("1/101"), None, None, word("1/101")),
            (Some("half"), None, None, word("half")),
        ] {
            assert_eq!(Shard::read(given, step, steps), expected, "{given:?} {step:?} {steps:?}");
        }
    }

    fn files(sizes: &[u64]) -> Vec<TreeFile> {
        let file = |(number, size): (usize, &u64)| TreeFile {
            path: format!("{number:05}").into(),
            modified: None,
            digests: Digests { size: *size, crc64: 0 },
        };
        sizes.iter().enumerate().map(file).collect()
    }

    proptest! {
        /// Each file is in exactly one share, and no share exceeds another by more than one file.
        #[test]
        fn shares(sizes in prop::collection::vec(0_u64..10_000_000, 0..60), count in 1_usize..9) {
            let all = files(&sizes);
            let shares: Vec<Vec<TreeFile>> =
                (0..count).map(|index| Shard { index, count }.of(all.clone())).collect();
            let mut together: Vec<TreeFile> = shares.iter().flatten().cloned().collect();
            together.sort_by(|one, other| one.path.cmp(&other.path));
            prop_assert_eq!(&together, &all);
            for share in &shares {
                prop_assert!(share.is_sorted_by(|one, other| one.path < other.path));
            }
            let load = |share: &Vec<TreeFile>| -> u64 {
                share.iter().map(|file| file.digests.size + REQUEST_BYTES).sum()
            };
            let loads: Vec<u64> = shares.iter().map(load).collect();
            let largest = sizes.iter().max().map_or(0, |size| size + REQUEST_BYTES);
            let difference = loads.iter().max().zip(loads.iter().min()).map_or(0, |(most, least)| most - least);
            prop_assert!(difference <= largest, "{:?}", loads);
        }
    }
}
