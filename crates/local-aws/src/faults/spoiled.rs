//! Replies to work that was done, spoiled on their way: stalled, trickled, cut short, not understood, with other checksums.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::header::{CONTENT_LENGTH, ETAG};
use http::{HeaderName, HeaderValue, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use s3s::{Body, HttpError};

/// As many pieces as a trickled body comes in.
const PIECES: usize = 20;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(25);

/// The head and the first half of the body, and then nothing for ever; not even a head where there is no body.
pub(super) async fn stalled(reply: Response<Body>) -> Result<Response<Body>, HttpError> {
    let (head, body) = whole(reply).await?;
    if body.is_empty() {
        return std::future::pending().await;
    }
    let half = body.slice(..body.len() / 2);
    let frames = stream::iter([Ok::<_, std::io::Error>(Frame::data(half))]).chain(stream::pending());
    Ok(sized(head, body.len(), Body::http_body(StreamBody::new(frames))))
}

/// The body in small pieces with pauses between them; a pause before the head where there is none.
pub(super) async fn trickled(reply: Response<Body>) -> Result<Response<Body>, HttpError> {
    let (head, body) = whole(reply).await?;
    if body.is_empty() {
        tokio::time::sleep(PAUSE * 4).await;
        return Ok(Response::from_parts(head, Body::from(body)));
    }
    let length = body.len();
    let size = length.div_ceil(PIECES).max(1);
    let pieces = (0..length.div_ceil(size))
        .map(move |piece| body.slice(piece * size..((piece + 1) * size).min(body.len())));
    let frames = stream::iter(pieces).then(|piece| async move {
        tokio::time::sleep(PAUSE).await;
        Ok::<_, std::io::Error>(Frame::data(piece))
    });
    Ok(sized(head, length, Body::http_body(StreamBody::new(frames))))
}

/// Half of the body as if it were the whole: a document that ends in its middle.
pub(super) async fn cut(reply: Response<Body>) -> Result<Response<Body>, HttpError> {
    let (head, body) = whole(reply).await?;
    // A reply to HEAD has the length of what it does not send.
    if body.is_empty() {
        return Ok(Response::from_parts(head, Body::from(body)));
    }
    let half = body.slice(..body.len() / 2);
    Ok(sized(head, half.len(), Body::from(half)))
}

/// A document with another outermost element, and a header that is neither `true` nor `false`.
pub(super) async fn unreadable(reply: Response<Body>) -> Result<Response<Body>, HttpError> {
    const BOOLEAN: HeaderName = HeaderName::from_static("x-amz-server-side-encryption-bucket-key-enabled");
    let (mut head, body) = whole(reply).await?;
    let document = String::from_utf8_lossy(&body).replace("Result", "Response");
    head.headers.insert(BOOLEAN, HeaderValue::from_static("perhaps"));
    Ok(sized(head, document.len(), Body::from(document)))
}

/// A listing that is not at its end, and does not say where the rest is.
pub(super) async fn without_token(reply: Response<Body>) -> Result<Response<Body>, HttpError> {
    const TOKEN: (&str, &str) = ("<NextContinuationToken>", "</NextContinuationToken>");
    let (head, body) = whole(reply).await?;
    let mut document = String::from_utf8_lossy(&body)
        .replace("<IsTruncated>false</IsTruncated>", "<IsTruncated>true</IsTruncated>");
    if let (Some(start), Some(end)) = (document.find(TOKEN.0), document.find(TOKEN.1)) {
        document.replace_range(start..end + TOKEN.1.len(), "");
    }
    Ok(sized(head, document.len(), Body::from(document)))
}

/// Every checksum in the head is that of something else, and so is the `ETag`.
pub(super) fn mistaken(mut reply: Response<Body>) -> Response<Body> {
    for (name, value) in reply.headers_mut() {
        let other: &[u8] = match name.as_str() {
            "x-amz-checksum-crc64nvme" => b"AAAAAAAAAAE=",
            "x-amz-checksum-crc32" | "x-amz-checksum-crc32c" => b"AAAAAQ==",
            "x-amz-checksum-sha1" => b"AAAAAAAAAAAAAAAAAAAAAAAAAAE=",
            "x-amz-checksum-sha256" => b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=",
            _ if name == ETAG => b"\"00000000000000000000000000000001\"",
            _ => continue,
        };
        *value = HeaderValue::from_bytes(other).expect("plain text");
    }
    reply
}

async fn whole(reply: Response<Body>) -> Result<(http::response::Parts, Bytes), HttpError> {
    let (head, body) = reply.into_parts();
    let body = BodyExt::collect(body).await.map_err(HttpError::new)?.to_bytes();
    Ok((head, body))
}

fn sized(mut head: http::response::Parts, length: usize, body: Body) -> Response<Body> {
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    Response::from_parts(head, body)
}
