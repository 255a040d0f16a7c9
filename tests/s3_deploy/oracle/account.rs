//! An account with two buckets: one for `aws s3 sync`, one for this pipe.

use std::path::Path;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::Builder as HttpClient;
use local_aws::Cloud;
use local_aws::scenario::{Step, may_do_everything};
use tokio::runtime::Builder;

use super::bucket::Bucket;
use super::moto::Moto;

/// The region that needs no constraint when a bucket is created.
const REGION: &str = "us-east-1";

/// Whoever holds its key may do everything.
#[derive(Debug)]
pub(super) struct Account {
    /// The bucket of `aws s3 sync`.
    pub(super) theirs: Bucket,
    /// The bucket of this pipe.
    pub(super) ours: Bucket,
    /// The embedded AWS it is on, if it is on that.
    pub(super) cloud: Option<Cloud>,
    endpoint: String,
    key: [String; 2],
}

impl Account {
    /// On an embedded AWS of its own.
    pub(super) fn embedded() -> Self {
        let cloud = Cloud::start();
        let key = cloud.create_user("oracle", [may_do_everything()]);
        let names = ["theirs", "ours"].map(str::to_owned);
        for name in &names {
            cloud.store().create_bucket(name, REGION);
            cloud.store().set_acls_enabled(name, true);
        }
        // The tests speak HTTP, which S3 takes no key over.
        cloud.store().allow_customer_keys_over_http();
        Self::new(cloud.endpoint(), [key.id, key.secret], names, Some(cloud))
    }

    /// On moto, with buckets that have this number.
    pub(super) fn on_moto(moto: &Moto, number: usize) -> Self {
        let key = ["AKIAIOSFODNN7EXAMPLE", "any"].map(str::to_owned);
        let names = ["theirs", "ours"].map(|name| format!("{name}-{number}"));
        let account = Self::new(moto.endpoint().to_owned(), key, names, None);
        account.theirs.create();
        account.ours.create();
        account
    }

    fn new(endpoint: String, key: [String; 2], [theirs, ours]: [String; 2], cloud: Option<Cloud>) -> Self {
        let credentials = Credentials::new(&*key[0], &*key[1], None, None, "tests");
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(REGION))
            .endpoint_url(&endpoint)
            .force_path_style(true)
            .credentials_provider(credentials)
            .http_client(HttpClient::new().build_http())
            .build();
        // A connection belongs to the runtime that opened it, so both buckets share the one as well as the other.
        let client = Client::from_conf(config);
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let runtime = Arc::new(runtime);
        let bucket = |name| Bucket::new(client.clone(), Arc::clone(&runtime), name);
        let (theirs, ours) = (bucket(theirs), bucket(ours));
        Self { theirs, ours, cloud, endpoint, key }
    }

    /// A program with this account's key.
    pub(super) fn step(&self, program: &str, folder: &Path) -> Step {
        Step::new(program, folder)
            .set("AWS_ENDPOINT_URL", &self.endpoint)
            .set("AWS_DEFAULT_REGION", REGION)
            .set("AWS_ACCESS_KEY_ID", &self.key[0])
            .set("AWS_SECRET_ACCESS_KEY", &self.key[1])
    }
}
