//! What the bucket holds below the prefix.

use std::borrow::Cow;
use std::collections::HashSet;

use aws_sdk_s3::types::{EncodingType, Object};
use aws_smithy_types::DateTime;
use oidc_auth::{Failure, explain};
use percent_encoding::percent_decode_str;

use crate::bucket::{Bucket, RegionNews, region_of};
use crate::plan::RemoteObject;
use crate::plan::etag::ETag;

/// Why a bucket cannot be listed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListError {
    /// S3 refused, or could not be reached.
    #[error(transparent)]
    Refused(#[from] Failure),
    /// The store answers the same pages again and again.
    #[error("the store answers the same pages of its listing again and again")]
    Loop,
    /// The store lists a key that is not one.
    #[error("the store lists a key that is not UTF-8")]
    NotUtf8,
}

/// A whole listing, and what it taught about the region.
#[derive(Debug)]
pub(crate) struct Listing {
    /// Sorted by the bytes of their paths; folder markers are left out.
    pub objects: Vec<RemoteObject>,
    /// How many pages it has.
    pub pages: u64,
    /// The region was wrong, and which is right.
    pub news: Option<RegionNews>,
}

/// Lists every object below the prefix; goes to the bucket's own region when S3 says that it is elsewhere.
pub(crate) async fn list(bucket: &Bucket) -> Result<Listing, ListError> {
    let mut objects = Vec::new();
    let mut news = None;
    let mut pages = 0;
    let mut token: Option<String> = None;
    let mut tokens = HashSet::new();
    loop {
        let request = bucket
            .client()
            .list_objects_v2()
            .bucket(bucket.name())
            .prefix(bucket.target().prefix.as_str())
            // XML cannot carry every key as it is.
            .encoding_type(EncodingType::Url)
            .set_continuation_token(token.clone());
        let page = match request.send().await {
            Ok(page) => page,
            Err(error) if news.is_none() => {
                news = bucket.follow(&error, region_of(error.raw_response())).await;
                if news.is_none() {
                    return Err(explain(&error).into());
                }
                continue;
            }
            Err(error) => return Err(explain(&error).into()),
        };
        pages += 1;
        let is_encoded = page.encoding_type() == Some(&EncodingType::Url);
        for object in page.contents() {
            objects.extend(remote(bucket, object, is_encoded)?);
        }
        let next = page.next_continuation_token().filter(|_| page.is_truncated() == Some(true));
        match next {
            None => break,
            Some(next) if !tokens.insert(next.to_owned()) => return Err(ListError::Loop),
            Some(next) => token = Some(next.to_owned()),
        }
    }
    // S3 lists in this order; directory buckets and some stores do not.
    objects.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Listing { objects, pages, news })
}

/// An object of the listing; `None` for a folder marker, which `aws s3 sync` leaves alone too.
fn remote(bucket: &Bucket, object: &Object, is_encoded: bool) -> Result<Option<RemoteObject>, ListError> {
    let listed = object.key().unwrap_or_default();
    let key = if is_encoded { decode(listed)? } else { Cow::Borrowed(listed) };
    let size = object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
    let path = key.strip_prefix(bucket.target().prefix.as_str());
    let is_marker = |path: &str| path.is_empty() || (size == 0 && path.ends_with('/'));
    let path = path.filter(|path| !is_marker(path));
    Ok(path.map(|path| RemoteObject {
        path: path.to_owned(),
        size,
        etag: ETag::parse(object.e_tag().unwrap_or_default()),
        last_modified: object.last_modified().map(DateTime::secs),
    }))
}

/// Undoes `encoding-type=url`: a blank is a plus sign, everything unsafe a `%XX`.
fn decode(key: &str) -> Result<Cow<'_, str>, ListError> {
    let blanks = if key.contains('+') { Cow::Owned(key.replace('+', " ")) } else { Cow::Borrowed(key) };
    let decoded = percent_decode_str(&blanks).decode_utf8().map_err(|_| ListError::NotUtf8)?.into_owned();
    Ok(Cow::Owned(decoded))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn keys_as_s3_encodes_them() {
        for (listed, key) in [
            ("a/b.html", "a/b.html"),
            ("a+b.html", "a b.html"),
            ("a%2Bb.html", "a+b.html"),
            ("100%25.html", "100%.html"),
            ("caf%C3%A9.html", "café.html"),
            ("line%0Abreak", "line\nbreak"),
        ] {
            assert_eq!(decode(listed).expect("UTF-8"), key);
        }
        assert!(decode("%FF").is_err());
    }
}
