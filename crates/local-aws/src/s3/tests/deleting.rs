//! Deleting one object and a thousand.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use jiff::Timestamp;

use super::{BUCKET, Cloud, Role, refusal, refused};
use crate::s3::Object;

fn identifier(key: &str) -> ObjectIdentifier {
    ObjectIdentifier::builder().key(key).build().expect("it has a key")
}

fn batch(objects: Vec<ObjectIdentifier>, quiet: bool) -> Delete {
    let delete = Delete::builder().set_objects(Some(objects)).quiet(quiet);
    delete.build().expect("it has objects")
}

async fn cloud(role: Role) -> Cloud {
    let cloud = Cloud::start(role).await;
    for key in ["a", "b & <c>", "kept", "tail "] {
        cloud.store.put(BUCKET, key, Object::new(key, Timestamp::UNIX_EPOCH));
    }
    cloud
}

#[tokio::test]
async fn one_refused_key_does_not_spare_the_others() {
    let cloud = cloud(Role(vec![("s3:DeleteObject", "arn:aws:s3:::DOC-EXAMPLE-BUCKET/kept")])).await;
    let keys = ["a", "b & <c>", "kept", "tail ", "never was"];
    for quiet in [false, true] {
        let deleted = cloud
            .client()
            .delete_objects()
            .bucket(BUCKET)
            .delete(batch(keys.into_iter().map(identifier).collect(), quiet))
            .send()
            .await
            .expect("the batch as a whole is accepted");
        assert_eq!(deleted.deleted().len(), if quiet { 0 } else { 4 });
        let errors: Vec<_> = deleted.errors().iter().map(|error| (error.key(), error.code())).collect();
        assert_eq!(errors, [(Some("kept"), Some("AccessDenied"))]);
        assert_eq!(cloud.store.objects(BUCKET).into_keys().collect::<Vec<_>>(), ["kept"]);
    }
}

#[tokio::test]
async fn a_batch_has_at_most_a_thousand_keys() {
    let cloud = cloud(Role::default()).await;
    let keys = (0..1001).map(|number| identifier(&number.to_string())).collect();
    let delete = cloud.client().delete_objects().bucket(BUCKET).delete(batch(keys, true));
    assert_eq!(refusal(delete.send().await), refused("MalformedXML", 400));
}

#[tokio::test]
async fn conditional_deletions() {
    let cloud = cloud(Role::default()).await;
    let client = cloud.client();
    let stale = client.delete_object().bucket(BUCKET).key("a").if_match("\"stale\"");
    assert_eq!(refusal(stale.send().await), refused("PreconditionFailed", 412));

    let etag = cloud.store.object(BUCKET, "a").expect("still there").etag;
    let objects = [("a", etag.as_str()), ("kept", "stale"), ("never was", "x")];
    let objects = objects.map(|(key, etag)| {
        let object = ObjectIdentifier::builder().key(key).e_tag(etag);
        object.build().expect("it has a key")
    });
    let delete = client.delete_objects().bucket(BUCKET).delete(batch(objects.into(), false));
    let deleted = delete.send().await.expect("the batch as a whole is accepted");
    let errors: Vec<_> = deleted.errors().iter().map(|error| (error.key(), error.code())).collect();
    assert_eq!(errors, [(Some("kept"), Some("PreconditionFailed")), (Some("never was"), Some("NoSuchKey"))]);
    assert_eq!(cloud.store.object(BUCKET, "a"), None);
}

#[tokio::test]
async fn deleting_what_is_not_there_succeeds() {
    let cloud = cloud(Role::default()).await;
    let client = cloud.client();
    for key in ["a", "a", "never was"] {
        let delete = client.delete_object().bucket(BUCKET).key(key);
        delete.send().await.expect("S3 does not mind");
    }
    assert_eq!(cloud.store.object(BUCKET, "a"), None);
}
