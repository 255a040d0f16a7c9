//! `ListParts` and `ListMultipartUploads`.

use s3s::dto::{
    ETag, Initiator, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput,
    MultipartUpload, Part as ListedPart,
};
use s3s::{S3Response, S3Result};

use super::api::{Api, owner, timestamp};
use super::bucket::Bucket;
use super::checksum::set_checksum;
use super::error;
use super::list::{common_prefixes, delimiter, encoder, limit};
use super::listing::{Query, page};
use super::upload::{Part, Upload};

impl Api {
    pub(super) fn list_upload_parts(&self, input: &ListPartsInput) -> S3Result<S3Response<ListPartsOutput>> {
        let limit = limit(input.max_parts, "max-parts")?;
        let after = input.part_number_marker.unwrap_or_default();
        self.store.read(&input.bucket, |bucket| {
            let upload = bucket
                .uploads
                .get(&input.upload_id)
                .filter(|upload| upload.key == input.key)
                .ok_or_else(error::no_such_upload)?;
            let mut behind = upload.parts.iter().filter(|(number, _)| i32::from(**number) > after);
            let parts: Vec<ListedPart> = behind
                .by_ref()
                .take(limit)
                .map(|(number, part)| listed_part(*number, part, upload))
                .collect();
            let more = behind.next().is_some();
            let last = parts.last().and_then(|part| part.part_number);
            let output = ListPartsOutput {
                bucket: Some(input.bucket.clone()),
                key: Some(input.key.clone()),
                upload_id: Some(input.upload_id.clone()),
                part_number_marker: Some(after),
                next_part_number_marker: last.filter(|_| more),
                max_parts: limit.try_into().ok(),
                is_truncated: Some(more),
                parts: Some(parts),
                owner: Some(owner(&bucket.owner)),
                initiator: Some(initiator(bucket)),
                storage_class: Some(upload.template.storage_class.clone().into()),
                checksum_algorithm: upload.checksum.map(|(algorithm, _)| algorithm.name().to_owned().into()),
                checksum_type: upload.checksum.map(|(_, kind)| kind.name().to_owned().into()),
                ..ListPartsOutput::default()
            };
            Ok(S3Response::new(output))
        })?
    }

    pub(super) fn list_uploads(
        &self,
        input: &ListMultipartUploadsInput,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let limit = limit(input.max_uploads, "max-uploads")?;
        let encode = encoder(input.encoding_type.as_ref())?;
        let query = Query {
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: delimiter(input.delimiter.as_deref()),
            after: input.key_marker.as_deref().unwrap_or_default(),
            limit,
        };
        let id_marker = input.upload_id_marker.as_deref().unwrap_or_default();
        let output = self.store.read(&input.bucket, |bucket| {
            let mut open: Vec<(&str, &str, &Upload)> = bucket
                .uploads
                .iter()
                .map(|(id, upload)| (upload.key.as_str(), id.as_str(), upload))
                .filter(|(key, id, _)| is_behind((key, id), query.after, id_marker))
                .collect();
            open.sort_unstable_by_key(|(key, id, _)| (*key, *id));
            let named = open.iter().map(|(key, id, upload)| (*key, (*id, *upload)));
            let page = page(named, &query);
            let last = page.items.last().filter(|(key, _)| page.next == Some(*key));
            ListMultipartUploadsOutput {
                bucket: Some(input.bucket.clone()),
                prefix: Some(encode(query.prefix)),
                delimiter: query.delimiter.map(encode),
                key_marker: Some(encode(query.after)),
                upload_id_marker: Some(id_marker.to_owned()),
                next_key_marker: page.next.map(encode),
                next_upload_id_marker: last.map(|(_, (id, _))| (*id).to_owned()),
                max_uploads: limit.try_into().ok(),
                is_truncated: Some(page.next.is_some()),
                encoding_type: input.encoding_type.clone(),
                common_prefixes: Some(common_prefixes(&page, encode)),
                uploads: Some(
                    page.items
                        .iter()
                        .map(|(key, (id, upload))| MultipartUpload {
                            key: Some(encode(key)),
                            upload_id: Some((*id).to_owned()),
                            initiated: Some(timestamp(upload.initiated)),
                            owner: Some(owner(&bucket.owner)),
                            initiator: Some(initiator(bucket)),
                            storage_class: Some(upload.template.storage_class.clone().into()),
                            ..MultipartUpload::default()
                        })
                        .collect(),
                ),
                ..ListMultipartUploadsOutput::default()
            }
        })?;
        Ok(S3Response::new(output))
    }
}

/// Without an id the whole key is behind us; with one, only its uploads up to that id.
fn is_behind((key, id): (&str, &str), key_marker: &str, id_marker: &str) -> bool {
    key > key_marker || (key == key_marker && !id_marker.is_empty() && id > id_marker)
}

fn initiator(bucket: &Bucket) -> Initiator {
    Initiator { display_name: None, id: Some(bucket.owner.clone()) }
}

fn listed_part(number: u16, part: &Part, upload: &Upload) -> ListedPart {
    let mut listed = ListedPart {
        part_number: Some(i32::from(number)),
        e_tag: Some(ETag::Strong(part.etag.clone())),
        size: i64::try_from(part.body.len()).ok(),
        last_modified: Some(timestamp(part.last_modified)),
        ..ListedPart::default()
    };
    if upload.checksum.is_some() {
        set_checksum!(listed, part.checksum);
    }
    listed
}
