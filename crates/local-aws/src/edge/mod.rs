//! The edge of a distribution, as browsers meet it: a cache in front of the bucket.
//!
//! An object is served from the cache until its time ends or an invalidation evicts it. A distribution has one edge
//! here, and an invalidation takes effect there when it is created: what is served after `CreateInvalidation` has been
//! answered is fresh, while its status stays `InProgress` for a while.

mod cache;
mod key;
mod lifetime;
mod origin;
mod pattern;
mod viewer;
mod visit;

use http::Method;
use http::request::Parts;
use jiff::Timestamp;

pub(crate) use self::cache::Cache;
pub(crate) use self::lifetime::Limits;
pub use self::visit::Visit;
pub(crate) use self::visit::visit;

use self::cache::{Content, Found};
use self::key::Key;
use self::viewer::Source;
use crate::cloudfront::{CloudFront, Distribution};
use crate::refusal::Refusal;
use crate::s3::Store;
use crate::target::Target;
use crate::xml::Reply;

/// Answers one request of a browser.
pub(crate) fn answer(
    cloudfront: &CloudFront,
    store: &Store,
    target: &Target,
    request: &Parts,
    now: Timestamp,
) -> Reply {
    let id = target.distribution.as_deref().unwrap_or_default();
    let served = cloudfront
        .with_distribution(id, now, |distribution, now| serve(distribution, store, request, now))
        .unwrap_or_else(|| {
            let message = format!("No distribution has the id {id}.");
            Err(Refusal::forbidden("NoSuchDistribution", message))
        });
    let (content, source) = served.unwrap_or_else(|refusal| {
        // CloudFront's own errors are not the origin's, and are not cached.
        (origin::error(&refusal, request.uri.path()), Source::Origin)
    });
    viewer::reply(request, &content, source)
}

fn serve(
    distribution: &mut Distribution,
    store: &Store,
    request: &Parts,
    now: Timestamp,
) -> Result<(Content, Source), Refusal> {
    if request.method != Method::GET && request.method != Method::HEAD {
        let message = "This distribution is not configured to allow the HTTP request method that was used for this request.";
        return Err(Refusal::forbidden("MethodNotAllowed", message));
    }
    let Distribution { origin, cache, .. } = distribution;
    let (query_strings, limits) = origin.caching(&key::spelled(request.uri.path()));
    let key = Key::of(&request.uri, &query_strings);
    let stale = match cache.find(&key, now) {
        Found::Fresh { content, age } => return Ok((content, Source::Cache(age))),
        Found::Stale(content) => Some(content),
        Found::Nothing => None,
    };
    let content = origin::fetch(origin, store, request.uri.path());
    let time = if content.is_error {
        Some(lifetime::of_error(&content.headers, origin.error_minimum, now))
    } else {
        lifetime::of_content(&content.headers, &limits, now)
    };
    cache.keep(key, content.clone(), time, now);
    let is_same = stale.is_some_and(|stale| stale == content);
    Ok((content, if is_same { Source::Revalidated } else { Source::Origin }))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
