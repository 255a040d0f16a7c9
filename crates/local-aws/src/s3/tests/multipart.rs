//! Multipart uploads.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};

use super::{BUCKET, Cloud, Role, refusal, refused};
use crate::s3::{Algorithm, Checksum};

const PART: usize = 5 * 1024 * 1024;
const KEY: &str = "video/big file.mp4";

async fn create(client: &Client, algorithm: Option<ChecksumAlgorithm>, kind: Option<ChecksumType>) -> String {
    let create = client
        .create_multipart_upload()
        .bucket(BUCKET)
        .key(KEY)
        .content_type("video/mp4")
        .set_checksum_algorithm(algorithm)
        .set_checksum_type(kind)
        .send()
        .await
        .expect("the role may put");
    create.upload_id().expect("every upload has an id").to_owned()
}

async fn put(
    client: &Client,
    id: &str,
    number: i32,
    body: Vec<u8>,
    algorithm: ChecksumAlgorithm,
) -> CompletedPart {
    let part = client
        .upload_part()
        .bucket(BUCKET)
        .key(KEY)
        .upload_id(id)
        .part_number(number)
        .checksum_algorithm(algorithm)
        .body(ByteStream::from(body))
        .send()
        .await
        .expect("the upload is open");
    CompletedPart::builder()
        .part_number(number)
        .set_e_tag(part.e_tag().map(str::to_owned))
        .set_checksum_crc32(part.checksum_crc32().map(str::to_owned))
        .set_checksum_crc64_nvme(part.checksum_crc64_nvme().map(str::to_owned))
        .build()
}

fn parts(parts: Vec<CompletedPart>) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder().set_parts(Some(parts)).build()
}

#[tokio::test]
async fn parts_become_an_object_with_the_checksum_of_the_whole() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    let id = create(&client, Some(ChecksumAlgorithm::Crc64Nvme), Some(ChecksumType::FullObject)).await;
    assert_eq!(cloud.store.open_uploads(BUCKET), 1);
    let second = put(&client, &id, 2, b"xxx".to_vec(), ChecksumAlgorithm::Crc64Nvme).await;
    let first = put(&client, &id, 1, vec![b'x'; PART], ChecksumAlgorithm::Crc64Nvme).await;

    let listed = client.list_parts().bucket(BUCKET).key(KEY).upload_id(&id).send().await;
    let listed = listed.expect("the upload is open");
    let sizes: Vec<_> = listed.parts().iter().map(aws_sdk_s3::types::Part::size).collect();
    assert_eq!(sizes, [Some(5_242_880), Some(3)]);

    let whole = Algorithm::Crc64Nvme.of(&vec![b'x'; PART + 3]);
    let complete = |sum: String| {
        client
            .complete_multipart_upload()
            .bucket(BUCKET)
            .key(KEY)
            .upload_id(&id)
            .checksum_crc64_nvme(sum)
            .multipart_upload(parts(vec![first.clone(), second.clone()]))
            .send()
    };
    let wrong = complete(Algorithm::Crc64Nvme.of(b"other")).await;
    assert_eq!(refusal(wrong), refused("BadDigest", 400));
    // The second time is what a client does that never heard the answer to the first.
    for _ in 0..2 {
        let completed = complete(whole.clone()).await.expect("all parts are there");
        assert_eq!(completed.e_tag(), Some("\"af9ceb5e3a73df299d2d6dcaa4ec72fc-2\""));
        assert_eq!(completed.checksum_crc64_nvme(), Some(whole.as_str()));
    }
    assert_eq!(cloud.store.open_uploads(BUCKET), 0);
    let object = cloud.store.object(BUCKET, KEY).expect("it was completed");
    assert_eq!(object.content_type.as_deref(), Some("video/mp4"));
    assert_eq!(object.part_sizes, [5_242_880, 3]);

    let head = client.head_object().bucket(BUCKET).key(KEY).part_number(1).send().await;
    let head = head.expect("there are two parts");
    assert_eq!((head.parts_count(), head.content_length()), (Some(2), Some(5_242_880)));
}

#[tokio::test]
async fn a_composite_needs_the_checksum_of_every_part() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    let id = create(&client, Some(ChecksumAlgorithm::Crc32), None).await;
    let part = put(&client, &id, 1, b"hello".to_vec(), ChecksumAlgorithm::Crc32).await;
    let bare = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag().map(str::to_owned)).build();
    let complete = |part: CompletedPart| {
        client
            .complete_multipart_upload()
            .bucket(BUCKET)
            .key(KEY)
            .upload_id(&id)
            .multipart_upload(parts(vec![part]))
            .send()
    };
    assert_eq!(refusal(complete(bare).await), refused("InvalidRequest", 400));
    let completed = complete(part).await.expect("now it has its checksum");
    let sum = Algorithm::Crc32.of(b"hello");
    let composite = Checksum::composite(Algorithm::Crc32, [sum.as_str()]);
    assert_eq!(completed.checksum_crc32(), Some(composite.value.as_str()));
    assert_eq!(completed.checksum_type(), Some(&ChecksumType::Composite));
}

#[tokio::test]
async fn a_checksum_the_upload_was_not_created_for_is_refused() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    let id = create(&client, Some(ChecksumAlgorithm::Crc64Nvme), None).await;
    let part = client
        .upload_part()
        .bucket(BUCKET)
        .key(KEY)
        .upload_id(&id)
        .part_number(1)
        .checksum_algorithm(ChecksumAlgorithm::Crc32)
        .body(ByteStream::from_static(b"hello"))
        .send()
        .await;
    assert_eq!(refusal(part), refused("InvalidRequest", 400));
}

#[tokio::test]
async fn an_aborted_upload_leaves_nothing() {
    let cloud = Cloud::start(Role::default()).await;
    let client = cloud.client();
    let id = create(&client, Some(ChecksumAlgorithm::Crc64Nvme), None).await;
    put(&client, &id, 1, b"hello".to_vec(), ChecksumAlgorithm::Crc64Nvme).await;
    let uploads = client.list_multipart_uploads().bucket(BUCKET).send().await;
    let uploads = uploads.expect("the role may list them");
    assert_eq!(uploads.uploads()[0].upload_id(), Some(id.as_str()));

    let abort = || client.abort_multipart_upload().bucket(BUCKET).key(KEY).upload_id(&id).send();
    abort().await.expect("it is open");
    assert_eq!(cloud.store.open_uploads(BUCKET), 0);
    assert_eq!(refusal(abort().await), refused("NoSuchUpload", 404));
    let listed = client.list_parts().bucket(BUCKET).key(KEY).upload_id(&id).send().await;
    assert_eq!(refusal(listed), refused("NoSuchUpload", 404));
}
