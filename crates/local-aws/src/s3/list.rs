//! `ListObjectsV2` and `ListObjects`.

use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;

use s3s::dto::{
    ChecksumAlgorithm, ChecksumType, CommonPrefix, ETag, EncodingType, ListObjectsInput, ListObjectsOutput,
    ListObjectsV2Input, ListObjectsV2Output, Object as ListedObject, ObjectStorageClass, Owner,
};
use s3s::{S3Response, S3Result};

use super::api::{Api, owner, timestamp};
use super::bucket::Bucket;
use super::habit::Habit;
use super::listing::{MAXIMUM, Page, Query, page};
use super::object::{Object, STANDARD};
use super::{encoding, error};

impl Api {
    pub(super) fn list_v2(&self, input: &ListObjectsV2Input) -> S3Result<S3Response<ListObjectsV2Output>> {
        let limit = limit(input.max_keys, "maxKeys")?;
        let encode = encoder(input.encoding_type.as_ref())?;
        let habit = self.store.read(&input.bucket, |bucket| bucket.habit)?;
        let after = match (&input.continuation_token, habit) {
            (_, Habit::Repeats) | (None, Habit::IgnoresStartAfter | Habit::GivesNoWay) => String::new(),
            (Some(token), _) => encoding::from_token(token)
                .ok_or_else(|| error::invalid_argument("The continuation token provided is incorrect"))?,
            (None, Habit::RefusesStartAfter) if input.start_after.is_some() => {
                return Err(error::invalid_argument("start-after is not supported"));
            }
            (None, _) => input.start_after.clone().unwrap_or_default(),
        };
        let query = Query {
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: delimiter(input.delimiter.as_deref()),
            after: &after,
            limit,
        };
        let gives_token = !matches!(habit, Habit::GivesNoToken | Habit::GivesNoWay);
        let output = self.store.read(&input.bucket, |bucket| {
            let shown = (input.fetch_owner == Some(true)).then(|| owner(&bucket.owner));
            let mut page = page(behind(bucket, &query), &query);
            if habit == Habit::Unsorted {
                page.items.reverse();
            }
            let count = page.items.len() + page.common_prefixes.len();
            ListObjectsV2Output {
                name: Some(input.bucket.clone()),
                prefix: Some(encode(query.prefix)),
                delimiter: query.delimiter.map(encode),
                start_after: input.start_after.as_deref().map(encode),
                continuation_token: input.continuation_token.clone(),
                next_continuation_token: page.next.filter(|_| gives_token).map(encoding::token),
                is_truncated: Some(page.next.is_some()),
                key_count: count.try_into().ok(),
                max_keys: limit.try_into().ok(),
                encoding_type: input.encoding_type.clone(),
                contents: Some(contents(&page, encode, shown.as_ref())),
                common_prefixes: Some(common_prefixes(&page, encode)),
                ..ListObjectsV2Output::default()
            }
        })?;
        let headers = self.region_header(&input.bucket);
        Ok(S3Response::with_headers(output, headers))
    }

    pub(super) fn list_v1(&self, input: &ListObjectsInput) -> S3Result<S3Response<ListObjectsOutput>> {
        let limit = limit(input.max_keys, "maxKeys")?;
        let encode = encoder(input.encoding_type.as_ref())?;
        let query = Query {
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: delimiter(input.delimiter.as_deref()),
            after: input.marker.as_deref().unwrap_or_default(),
            limit,
        };
        let output = self.store.read(&input.bucket, |bucket| {
            let page = page(behind(bucket, &query), &query);
            ListObjectsOutput {
                name: Some(input.bucket.clone()),
                prefix: Some(encode(query.prefix)),
                delimiter: query.delimiter.map(encode),
                marker: Some(encode(query.after)),
                // Without a delimiter the last key is the marker, and S3 leaves it to the client.
                next_marker: query.delimiter.and(page.next).map(encode),
                is_truncated: Some(page.next.is_some()),
                max_keys: limit.try_into().ok(),
                encoding_type: input.encoding_type.clone(),
                contents: Some(contents(&page, encode, Some(&owner(&bucket.owner)))),
                common_prefixes: Some(common_prefixes(&page, encode)),
                ..ListObjectsOutput::default()
            }
        })?;
        let headers = self.region_header(&input.bucket);
        Ok(S3Response::with_headers(output, headers))
    }
}

/// How many names a page may have: what was asked for, at most a thousand.
pub(super) fn limit(asked: Option<i32>, argument: &str) -> S3Result<usize> {
    match asked.map(usize::try_from) {
        None => Ok(MAXIMUM),
        Some(Ok(asked)) => Ok(asked.min(MAXIMUM)),
        Some(Err(_)) => Err(error::invalid_argument(format!(
            "Argument {argument} must be an integer between 0 and 2147483647"
        ))),
    }
}

/// How names are written in the answer.
pub(super) fn encoder(encoding: Option<&EncodingType>) -> S3Result<fn(&str) -> String> {
    match encoding.map(EncodingType::as_str) {
        None => Ok(str::to_owned),
        Some("url") => Ok(encoding::url),
        Some(_) => Err(error::invalid_argument("Invalid Encoding Method specified in Request")),
    }
}

/// An empty delimiter is none.
pub(super) fn delimiter(delimiter: Option<&str>) -> Option<&str> {
    delimiter.filter(|delimiter| !delimiter.is_empty())
}

/// The rolled-up names of a page.
pub(super) fn common_prefixes<T>(page: &Page<'_, T>, encode: fn(&str) -> String) -> Vec<CommonPrefix> {
    let prefixes = page.common_prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(encode(prefix)) });
    prefixes.collect()
}

fn behind<'a>(bucket: &'a Bucket, query: &Query<'_>) -> impl Iterator<Item = (&'a str, &'a Arc<Object>)> {
    let start = if query.after < query.prefix { Included(query.prefix) } else { Excluded(query.after) };
    // No key is empty, so an excluded empty start excludes nothing.
    let objects = bucket.objects.range::<str, _>((start, Unbounded));
    objects.map(|(key, object)| (key.as_str(), object))
}

fn contents(
    page: &Page<'_, &Arc<Object>>,
    encode: fn(&str) -> String,
    owner: Option<&Owner>,
) -> Vec<ListedObject> {
    let objects = page.items.iter().map(|(key, object)| ListedObject {
        key: Some(encode(key)),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        size: i64::try_from(object.size()).ok(),
        last_modified: Some(timestamp(object.last_modified)),
        storage_class: Some(match object.storage_class.as_str() {
            STANDARD => ObjectStorageClass::from_static(STANDARD),
            class => class.to_owned().into(),
        }),
        checksum_algorithm: Some(vec![ChecksumAlgorithm::from_static(object.checksum.algorithm.name())]),
        checksum_type: Some(ChecksumType::from_static(object.checksum.kind.name())),
        owner: owner.cloned(),
        restore_status: None,
    });
    objects.collect()
}
