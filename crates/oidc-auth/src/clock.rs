//! Spans of time in words, and what the clocks of this machine and of STS say of each other.

use jiff::Timestamp;

/// Clocks that differ by more seconds than this are worth a line: an answer of STS takes far less.
const NOTABLE: u64 = 60;

/// `in 42 minutes`, `3 hours ago`.
pub(crate) fn distance(seconds: i64) -> String {
    let span = span(seconds.unsigned_abs());
    if seconds < 0 { format!("{span} ago") } else { format!("in {span}") }
}

/// `42 minutes`, in the largest unit that fits twice.
pub(crate) fn span(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let (count, unit) = match seconds {
        _ if seconds < 2 * MINUTE => (seconds, "second"),
        _ if seconds < 2 * HOUR => (seconds / MINUTE, "minute"),
        _ if seconds < 2 * DAY => (seconds / HOUR, "hour"),
        _ => (seconds / DAY, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// How far this machine's clock is from that of STS; `None` when they agree.
pub(crate) fn skew(machine: Timestamp, sts: Timestamp) -> Option<String> {
    let seconds = machine.as_second() - sts.as_second();
    let side = if seconds < 0 { "behind" } else { "ahead of" };
    (seconds.unsigned_abs() > NOTABLE)
        .then(|| format!("this machine's clock is {} {side} that of STS", span(seconds.unsigned_abs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (seconds, expected) in [
            (0, "in 0 seconds"),
            (1, "in 1 second"),
            (-119, "119 seconds ago"),
            (3540, "in 59 minutes"),
            (-7200, "2 hours ago"),
            (-864_000, "10 days ago"),
        ] {
            assert_eq!(distance(seconds), expected);
        }
    }

    #[test]
    fn clocks_that_agree_are_not_spoken_of() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        assert_eq!(skew(at(1000), at(1060)), None);
        let behind = "this machine's clock is 2 hours behind that of STS";
        assert_eq!(skew(at(1000), at(8200)).as_deref(), Some(behind));
        let ahead = "this machine's clock is 61 seconds ahead of that of STS";
        assert_eq!(skew(at(1061), at(1000)).as_deref(), Some(ahead));
    }
}
