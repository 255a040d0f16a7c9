//! Copies, also onto themselves.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::copy_object::builders::CopyObjectFluentBuilder;
use aws_sdk_s3::types::{MetadataDirective, StorageClass};
use jiff::Timestamp;

use super::{BUCKET, Cloud, Role, refusal, refused};
use crate::s3::Object;

const SOURCE: &str = "DOC-EXAMPLE-BUCKET/a%20b%2Bc.html";
const KEY: &str = "a b+c.html";

async fn cloud(role: Role) -> Cloud {
    let cloud = Cloud::start(role).await;
    let page = Object {
        content_type: Some("text/html".to_owned()),
        cache_control: Some("no-cache".to_owned()),
        storage_class: "STANDARD_IA".to_owned(),
        ..Object::new("hello", Timestamp::UNIX_EPOCH)
    };
    cloud.store.put(BUCKET, KEY, page);
    cloud
}

fn copy(client: &Client, key: &str) -> CopyObjectFluentBuilder {
    client.copy_object().bucket(BUCKET).key(key).copy_source(SOURCE)
}

#[tokio::test]
async fn a_copy_takes_the_headers_along_unless_they_are_replaced() {
    let cloud = cloud(Role::default()).await;
    let client = cloud.client();
    let same = copy(&client, "copy").send().await.expect("the role may copy");
    let etag = same.copy_object_result().and_then(|result| result.e_tag());
    assert_eq!(etag, Some("\"5d41402abc4b2a76b9719d911017c592\""));
    let object = cloud.store.object(BUCKET, "copy").expect("it was copied");
    assert_eq!(object.cache_control.as_deref(), Some("no-cache"));
    assert_eq!(object.storage_class, "STANDARD");

    let replaced = copy(&client, KEY)
        .metadata_directive(MetadataDirective::Replace)
        .content_type("text/html; charset=utf-8")
        .copy_source_if_match("\"5d41402abc4b2a76b9719d911017c592\"");
    replaced.send().await.expect("the source is unchanged");
    let object = cloud.store.object(BUCKET, KEY).expect("it is still there");
    assert_eq!(object.content_type.as_deref(), Some("text/html; charset=utf-8"));
    assert_eq!(object.cache_control, None);
    assert_eq!(*object.body, "hello");
}

#[tokio::test]
async fn what_is_refused() {
    let cloud = cloud(Role::default()).await;
    let client = cloud.client();
    let nothing_changes = copy(&client, KEY).send().await;
    assert_eq!(refusal(nothing_changes), refused("InvalidRequest", 400));
    let stale = copy(&client, "copy").copy_source_if_match("\"stale\"").send().await;
    assert_eq!(refusal(stale), refused("PreconditionFailed", 412));
    let missing = copy(&client, "copy").copy_source("DOC-EXAMPLE-BUCKET/missing").send().await;
    assert_eq!(refusal(missing), refused("NoSuchKey", 404));

    let colder = copy(&client, KEY).storage_class(StorageClass::Glacier).send().await;
    colder.expect("a change of the class is one");
    let archived = copy(&client, "copy").send().await;
    assert_eq!(refusal(archived), refused("ObjectNotInActiveTierError", 403));
}

#[tokio::test]
async fn a_copy_reads_its_source() {
    let cloud = cloud(Role(vec![("s3:GetObject", "arn:aws:s3:::DOC-EXAMPLE-BUCKET/a b+c.html")])).await;
    let refusal = refusal(copy(&cloud.client(), "copy").send().await);
    assert_eq!(refusal, refused("AccessDenied", 403));
}
