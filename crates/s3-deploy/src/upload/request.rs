//! What a request says of the object it makes: one list of headers for uploads in one piece and in parts.

use aws_sdk_s3::types::ChecksumAlgorithm;

use crate::headers::checksum::Checksum;

/// Sets every header of an object on a `PutObject` or a `CreateMultipartUpload`. Their builders have the same setters and
/// no trait in common.
macro_rules! with_headers {
    ($request:expr, $headers:expr) => {{
        use aws_sdk_s3::types::{ObjectCannedAcl, ServerSideEncryption, StorageClass};
        let headers = &$headers;
        let metadata = headers.metadata.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let request = $crate::upload::request::with_customer_key!($request, headers.customer_key.as_ref());
        request
            .set_acl(headers.acl.as_deref().map(ObjectCannedAcl::from))
            .set_cache_control(headers.cache_control.clone())
            .set_content_disposition(headers.content_disposition.clone())
            .set_content_encoding(headers.content_encoding.clone())
            .set_content_language(headers.content_language.clone())
            .set_content_type(headers.content_type.clone())
            .set_expires(headers.expires.map(|time| aws_smithy_types::DateTime::from_secs(time.as_second())))
            .set_grant_full_control(headers.grants.full.clone())
            .set_grant_read(headers.grants.read.clone())
            .set_grant_read_acp(headers.grants.read_acl.clone())
            .set_grant_write_acp(headers.grants.write_acl.clone())
            .set_metadata(Some(metadata))
            .set_server_side_encryption(headers.encryption.as_deref().map(ServerSideEncryption::from))
            .set_ssekms_key_id(headers.kms_key.clone())
            .set_storage_class(headers.storage_class.as_deref().map(StorageClass::from))
            .set_website_redirect_location(headers.website_redirect.clone())
    }};
}

/// Sets the checksum of a body whose CRC-64/NVME is known. One in a header spares the framing that one in a trailer needs; the
/// SDK computes the others.
macro_rules! with_checksum {
    ($request:expr, $checksum:expr, $crc64:expr) => {
        match $checksum {
            $crate::headers::checksum::Checksum::Crc64Nvme => {
                $request.checksum_crc64_nvme($crate::bucket::crc64_text($crc64))
            }
            other => $request.checksum_algorithm($crate::upload::request::algorithm(other)),
        }
    };
}

/// Sets the key of SSE-C, where there is one, on any request that takes it.
macro_rules! with_customer_key {
    ($request:expr, $key:expr) => {{
        use crate::headers::customer_key::{ALGORITHM, CustomerKey};
        let key: Option<&CustomerKey> = $key;
        $request
            .set_sse_customer_algorithm(key.map(|_| ALGORITHM.to_owned()))
            .set_sse_customer_key(key.map(|key| key.base64().to_owned()))
            .set_sse_customer_key_md5(key.map(|key| key.md5().to_owned()))
    }};
}

pub(super) use with_headers;
pub(crate) use {with_checksum, with_customer_key};

/// The algorithm in the SDK's words.
pub(crate) fn algorithm(checksum: Checksum) -> ChecksumAlgorithm {
    ChecksumAlgorithm::from(checksum.name())
}
