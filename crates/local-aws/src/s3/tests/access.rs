//! Who may do what, and where.

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::RequestId;
use aws_sdk_s3::primitives::ByteStream;
use jiff::Timestamp;

use super::{BUCKET, Cloud, REGION, Role, SECRET, TOKEN, refusal, refused};
use crate::s3::Object;

#[tokio::test]
async fn a_wrong_secret_is_a_wrong_signature() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client_with(REGION, "wrong", TOKEN);
    let error = client
        .list_objects_v2()
        .bucket(BUCKET)
        .send()
        .await
        .expect_err("the signature does not match")
        .into_service_error();
    assert_eq!(error.code(), Some("SignatureDoesNotMatch"));
    assert!(error.message().is_some_and(|text| text.starts_with("The request signature we calculated")));
    assert!(error.request_id().is_some());
}

#[tokio::test]
async fn a_dead_token_is_refused_before_anything_else() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client_with("us-east-1", SECRET, "old");
    for bucket in [BUCKET, "no-such-bucket"] {
        let list = client.list_objects_v2().bucket(bucket).send().await;
        assert_eq!(refusal(list), refused("ExpiredToken", 400));
    }
}

#[tokio::test]
async fn a_request_for_another_region_is_redirected() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client_with("us-east-1", SECRET, TOKEN);
    let list = client.list_objects_v2().bucket(BUCKET).send().await;
    let region = list.as_ref().err().and_then(|error| {
        let headers = error.raw_response()?.headers();
        headers.get("x-amz-bucket-region").map(str::to_owned)
    });
    assert_eq!(region.as_deref(), Some(REGION));
    assert_eq!(refusal(list), refused("PermanentRedirect", 301));

    let put = client.put_object().bucket(BUCKET).key("a");
    let put = put.body(ByteStream::from(vec![0; 4_000_000])).send().await;
    assert_eq!(refusal(put), refused("PermanentRedirect", 301));
    let location = client.get_bucket_location().bucket(BUCKET).send().await;
    let location = location.expect("this may be asked from anywhere");
    assert_eq!(
        location.location_constraint().map(aws_sdk_s3::types::BucketLocationConstraint::as_str),
        Some(REGION)
    );
}

#[tokio::test]
async fn head_bucket_always_names_the_region() {
    let bucket = format!("arn:aws:s3:::{BUCKET}").leak();
    for (role, region, status) in [
        (Role::default(), REGION, 200),
        (Role::default(), "us-east-1", 301),
        (Role(vec![("s3:ListBucket", bucket)]), REGION, 403),
    ] {
        let cloud = Cloud::start(role).await;
        let client = cloud.client_with(region, SECRET, TOKEN);
        let found = match client.head_bucket().bucket(BUCKET).send().await {
            Ok(head) => (200, head.bucket_region().map(str::to_owned)),
            Err(error) => {
                let raw = error.raw_response().expect("the server answered");
                let region = raw.headers().get("x-amz-bucket-region");
                (raw.status().as_u16(), region.map(str::to_owned))
            }
        };
        assert_eq!(found, (status, Some(REGION.to_owned())));
    }
}

#[tokio::test]
async fn a_refusal_says_who_may_not_do_what() {
    let cloud = Cloud::start(Role(vec![("s3:PutObject", "arn:aws:s3:::DOC-EXAMPLE-BUCKET/a")])).await;
    let client = cloud.client();
    let put = |key: &'static str| client.put_object().bucket(BUCKET).key(key).send();
    let error = put("assets/app.js").await.expect_err("it is refused").into_service_error();
    assert_eq!(error.code(), Some("AccessDenied"));
    assert_eq!(
        error.message(),
        Some(
            "User: role is not authorized to perform: s3:PutObject on resource: \
             \"arn:aws:s3:::DOC-EXAMPLE-BUCKET/assets/app.js\""
        )
    );
    put("index.html").await.expect("this one is allowed");
}

#[tokio::test]
async fn a_missing_key_is_a_secret_to_those_who_may_not_list() {
    let cloud = Cloud::start(Role(vec![("s3:ListBucket", "arn:aws:s3:::")])).await;
    let client = cloud.client();
    let missing = client.get_object().bucket(BUCKET).key("missing").send().await;
    assert_eq!(refusal(missing), refused("AccessDenied", 403));
    let missing = client.head_object().bucket(BUCKET).key("missing").send().await;
    assert_eq!(refusal(missing).1, 403);

    let cloud = Cloud::start(Role::default()).await;
    let missing = cloud.client().get_object().bucket(BUCKET).key("missing").send().await;
    assert_eq!(refusal(missing), refused("NoSuchKey", 404));
}

#[tokio::test]
async fn a_bucket_of_another_account() {
    let cloud = Cloud::start(Role::default()).await;
    cloud.store.set_owner(BUCKET, "999999999999");
    cloud.store.put(BUCKET, "a", Object::new("a", Timestamp::UNIX_EPOCH));
    let head = |owner: &'static str| {
        let head = cloud.client().head_object().bucket(BUCKET).key("a");
        head.expected_bucket_owner(owner).send()
    };
    head("999999999999").await.expect("that is the owner");
    assert_eq!(refusal(head("111122223333").await).1, 403);
}

#[tokio::test]
async fn buckets_are_listed_and_created() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client_with("us-east-1", SECRET, TOKEN);
    client.create_bucket().bucket("fresh").send().await.expect("the name is free");
    let again = client.create_bucket().bucket("fresh").send().await;
    assert_eq!(refusal(again), refused("BucketAlreadyOwnedByYou", 409));
    let list = client.list_buckets().send().await.expect("the role may list");
    let names: Vec<_> = list.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    assert_eq!(names, [BUCKET, "fresh"]);
    assert_eq!(cloud.store.region("fresh").as_deref(), Some("us-east-1"));
    let page = client.list_buckets().max_buckets(1).prefix("fr").send().await;
    let page = page.expect("the role may list");
    assert_eq!((page.buckets().len(), page.continuation_token()), (1, None));
}
