//! Writing objects and reading them back.

use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ObjectCannedAcl, Permission, StorageClass, Tag, Tagging, Type,
};

use super::{BUCKET, Cloud, Role, refusal, refused};
use crate::s3::{Algorithm, ChecksumType, Encryption};

const HELLO: &str = "\"5d41402abc4b2a76b9719d911017c592\"";

#[tokio::test]
async fn every_header_comes_back() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    let put = client
        .put_object()
        .bucket(BUCKET)
        .key("a b/é+%.html")
        .body(ByteStream::from_static(b"hello"))
        .content_type("text/html; charset=utf-8")
        .cache_control("no-cache")
        .content_disposition("inline")
        .content_encoding("gzip")
        .content_language("de")
        .expires(DateTime::from_secs(4_000_000_000))
        .metadata("built-by", "pipeline")
        .storage_class(StorageClass::StandardIa)
        .website_redirect_location("/elsewhere")
        .tagging("team=web&note=a%20b")
        .acl(ObjectCannedAcl::BucketOwnerFullControl)
        .send()
        .await
        .expect("everything in it is allowed");
    assert_eq!(put.e_tag(), Some(HELLO));

    let get =
        client.get_object().bucket(BUCKET).key("a b/é+%.html").send().await.expect("it was just written");
    assert_eq!(get.content_type(), Some("text/html; charset=utf-8"));
    assert_eq!(get.cache_control(), Some("no-cache"));
    assert_eq!(get.content_disposition(), Some("inline"));
    assert_eq!(get.content_encoding(), Some("gzip"));
    assert_eq!(get.content_language(), Some("de"));
    assert_eq!(get.expires_string(), Some("Tue, 02 Oct 2096 07:06:40 GMT"));
    assert_eq!(get.metadata().and_then(|all| all.get("built-by")).map(String::as_str), Some("pipeline"));
    assert_eq!(get.storage_class(), Some(&StorageClass::StandardIa));
    assert_eq!(get.website_redirect_location(), Some("/elsewhere"));
    assert_eq!(get.tag_count(), Some(2));
    assert_eq!(get.e_tag(), Some(HELLO));
    let body = get.body.collect().await.expect("the whole body").into_bytes();
    assert_eq!(body, "hello");

    let object = cloud.store.object(BUCKET, "a b/é+%.html").expect("the store holds it");
    assert_eq!(object.acl.as_deref(), Some("bucket-owner-full-control"));
    assert_eq!(object.tags["note"], "a b");
}

#[tokio::test]
async fn a_checksum_is_verified_and_kept() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    let put = |value: String| {
        client
            .put_object()
            .bucket(BUCKET)
            .key("sum")
            .body(ByteStream::from_static(b"hello"))
            .checksum_crc64_nvme(value)
            .send()
    };
    let wrong = put(Algorithm::Crc64Nvme.of(b"other")).await;
    assert_eq!(refusal(wrong), refused("BadDigest", 400));
    assert_eq!(cloud.store.object(BUCKET, "sum"), None);

    let right = Algorithm::Crc64Nvme.of(b"hello");
    put(right.clone()).await.expect("the checksum is right");
    let head = client.head_object().bucket(BUCKET).key("sum");
    let shown = head.checksum_mode(ChecksumMode::Enabled).send().await.expect("it is there");
    assert_eq!(shown.checksum_crc64_nvme(), Some(right.as_str()));
}

#[tokio::test]
async fn a_file_arrives_in_chunks_with_its_checksum_behind_it() {
    let cloud = Cloud::start(Role::default()).await;
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_be_bytes).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("big.bin");
    std::fs::write(&path, &bytes).expect("the folder is writable");
    cloud
        .client()
        .put_object()
        .bucket(BUCKET)
        .key("big.bin")
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .body(ByteStream::from_path(&path).await.expect("the file is there"))
        .send()
        .await
        .expect("the role may put");
    let object = cloud.store.object(BUCKET, "big.bin").expect("it was put");
    assert_eq!(*object.body, bytes);
    assert_eq!(object.content_encoding, None);
    assert_eq!(object.checksum.algorithm, Algorithm::Sha256);
    assert_eq!(object.checksum.kind, ChecksumType::FullObject);
}

#[tokio::test]
async fn conditional_writes() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    let put = || client.put_object().bucket(BUCKET).key("record").body(ByteStream::from_static(b"hello"));
    let missing = put().if_match(HELLO).send().await;
    assert_eq!(refusal(missing), refused("NoSuchKey", 404));
    put().if_none_match("*").send().await.expect("nothing is there yet");
    let second = put().if_none_match("*").send().await;
    assert_eq!(refusal(second), refused("PreconditionFailed", 412));
    put().if_match(HELLO).send().await.expect("the ETag is the one that is there");
    let stale = put().if_match("\"stale\"").send().await;
    assert_eq!(refusal(stale), refused("PreconditionFailed", 412));
}

#[tokio::test]
async fn conditional_reads() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    let put = client.put_object().bucket(BUCKET).key("page");
    put.body(ByteStream::from_static(b"hello")).send().await.expect("the role may put");
    let get = || client.get_object().bucket(BUCKET).key("page");
    let unchanged = get().if_none_match(HELLO).send().await;
    assert_eq!(refusal(unchanged).1, 304);
    let part = get().range("bytes=1-3").send().await.expect("the range is inside");
    assert_eq!(part.content_range(), Some("bytes 1-3/5"));
    let body = part.body.collect().await.expect("the whole part").into_bytes();
    assert_eq!(body, "ell");
    let renamed = get().response_content_disposition("attachment; filename=a.txt").send().await;
    let renamed = renamed.expect("the parameter is signed");
    assert_eq!(renamed.content_disposition(), Some("attachment; filename=a.txt"));
    let outside = get().range("bytes=9-").send().await;
    assert_eq!(refusal(outside), refused("InvalidRange", 416));
}

#[tokio::test]
async fn what_a_bucket_does_not_take() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    let put = || client.put_object().bucket(BUCKET);
    let public = put().key("a").acl(ObjectCannedAcl::PublicRead).send().await;
    assert_eq!(refusal(public), refused("AccessControlListNotSupported", 400));
    let cold = put().key("a").storage_class(StorageClass::from("COLD")).send().await;
    assert_eq!(refusal(cold), refused("InvalidStorageClass", 400));
    let long = put().key("k".repeat(1025)).send().await;
    assert_eq!(refusal(long), refused("KeyTooLongError", 400));
    let elsewhere = client.put_object().bucket("no-such-bucket").key("a").send().await;
    assert_eq!(refusal(elsewhere), refused("NoSuchBucket", 404));

    cloud.store.set_acls_enabled(BUCKET, true);
    let public = put().key("a").acl(ObjectCannedAcl::PublicRead).send().await;
    public.expect("ACLs are enabled now");
}

#[tokio::test]
async fn under_kms_an_etag_is_not_an_md5() {
    let cloud = Cloud::start(Role::default()).await;
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1";
    cloud.store.set_encryption(
        BUCKET,
        Encryption::Kms { key: Some(key.to_owned()), dual_layer: false, bucket_key: true, context: None },
    );
    let put = cloud.client().put_object().bucket(BUCKET).key("page");
    let put = put.body(ByteStream::from_static(b"hello")).send().await.expect("the role may put");
    assert_ne!(put.e_tag(), Some(HELLO));
    assert_eq!(put.ssekms_key_id(), Some(key));
    assert_eq!(put.bucket_key_enabled(), Some(true));
}

#[tokio::test]
async fn an_acl_comes_back_as_grants() {
    let cloud = Cloud::start(Role::default()).await;
    cloud.store.set_acls_enabled(BUCKET, true);
    let client = cloud.client();
    let put = client.put_object().bucket(BUCKET).key("index.html").acl(ObjectCannedAcl::PublicRead);
    put.send().await.expect("ACLs are enabled");
    let acl = client.get_object_acl().bucket(BUCKET).key("index.html").send().await.expect("it is there");
    let permissions: Vec<_> = acl.grants().iter().filter_map(|grant| grant.permission()).collect();
    assert_eq!(permissions, [&Permission::FullControl, &Permission::Read]);
    let all = acl.grants()[1].grantee().expect("somebody");
    assert_eq!(
        (all.r#type(), all.uri()),
        (&Type::Group, Some("http://acs.amazonaws.com/groups/global/AllUsers"))
    );
    let gone = client.get_object_acl().bucket(BUCKET).key("gone.html").send().await;
    assert_eq!(refusal(gone), refused("NoSuchKey", 404));
}

#[tokio::test]
async fn tags_are_read_and_replaced_without_another_version_of_the_object() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    let put = client.put_object().bucket(BUCKET).key("page").tagging("team=web");
    put.send().await.expect("the role may tag");
    let before = cloud.store.object(BUCKET, "page").expect("it was put");
    let tag = |key: &str| Tag::builder().key(key).value("1").build().expect("a tag");
    let tagging = |tags| Tagging::builder().set_tag_set(Some(tags)).build().expect("tags");
    let set = |tags| client.put_object_tagging().bucket(BUCKET).key("page").tagging(tagging(tags)).send();
    set(vec![tag("stage")]).await.expect("the role may tag");
    let read = client.get_object_tagging().bucket(BUCKET).key("page").send().await.expect("it is there");
    assert_eq!(read.tag_set(), [tag("stage")]);
    let after = cloud.store.object(BUCKET, "page").expect("it is there");
    assert_eq!((after.etag, after.last_modified), (before.etag, before.last_modified));
    assert_eq!(refusal(set(vec![tag("a"), tag("a")]).await), refused("InvalidArgument", 400));
    let gone = client.get_object_tagging().bucket(BUCKET).key("gone").send().await;
    assert_eq!(refusal(gone), refused("NoSuchKey", 404));
}
