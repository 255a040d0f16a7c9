//! `DELETE_GRACE`: how long a fingerprinted file outlives the build that it was last part of. Pure.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::{Span, SpanRelativeTo, Timestamp};

use crate::headers::rules::HeaderRules;
use crate::plan::Plan;
use crate::scan::TreeFile;

/// A time that visitors get to leave old pages. Nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grace {
    seconds: i64,
}

/// An object that is not deleted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Departed {
    /// Its path below the prefix.
    pub path: String,
    /// When a deploy first missed it, in seconds since 1970; `None` when this is that deploy.
    pub left: Option<i64>,
    /// When its time is over, by what is known so far.
    pub until: i64,
}

/// A text that is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a length of time, such as `7d`, `12h` or `30m`, or `0`; not `{0}`")]
pub(crate) struct NotATime(String);

impl Departed {
    /// When a deploy first missed it, for a reader.
    pub(crate) fn left(&self) -> Option<Timestamp> {
        self.left.map(point_in_time)
    }

    /// When its time is over, for a reader.
    pub(crate) fn until(&self) -> Timestamp {
        point_in_time(self.until)
    }
}

/// Seconds since 1970; a time beyond all calendars is the last of them.
fn point_in_time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

impl Grace {
    /// Whether there is none.
    pub(crate) fn is_none(self) -> bool {
        self.seconds == 0
    }

    /// Takes from the plan's deletions those whose time is not over. `left` is when deploys first missed what they did
    /// not delete.
    ///
    /// A file was part of a build until some moment between the last deploy that had it and the first that missed it.
    /// An unchanged deploy writes no record, so only the later of the two is known: it is kept too long rather than too
    /// short.
    pub(crate) fn spare(self, plan: &mut Plan, left: &BTreeMap<String, i64>, now: i64, rules: &HeaderRules) {
        if self.is_none() {
            return;
        }
        let spared = |path: &String| {
            let left = left.get(path).copied();
            let until = left.unwrap_or(now).saturating_add(self.seconds);
            let is_spared = now < until && rules.is_fingerprinted(path);
            is_spared.then(|| Departed { path: path.clone(), left, until })
        };
        plan.deletions.retain(|path| match spared(path) {
            Some(object) => {
                plan.departed.push(object);
                false
            }
            None => true,
        });
    }
}

impl FromStr for Grace {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "0" {
            return Ok(Self::default());
        }
        // Months and years have no one length, and are refused.
        let span = text.parse::<Span>().ok();
        let duration = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
        let seconds = duration.filter(|duration| !duration.is_negative()).map(|duration| duration.as_secs());
        seconds.map(|seconds| Self { seconds }).ok_or_else(|| NotATime(text.to_owned()))
    }
}

/// What of the record's times still counts, and the files that are back in the build: these never left.
pub(crate) fn still_away(
    left: &BTreeMap<String, i64>,
    files: &[TreeFile],
) -> (BTreeMap<String, i64>, Vec<String>) {
    let is_back = |path: &str| files.binary_search_by(|file| (*file.path).cmp(path)).is_ok();
    let (back, away): (BTreeMap<_, _>, _) =
        left.iter().map(|(path, time)| (path.clone(), *time)).partition(|(path, _)| is_back(path));
    (away, back.into_keys().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASHED: &str = "app.3f9a1c07.js";

    #[test]
    fn lengths_of_time() {
        for (text, seconds) in [
            ("0", Some(0)),
            ("0d", Some(0)),
            ("1s", Some(1)),
            ("30m", Some(1800)),
            ("12h", Some(43_200)),
            ("7d", Some(604_800)),
            ("7 days", Some(604_800)),
            ("2w", Some(1_209_600)),
            ("1d 12h", Some(129_600)),
            ("P7D", Some(604_800)),
            ("7", None),
            ("-1d", None),
            ("1d ago", None),
            ("1mo", None),
            ("1y", None),
            ("a week", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), seconds.map(|seconds| Grace { seconds }), "{text}");
        }
    }

    /// Each row: the file, when a deploy first missed it, now, until when it is kept with a grace of 100.
    #[test]
    fn only_fingerprinted_files_are_spared_and_only_so_long() {
        for (path, left, now, until) in [
            (HASHED, None, 1000, Some(1100)),
            (HASHED, Some(1000), 1000, Some(1100)),
            (HASHED, Some(1000), 1099, Some(1100)),
            (HASHED, Some(1000), 1100, None),
            (HASHED, Some(i64::MAX), 1100, Some(i64::MAX)),
            ("app.js", None, 1000, None),
            ("index.html", Some(1000), 1001, None),
        ] {
            let mut plan = Plan { deletions: vec![path.into()], ..Plan::default() };
            let times = left.map(|time| (path.to_owned(), time)).into_iter().collect();
            Grace { seconds: 100 }.spare(&mut plan, &times, now, &HeaderRules::default());
            let spared = until.map(|until| Departed { path: path.into(), left, until });
            assert_eq!(plan.deletions.is_empty(), until.is_some(), "{path} {left:?} {now}");
            assert_eq!(plan.departed, spared.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn without_grace_all_are_deleted() {
        let mut plan = Plan { deletions: vec![HASHED.into()], ..Plan::default() };
        let left = BTreeMap::from([(HASHED.into(), 1000)]);
        Grace::default().spare(&mut plan, &left, 1000, &HeaderRules::default());
        assert_eq!((plan.deletions.len(), plan.departed.len()), (1, 0));
    }
}
