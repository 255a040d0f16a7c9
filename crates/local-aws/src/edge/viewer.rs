//! What a viewer gets of a response: all of it, a range, its head, or that it has not changed.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    AGE, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED, RANGE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::cache::Content;
use crate::xml::Reply;

/// How a response came to the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// It was there, for so long already.
    Cache(Duration),
    /// It was there, and the origin says that it has not changed.
    Revalidated,
    Origin,
}

/// Answers a request with this response.
pub(super) fn reply(request: &Parts, content: &Content, source: Source) -> Reply {
    let mut reply = body(request, content);
    let headers = reply.headers_mut();
    headers.insert("x-cache", HeaderValue::from_static(x_cache(content.is_error, source)));
    if let Source::Cache(age) = source {
        headers.insert(AGE, age.as_secs().into());
    }
    if request.method == Method::HEAD {
        // The length of what a GET would bring stays.
        let length = HeaderValue::from(reply.body().len());
        reply.headers_mut().entry(CONTENT_LENGTH).or_insert(length);
        *reply.body_mut() = Bytes::new();
    }
    reply
}

fn x_cache(is_error: bool, source: Source) -> &'static str {
    match source {
        _ if is_error => "Error from cloudfront",
        Source::Cache(_) => "Hit from cloudfront",
        Source::Revalidated => "RefreshHit from cloudfront",
        Source::Origin => "Miss from cloudfront",
    }
}

/// The part of a response that is asked for.
fn body(request: &Parts, content: &Content) -> Reply {
    let answer = |status, headers, body| {
        let mut reply = Response::new(body);
        *reply.status_mut() = status;
        *reply.headers_mut() = headers;
        reply
    };
    let whole = || answer(content.status, content.headers.clone(), content.body.clone());
    if content.status != StatusCode::OK || content.is_error {
        return whole();
    }
    if is_known(&request.headers, &content.headers) {
        let mut headers = content.headers.clone();
        headers.remove(CONTENT_TYPE);
        return answer(StatusCode::NOT_MODIFIED, headers, Bytes::new());
    }
    let length = content.body.len();
    let mut headers = content.headers.clone();
    match range(&request.headers, &content.headers, length) {
        None => whole(),
        Some(Ok(range)) => {
            let text = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            headers.extend(header(CONTENT_RANGE, &text));
            answer(StatusCode::PARTIAL_CONTENT, headers, content.body.slice(range))
        }
        Some(Err(Unsatisfiable)) => {
            headers.extend(header(CONTENT_RANGE, &format!("bytes */{length}")));
            answer(StatusCode::RANGE_NOT_SATISFIABLE, headers, Bytes::new())
        }
    }
}

/// RFC 9110, 13.1: a date counts only where no entity tag is given.
fn is_known(asked: &HeaderMap, have: &HeaderMap) -> bool {
    let etag = text(have, &ETAG).unwrap_or_default();
    if let Some(tags) = text(asked, &IF_NONE_MATCH) {
        return tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag);
    }
    let date = |headers, name| -> Option<Timestamp> {
        DateTimeParser::new().parse_timestamp(text(headers, name)?).ok()
    };
    match (date(asked, &IF_MODIFIED_SINCE), date(have, &LAST_MODIFIED)) {
        (Some(since), Some(modified)) => modified <= since,
        _ => false,
    }
}

/// A range that begins behind the end.
#[derive(Debug, PartialEq, Eq)]
struct Unsatisfiable;

/// The range asked for; `None` for all of it, as several ranges and malformed ones are answered too.
fn range(asked: &HeaderMap, have: &HeaderMap, length: usize) -> Option<Result<Range<usize>, Unsatisfiable>> {
    // Any validator that is not the entity tag we have is one of an older response.
    if asked.contains_key(IF_RANGE) && text(asked, &IF_RANGE) != text(have, &ETAG) {
        return None;
    }
    let (first, last) = text(asked, &RANGE)?.strip_prefix("bytes=")?.split_once('-')?;
    let range = if first.is_empty() {
        length.saturating_sub(last.parse().ok()?)..length
    } else {
        let last: usize = if last.is_empty() { usize::MAX } else { last.parse().ok()? };
        let first = first.parse().ok()?;
        if last < first {
            return None;
        }
        first..last.saturating_add(1).min(length)
    };
    Some(if range.start < range.end { Ok(range) } else { Err(Unsatisfiable) })
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn header(name: HeaderName, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((name, HeaderValue::from_str(value).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let asked = |range: &str| {
            let headers: HeaderMap = header(RANGE, range).into_iter().collect();
            super::range(&headers, &HeaderMap::new(), 10)
        };
        for (text, expected) in [
            ("bytes=0-0", Some(Ok(0..1))),
            ("bytes=2-", Some(Ok(2..10))),
            ("bytes=2-99", Some(Ok(2..10))),
            ("bytes=-3", Some(Ok(7..10))),
            ("bytes=-99", Some(Ok(0..10))),
            ("bytes=-0", Some(Err(Unsatisfiable))),
            ("bytes=10-", Some(Err(Unsatisfiable))),
            ("bytes=3-2", None),
            ("bytes=0-1,3-4", None),
            ("bytes=a-b", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(asked(text), expected, "{text}");
        }
    }
}
