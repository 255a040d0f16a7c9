//! Buckets that keep versions.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, Delete, ObjectIdentifier, VersioningConfiguration};

use super::{BUCKET, Cloud, Role, refusal, refused};
use crate::s3::Versioning;

async fn put(client: &aws_sdk_s3::Client, body: &'static [u8]) -> Option<String> {
    let put = client.put_object().bucket(BUCKET).key("page").body(ByteStream::from_static(body));
    put.send().await.expect("the role may put").version_id
}

async fn body(client: &aws_sdk_s3::Client, version: Option<&str>) -> Vec<u8> {
    let get = client.get_object().bucket(BUCKET).key("page").set_version_id(version.map(str::to_owned));
    let found = get.send().await.expect("it is there");
    assert!(version.is_none() || found.version_id() == version);
    found.body.collect().await.expect("the whole body").to_vec()
}

#[tokio::test]
async fn versions_outlive_what_replaces_them() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    assert_eq!(put(&client, b"first").await, None);
    let status = client.get_bucket_versioning().bucket(BUCKET).send().await.expect("the role may");
    assert_eq!(status.status(), None);
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let switch = client.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled);
    switch.send().await.expect("the role may");
    let status = client.get_bucket_versioning().bucket(BUCKET).send().await.expect("the role may");
    assert_eq!(status.status(), Some(&BucketVersioningStatus::Enabled));

    let second = put(&client, b"second").await.expect("a version");
    assert_eq!(
        (body(&client, None).await, body(&client, Some("null")).await),
        (b"second".into(), b"first".into())
    );
    let deleted = client.delete_object().bucket(BUCKET).key("page").send().await.expect("the role may");
    assert_eq!(deleted.delete_marker(), Some(true));
    let marker = deleted.version_id().expect("of the marker");
    let gone = client.get_object().bucket(BUCKET).key("page").send().await;
    let raw = gone.as_ref().expect_err("it is deleted").raw_response().expect("an answer");
    assert_eq!(
        (raw.headers().get("x-amz-delete-marker"), raw.headers().get("x-amz-version-id")),
        (Some("true"), Some(marker))
    );
    assert_eq!(refusal(gone), refused("NoSuchKey", 404));
    assert_eq!(body(&client, Some(&second)).await, b"second");
    let get = |version: &str| client.get_object().bucket(BUCKET).key("page").version_id(version).send();
    assert_eq!(refusal(get(marker).await), refused("MethodNotAllowed", 405));
    assert_eq!(refusal(get("unknown").await), refused("NoSuchVersion", 404));
    assert!(
        client.list_objects_v2().bucket(BUCKET).send().await.expect("the role may").contents().is_empty()
    );

    let list = client.list_object_versions().bucket(BUCKET).send().await.expect("the role may");
    let ids: Vec<_> = list.versions().iter().filter_map(|version| version.version_id()).collect();
    assert_eq!(ids, [second.as_str(), "null"]);
    assert_eq!((list.delete_markers().len(), list.delete_markers()[0].is_latest()), (1, Some(true)));

    let undone = client.delete_object().bucket(BUCKET).key("page").version_id(marker).send().await;
    assert_eq!(undone.expect("the role may").delete_marker(), Some(true));
    assert_eq!(body(&client, None).await, b"second");
}

#[tokio::test]
async fn a_batch_leaves_markers_or_removes_versions() {
    let cloud = Cloud::start(Role::default()).await;
    cloud.store.set_versioning(BUCKET, Versioning::Enabled);
    let client = cloud.client();
    let first = put(&client, b"first").await.expect("a version");
    let delete = |version: Option<String>| {
        let object =
            ObjectIdentifier::builder().key("page").set_version_id(version).build().expect("complete");
        let batch = Delete::builder().objects(object).build().expect("complete");
        client.delete_objects().bucket(BUCKET).delete(batch).send()
    };
    let marked = delete(None).await.expect("the role may");
    assert_eq!(marked.deleted()[0].delete_marker(), Some(true));
    assert!(marked.deleted()[0].delete_marker_version_id().is_some());
    assert_eq!(cloud.store.versions(BUCKET, "page").len(), 2);
    let removed = delete(Some(first.clone())).await.expect("the role may");
    assert_eq!(removed.deleted()[0].version_id(), Some(first.as_str()));
    assert_eq!(cloud.store.versions(BUCKET, "page").len(), 1);
}

#[tokio::test]
async fn versions_have_permissions_of_their_own() {
    let denied = ["s3:GetObjectVersion", "s3:DeleteObjectVersion", "s3:ListBucketVersions"];
    let cloud = Cloud::start(Role(denied.map(|action| (action, "")).to_vec())).await;
    cloud.store.set_versioning(BUCKET, Versioning::Enabled);
    let client = cloud.client();
    let id = put(&client, b"first").await.expect("a version");
    assert_eq!(body(&client, None).await, b"first");
    let get = client.get_object().bucket(BUCKET).key("page").version_id(&id).send().await;
    assert_eq!(refusal(get), refused("AccessDenied", 403));
    let delete = client.delete_object().bucket(BUCKET).key("page").version_id(&id).send().await;
    assert_eq!(refusal(delete), refused("AccessDenied", 403));
    let list = client.list_object_versions().bucket(BUCKET).send().await;
    assert_eq!(refusal(list), refused("AccessDenied", 403));
    client.delete_object().bucket(BUCKET).key("page").send().await.expect("a marker is another matter");
}
