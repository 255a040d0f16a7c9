//! ACLs, which buckets refuse since 2023 unless their owner enables them.

use http::HeaderMap;
use s3s::S3Result;

use super::error;
use super::headers::behind;
use super::object::Object;

/// The canned ACLs of objects.
const CANNED_ACLS: [&str; 7] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
];

/// The only ACL a bucket without ACLs takes.
const OWNER_FULL_CONTROL: &str = "bucket-owner-full-control";

/// Whether the request brings an ACL of its own.
pub(super) fn is_sent(headers: &HeaderMap) -> bool {
    headers.contains_key("x-amz-acl") || !behind(headers, "x-amz-grant-").is_empty()
}

/// Refuses what no bucket takes, and what a bucket without ACLs does not take.
pub(super) fn check(object: &Object, enabled: bool) -> S3Result<()> {
    if let Some(acl) = &object.acl {
        if !CANNED_ACLS.contains(&acl.as_str()) {
            return Err(error::invalid_argument("The canned ACL you provided is not valid"));
        }
        if !object.grants.is_empty() {
            return Err(error::invalid_request(
                "Specifying both Canned ACLs and Header Grants is not allowed",
            ));
        }
    }
    let harmless = object.acl.as_deref().is_none_or(|acl| acl == OWNER_FULL_CONTROL);
    if enabled || (harmless && object.grants.is_empty()) {
        return Ok(());
    }
    Err(error::bad_request("AccessControlListNotSupported", "The bucket does not allow ACLs"))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn what_a_bucket_takes() {
        for (acl, grant, enabled, code) in [
            (None, None, false, None),
            (Some("bucket-owner-full-control"), None, false, None),
            (Some("public-read"), None, false, Some("AccessControlListNotSupported")),
            (None, Some("id=1"), false, Some("AccessControlListNotSupported")),
            (Some("public-read"), None, true, None),
            (None, Some("id=1"), true, None),
            (Some("private"), Some("id=1"), true, Some("InvalidRequest")),
            (Some("everyone"), None, true, Some("InvalidArgument")),
        ] {
            let mut object = Object::new("", Timestamp::UNIX_EPOCH);
            object.acl = acl.map(str::to_owned);
            let grant = grant.map(|grantee| ("read".to_owned(), grantee.to_owned()));
            object.grants = grant.into_iter().collect();
            let refused = check(&object, enabled).err();
            let found = refused.as_ref().map(|refused| refused.code().as_str());
            assert_eq!(found, code, "{acl:?} {enabled}");
        }
    }
}
