//! Listings.

use aws_sdk_s3::types::EncodingType;
use jiff::Timestamp;

use super::{BUCKET, Cloud, Role};
use crate::s3::Object;

/// Sorted as S3 sorts: by the bytes of their UTF-8.
const AWKWARD: [&str; 9] = [
    " leading blank",
    "%41.txt",
    "a b+c&d=e.html",
    "a/b.html",
    "a/c.html",
    "line\nbreak",
    "star*~'()!",
    "tail ",
    "é/ü.png",
];

async fn cloud() -> Cloud {
    let cloud = Cloud::start(Role::default()).await;
    for key in AWKWARD {
        cloud.store.put(BUCKET, key, Object::new(key.to_owned(), Timestamp::UNIX_EPOCH));
    }
    cloud
}

/// Undoes `encoding-type=url` the way clients do: form decoding.
fn decoded(key: &str) -> String {
    percent_encoding::percent_decode_str(&key.replace('+', " "))
        .decode_utf8()
        .expect("keys are UTF-8")
        .into_owned()
}

#[tokio::test]
async fn pages_of_awkward_keys() {
    let cloud = cloud().await;
    let client = cloud.client();
    for size in [1, 2, 4, 9, 1000] {
        let mut pages = client
            .list_objects_v2()
            .bucket(BUCKET)
            .encoding_type(EncodingType::Url)
            .max_keys(size)
            .into_paginator()
            .send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.expect("the role may list");
            let count = page.contents().len();
            assert!(i32::try_from(count).is_ok_and(|count| count <= size));
            assert_eq!(page.is_truncated(), page.next_continuation_token().map(|_| true).or(Some(false)));
            keys.extend(page.contents().iter().map(|object| decoded(object.key().unwrap_or_default())));
        }
        assert_eq!(keys, AWKWARD, "pages of {size}");
    }
}

#[tokio::test]
async fn what_a_listing_says_of_an_object() {
    let cloud = cloud().await;
    let page = cloud
        .client()
        .list_objects_v2()
        .bucket(BUCKET)
        .prefix("a/b")
        .send()
        .await
        .expect("the role may list");
    let object = &page.contents()[0];
    // The MD5 of "a/b.html", which is what the object holds.
    assert_eq!(object.e_tag(), Some("\"a6b036bfc0e413eeb3413d0f623dc8a3\""));
    assert_eq!(object.size(), Some(8));
    assert_eq!(object.last_modified().map(aws_sdk_s3::primitives::DateTime::secs), Some(0));
    assert_eq!(object.storage_class().map(aws_sdk_s3::types::ObjectStorageClass::as_str), Some("STANDARD"));
    assert_eq!(page.key_count(), Some(1));
}

#[tokio::test]
async fn folders() {
    let cloud = cloud().await;
    let page = cloud
        .client()
        .list_objects_v2()
        .bucket(BUCKET)
        .delimiter("/")
        .start_after("line\nbreak")
        .send()
        .await
        .expect("the role may list");
    let keys: Vec<_> = page.contents().iter().filter_map(|object| object.key()).collect();
    let folders: Vec<_> = page.common_prefixes().iter().filter_map(|prefix| prefix.prefix()).collect();
    assert_eq!(keys, ["star*~'()!", "tail "]);
    assert_eq!(folders, ["é/"]);
}

#[tokio::test]
async fn the_old_listing_pages_by_marker() {
    let cloud = cloud().await;
    let client = cloud.client();
    let first = client
        .list_objects()
        .bucket(BUCKET)
        .delimiter("/")
        .max_keys(4)
        .send()
        .await
        .expect("the role may list");
    assert_eq!(first.next_marker(), Some("a/"));
    let second = client
        .list_objects()
        .bucket(BUCKET)
        .delimiter("/")
        .marker("a/")
        .send()
        .await
        .expect("the role may list");
    assert_eq!(second.contents()[0].key(), Some("line\nbreak"));
    assert_eq!(second.is_truncated(), Some(false));
}
