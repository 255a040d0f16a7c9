//! A listing in ranges of paths that are asked for at the same time: what to ask next, and what an answer means. Pure.

use super::between::between;

/// A range that turns out to be larger than the folder has it is cut in two after so many pages more. A cut into nothing
/// costs a request, so such a range costs at most a quarter more of them.
const PATIENCE: usize = 4;

/// The rest of a listing.
#[derive(Clone, Debug)]
pub(super) struct Ranges(Vec<Range>);

/// Paths greater than one and up to another.
#[derive(Clone, Debug)]
struct Range {
    /// The last path that was listed.
    after: String,
    /// The last that belongs to it; `None`: all that follow.
    end: Option<String>,
    state: State,
    /// Pages to come before it is taken for larger than expected.
    patience: usize,
    /// The first path of the last page, from which the next cut follows.
    first: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Asked,
    Done,
}

/// A page to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) range: usize,
    /// The path after which it begins.
    pub(super) after: String,
}

/// What a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer<'a> {
    /// The first and the last path; `None` when it has none.
    pub(super) ends: Option<(&'a str, &'a str)>,
    /// Each path is greater than the one before.
    pub(super) is_sorted: bool,
    /// More follows.
    pub(super) is_truncated: bool,
}

/// What to make of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is all new.
    Whole,
    /// Only what is not behind this path is.
    UpTo(String),
    /// The store does not list as S3 does: begin again, from page to page.
    Unusable,
}

impl Ranges {
    /// Everything behind a path, where that is more than one range. `cuts`: the last path of each but the last;
    /// `pages`: how many each takes.
    pub(super) fn new(after: &str, cuts: Vec<String>, pages: usize) -> Option<Self> {
        if cuts.is_empty() {
            return None;
        }
        let starts = std::iter::once(after.to_owned()).chain(cuts.clone());
        let ends = cuts.into_iter().map(Some).chain([None]);
        let range = |(after, end)| Range {
            after,
            end,
            state: State::Waiting,
            // A page that only says that nothing follows is not one more.
            patience: pages + 1,
            first: String::new(),
        };
        Some(Self(starts.zip(ends).map(range).collect()))
    }

    /// The next page to ask for, while others are on their way.
    pub(super) fn ask(&mut self) -> Option<Question> {
        let waiting = self.0.iter().position(|range| range.state == State::Waiting);
        let index = waiting.or_else(|| self.cut())?;
        let range = &mut self.0[index];
        range.state = State::Asked;
        Some(Question { range: index, after: range.after.clone() })
    }

    /// Hears of a page.
    pub(super) fn hear(&mut self, range: usize, page: &Answer<'_>) -> Verdict {
        let range = &mut self.0[range];
        let Some((first, last)) = page.ends else {
            range.state = State::Done;
            return if page.is_truncated { Verdict::Unusable } else { Verdict::Whole };
        };
        if !page.is_sorted || first <= range.after.as_str() {
            return Verdict::Unusable;
        }
        let is_over = range.end.as_deref().is_some_and(|end| last >= end);
        range.state = if is_over || !page.is_truncated { State::Done } else { State::Waiting };
        range.patience = range.patience.saturating_sub(1);
        first.clone_into(&mut range.first);
        last.clone_into(&mut range.after);
        match &range.end {
            Some(end) if is_over => Verdict::UpTo(end.clone()),
            _ => Verdict::Whole,
        }
    }

    /// Cuts off the rest of a range that is larger than expected.
    fn cut(&mut self) -> Option<usize> {
        let is_large = |range: &Range| range.state == State::Asked && range.patience == 0;
        let found =
            self.0.iter().enumerate().filter(|(_, range)| is_large(range)).find_map(|(index, range)| {
                Some((index, between(&range.first, &range.after, range.end.as_deref())?))
            });
        let (index, cut) = found?;
        let range = &mut self.0[index];
        range.patience = PATIENCE;
        let end = range.end.replace(cut.clone());
        let rest = Range { after: cut, end, state: State::Waiting, patience: PATIENCE, first: String::new() };
        self.0.push(rest);
        Some(self.0.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Pages of a store.
    const PAGE: usize = 3;

    /// How a store lists.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Habit {
        AsS3,
        IgnoresStart,
        StartIncluded,
        Unsorted,
        EmptyPages,
    }

    /// The keys behind a path, and whether more follow.
    fn page<'a>(keys: &'a BTreeSet<String>, after: &str, habit: Habit) -> (Vec<&'a str>, bool) {
        let is_listed = |key: &&String| match habit {
            Habit::IgnoresStart => true,
            Habit::StartIncluded => key.as_str() >= after,
            Habit::AsS3 | Habit::Unsorted | Habit::EmptyPages => key.as_str() > after,
        };
        let rest: Vec<&str> = keys.iter().filter(is_listed).map(String::as_str).collect();
        let mut page: Vec<&str> = rest.iter().copied().take(PAGE).collect();
        match habit {
            Habit::Unsorted => page.reverse(),
            Habit::EmptyPages if rest.len() > PAGE => page.clear(),
            _ => {}
        }
        (page, rest.len() > PAGE)
    }

    /// Lists with so many questions on their way at once; `order` says whose answer comes next. Returns what was kept and
    /// how many questions it took, or `None` where the store is not usable.
    fn list(
        keys: &BTreeSet<String>,
        mut ranges: Ranges,
        in_flight: usize,
        order: &[usize],
        habit: Habit,
    ) -> Option<(Vec<String>, usize)> {
        let (mut kept, mut asked, mut on_their_way) = (Vec::new(), 0, Vec::new());
        loop {
            while on_their_way.len() < in_flight
                && let Some(question) = ranges.ask()
            {
                on_their_way.push(question);
                asked += 1;
            }
            if on_their_way.is_empty() {
                return Some((kept, asked));
            }
            let next = order[asked % order.len()] % on_their_way.len();
            let Question { range, after } = on_their_way.swap_remove(next);
            let (page, is_truncated) = page(keys, &after, habit);
            let answer = Answer {
                ends: page.first().copied().zip(page.last().copied()),
                is_sorted: page.is_sorted(),
                is_truncated,
            };
            let end = match ranges.hear(range, &answer) {
                Verdict::Whole => None,
                Verdict::UpTo(end) => Some(end),
                Verdict::Unusable => return None,
            };
            let is_kept = |key: &&&str| end.as_deref().is_none_or(|end| **key <= end);
            kept.extend(page.iter().filter(is_kept).map(|key| (*key).to_owned()));
        }
    }

    fn cut(after: &str, cuts: BTreeSet<String>) -> Option<Ranges> {
        Ranges::new(after, cuts.into_iter().filter(|cut| cut.as_str() > after).collect(), 1)
    }

    proptest! {
        /// Whatever the bucket holds and wherever it is cut: each key is listed once, and the requests are those of a serial
        /// listing, one for each range, and a quarter for what no file tells of.
        #[test]
        fn every_key_once(
            keys in prop::collection::btree_set("[ab0-3/\u{e9}]{1,5}", 0..120),
            cuts in prop::collection::btree_set("[ab0-3/\u{e9}]{1,4}", 1..8),
            after in "[ab]{0,2}",
            in_flight in 1_usize..12,
            order in prop::collection::vec(any::<usize>(), 1..20),
        ) {
            let Some(ranges) = cut(&after, cuts) else { return Ok(()) };
            let count = ranges.0.len();
            let (mut kept, asked) = list(&keys, ranges, in_flight, &order, Habit::AsS3).expect("usable");
            kept.sort();
            let expected: Vec<&String> = keys.iter().filter(|key| **key > after).collect();
            prop_assert_eq!(kept.iter().collect::<Vec<_>>(), expected.clone());
            let serial = expected.len().div_ceil(PAGE).max(1);
            prop_assert!(asked <= serial + count + serial.div_ceil(PATIENCE), "{} for {}", asked, serial);
        }

        /// A store that does not list as S3 does is found out, or it did no harm.
        #[test]
        fn no_habit_does_harm(
            keys in prop::collection::btree_set("[ab0-3/]{1,5}", 0..60),
            cuts in prop::collection::btree_set("[ab0-3/]{1,4}", 1..8),
            habit in prop::sample::select(vec![
                Habit::IgnoresStart, Habit::StartIncluded, Habit::Unsorted, Habit::EmptyPages,
            ]),
            in_flight in 1_usize..12,
        ) {
            let Some(ranges) = cut("", cuts) else { return Ok(()) };
            let Some((mut kept, _)) = list(&keys, ranges, in_flight, &[0], habit) else { return Ok(()) };
            kept.sort();
            prop_assert_eq!(kept, keys.into_iter().collect::<Vec<_>>());
        }
    }

    /// A hundred thousand objects in a folder of which the tree has nothing: all of them are asked for in the end.
    #[test]
    fn what_no_file_tells_of_is_cut_again_and_again() {
        const IN_FLIGHT: usize = 16;
        let keys: BTreeSet<String> = (0..3000).map(|number| format!("images/{number:06}.jpg")).collect();
        let cuts = ["assets/app.js", "index.html"].map(str::to_owned).into();
        let ranges = cut("", cuts).expect("three ranges");
        let mut rounds = 0;
        let mut widest = 0;
        let (mut ranges, mut on_their_way) = (ranges, Vec::new());
        loop {
            while on_their_way.len() < IN_FLIGHT
                && let Some(question) = ranges.ask()
            {
                on_their_way.push(question);
            }
            if on_their_way.is_empty() {
                break;
            }
            rounds += 1;
            widest = widest.max(on_their_way.len());
            for Question { range, after } in on_their_way.drain(..) {
                let (page, is_truncated) = page(&keys, &after, Habit::AsS3);
                let ends = page.first().copied().zip(page.last().copied());
                ranges.hear(range, &Answer { ends, is_sorted: true, is_truncated });
            }
        }
        // One after the other it takes a thousand.
        assert!(rounds < 200, "{rounds} rounds, {widest} at once");
        assert!(widest > IN_FLIGHT / 2, "{widest} at once");
    }
}
