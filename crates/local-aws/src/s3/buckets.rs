//! `ListBuckets` and `CreateBucket`.

use http::StatusCode;
use jiff::Timestamp;
use s3s::dto::{Bucket as ListedBucket, CreateBucketInput, ListBucketsInput, ListBucketsOutput};
use s3s::{S3Request, S3Response, S3Result};

use super::access::DEFAULT_REGION;
use super::api::{Api, owner, timestamp};
use super::bucket::Bucket;
use super::listing::{Query, page};
use super::store::DEFAULT_OWNER;
use super::{encoding, error, headers};

/// The most buckets one answer lists.
const MAXIMUM: usize = 10_000;

impl Api {
    /// The buckets of the account, page by page where the client wants pages.
    pub(super) fn list_all_buckets(
        &self,
        input: &ListBucketsInput,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        let limit = match input.max_buckets.map(usize::try_from) {
            None => MAXIMUM,
            Some(Ok(limit)) if (1..=MAXIMUM).contains(&limit) => limit,
            Some(_) => {
                return Err(error::invalid_argument(format!(
                    "Argument max-buckets must be an integer between 1 and {MAXIMUM}"
                )));
            }
        };
        let after = match &input.continuation_token {
            None => String::new(),
            Some(token) => encoding::from_token(token)
                .ok_or_else(|| error::invalid_argument("The continuation token provided is incorrect"))?,
        };
        let query = Query {
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: None,
            after: &after,
            limit,
        };
        let buckets = self.store.buckets();
        let wanted = buckets.iter().filter(|(name, region, _)| {
            let asked = input.bucket_region.as_ref();
            *name > after && asked.is_none_or(|asked| asked == region)
        });
        let page = page(wanted.map(|bucket| (bucket.0.as_str(), bucket)), &query);
        let listed = page.items.iter().map(|(name, (_, region, created))| ListedBucket {
            name: Some((*name).to_owned()),
            bucket_region: Some(region.clone()),
            creation_date: Some(timestamp(*created)),
        });
        Ok(S3Response::new(ListBucketsOutput {
            buckets: Some(listed.collect()),
            owner: Some(owner(DEFAULT_OWNER)),
            prefix: input.prefix.clone(),
            continuation_token: page.next.map(encoding::token),
        }))
    }

    /// Creates a bucket and answers with its location.
    pub(super) fn new_bucket(&self, request: &S3Request<CreateBucketInput>) -> S3Result<String> {
        let input = &request.input;
        let exists = self.store.region(&input.bucket).is_some();
        if !exists && !s3s::path::check_bucket_name(&input.bucket) {
            return Err(error::known("InvalidBucketName", StatusCode::BAD_REQUEST));
        }
        let configuration = input.create_bucket_configuration.as_ref();
        if configuration.is_some_and(|asked| asked.bucket.is_some() || asked.location.is_some()) {
            return Err(error::not_implemented("The embedded S3 has no directory buckets"));
        }
        let signed = request.region.as_ref().map_or(DEFAULT_REGION, |region| region.as_str());
        let constraint =
            configuration.and_then(|asked| asked.location_constraint.as_ref()).map(|constraint| {
                match constraint.as_str() {
                    "EU" => "eu-west-1",
                    other => other,
                }
            });
        let region = constraint.unwrap_or(DEFAULT_REGION);
        if signed != region && signed != DEFAULT_REGION {
            return Err(error::bad_request(
                "IllegalLocationConstraintException",
                format!(
                    "The {} location constraint is incompatible for the region specific endpoint \
                     this request was sent to.",
                    constraint.unwrap_or("unspecified")
                ),
            ));
        }
        if input.object_lock_enabled_for_bucket == Some(true) {
            return Err(error::not_implemented("The embedded S3 has no object lock"));
        }
        let is_public = input.acl.as_ref().is_some_and(|acl| acl.as_str() != "private");
        if is_public || !headers::behind(&request.headers, "x-amz-grant-").is_empty() {
            return Err(error::bad_request(
                "InvalidBucketAclWithObjectOwnership",
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
            ));
        }
        let mut bucket = Bucket::new(region, DEFAULT_OWNER, Timestamp::now());
        bucket.acls_enabled = input
            .object_ownership
            .as_ref()
            .is_some_and(|ownership| ownership.as_str() != "BucketOwnerEnforced");
        if self.store.add(&input.bucket, bucket) {
            return Ok(format!("/{}", input.bucket));
        }
        Err(error::error(
            "BucketAlreadyOwnedByYou",
            StatusCode::CONFLICT,
            "Your previous request to create the named bucket succeeded and you already own it.",
        ))
    }
}
