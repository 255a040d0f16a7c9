//! The headers an object is stored with.

pub(crate) mod content_type;
pub(crate) mod fingerprint;
pub(crate) mod page;

use crc_fast::CrcAlgorithm::Crc64Nvme;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

/// Canned ACLs, as `aws s3 sync --acl` takes them.
pub(crate) const CANNED_ACLS: [&str; 8] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
];

/// Storage classes, as `aws s3 sync --storage-class` takes them.
pub(crate) const STORAGE_CLASSES: [&str; 8] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
];

/// What a configuration says of every object; the content type is added a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Headers {
    /// One of [`CANNED_ACLS`].
    pub acl: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Expires`.
    pub expires: Option<Timestamp>,
    /// One of [`STORAGE_CLASSES`].
    pub storage_class: Option<String>,
}

impl Headers {
    /// A digest of everything an object with this content type is sent with.
    #[must_use]
    pub(crate) fn digest(&self, content_type: Option<&str>) -> u64 {
        let expires = self.expires.map(|time| time.as_second().to_string());
        let fields = [
            content_type,
            self.acl.as_deref(),
            self.cache_control.as_deref(),
            self.content_encoding.as_deref(),
            expires.as_deref(),
            self.storage_class.as_deref(),
        ];
        // Header values have no control characters, so fields cannot run into each other.
        let text: Vec<&str> = fields.iter().map(|field| field.unwrap_or("\0")).collect();
        crc_fast::checksum(Crc64Nvme, text.join("\n").as_bytes())
    }
}

/// March 1973. A smaller number is no count of seconds but a year, such as `2030`.
const EARLIEST_EPOCH: i64 = 100_000_000;

/// Reads a point in time: ISO 8601 with or without an offset (UTC then), a date, an HTTP date, or seconds since 1970.
#[must_use]
pub(crate) fn timestamp(text: &str) -> Option<Timestamp> {
    let in_utc = |civil: DateTime| civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse::<i64>()
        .ok()
        .filter(|seconds| *seconds >= EARLIEST_EPOCH)
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .or_else(|| text.parse().ok())
        .or_else(|| rfc2822::DateTimeParser::new().parse_timestamp(text).ok())
        .or_else(|| text.parse::<DateTime>().ok().and_then(in_utc))
        .or_else(|| text.parse::<Date>().ok().and_then(|date| in_utc(date.at(0, 0, 0, 0))))
}

/// Whether HTTP can carry the text as a header's value: visible ASCII, blanks and tabs (RFC 9110, section 5.5).
#[must_use]
pub(crate) fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time() {
        for (text, seconds) in [
            ("2030-01-02T03:04:05Z", Some(1_893_553_445)),
            ("2030-01-02T05:04:05+02:00", Some(1_893_553_445)),
            ("2030-01-02T03:04:05", Some(1_893_553_445)),
            ("2030-01-02 03:04:05", Some(1_893_553_445)),
            ("2030-01-02", Some(1_893_542_400)),
            ("Wed, 02 Jan 2030 03:04:05 GMT", Some(1_893_553_445)),
            ("1893553445", Some(1_893_553_445)),
            ("next year", None),
            ("2030-13-01", None),
            ("2030", None),
        ] {
            assert_eq!(timestamp(text).map(Timestamp::as_second), seconds, "{text}");
        }
    }

    #[test]
    fn header_values() {
        assert!(is_header_value("public, max-age=60"));
        assert!(!is_header_value("a\nb"));
        assert!(!is_header_value("é"));
    }
}
