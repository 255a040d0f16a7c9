//! A distribution as CloudFront's API shows it: nothing outside names its SDK.

mod configuration;

use std::error::Error;
use std::time::SystemTime;

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::config::http::HttpResponse;
use aws_sdk_cloudfront::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudfront::operation::RequestId;
use aws_sdk_cloudfront::types::{self, InvalidationBatch, Paths};
use bitbucket_pipe::text;
use oidc_auth::{Partition, Service, Session, WholeReply};

use crate::caller::Caller;
use crate::console;
use crate::distribution_id::DistributionId;
use crate::permissions::{CREATE_INVALIDATION, GET_INVALIDATION};
use crate::plan::Batch;
use crate::refusal::Refusal;

/// CloudFront's word for an invalidation that has reached every edge.
const COMPLETED: &str = "Completed";

/// CloudFront, reached with the credentials of a session.
#[derive(Clone, Debug)]
pub struct CloudFront {
    client: Client,
    caller: Caller,
    partition: Partition,
    /// It is AWS's own CloudFront.
    has_console: bool,
}

impl CloudFront {
    /// Sends nothing yet. CloudFront has one endpoint in each partition, so the step's region does not matter.
    #[must_use]
    pub fn new(session: &Session) -> Self {
        let partition = session.partition();
        let config = session.sdk_config(Service::CloudFront, partition.default_region());
        let caller = Caller::new(session.principal(), partition);
        let config = aws_sdk_cloudfront::config::Builder::from(&config)
            .retry_partition(session.retry_partition(Service::CloudFront))
            .retry_classifier(session.widening())
            .retry_classifier(WholeReply)
            .interceptor(WholeReply)
            .retry_classifier(session.retries())
            .interceptor(session.retries())
            .interceptor(session.trace())
            .build();
        let has_console = session.custom_endpoint(Service::CloudFront).is_none();
        Self { client: Client::from_conf(config), caller, partition, has_console }
    }

    /// The distribution of this id, whether it exists or not.
    #[must_use]
    pub fn distribution(&self, id: &DistributionId) -> Distribution {
        Distribution { cloudfront: self.clone(), id: id.clone() }
    }
}

/// A distribution that can be asked for invalidations.
#[derive(Clone, Debug)]
pub struct Distribution {
    cloudfront: CloudFront,
    id: DistributionId,
}

/// An invalidation that CloudFront has accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalidation {
    /// Its id.
    pub id: String,
    /// CloudFront's word for how far it is: `InProgress` or `Completed`.
    pub status: String,
    /// When CloudFront says that it was made.
    pub created: SystemTime,
    /// What AWS's support asks for.
    pub request_id: Option<String>,
}

impl Invalidation {
    /// Whether no edge serves any more what it names.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.status == COMPLETED
    }
}

impl Distribution {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &DistributionId {
        &self.id
    }

    /// Its page in the console of AWS; `None` at a custom endpoint, and in partitions whose console has no public address.
    #[must_use]
    pub fn console_url(&self) -> Option<String> {
        console::url(self.cloudfront.partition, &self.id).filter(|_| self.cloudfront.has_console)
    }

    /// Asks for the invalidation of a batch. Asked again, CloudFront answers with the invalidation it made before.
    ///
    /// The SDK itself repeats a few times what throttling, a fault of the server or a lost connection spoiled.
    pub async fn create_invalidation(&self, batch: &Batch) -> Result<Invalidation, Refusal> {
        let output = self
            .cloudfront
            .client
            .create_invalidation()
            .distribution_id(self.id.as_str())
            .invalidation_batch(request(batch))
            .send()
            .await
            .map_err(|error| self.refusal(&error, CREATE_INVALIDATION))?;
        invalidation(output.request_id(), output.invalidation())
    }

    /// Asks how far an invalidation is.
    pub async fn get_invalidation(&self, id: &str) -> Result<Invalidation, Refusal> {
        let output = self
            .cloudfront
            .client
            .get_invalidation()
            .distribution_id(self.id.as_str())
            .id(id)
            .send()
            .await
            .map_err(|error| self.refusal(&error, GET_INVALIDATION))?;
        invalidation(output.request_id(), output.invalidation())
    }

    fn refusal<E>(&self, error: &SdkError<E, HttpResponse>, action: &str) -> Refusal
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        Refusal::new(&oidc_auth::explain(error), action, &self.id, &self.cloudfront.caller)
    }
}

fn invalidation(
    request_id: Option<&str>,
    made: Option<&types::Invalidation>,
) -> Result<Invalidation, Refusal> {
    let made = made.ok_or_else(Refusal::unreadable)?;
    let created = SystemTime::try_from(made.create_time).map_err(|_| Refusal::unreadable())?;
    Ok(Invalidation {
        id: text::printable(&made.id).into_owned(),
        status: text::printable(&made.status).into_owned(),
        created,
        request_id: request_id.map(str::to_owned),
    })
}

fn request(batch: &Batch) -> InvalidationBatch {
    let items: Vec<String> = batch.paths.iter().map(ToString::to_string).collect();
    let quantity = i32::try_from(items.len()).expect("a batch is limited to thousands");
    let paths = Paths::builder().quantity(quantity).set_items(Some(items));
    InvalidationBatch::builder()
        .paths(paths.build().expect("the quantity is all it needs"))
        .caller_reference(batch.reference.as_str())
        .build()
        .expect("the reference is all it needs")
}
