//! `ListObjectVersions`, `GetBucketVersioning` and `PutBucketVersioning`.

use std::collections::BTreeSet;

use s3s::dto::{
    BucketVersioningStatus, DeleteMarkerEntry, ETag, GetBucketVersioningOutput, ListObjectVersionsInput,
    ListObjectVersionsOutput, ObjectVersion, ObjectVersionStorageClass, PutBucketVersioningInput,
    PutBucketVersioningOutput,
};
use s3s::{S3Response, S3Result};

use super::api::{Api, timestamp};
use super::error;
use super::list::{common_prefixes, delimiter, encoder, limit};
use super::listing::{Query, page};
use super::versions::{Version, Versioning};

impl Api {
    pub(super) fn versioning(&self, bucket: &str) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        let status = match self.store.read(bucket, |bucket| bucket.versioning)? {
            // S3 says that by saying nothing.
            Versioning::Off => None,
            Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
            Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
        };
        let status = status.map(BucketVersioningStatus::from_static);
        Ok(S3Response::new(GetBucketVersioningOutput { status, ..GetBucketVersioningOutput::default() }))
    }

    pub(super) fn set_versioning(
        &self,
        input: &PutBucketVersioningInput,
    ) -> S3Result<S3Response<PutBucketVersioningOutput>> {
        let status = input.versioning_configuration.status.as_ref().map(BucketVersioningStatus::as_str);
        let versioning = match status {
            Some("Enabled") => Versioning::Enabled,
            Some("Suspended") => Versioning::Suspended,
            _ => {
                return Err(error::bad_request(
                    "IllegalVersioningConfigurationException",
                    "The Versioning element must be specified",
                ));
            }
        };
        self.store.write(&input.bucket, |bucket| bucket.versioning = versioning)?;
        Ok(S3Response::new(PutBucketVersioningOutput::default()))
    }

    /// Pages hold whole keys: one with more versions than a page has room for makes the page longer, where S3 would cut
    /// between its versions.
    pub(super) fn list_versions(
        &self,
        input: &ListObjectVersionsInput,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        if input.version_id_marker.as_deref().is_some_and(|marker| !marker.is_empty()) {
            return Err(error::not_implemented("The embedded S3 cuts lists of versions between keys only"));
        }
        let limit = limit(input.max_keys, "maxKeys")?;
        let encode = encoder(input.encoding_type.as_ref())?;
        let query = Query {
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: delimiter(input.delimiter.as_deref()),
            after: input.key_marker.as_deref().unwrap_or_default(),
            limit,
        };
        let output = self.store.read(&input.bucket, |bucket| {
            let keys: BTreeSet<&str> =
                bucket.objects.keys().chain(bucket.history.keys()).map(String::as_str).collect();
            let behind = keys.into_iter().filter(|key| *key > query.after).map(|key| (key, ()));
            let page = page(behind, &query);
            let (mut versions, mut markers) = (Vec::new(), Vec::new());
            for (key, ()) in &page.items {
                // Newest first.
                for (index, version) in bucket.versions_of(key).iter().rev().enumerate() {
                    let key = encode(key);
                    match entry(key, version, index == 0) {
                        Ok(version) => versions.push(version),
                        Err(marker) => markers.push(marker),
                    }
                }
            }
            ListObjectVersionsOutput {
                name: Some(input.bucket.clone()),
                prefix: Some(encode(query.prefix)),
                delimiter: query.delimiter.map(encode),
                key_marker: Some(encode(query.after)),
                next_key_marker: page.next.map(encode),
                is_truncated: Some(page.next.is_some()),
                max_keys: limit.try_into().ok(),
                encoding_type: input.encoding_type.clone(),
                common_prefixes: Some(common_prefixes(&page, encode)),
                versions: Some(versions),
                delete_markers: Some(markers),
                ..ListObjectVersionsOutput::default()
            }
        })?;
        Ok(S3Response::new(output))
    }
}

/// A version as the list shows it, or a marker.
fn entry(key: String, version: &Version, is_latest: bool) -> Result<ObjectVersion, DeleteMarkerEntry> {
    let (key, version_id) = (Some(key), Some(version.id.clone()));
    let last_modified = Some(timestamp(version.created));
    let Some(object) = &version.object else {
        let is_latest = Some(is_latest);
        return Err(DeleteMarkerEntry {
            key,
            version_id,
            is_latest,
            last_modified,
            ..DeleteMarkerEntry::default()
        });
    };
    Ok(ObjectVersion {
        key,
        version_id,
        is_latest: Some(is_latest),
        last_modified,
        e_tag: Some(ETag::Strong(object.etag.clone())),
        size: i64::try_from(object.size()).ok(),
        storage_class: Some(ObjectVersionStorageClass::from(object.storage_class.clone())),
        ..ObjectVersion::default()
    })
}
