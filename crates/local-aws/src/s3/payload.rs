//! The bytes of an upload, read whole and checked against everything the client said about them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use s3s::dto::StreamingBlob;
use s3s::{Body, S3Error, S3Result, StdError, TrailingHeaders};

use super::checksum::{Algorithm, Checksum};
use super::content::Content;
use super::error;
use super::headers::text;

/// What one `PUT` may bring: 5 GiB.
const MAXIMUM: usize = 5 * 1024 * 1024 * 1024;

/// An upload that arrived intact.
pub(super) struct Payload {
    pub(super) content: Content,
    /// The checksum that came with it, as a header or as a trailer.
    pub(super) checksum: Option<Checksum>,
}

/// Reads an upload to its end and verifies its length, MD5 and checksum.
pub(super) async fn read(
    body: Option<StreamingBlob>,
    headers: &HeaderMap,
    trailers: Option<&TrailingHeaders>,
) -> S3Result<Payload> {
    let mut body = body.map_or_else(Body::empty, Body::from);
    let body = body.store_all_limited(MAXIMUM).await.map_err(|cause| broken(&cause))?;
    // The trailers are complete only once the body has been read.
    let trailers = trailers.and_then(TrailingHeaders::take).unwrap_or_default();
    verify(body, headers, &trailers)
}

/// Verifies bytes that have been read.
pub(super) fn verify(body: Bytes, headers: &HeaderMap, trailers: &HeaderMap) -> S3Result<Payload> {
    let content = Content::of(body);
    verify_md5(&content, headers)?;
    let claim = claim(headers, trailers)?;
    let checksum = match claim {
        None => None,
        Some((algorithm, value)) => {
            let computed = Checksum::full(algorithm, &content.body);
            if computed.value != value {
                return Err(mismatch(algorithm));
            }
            Some(computed)
        }
    };
    Ok(Payload { content, checksum })
}

/// The one checksum header of a request, well-formed but not yet compared.
pub(super) fn claim(headers: &HeaderMap, trailers: &HeaderMap) -> S3Result<Option<(Algorithm, String)>> {
    refuse_unknown(headers)?;
    let mut claims = Algorithm::ALL.into_iter().filter_map(|algorithm| {
        let name = algorithm.header();
        let value = text(headers, name).or_else(|| text(trailers, name))?;
        Some((algorithm, value))
    });
    let first = claims.next();
    if claims.next().is_some() {
        return Err(error::invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ));
    }
    match &first {
        Some((algorithm, value)) if !is_value(*algorithm, value) => {
            Err(error::invalid_request(format!("Value for {} header is invalid.", algorithm.header())))
        }
        None if headers.contains_key("x-amz-sdk-checksum-algorithm")
            && !headers.contains_key("x-amz-trailer") =>
        {
            Err(error::invalid_request(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or \
                 x-amz-trailer headers were found.",
            ))
        }
        None if text(headers, "x-amz-trailer").is_some_and(|names| names.contains("x-amz-checksum-")) => {
            Err(error::bad_request(
                "MalformedTrailerError",
                "The request contained trailing data that was not well-formed or did not conform to \
                 our published schema.",
            ))
        }
        _ => Ok(first),
    }
}

/// The checksum that was sent is not that of what was received.
pub(super) fn mismatch(algorithm: Algorithm) -> S3Error {
    error::bad_request(
        "BadDigest",
        format!("The {} you specified did not match the calculated checksum.", algorithm.name()),
    )
}

/// A composite checksum carries the number of parts behind a dash.
fn is_value(algorithm: Algorithm, value: &str) -> bool {
    let digest = value.split_once('-').map_or(value, |(digest, _)| digest);
    algorithm.accepts(digest)
}

fn refuse_unknown(headers: &HeaderMap) -> S3Result<()> {
    let settings = ["algorithm", "mode", "type"];
    let unknown = headers
        .keys()
        .filter_map(|name| name.as_str().strip_prefix("x-amz-checksum-"))
        .find(|name| !settings.contains(name) && Algorithm::from_name(name).is_none());
    match unknown {
        Some(_) => Err(error::invalid_request(
            "The algorithm type you specified in x-amz-checksum- header is invalid.",
        )),
        None => Ok(()),
    }
}

fn verify_md5(content: &Content, headers: &HeaderMap) -> S3Result<()> {
    let Some(header) = text(headers, "content-md5") else {
        return Ok(());
    };
    let sent = STANDARD.decode(&header).unwrap_or_default();
    if sent.len() != 16 {
        return Err(error::bad_request("InvalidDigest", "The Content-MD5 you specified was invalid."));
    }
    if sent != content.md5 {
        return Err(error::bad_request(
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
        ));
    }
    Ok(())
}

/// Why the body could not be read. `s3s` keeps the types of these errors to itself, so their names must do.
fn broken(cause: &StdError) -> S3Error {
    let cause = cause.to_string();
    if cause.contains("Sha256Mismatch") {
        return error::bad_request(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
    }
    if cause.contains("SignatureMismatch") {
        return error::known("SignatureDoesNotMatch", StatusCode::FORBIDDEN);
    }
    if cause.contains("exceeds limit") {
        return error::known("EntityTooLarge", StatusCode::BAD_REQUEST);
    }
    error::known("IncompleteBody", StatusCode::BAD_REQUEST)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use s3s::crypto::{Checksum as _, Md5};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                let value = HeaderValue::from_str(value).expect("a valid header");
                (HeaderName::from_static(name), value)
            })
            .collect()
    }

    #[test]
    fn a_checksum_is_taken_from_headers_and_trailers() {
        let sum = Algorithm::Crc64Nvme.of(b"hello");
        let pairs = headers(&[("x-amz-checksum-crc64nvme", &sum)]);
        for (headers, trailers) in [(&pairs, &HeaderMap::new()), (&HeaderMap::new(), &pairs)] {
            let payload =
                verify(Bytes::from_static(b"hello"), headers, trailers).expect("the checksum is right");
            assert_eq!(payload.checksum, Some(Checksum::full(Algorithm::Crc64Nvme, b"hello")));
        }
    }

    #[test]
    fn what_is_refused() {
        let other = Algorithm::Crc32.of(b"other");
        let md5 = STANDARD.encode(Md5::checksum(b"other"));
        for (pairs, code) in [
            (vec![("x-amz-checksum-crc32", other.as_str())], "BadDigest"),
            (vec![("content-md5", md5.as_str())], "BadDigest"),
            (vec![("content-md5", "short")], "InvalidDigest"),
            (vec![("x-amz-checksum-crc32", "short")], "InvalidRequest"),
            (vec![("x-amz-checksum-xxhash3", "x")], "InvalidRequest"),
            (vec![("x-amz-sdk-checksum-algorithm", "CRC32")], "InvalidRequest"),
            (vec![("x-amz-trailer", "x-amz-checksum-crc32")], "MalformedTrailerError"),
            (vec![("x-amz-checksum-crc32", other.as_str()), ("x-amz-checksum-sha1", "x")], "InvalidRequest"),
        ] {
            let refused =
                verify(Bytes::from_static(b"hello"), &headers(&pairs), &HeaderMap::new()).err().expect(code);
            assert_eq!(refused.code().as_str(), code, "{pairs:?}");
        }
    }
}
