//! The `x-amz-copy-source` header. `s3s` would refuse the old upper-case buckets in it.

use percent_encoding::percent_decode_str;
use s3s::S3Result;

use super::error;

/// What a copy is made of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CopySource {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) version: Option<String>,
}

impl CopySource {
    /// Parses `bucket/key` or `/bucket/key`, form-encoded: a raw `+` is a blank, as it is to S3.
    pub(super) fn parse(header: &str) -> S3Result<Self> {
        let (path, version) = match header.split_once("?versionId=") {
            Some((path, version)) => (path, Some(version.to_owned())),
            None => (header, None),
        };
        let path = path.replace('+', " ");
        let decoded = percent_decode_str(&path).decode_utf8().ok();
        let (bucket, key) = decoded
            .as_deref()
            .map(|path| path.strip_prefix('/').unwrap_or(path))
            .and_then(|path| path.split_once('/'))
            .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
            .ok_or_else(|| {
                error::invalid_argument(
                    "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
                )
            })?;
        if bucket.starts_with("arn:") {
            return Err(error::not_implemented("The embedded S3 copies from buckets only"));
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned(), version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_and_keys() {
        for (header, bucket, key, version) in [
            ("site/a/b.html", "site", "a/b.html", None),
            ("/DOC-EXAMPLE-BUCKET/a%2Bb+c", "DOC-EXAMPLE-BUCKET", "a+b c", None),
            ("site%2Fa%20%C3%A9", "site", "a é", None),
            ("site/a?versionId=null", "site", "a", Some("null")),
        ] {
            let parsed = CopySource::parse(header).expect(header);
            assert_eq!(
                (parsed.bucket.as_str(), parsed.key.as_str(), parsed.version.as_deref()),
                (bucket, key, version)
            );
        }
        for header in ["", "site", "site/", "/site", "site/%ff", "arn:aws:s3:::site/a"] {
            assert!(CopySource::parse(header).is_err(), "{header}");
        }
    }
}
