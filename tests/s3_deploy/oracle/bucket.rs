//! What a bucket holds, asked through the SDK and written down as text, so that two buckets can be compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object_acl::GetObjectAclOutput;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumMode, Delete, ObjectIdentifier, RequestPayer, ServerSideEncryption};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures::{StreamExt as _, stream};
use tokio::runtime::Runtime;

use super::case::{CUSTOMER_KEY, Reading};

/// How many objects are asked for at the same time.
const AT_ONCE: usize = 8;

/// What moto cannot tell, and why.
pub(super) const NOT_ON_MOTO: &str = "the grants of objects uploaded in parts without an ACL, and of archived ones, which \
                                      it refuses to say";

/// In the place of what a server fails to answer.
pub(super) const UNANSWERED: &str = "(the server fails to say)";

/// Objects by their keys.
pub(super) type Objects = BTreeMap<String, Facets>;

/// What there is to know of an object, by name: `content-type`, `metadata-owner`, `grants`, …
pub(super) type Facets = BTreeMap<String, String>;

/// A bucket; every call waits for its end.
#[derive(Debug)]
pub(super) struct Bucket {
    client: Client,
    runtime: Arc<Runtime>,
    pub(super) name: String,
}

impl Bucket {
    pub(super) fn new(client: Client, runtime: Arc<Runtime>, name: String) -> Self {
        Self { client, runtime, name }
    }

    pub(super) fn create(&self) {
        let created = self.client.create_bucket().bucket(&self.name).send();
        self.runtime.block_on(created).expect("the name is free");
    }

    /// Puts an object that neither program has written.
    pub(super) fn put(&self, key: &str, body: &str) {
        let body = ByteStream::from(body.as_bytes().to_vec());
        let put = self.client.put_object().bucket(&self.name).key(key).body(body).send();
        self.runtime.block_on(put).expect("it may be put");
    }

    /// Deletes these objects, so that they take no memory. Those whose keys XML cannot carry may stay.
    pub(super) fn delete(&self, objects: &Objects) {
        let named = objects.keys().map(|key| ObjectIdentifier::builder().key(key).build().expect("a key"));
        let all = Delete::builder().set_objects(Some(named.collect())).build().expect("a list");
        let deleted = self.client.delete_objects().bucket(&self.name).delete(all).send();
        drop(self.runtime.block_on(deleted));
    }

    /// All objects; the deploy record, which only one of the two programs keeps, is none.
    /// Bodies are read where no ETag stands for them, at least.
    pub(super) fn objects(&self, reading: Reading) -> Objects {
        self.runtime.block_on(async {
            let keys = self.keys(reading).await;
            let objects = stream::iter(keys).map(async |key| (key.clone(), self.object(&key, reading).await));
            objects.buffer_unordered(AT_ONCE).collect().await
        })
    }

    async fn keys(&self, reading: Reading) -> Vec<String> {
        let list = self.client.list_objects_v2().bucket(&self.name).set_request_payer(reading.payer());
        let mut pages = list.into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.expect("the bucket can be listed");
            keys.extend(page.contents().iter().filter_map(|object| object.key()).map(str::to_owned));
        }
        keys.retain(|key| !key.ends_with(".s3-deploy/record"));
        keys
    }

    async fn object(&self, key: &str, reading: Reading) -> Facets {
        let [algorithm, secret, md5] = reading.customer_key();
        let head = self.client.head_object().bucket(&self.name).key(key).set_request_payer(reading.payer());
        let head = head.set_sse_customer_algorithm(algorithm.clone()).set_sse_customer_key(secret.clone());
        let head = head.set_sse_customer_key_md5(md5.clone());
        let head = head.checksum_mode(ChecksumMode::Enabled).send().await.expect("it was listed");
        let mut facets = facets(&head);
        if reading.bodies || !facets.contains_key("etag") {
            let get = self.client.get_object().bucket(&self.name).key(key).set_request_payer(reading.payer());
            let get = get.set_sse_customer_algorithm(algorithm).set_sse_customer_key(secret);
            let body = get
                .set_sse_customer_key_md5(md5)
                .send()
                .await
                .expect("it was listed")
                .body
                .collect()
                .await
                .expect("the whole body")
                .into_bytes();
            let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, &body);
            facets.insert("body".to_owned(), format!("{} bytes with the CRC {crc:016x}", body.len()));
        }
        let acl = self.client.get_object_acl().bucket(&self.name).key(key).set_request_payer(reading.payer());
        let acl = acl.send().await;
        // As NOT_ON_MOTO says.
        let grants = acl.map_or_else(|_| UNANSWERED.to_owned(), |acl| grants(&acl));
        facets.insert("grants".to_owned(), grants);
        facets
    }
}

impl Reading {
    fn payer(self) -> Option<RequestPayer> {
        self.pays.then_some(RequestPayer::Requester)
    }

    /// The algorithm, the key and its MD5, as they go over the wire.
    fn customer_key(self) -> [Option<String>; 3] {
        // By `openssl dgst -md5 -binary | base64`.
        const MD5: &str = "hRasmdxgYDKV3nvbahU1MA==";
        let key = BASE64_STANDARD.encode(CUSTOMER_KEY);
        ["AES256".to_owned(), key, MD5.to_owned()].map(|text| self.with_key.then_some(text))
    }
}

fn facets(head: &HeadObjectOutput) -> Facets {
    let text = |text: Option<&str>| text.map(str::to_owned);
    // Under KMS and with a customer's key no ETag is like another.
    let is_kms = head.server_side_encryption().is_some_and(|sse| *sse != ServerSideEncryption::Aes256);
    let etag = head.e_tag().filter(|_| !is_kms && head.sse_customer_algorithm().is_none());
    let checksums = [
        ("CRC64NVME", head.checksum_crc64_nvme()),
        ("CRC32", head.checksum_crc32()),
        ("CRC32C", head.checksum_crc32_c()),
        ("SHA1", head.checksum_sha1()),
        ("SHA256", head.checksum_sha256()),
    ];
    let checksum = checksums.into_iter().find_map(|(name, value)| value.map(|value| (name, value)));
    let named = [
        ("length", head.content_length().map(|length| length.to_string())),
        ("etag", text(etag)),
        ("content-type", text(head.content_type())),
        ("content-encoding", text(head.content_encoding())),
        ("content-language", text(head.content_language())),
        ("content-disposition", text(head.content_disposition())),
        ("cache-control", text(head.cache_control())),
        ("expires", text(head.expires_string())),
        ("storage-class", head.storage_class().map(|class| class.as_str().to_owned())),
        ("website-redirect", text(head.website_redirect_location())),
        ("encryption", head.server_side_encryption().map(|sse| sse.as_str().to_owned())),
        ("kms-key", text(head.ssekms_key_id())),
        ("customer-algorithm", text(head.sse_customer_algorithm())),
        ("customer-key-md5", text(head.sse_customer_key_md5())),
        ("checksum-algorithm", checksum.map(|(name, _)| name.to_owned())),
        ("checksum", checksum.map(|(_, value)| value.to_owned())),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let metadata = head.metadata().into_iter().flatten();
    named.chain(metadata.map(|(name, value)| (format!("metadata-{name}"), value.clone()))).collect()
}

/// The grants in alphabetical order, such as `AllUsers READ, owner FULL_CONTROL`.
fn grants(acl: &GetObjectAclOutput) -> String {
    let owner = acl.owner().and_then(|owner| owner.id());
    let grants = acl.grants().iter().map(|grant| {
        let grantee = grant.grantee().expect("every grant is somebody's");
        let name = match (grantee.uri(), grantee.id(), grantee.email_address()) {
            (Some(uri), ..) => uri.rsplit('/').next().unwrap_or(uri),
            (_, id, _) if id == owner => "owner",
            (_, Some(id), _) => id,
            (.., email) => email.unwrap_or("somebody"),
        };
        format!("{name} {}", grant.permission().map_or("nothing", |permission| permission.as_str()))
    });
    let mut grants: Vec<String> = grants.collect();
    grants.sort();
    grants.join(", ")
}
