//! Encryption under which an `ETag` tells nothing about the content.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, ServerSideEncryption};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3s::crypto::{Checksum as _, Md5};

use super::{BUCKET, Cloud, Role, refusal, refused};
use crate::s3::Encryption;

const MD5_OF_HELLO: &str = "\"5d41402abc4b2a76b9719d911017c592\"";

/// A key and its MD5, both in base64.
fn key(byte: u8) -> (String, String) {
    (STANDARD.encode([byte; 32]), STANDARD.encode(Md5::checksum(&[byte; 32])))
}

/// Adds a customer's key to a call.
macro_rules! with_key {
    ($call:expr, $byte:expr) => {{
        let (key, md5) = key($byte);
        $call.sse_customer_algorithm("AES256").sse_customer_key(key).sse_customer_key_md5(md5)
    }};
}

#[tokio::test]
async fn kms_by_request_and_by_bucket() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    let put = || client.put_object().bucket(BUCKET).key("a").body(ByteStream::from_static(b"hello"));
    let plain = put().send().await.expect("the role may");
    assert_eq!(plain.e_tag(), Some(MD5_OF_HELLO));
    let by_request = put().server_side_encryption(ServerSideEncryption::AwsKms).send().await;
    let by_request = by_request.expect("the role may");
    assert_ne!(by_request.e_tag(), Some(MD5_OF_HELLO));
    let kms = Encryption::Kms { key: None, dual_layer: false, bucket_key: false, context: None };
    cloud.store.set_encryption(BUCKET, kms);
    let by_bucket = put().send().await.expect("the role may");
    assert_eq!(by_bucket.server_side_encryption(), Some(&ServerSideEncryption::AwsKms));
    assert!(by_bucket.e_tag() != Some(MD5_OF_HELLO) && by_bucket.e_tag() != by_request.e_tag());

    let created = client
        .create_multipart_upload()
        .bucket(BUCKET)
        .key("a")
        .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
        .send()
        .await
        .expect("the role may");
    let id = created.upload_id().expect("an id");
    let part = client
        .upload_part()
        .bucket(BUCKET)
        .key("a")
        .upload_id(id)
        .part_number(1)
        .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme);
    let part = part.body(ByteStream::from_static(b"hello")).send().await.expect("the role may");
    assert_ne!(part.e_tag(), Some(MD5_OF_HELLO));
    let parts = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag).build();
    let complete = client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(id);
    let complete = complete.multipart_upload(CompletedMultipartUpload::builder().parts(parts).build());
    complete.send().await.expect("the part is named as it was answered");
}

#[tokio::test]
async fn a_customers_key_must_come_again() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    let put = || client.put_object().bucket(BUCKET).key("a").body(ByteStream::from_static(b"hello"));
    assert_eq!(refusal(with_key!(put(), 1).send().await), refused("InvalidRequest", 400));
    cloud.store.allow_customer_keys_over_http();
    let stored = with_key!(put(), 1).send().await.expect("it is allowed now");
    assert_ne!(stored.e_tag(), Some(MD5_OF_HELLO));
    assert_eq!(
        (stored.sse_customer_key_md5(), stored.server_side_encryption()),
        (Some(key(1).1.as_str()), None)
    );

    let get = || client.get_object().bucket(BUCKET).key("a");
    let found = with_key!(get(), 1).send().await.expect("the right key");
    assert_eq!(found.body.collect().await.expect("whole").into_bytes(), "hello");
    assert_eq!(refusal(get().send().await), refused("InvalidRequest", 400));
    assert_eq!(refusal(with_key!(get(), 2).send().await), refused("AccessDenied", 403));
    assert_eq!(refusal(client.head_object().bucket(BUCKET).key("a").send().await).1, 400);
    put().send().await.expect("without a key it is replaced");
    assert_eq!(refusal(with_key!(get(), 1).send().await), refused("InvalidRequest", 400));
}

#[tokio::test]
async fn a_copy_needs_the_key_of_its_source() {
    let cloud = Cloud::start(Role::default()).await;
    cloud.store.allow_customer_keys_over_http();
    let client = cloud.client();
    let put = client.put_object().bucket(BUCKET).key("a").body(ByteStream::from_static(b"hello"));
    with_key!(put, 1).send().await.expect("it is allowed");
    let copy = || client.copy_object().bucket(BUCKET).key("b").copy_source(format!("{BUCKET}/a"));
    assert_eq!(refusal(copy().send().await), refused("InvalidRequest", 400));
    let (secret, md5) = key(1);
    let copied = copy()
        .copy_source_sse_customer_algorithm("AES256")
        .copy_source_sse_customer_key(secret)
        .copy_source_sse_customer_key_md5(md5)
        .send()
        .await;
    copied.expect("the right key");
    assert_eq!(cloud.store.object(BUCKET, "b").map(|object| object.encryption), Some(Encryption::Aes256));
}
