//! Points in time as people and programs write them, in UTC where they name no zone.
//!
//! What `aws s3 sync --expires` takes is what Python's `dateutil` reads; here a text is refused where that would guess: a
//! date without a year or a day, or the name of a zone that `dateutil` does not know and so leaves out.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

/// March 1973. A smaller number is no count of seconds but a year, such as `2030`, or a date, such as `20300131`; only `0`
/// and negative numbers are meant, as what has expired.
const EARLIEST_EPOCH: f64 = 100_000_000.0;

/// Earlier years are not written to say that something has expired; a smaller number is an offset or a slip.
const EARLIEST_YEAR: i16 = 1900;

/// Names of months; three letters suffice.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Names of days of the week; three letters suffice. They decide nothing.
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Words that stand in dates and mean nothing.
const FILLERS: [&str; 3] = ["at", "of", "on"];

/// Reads a point in time, to the second: seconds since 1970, ISO 8601, an HTTP date, or a date with or without a time
/// such as `31 January 2030 3:04 pm`, `Jan 31, 2030` or `01/31/2030` (the month first, where either may be meant).
#[must_use]
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole seconds are meant, and too large ones are refused"
        )]
        let whole = seconds.floor() as i64;
        let is_meant = seconds >= EARLIEST_EPOCH || seconds <= 0.0;
        return is_meant.then(|| Timestamp::from_second(whole).ok()).flatten();
    }
    text.parse().ok().or_else(|| civil(text)).or_else(|| written(text))
}

/// ISO 8601 without an offset.
fn civil(text: &str) -> Option<Timestamp> {
    let is_complete = text.parse::<DateTime>();
    let civil = is_complete.or_else(|_| text.parse::<Date>().map(|date| date.at(0, 0, 0, 0)));
    Some(civil.ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// What has been found of a date so far.
#[derive(Default)]
struct Found {
    /// Numbers that are the day, the month or the year, with how many digits each had.
    numbers: Vec<(i16, usize)>,
    month: Option<i8>,
    time: Option<Time>,
    offset: Option<Offset>,
}

/// A date in words or with separators.
fn written(text: &str) -> Option<Timestamp> {
    let mut found = Found::default();
    for word in text.to_ascii_lowercase().split([' ', ',', '\t']).filter(|word| !word.is_empty()) {
        found.word(word)?;
    }
    let time = found.time.unwrap_or_default();
    let civil = found.date()?.to_datetime(time);
    found.offset.unwrap_or(Offset::UTC).to_timestamp(civil).ok()
}

impl Found {
    fn word(&mut self, word: &str) -> Option<()> {
        let is_day = named(&WEEKDAYS, word).is_some();
        if is_day || FILLERS.contains(&word) {
            return Some(());
        }
        if word.contains(':') && !word.starts_with(['+', '-']) {
            return self.clock(word);
        }
        if matches!(word, "am" | "pm" | "a.m." | "p.m.") {
            let time = halved(self.time?, word)?;
            self.time = Some(time);
            return Some(());
        }
        if let Some(offset) = offset(word).filter(|_| self.time.is_some()) {
            return set(&mut self.offset, offset);
        }
        word.split(['-', '/', '.']).filter(|piece| !piece.is_empty()).try_for_each(|piece| self.piece(piece))
    }

    /// A day, month or year.
    fn piece(&mut self, piece: &str) -> Option<()> {
        if let Some(index) = named(&MONTHS, piece) {
            return set(&mut self.month, i8::try_from(index + 1).ok()?);
        }
        let digits = ["st", "nd", "rd", "th"].iter().find_map(|ending| piece.strip_suffix(ending));
        let digits = digits.unwrap_or(piece);
        if !matches!(digits.len(), 1 | 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.numbers.push((digits.parse().ok()?, digits.len()));
        Some(())
    }

    /// `3:04`, `03:04:05.6`, with `am`, `pm` or an offset behind it.
    fn clock(&mut self, word: &str) -> Option<()> {
        let is_of_clock = |sign: char| sign.is_ascii_digit() || matches!(sign, ':' | '.');
        let end = word.find(|sign| !is_of_clock(sign)).unwrap_or(word.len());
        let (clock, rest) = word.split_at(end);
        let mut pieces = clock.split(':');
        let (hour, minute) = (pieces.next()?.parse().ok()?, pieces.next()?.parse().ok()?);
        let second = pieces.next().map_or(Some(0), |text| text.split('.').next()?.parse().ok())?;
        if pieces.next().is_some() {
            return None;
        }
        let time = Time::new(hour, minute, second, 0).ok()?;
        let time = match rest {
            "am" | "pm" => halved(time, rest)?,
            "" => time,
            zone => {
                set(&mut self.offset, offset(zone)?)?;
                time
            }
        };
        set(&mut self.time, time)
    }

    fn date(&self) -> Option<Date> {
        let year = |(number, digits): (i16, usize)| match digits {
            4 => (number >= EARLIEST_YEAR).then_some(number),
            // RFC 850 has such; a century that is over is not meant.
            2 => Some(2000 + number),
            _ => None,
        };
        let small = |(number, digits): (i16, usize)| i8::try_from(number).ok().filter(|_| digits < 3);
        let (year, month, day) = match (self.month, &self.numbers[..]) {
            (Some(month), [first @ (_, 4), day]) => (year(*first)?, month, small(*day)?),
            (Some(month), [day, last]) => (year(*last)?, month, small(*day)?),
            (None, [first @ (_, 4), month, day]) => (year(*first)?, small(*month)?, small(*day)?),
            (None, [day, month, last]) if day.0 > 12 => (year(*last)?, small(*month)?, small(*day)?),
            (None, [month, day, last]) => (year(*last)?, small(*month)?, small(*day)?),
            _ => return None,
        };
        Date::new(year, month, day).ok()
    }
}

fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

/// The place of a name that may be cut to three letters, or to the four of `sept` and their like.
fn named(names: &[&str], word: &str) -> Option<usize> {
    let word = word.strip_suffix('.').unwrap_or(word);
    names.iter().position(|name| {
        *name == word
            || (word.len() == 3 && name.starts_with(word))
            || (word == "sept" && *name == "september")
    })
}

/// A time of a clock of twelve hours.
fn halved(time: Time, half: &str) -> Option<Time> {
    match (time.hour(), half.starts_with('p')) {
        (12, false) => Some(time - 12.hours()),
        (1..=11, true) => Some(time + 12.hours()),
        (12, true) | (0..=11, false) => Some(time),
        _ => None,
    }
}

/// `z`, `utc`, `gmt`, `+02`, `+0200`, `+02:00`.
fn offset(word: &str) -> Option<Offset> {
    if matches!(word, "z" | "utc" | "gmt") {
        return Some(Offset::UTC);
    }
    let (sign, digits) = word
        .strip_prefix('+')
        .map(|rest| (1, rest))
        .or_else(|| word.strip_prefix('-').map(|rest| (-1, rest)))?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(pair) => pair,
        None if digits.len() == 4 => digits.split_at(2),
        None => (digits, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok().filter(|_| minutes < 60 && hours < 24)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Generated by `botocore`, which reads `--expires` for the AWS CLI.
    #[test]
    fn forms_of_a_date() {
        for (text, seconds) in [
            ("2030-01-02T03:04:05Z", 1_893_553_445),
            ("2030-01-02T05:04:05+02:00", 1_893_553_445),
            ("2030-01-02T05:04:05+0200", 1_893_553_445),
            ("2030-01-02T05:04:05+02", 1_893_553_445),
            ("2030-01-02T03:04:05.678Z", 1_893_553_445),
            ("2030-01-02T03:04:05", 1_893_553_445),
            ("2030-01-02 03:04:05", 1_893_553_445),
            ("2030-01-02 03:04", 1_893_553_440),
            ("2030-01-02T03:04Z", 1_893_553_440),
            ("2030-01-02", 1_893_542_400),
            ("2030/01/02", 1_893_542_400),
            ("2030.01.02", 1_893_542_400),
            ("2030-1-2", 1_893_542_400),
            ("20300102T030405Z", 1_893_553_445),
            ("20300102T030405", 1_893_553_445),
            ("Wed, 02 Jan 2030 03:04:05 GMT", 1_893_553_445),
            ("Wed, 2 Jan 2030 03:04:05 +0000", 1_893_553_445),
            ("02 Jan 2030 05:04:05 +0200", 1_893_553_445),
            ("Wednesday, 02-Jan-30 03:04:05 GMT", 1_893_553_445),
            ("Wed Jan  2 03:04:05 2030", 1_893_553_445),
            ("Wed Jan 2 03:04:05 UTC 2030", 1_893_553_445),
            ("2 January 2030", 1_893_542_400),
            ("2 Jan 2030", 1_893_542_400),
            ("02-Jan-2030", 1_893_542_400),
            ("Jan 2, 2030", 1_893_542_400),
            ("January 2, 2030 3:04 pm", 1_893_596_640),
            ("January 2nd, 2030 at 3:04:05 PM", 1_893_596_645),
            ("Jan 2 2030 12:00am", 1_893_542_400),
            ("2030 Jan 2", 1_893_542_400),
            ("01/02/2030", 1_893_542_400),
            ("1/2/2030 03:04:05", 1_893_553_445),
            ("31/12/2030", 1_924_905_600),
            ("12/31/2030", 1_924_905_600),
            ("02.01.2030", 1_896_134_400),
            ("31.12.2030", 1_924_905_600),
            ("2030-01-02 03:04:05 UTC", 1_893_553_445),
            ("2030-01-02 03:04:05 +02:00", 1_893_546_245),
            ("2030-01-02 03:04:05 -0500", 1_893_571_445),
            ("2030-01-02 03:04:05Z", 1_893_553_445),
            ("0", 0),
            ("-1", -1),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
            ("1893553445", 1_893_553_445),
            ("1893553445.5", 1_893_553_445),
            (" 2030-01-02 ", 1_893_542_400),
            ("Sept 5 2030", 1_914_796_800),
        ] {
            assert_eq!(timestamp(text).map(Timestamp::as_second), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_point_in_time() {
        for text in [
            "2030-02-30",
            "2030-13-01",
            "next year",
            "soon",
            "2030-W01-3",
            "2030-002",
            "2030-01-02 25:00:00",
            "never",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }

    /// `botocore` takes these, for what hardly anybody means: a moment in 1970, today's day or time, a zone left out, or an
    /// offset whose sign is turned round.
    #[test]
    fn what_is_refused_although_the_aws_cli_takes_it() {
        for text in [
            "2030",
            "2030-01",
            "Jan 2030",
            "20300102",
            "03:04:05",
            "2030-01-02 03:04:05 EST",
            "2030-01-02T03:04:05 GMT+2",
            "1",
            "86400",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }

    proptest! {
        /// Whatever is read is the same moment when it is written as an HTTP date, and nothing panics.
        #[test]
        fn what_is_read_can_be_written(text in "[0-9]{1,4}[-/. ]([0-9]{1,2}|jan|Dec)[-/. ][0-9]{1,4}[T ][0-9:]{0,8}(Z|[+-][0-9:]{1,5}| am| pm)?") {
            if let Some(read) = timestamp(&text) {
                let http = read.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
                prop_assert_eq!(timestamp(&http).map(Timestamp::as_second), Some(read.as_second()));
            }
        }
    }
}
