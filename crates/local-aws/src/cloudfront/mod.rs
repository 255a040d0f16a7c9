//! CloudFront's API: invalidations with their limits and caller references, and what a distribution is.

mod batch;
mod cache_policy;
mod distribution;
mod documents;
mod invalidation;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::request::Parts;
use http::{HeaderValue, StatusCode};
use jiff::{SignedDuration, Timestamp};

pub use self::cache_policy::{CachePolicy, QueryStrings};
pub use self::distribution::Origin;
pub use self::invalidation::{Invalidation, InvalidationStatus, ReferenceReuse};

pub(crate) use self::distribution::Distribution;

use self::batch::Batch;
use crate::iam::{Iam, Principal};
use crate::random;
use crate::refusal::Refusal;
use crate::signature::{self, Scope};
use crate::target::{Target, UNKNOWN};
use crate::xml::{self, Reply};

/// The XML namespace.
pub(crate) const NAMESPACE: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

/// CloudFront is global and signed for in one region.
const SCOPE: Scope = Scope { service: "cloudfront", region: Some("us-east-1") };

/// How long an invalidation takes unless set otherwise; AWS needs five to twenty-five.
const INVALIDATION_TIME: Duration = Duration::from_secs(1);

/// All distributions. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct CloudFront {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    distributions: BTreeMap<String, Distribution>,
    invalidation_time: Duration,
    reference_reuse: ReferenceReuse,
    /// How far CloudFront's clock is ahead of the machine's.
    ahead: Duration,
}

impl Default for CloudFront {
    fn default() -> Self {
        let state = State {
            distributions: BTreeMap::new(),
            invalidation_time: INVALIDATION_TIME,
            reference_reuse: ReferenceReuse::default(),
            ahead: Duration::ZERO,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }
}

impl CloudFront {
    pub(crate) fn create_distribution(
        &self,
        account: Option<&str>,
        id: &str,
        origin: Origin,
        now: Timestamp,
    ) {
        self.lock().distributions.insert(id.into(), Distribution::new(account, id, origin, now));
    }

    pub(crate) fn set_invalidation_time(&self, time: Duration) {
        self.lock().invalidation_time = time;
    }

    pub(crate) fn set_reference_reuse(&self, answer: ReferenceReuse) {
        self.lock().reference_reuse = answer;
    }

    /// Sets the clock forward.
    pub(crate) fn advance(&self, time: Duration) {
        let mut state = self.lock();
        state.ahead = state.ahead.saturating_add(time);
    }

    pub(crate) fn complete_invalidations(&self, now: Timestamp) {
        let mut state = self.lock();
        let now = state.time(now);
        for distribution in state.distributions.values_mut() {
            distribution.invalidations.complete(now);
        }
    }

    pub(crate) fn invalidations(&self, id: &str, now: Timestamp) -> Vec<Invalidation> {
        self.with_distribution(id, now, |distribution, now| distribution.invalidations.all(now))
            .unwrap_or_default()
    }

    /// The id of the distribution that a host name stands for: host names know no case, ids do.
    pub(crate) fn id_of_site(&self, site: &str) -> Option<String> {
        self.lock().distributions.keys().find(|id| id.eq_ignore_ascii_case(site)).cloned()
    }

    /// Does something with a distribution, at CloudFront's own time for `now`; `None` when there is none with this id.
    pub(crate) fn with_distribution<R>(
        &self,
        id: &str,
        now: Timestamp,
        work: impl FnOnce(&mut Distribution, Timestamp) -> R,
    ) -> Option<R> {
        let mut state = self.lock();
        let now = state.time(now);
        state.distributions.get_mut(id).map(|distribution| work(distribution, now))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What CloudFront's clock shows when the machine's shows `now`.
    fn time(&self, now: Timestamp) -> Timestamp {
        let ahead = SignedDuration::try_from(self.ahead).unwrap_or(SignedDuration::MAX);
        now.checked_add(ahead).unwrap_or(Timestamp::MAX)
    }
}

/// Answers one request to the API.
pub(crate) fn answer(
    cloudfront: &CloudFront,
    iam: &Iam,
    target: &Target,
    request: &Parts,
    body: &[u8],
    now: Timestamp,
) -> Reply {
    let id = random::uuid();
    let operate = || {
        let signer = signature::verify(request, body, SCOPE, now, |key| iam.secret_key(key))?;
        let principal = iam.principal(&signer.access_key, signer.session_token.as_deref(), now)?;
        operate(cloudfront, &principal, target, request.uri.query(), body, now)
    };
    let answer = match operate() {
        Ok(answer) => answer,
        Err(refusal) => return xml::error(NAMESPACE, &refusal, &id),
    };
    let mut reply = xml::reply(answer.status, &id, answer.document);
    for (name, value) in [("location", answer.location), ("etag", answer.etag)] {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            reply.headers_mut().insert(name, value);
        }
    }
    reply
}

/// A successful answer.
struct Answer {
    status: StatusCode,
    document: String,
    location: Option<String>,
    etag: Option<String>,
}

impl Answer {
    fn ok(document: String) -> Self {
        Self { status: StatusCode::OK, document, location: None, etag: None }
    }
}

fn operate(
    cloudfront: &CloudFront,
    principal: &Principal,
    target: &Target,
    query: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let operation = target.operation.as_str();
    if let Some(policy) = &target.cache_policy {
        return get_cache_policy(cloudfront, principal, policy, now);
    }
    let id = target.distribution.as_deref().filter(|_| operation != UNKNOWN).ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            "The embedded AWS does not provide this operation.",
        )
    })?;
    // The caller's account, whoever owns the distribution: IAM knows no other.
    let resource = format!("arn:{}:cloudfront::{}:distribution/{id}", principal.partition, principal.account);
    principal
        .may(&format!("cloudfront:{operation}"), &resource)
        .map_err(|denied| Refusal::forbidden("AccessDenied", denied.to_string()))?;

    let mut state = cloudfront.lock();
    let (time, reuse, now) = (state.invalidation_time, state.reference_reuse, state.time(now));
    let owned = |distribution: &&mut Distribution| {
        distribution.account.as_ref().is_none_or(|account| *account == principal.account)
    };
    let distribution = state.distributions.get_mut(id).filter(owned).ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "NoSuchDistribution",
            "The specified distribution does not exist.",
        )
    })?;
    match operation {
        "CreateInvalidation" => {
            let batch = Batch::parse(body)?;
            let is_new = !distribution.invalidations.knows(&batch.caller_reference);
            let invalidation = distribution.invalidations.create(batch, time, reuse, now)?;
            if is_new {
                distribution.evict(&invalidation.paths);
            }
            let location = format!(
                "https://cloudfront.amazonaws.com/2020-05-31/distribution/{id}/invalidation/{}",
                invalidation.id
            );
            let document = documents::invalidation(&invalidation);
            Ok(Answer { status: StatusCode::CREATED, location: Some(location), ..Answer::ok(document) })
        }
        "GetInvalidation" => {
            let wanted = target.invalidation.as_deref();
            let found =
                distribution.invalidations.all(now).into_iter().find(|one| Some(one.id.as_str()) == wanted);
            let missing = || {
                Refusal::new(
                    StatusCode::NOT_FOUND,
                    "NoSuchInvalidation",
                    "The specified invalidation does not exist.",
                )
            };
            Ok(Answer::ok(documents::invalidation(&found.ok_or_else(missing)?)))
        }
        "ListInvalidations" => {
            documents::invalidation_list(&distribution.invalidations.all(now), query).map(Answer::ok)
        }
        "GetDistributionConfig" => Ok(Answer {
            etag: Some(distribution.etag.clone()),
            ..Answer::ok(documents::distribution_config(distribution))
        }),
        // What is left of the operations that have a distribution.
        _ => Ok(Answer {
            etag: Some(distribution.etag.clone()),
            ..Answer::ok(documents::distribution(distribution, &resource, now))
        }),
    }
}

/// A managed policy, or one of a distribution.
fn get_cache_policy(
    cloudfront: &CloudFront,
    principal: &Principal,
    id: &str,
    now: Timestamp,
) -> Result<Answer, Refusal> {
    let resource = format!("arn:{}:cloudfront::{}:cache-policy/{id}", principal.partition, principal.account);
    principal
        .may("cloudfront:GetCachePolicy", &resource)
        .map_err(|denied| Refusal::forbidden("AccessDenied", denied.to_string()))?;
    let state = cloudfront.lock();
    let mut policies = state.distributions.values().flat_map(|distribution| distribution.origin.policies());
    let own = policies.find(|policy| policy.id == id).cloned();
    let policy = own.or_else(|| CachePolicy::managed(id)).ok_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, "NoSuchCachePolicy", "The cache policy does not exist.")
    })?;
    Ok(Answer::ok(documents::cache_policy(&policy, now)))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
