//! What a fault does to a request, and how a connection ends by it.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt as _;
use s3s::{Body, HttpError};

use super::gate::Gate;
use crate::refusal::Refusal;

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The request is read, not carried out, and answered with this error.
    Answer(Refusal),
    /// The same, and the error goes on with the session token of the request.
    Quote(Refusal),
    /// The request is read, not carried out, and the connection reset.
    Reset,
    /// The request is carried out, and the connection reset.
    LostReply,
    /// The request is carried out, and half of the reply sent.
    TornReply,
    /// The request is carried out so much later.
    Delay(Duration),
    /// The request is carried out, and its reply ends in the middle without a word.
    Stall,
    /// The request is carried out, and its reply comes in small pieces.
    Trickle,
    /// The request is carried out, and half of the reply's body is all that it is.
    Cut,
    /// The request is carried out, and its reply is one that nobody understands.
    Unreadable,
    /// The request is carried out, and its listing goes on without a token.
    WithoutToken,
    /// The request is carried out, and the checksums of the reply are other ones.
    Mistaken,
    /// The request is not carried out, and answered with success and this error in its body.
    InSuccess(Refusal),
    /// Nothing is deleted: this error is reported for each key of a batch.
    EachKey(Refusal),
    /// The request is not carried out: the bucket is in this region, says the answer.
    Moved(String),
    /// The connection is reset, and so are all others; new ones are refused for this time.
    Outage(Option<Duration>),
    /// The request is carried out once the gate is open.
    Held(Gate),
    /// The request is carried out, and answered once the gate is open.
    HeldReply(Gate),
}

/// Why a connection ends without a whole reply.
#[derive(Debug)]
pub(crate) enum HangUp {
    /// With a reset.
    Reset,
    /// After these bytes of a reply.
    Torn(Bytes),
    /// Because the client's own end broke, in this way.
    Broken(String),
}

impl HangUp {
    /// The end of a connection after the first half of this reply's body, or of its head.
    pub(crate) async fn torn(reply: Response<Body>) -> Self {
        let (head, body) = reply.into_parts();
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(cause) => return Self::Broken(cause.to_string()),
        };
        let mut sent = format!("HTTP/1.1 {}\r\ncontent-length: {}\r\n", head.status, body.len()).into_bytes();
        for (name, value) in head.headers.iter().filter(|(name, _)| *name != http::header::CONTENT_LENGTH) {
            sent.extend_from_slice(name.as_str().as_bytes());
            sent.extend_from_slice(b": ");
            sent.extend_from_slice(value.as_bytes());
            sent.extend_from_slice(b"\r\n");
        }
        sent.extend_from_slice(b"\r\n");
        if body.is_empty() {
            sent.truncate(sent.len() / 2);
        }
        sent.extend_from_slice(&body[..body.len() / 2]);
        Self::Torn(sent.into())
    }
}

impl From<HttpError> for HangUp {
    fn from(error: HttpError) -> Self {
        Self::Broken(format!("{error:?}"))
    }
}

impl fmt::Display for HangUp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset => formatter.write_str("the connection is reset"),
            Self::Torn(_) => formatter.write_str("the reply is torn"),
            Self::Broken(cause) => write!(formatter, "the connection broke: {cause}"),
        }
    }
}

impl std::error::Error for HangUp {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn half_a_reply() {
        for (body, length, end) in [("0123456789", 10, "\r\n\r\n01234"), ("x", 1, "\r\n\r\n")] {
            let reply = Response::builder().header("etag", "\"a\"").body(Body::from(body.to_owned()));
            let HangUp::Torn(sent) = HangUp::torn(reply.expect("a reply")).await else { panic!("torn") };
            let sent = String::from_utf8(sent.to_vec()).expect("text");
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\netag: \"a\"\r\n");
            assert!(sent.starts_with(&head) && sent.ends_with(end), "{sent:?}");
        }
        let HangUp::Torn(sent) = HangUp::torn(Response::new(Body::empty())).await else { panic!("torn") };
        assert!(sent.starts_with(b"HTTP/1.1 200") && !sent.ends_with(b"\r\n\r\n"), "{sent:?}");
    }
}
