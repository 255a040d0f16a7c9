//! SSE-C: keys that come with every request and that S3 does not keep.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use s3s::S3Result;
use s3s::crypto::{Checksum as _, Md5};

use super::encryption::Encryption;
use super::error;
use super::headers::text;

/// Before what names the key of the object, and of a copy's source.
pub(super) const OBJECT: &str = "x-amz-server-side-encryption-customer-";
pub(super) const COPY_SOURCE: &str = "x-amz-copy-source-server-side-encryption-customer-";

/// Bytes of a key for AES-256.
const KEY_LENGTH: usize = 32;

/// The MD5 of the key that a request brings, in base64; `None` when it brings none.
pub(super) fn read(headers: &HeaderMap, prefix: &str) -> S3Result<Option<String>> {
    let header = |name: &str| text(headers, format!("{prefix}{name}"));
    let (algorithm, key, md5) = (header("algorithm"), header("key"), header("key-md5"));
    if algorithm.is_none() && key.is_none() && md5.is_none() {
        return Ok(None);
    }
    let must = |what: &str| {
        error::invalid_argument(format!(
            "Requests specifying Server Side Encryption with Customer provided keys must provide {what}."
        ))
    };
    if algorithm.ok_or_else(|| must("a valid encryption algorithm"))? != "AES256" {
        return Err(error::bad_request(
            "InvalidEncryptionAlgorithmError",
            "The Encryption request you specified is not valid. Supported value: AES256.",
        ));
    }
    let key = key.ok_or_else(|| must("an appropriate secret key"))?;
    let key =
        STANDARD.decode(key).ok().filter(|key| key.len() == KEY_LENGTH).ok_or_else(|| {
            error::invalid_argument("The secret key was invalid for the specified algorithm.")
        })?;
    let md5 = md5.ok_or_else(|| must("the client calculated MD5 of the secret key"))?;
    if md5 != STANDARD.encode(Md5::checksum(&key)) {
        return Err(error::invalid_argument(
            "The calculated MD5 hash of the key did not match the hash that was provided.",
        ));
    }
    Ok(Some(md5))
}

/// Whether a request that reads what is encrypted in this way brings the right key.
pub(super) fn check(headers: &HeaderMap, prefix: &str, encryption: &Encryption) -> S3Result<()> {
    match (encryption, read(headers, prefix)?) {
        (Encryption::Customer { key_md5 }, Some(md5)) if md5 == *key_md5 => Ok(()),
        (Encryption::Customer { .. }, Some(_)) => Err(error::error(
            "AccessDenied",
            StatusCode::FORBIDDEN,
            "Requests specifying Server Side Encryption with Customer provided keys must provide the correct \
             secret key.",
        )),
        (Encryption::Customer { .. }, None) => Err(error::invalid_request(
            "The object was stored using a form of Server Side Encryption. The correct parameters must be \
             provided to retrieve the object.",
        )),
        (_, Some(_)) => {
            Err(error::invalid_request("The encryption parameters are not applicable to this object."))
        }
        (_, None) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn keys_must_be_whole() {
        let key = STANDARD.encode([7; KEY_LENGTH]);
        let short = STANDARD.encode([7; 16]);
        let md5 = STANDARD.encode(Md5::checksum(&[7; KEY_LENGTH]));
        for (algorithm, key, md5, expected) in [
            ("", "", "", Ok(None)),
            ("AES256", key.as_str(), md5.as_str(), Ok(Some(md5.clone()))),
            ("", &key, &md5, Err("InvalidArgument")),
            ("AES128", &key, &md5, Err("InvalidEncryptionAlgorithmError")),
            ("AES256", "", &md5, Err("InvalidArgument")),
            ("AES256", &short, &md5, Err("InvalidArgument")),
            ("AES256", &key, "", Err("InvalidArgument")),
            ("AES256", &key, &short, Err("InvalidArgument")),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [("algorithm", algorithm), ("key", key), ("key-md5", md5)] {
                if !value.is_empty() {
                    let name = HeaderName::try_from(format!("{OBJECT}{name}")).expect("a name");
                    headers.insert(name, HeaderValue::from_str(value).expect("a value"));
                }
            }
            let found = read(&headers, OBJECT);
            let found = found.as_ref().map(Clone::clone).map_err(|refused| refused.code().as_str());
            assert_eq!(found, expected, "{algorithm} {key} {md5}");
        }
    }
}
