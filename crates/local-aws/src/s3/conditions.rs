//! `If-Match`, `If-None-Match` and their kin: for reads, copy sources, writes and deletions.

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use s3s::{S3Error, S3Result};

use super::headers::text;
use super::object::Object;
use super::{answer, error};

/// Before the conditions of a copy's source.
pub(super) const COPY_SOURCE: &str = "x-amz-copy-source-";

/// The conditions of a `GET` or `HEAD`.
pub(super) fn read(headers: &HeaderMap, object: &Object) -> S3Result<()> {
    match check(headers, "", object) {
        Verdict::Met => Ok(()),
        Verdict::Failed => Err(error::precondition_failed()),
        Verdict::Unchanged => Err(not_modified(object)),
    }
}

/// The conditions of a copy on its source: whatever fails is a failed precondition.
pub(super) fn copy_source(headers: &HeaderMap, object: &Object) -> S3Result<()> {
    match check(headers, COPY_SOURCE, object) {
        Verdict::Met => Ok(()),
        Verdict::Failed | Verdict::Unchanged => Err(error::precondition_failed()),
    }
}

/// The conditions of a write on what is there now.
pub(super) fn write(headers: &HeaderMap, existing: Option<&Object>) -> S3Result<()> {
    if let Some(condition) = text(headers, "if-none-match") {
        if condition != "*" {
            return Err(error::not_implemented(
                "A header you provided implies functionality that is not implemented",
            ));
        }
        if existing.is_some() {
            return Err(error::precondition_failed());
        }
    }
    match text(headers, "if-match") {
        Some(condition) => unchanged(&condition, existing),
        None => Ok(()),
    }
}

/// That what is there now has that `ETag`: `NoSuchKey` when there is nothing, `PreconditionFailed` when it differs.
pub(super) fn unchanged(etag: &str, existing: Option<&Object>) -> S3Result<()> {
    let existing = existing.ok_or_else(error::no_such_key)?;
    if matches(etag, &existing.etag) {
        return Ok(());
    }
    Err(error::precondition_failed())
}

enum Verdict {
    Met,
    Failed,
    Unchanged,
}

/// RFC 9110, 13.2.2: a date only counts where the entity tag of its kind is absent.
fn check(headers: &HeaderMap, prefix: &str, object: &Object) -> Verdict {
    let get = |name: &str| text(headers, format!("{prefix}{name}"));
    let since = |name: &str| {
        get(name)
            .and_then(|date| DateTimeParser::new().parse_timestamp(date).ok())
            .map(|date: Timestamp| object.last_modified > date)
    };
    if let Some(tags) = get("if-match") {
        if !matches(&tags, &object.etag) {
            return Verdict::Failed;
        }
    } else if since("if-unmodified-since") == Some(true) {
        return Verdict::Failed;
    }
    if let Some(tags) = get("if-none-match") {
        if matches(&tags, &object.etag) {
            return Verdict::Unchanged;
        }
    } else if since("if-modified-since") == Some(false) {
        return Verdict::Unchanged;
    }
    Verdict::Met
}

/// Whether a list of entity tags, quoted or not, or `*` names this one.
fn matches(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| {
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag == "*" || tag.trim_matches('"') == etag
    })
}

fn not_modified(object: &Object) -> S3Error {
    let mut error = error::error("NotModified", StatusCode::NOT_MODIFIED, "Not Modified");
    error.set_headers(answer::object(object));
    error
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    const HELLO: &str = "5d41402abc4b2a76b9719d911017c592";

    fn object() -> Object {
        let written = "2026-01-10T12:00:00Z".parse().expect("a timestamp");
        Object::new("hello", written)
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                let value = HeaderValue::from_str(value).expect("a valid header");
                (HeaderName::from_static(name), value)
            })
            .collect()
    }

    fn status(result: S3Result<()>) -> u16 {
        result.map_or_else(|error| error.status_code().expect("ours have one").as_u16(), |()| 200)
    }

    #[test]
    fn reads() {
        let (before, after) = ("Fri, 09 Jan 2026 12:00:00 GMT", "Sun, 11 Jan 2026 12:00:00 GMT");
        for (pairs, expected) in [
            (vec![("if-match", HELLO)], 200),
            (vec![("if-match", "\"other\"")], 412),
            (vec![("if-none-match", "\"other\", *")], 304),
            (vec![("if-none-match", "other")], 200),
            (vec![("if-modified-since", before)], 200),
            (vec![("if-modified-since", after)], 304),
            (vec![("if-unmodified-since", before)], 412),
            (vec![("if-match", HELLO), ("if-unmodified-since", before)], 200),
            (vec![("if-none-match", "other"), ("if-modified-since", after)], 200),
        ] {
            assert_eq!(status(read(&headers(&pairs), &object())), expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_copy_never_answers_not_modified() {
        let pairs = headers(&[("x-amz-copy-source-if-none-match", HELLO)]);
        assert_eq!(status(copy_source(&pairs, &object())), 412);
    }

    #[test]
    fn writes() {
        let existing = object();
        for (pair, existing, expected) in [
            (("if-none-match", "*"), None, 200),
            (("if-none-match", "*"), Some(&existing), 412),
            (("if-none-match", HELLO), None, 501),
            (("if-match", HELLO), Some(&existing), 200),
            (("if-match", "\"other\""), Some(&existing), 412),
            (("if-match", HELLO), None, 404),
        ] {
            assert_eq!(status(write(&headers(&[pair]), existing)), expected, "{pair:?}");
        }
    }
}
