//! Signature Version 4 in the `Authorization` header, verified for STS and CloudFront (S3 has its own in `s3s`).

use std::fmt::Write as _;

use http::request::Parts;
use jiff::{SignedDuration, Timestamp, civil, tz};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use ring::{digest, hmac};

use crate::refusal::Refusal;

/// How far a client's clock may be off.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(15);

/// Everything is encoded but what RFC 3986 calls unreserved.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Unreserved characters and the slashes of a path.
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// What a signature must be made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    /// The signing name of the service.
    pub(crate) service: &'static str,
    /// The only region accepted; `None` accepts any.
    pub(crate) region: Option<&'static str>,
}

/// Whose signature a request carries. The token has not been looked at yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Signer {
    pub(crate) access_key: String,
    pub(crate) session_token: Option<String>,
}

/// Verifies the signature of a request; `secret_of` knows the secret of every access key there is.
pub(crate) fn verify(
    request: &Parts,
    body: &[u8],
    scope: Scope,
    now: Timestamp,
    secret_of: impl Fn(&str) -> Option<String>,
) -> Result<Signer, Refusal> {
    let missing =
        || Refusal::forbidden("MissingAuthenticationToken", "Request is missing Authentication Token");
    let authorization = header(request, "authorization").ok_or_else(missing)?;
    let authorization = Authorization::parse(authorization)?;
    let time = header(request, "x-amz-date").ok_or_else(|| incomplete("'X-Amz-Date'"))?;
    check_time(time, now)?;
    check_scope(&authorization, time, scope)?;
    let unknown = || {
        Refusal::forbidden("InvalidClientTokenId", "The security token included in the request is invalid.")
    };
    let secret = secret_of(authorization.access_key).ok_or_else(unknown)?;
    let canonical = canonical_request(request, body, &authorization)?;
    let credential_scope = authorization.scope.join("/");
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{credential_scope}\n{}", sha256(canonical.as_bytes()));
    let key = authorization.scope.iter().fold(format!("AWS4{secret}").into_bytes(), |key, part| {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), part.as_bytes()).as_ref().to_vec()
    });
    let signature = decode_hex(authorization.signature).unwrap_or_default();
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &key), to_sign.as_bytes(), &signature).map_err(|_| {
        mismatch(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
             Key and signing method. Consult the service documentation for details.",
        )
    })?;
    Ok(Signer {
        access_key: authorization.access_key.to_owned(),
        session_token: header(request, "x-amz-security-token").map(str::to_owned),
    })
}

/// The parts of the `Authorization` header.
struct Authorization<'a> {
    access_key: &'a str,
    /// Date, region, service and `aws4_request`.
    scope: [&'a str; 4],
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(text: &'a str) -> Result<Self, Refusal> {
        let fields =
            text.strip_prefix("AWS4-HMAC-SHA256 ").ok_or_else(|| incomplete("'AWS4-HMAC-SHA256'"))?;
        let field = |name: &str| {
            let find = |part: &'a str| part.trim().strip_prefix(name)?.strip_prefix('=');
            fields.split(',').find_map(find).ok_or_else(|| incomplete(&format!("'{name}' parameter")))
        };
        let credential: Vec<&str> = field("Credential")?.split('/').collect();
        let [access_key, date, region, service, terminator] = credential[..] else {
            return Err(incomplete("a full 'Credential' parameter"));
        };
        Ok(Self {
            access_key,
            scope: [date, region, service, terminator],
            signed_headers: field("SignedHeaders")?.split(';').collect(),
            signature: field("Signature")?,
        })
    }
}

fn check_time(time: &str, now: Timestamp) -> Result<(), Refusal> {
    let signed = civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time)
        .and_then(|time| tz::TimeZone::UTC.to_timestamp(time))
        .map_err(|_| incomplete("a valid 'X-Amz-Date'"))?;
    let written = |time: Timestamp| time.strftime("%Y%m%dT%H%M%SZ").to_string();
    if signed < now - CLOCK_SKEW {
        let (limit, now) = (written(now - CLOCK_SKEW), written(now));
        return Err(mismatch(format!(
            "Signature expired: {time} is now earlier than {limit} ({now} - 15 min.)"
        )));
    }
    if signed > now + CLOCK_SKEW {
        let (limit, now) = (written(now + CLOCK_SKEW), written(now));
        return Err(mismatch(format!(
            "Signature not yet current: {time} is still later than {limit} ({now} + 15 min.)"
        )));
    }
    Ok(())
}

fn check_scope(authorization: &Authorization<'_>, time: &str, wanted: Scope) -> Result<(), Refusal> {
    let [date, region, service, terminator] = authorization.scope;
    if let Some(expected) = wanted.region.filter(|&expected| expected != region) {
        return Err(mismatch(format!(
            "Credential should be scoped to a valid region, not '{region}' but '{expected}'."
        )));
    }
    if service != wanted.service {
        return Err(mismatch(format!(
            "Credential should be scoped to correct service: '{}'.",
            wanted.service
        )));
    }
    if terminator != "aws4_request" {
        return Err(mismatch(format!(
            "Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'."
        )));
    }
    if !time.starts_with(date) {
        return Err(mismatch(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != '{time}'."
        )));
    }
    Ok(())
}

fn canonical_request(
    request: &Parts,
    body: &[u8],
    authorization: &Authorization<'_>,
) -> Result<String, Refusal> {
    let unsigned = request.headers.keys().map(http::HeaderName::as_str).find(|&name| {
        (name == "host" || name.starts_with("x-amz-")) && !authorization.signed_headers.contains(&name)
    });
    if let Some(name) = unsigned {
        return Err(mismatch(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")));
    }
    let mut canonical = format!(
        "{}\n{}\n{}\n",
        request.method,
        canonical_path(request.uri.path()),
        canonical_query(request.uri.query())
    );
    for name in &authorization.signed_headers {
        let values = request.headers.get_all(*name).iter();
        let values = values.map(|value| value.to_str().map(collapse_blanks).unwrap_or_default());
        let _ = writeln!(canonical, "{name}:{}", values.collect::<Vec<_>>().join(","));
    }
    let _ = write!(canonical, "\n{}\n{}", authorization.signed_headers.join(";"), sha256(body));
    Ok(canonical)
}

/// The path encoded once more, as every service but S3 wants it.
fn canonical_path(path: &str) -> String {
    utf8_percent_encode(if path.is_empty() { "/" } else { path }, PATH).to_string()
}

fn canonical_query(query: Option<&str>) -> String {
    let encode = |text: &str| {
        utf8_percent_encode(&percent_decode_str(text).decode_utf8_lossy(), UNRESERVED).to_string()
    };
    let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(String, String)> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn collapse_blanks(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

fn header<'a>(request: &'a Parts, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok()
}

fn sha256(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    hash.as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn incomplete(what: &str) -> Refusal {
    Refusal::bad_request("IncompleteSignature", format!("Authorization header requires {what}."))
}

fn mismatch(message: impl Into<String>) -> Refusal {
    Refusal::forbidden("SignatureDoesNotMatch", message)
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
