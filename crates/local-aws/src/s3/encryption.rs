//! Server-side encryption: what a request asks for and what a bucket does by itself.

use http::HeaderMap;
use s3s::S3Result;

use super::headers::text;
use super::{customer_key, error};

/// Server-side encryption.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// SSE-S3, the default of every bucket.
    #[default]
    Aes256,
    /// SSE-KMS: the `ETag` is not an MD5.
    Kms {
        /// The key's id or ARN; `None` for the account's own key for S3.
        key: Option<String>,
        /// Two layers (`aws:kms:dsse`).
        dual_layer: bool,
        /// Whether an S3 bucket key stands before KMS.
        bucket_key: bool,
        /// The encryption context, base64 as sent.
        context: Option<String>,
    },
    /// SSE-C, with a key that only the client has: the `ETag` is not an MD5.
    Customer {
        /// The MD5 of the key, base64 as sent.
        key_md5: String,
    },
}

impl Encryption {
    /// The value of `x-amz-server-side-encryption`, or the algorithm that a customer's key is for.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Aes256 | Self::Customer { .. } => "AES256",
            Self::Kms { dual_layer: false, .. } => "aws:kms",
            Self::Kms { dual_layer: true, .. } => "aws:kms:dsse",
        }
    }

    /// What a request asks for; without asking, what the bucket does.
    pub(super) fn of(headers: &HeaderMap, default: &Self) -> S3Result<Self> {
        let key = text(headers, "x-amz-server-side-encryption-aws-kms-key-id");
        if let Some(key_md5) = customer_key::read(headers, customer_key::OBJECT)? {
            if key.is_some() || headers.contains_key("x-amz-server-side-encryption") {
                return Err(error::invalid_argument(
                    "Server Side Encryption with Customer provided key is incompatible with the encryption \
                     method specified",
                ));
            }
            return Ok(Self::Customer { key_md5 });
        }
        let dual_layer = match text(headers, "x-amz-server-side-encryption").as_deref() {
            None if key.is_none() => return Ok(default.clone()),
            Some("AES256") if key.is_none() => return Ok(Self::Aes256),
            None | Some("AES256") => {
                return Err(error::invalid_argument(
                    "Server Side Encryption with AWS KMS managed key requires HTTP header \
                     x-amz-server-side-encryption : aws:kms",
                ));
            }
            Some("aws:kms") => false,
            Some("aws:kms:dsse") => true,
            Some(_) => {
                return Err(error::bad_request(
                    "InvalidEncryptionAlgorithmError",
                    "The Encryption request you specified is not valid. Supported value: AES256.",
                ));
            }
        };
        let bucket_key = text(headers, "x-amz-server-side-encryption-bucket-key-enabled");
        Ok(Self::Kms {
            key,
            dual_layer,
            bucket_key: bucket_key.is_some_and(|value| value.eq_ignore_ascii_case("true")),
            context: text(headers, "x-amz-server-side-encryption-context"),
        })
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn what_a_request_asks_for() {
        let kms = |key: Option<&str>, dual_layer| Encryption::Kms {
            key: key.map(str::to_owned),
            dual_layer,
            bucket_key: false,
            context: None,
        };
        let by_bucket = kms(Some("bucket-key"), false);
        for (name, key, expected) in [
            (None, None, Some(by_bucket.clone())),
            (Some("AES256"), None, Some(Encryption::Aes256)),
            (Some("aws:kms"), Some("k"), Some(kms(Some("k"), false))),
            (Some("aws:kms:dsse"), None, Some(kms(None, true))),
            (Some("AES256"), Some("k"), None),
            (None, Some("k"), None),
            (Some("rot13"), None, None),
        ] {
            let mut headers = HeaderMap::new();
            for (header, value) in
                [("x-amz-server-side-encryption", name), ("x-amz-server-side-encryption-aws-kms-key-id", key)]
            {
                if let Some(value) = value {
                    let header = HeaderName::from_static(header);
                    headers.insert(header, HeaderValue::from_static(value));
                }
            }
            let found = Encryption::of(&headers, &by_bucket).ok();
            assert_eq!(found, expected, "{name:?} {key:?}");
        }
    }
}
