//! How long an edge keeps a response: the origin's headers, held within the limits of the distribution.

use std::time::Duration;

use http::HeaderMap;
use http::header::{CACHE_CONTROL, EXPIRES};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// The limits of a distribution's cache policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) minimum: Duration,
    /// For responses that do not say.
    pub(crate) default: Duration,
    pub(crate) maximum: Duration,
}

impl Default for Limits {
    /// CloudFront's own: nothing, a day, a year.
    fn default() -> Self {
        Self {
            minimum: Duration::ZERO,
            default: Duration::from_hours(24),
            maximum: Duration::from_hours(365 * 24),
        }
    }
}

/// What the headers of a response say about its caching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    For(Duration),
    /// `no-cache`: kept, and asked about again before every use.
    Revalidate,
    /// `no-store` and `private`.
    Never,
}

/// How long a response is fresh; `None` when it is not kept at all.
///
/// Developer Guide, "Manage how long content stays in the cache": `s-maxage` goes before `max-age` before `Expires`, and
/// a minimum above zero also binds what says `no-cache`, `no-store` or `private`.
pub(super) fn of_content(headers: &HeaderMap, limits: &Limits, now: Timestamp) -> Option<Duration> {
    let within = |time: Duration| Some(time.min(limits.maximum).max(limits.minimum));
    match said(headers, now) {
        Said::Nothing => within(limits.default),
        Said::For(time) => within(time),
        Said::Never if limits.minimum.is_zero() => None,
        Said::Revalidate | Said::Never => Some(limits.minimum),
    }
}

/// How long an error is fresh: what its headers say, but never less than the minimum for errors.
pub(super) fn of_error(headers: &HeaderMap, minimum: Duration, now: Timestamp) -> Duration {
    match said(headers, now) {
        Said::For(time) => time.max(minimum),
        Said::Nothing | Said::Revalidate | Said::Never => minimum,
    }
}

fn said(headers: &HeaderMap, now: Timestamp) -> Said {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let control = text(CACHE_CONTROL).unwrap_or_default().to_ascii_lowercase();
    let directives: Vec<&str> = control.split(',').map(str::trim).collect();
    let has = |name: &str| directives.iter().any(|one| one.split('=').next() == Some(name));
    let seconds = |name: &str| {
        let argument = directives.iter().find_map(|one| one.strip_prefix(name)?.strip_prefix('='))?;
        argument.trim_matches('"').parse().ok().map(Duration::from_secs)
    };
    if has("no-store") || has("private") {
        return Said::Never;
    }
    if has("no-cache") {
        return Said::Revalidate;
    }
    if let Some(age) = seconds("s-maxage").or_else(|| seconds("max-age")) {
        return Said::For(age);
    }
    // A date that is none, such as `0`, has passed.
    text(EXPIRES).map_or(Said::Nothing, |date| {
        let date = DateTimeParser::new().parse_timestamp(date).ok();
        let left = date.and_then(|date| Duration::try_from(date.duration_since(now)).ok());
        Said::For(left.unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(control: &str, expires: &str) -> HeaderMap {
        let all = [(CACHE_CONTROL, control), (EXPIRES, expires)];
        let sent = all.into_iter().filter(|(_, value)| !value.is_empty());
        sent.map(|(name, value)| (name, HeaderValue::from_str(value).expect("a header"))).collect()
    }

    #[test]
    fn content() {
        let limits = |minimum, maximum| Limits {
            minimum: Duration::from_secs(minimum),
            default: Duration::from_mins(5),
            maximum: Duration::from_secs(maximum),
        };
        let (loose, tight) = (limits(0, 100_000), limits(60, 600));
        for (control, expires, at_loose, at_tight) in [
            ("", "", Some(300), Some(300)),
            ("max-age=10", "", Some(10), Some(60)),
            ("max-age=1000", "", Some(1000), Some(600)),
            ("public, Max-Age=100, s-maxage=200", "", Some(200), Some(200)),
            ("immutable", "", Some(300), Some(300)),
            ("max-age=0", "", Some(0), Some(60)),
            ("max-age=soon", "", Some(300), Some(300)),
            ("no-cache", "", Some(0), Some(60)),
            ("no-cache, max-age=100", "", Some(0), Some(60)),
            ("private", "", None, Some(60)),
            ("no-store", "", None, Some(60)),
            ("", "Thu, 01 Jan 1970 00:02:00 GMT", Some(120), Some(120)),
            ("max-age=70", "Thu, 01 Jan 1970 00:02:00 GMT", Some(70), Some(70)),
            ("", "Wed, 31 Dec 1969 00:00:00 GMT", Some(0), Some(60)),
            ("", "0", Some(0), Some(60)),
        ] {
            for (limits, expected) in [(loose, at_loose), (tight, at_tight)] {
                let found = of_content(&headers(control, expires), &limits, Timestamp::UNIX_EPOCH);
                assert_eq!(found, expected.map(Duration::from_secs), "{control} {expires} {limits:?}");
            }
        }
    }

    #[test]
    fn errors() {
        for (control, expected) in
            [("", 10), ("max-age=5", 10), ("max-age=50", 50), ("no-store", 10), ("no-cache", 10)]
        {
            let found = of_error(&headers(control, ""), Duration::from_secs(10), Timestamp::UNIX_EPOCH);
            assert_eq!(found, Duration::from_secs(expected), "{control}");
        }
    }
}
