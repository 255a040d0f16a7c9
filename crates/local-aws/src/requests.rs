//! The record of all requests: what was asked for, in which order, and how it was answered.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::target::Target;

/// Which part of the cloud a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// The object store.
    S3,
    /// The token exchange.
    Sts,
    /// The API of the content delivery network.
    CloudFront,
    /// The documents of a Bitbucket workspace's identity provider.
    Issuer,
    /// A site, asked for by a browser.
    Site,
}

/// One request. Its place in the record is the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whom it was for.
    pub service: Service,
    /// The API's name for it, such as `PutObject`; `Unknown` for one this cloud does not know.
    pub operation: String,
    /// The bucket it is about.
    pub bucket: Option<String>,
    /// The key it is about, decoded; the path of a site.
    pub key: Option<String>,
    /// The distribution it is about.
    pub distribution: Option<String>,
    /// The bytes of its body.
    pub body_length: u64,
    /// The account that the bucket must belong to, as the request says.
    pub expected_owner: Option<String>,
    /// What its signature says of its body: the SHA-256 in hexadecimal, or a word such as `UNSIGNED-PAYLOAD`.
    pub content_sha256: Option<String>,
    /// The HTTP status of the answer; `None` while it is being worked on and when there never was one.
    pub status: Option<u16>,
    /// When it came: a count that all arrivals and answers share.
    pub arrived: u64,
    /// When it was answered, by the same count: one request ended before another began if this is less than the
    /// other's `arrived`.
    pub answered: Option<u64>,
    /// The moment at which its head had come.
    pub came: Instant,
    /// How long its body and its answer took from then.
    pub took: Option<Duration>,
}

impl fmt::Display for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.operation)?;
        for part in [&self.bucket, &self.distribution, &self.key].into_iter().flatten() {
            write!(formatter, " {part}")?;
        }
        match self.status {
            Some(status) => write!(formatter, ": {status}"),
            None => write!(formatter, ": no answer"),
        }
    }
}

/// All requests so far.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    requests: Vec<Request>,
    count: u64,
    watcher: Option<UnboundedSender<Request>>,
}

impl RequestLog {
    /// Notes a request whose head had come at that moment; the number is for [`answered`](Self::answered).
    pub(crate) fn arrived(&self, target: &Target, came: Instant) -> u64 {
        let mut state = self.lock();
        let arrived = state.tick();
        state.requests.push(Request {
            service: target.service,
            operation: target.operation.clone(),
            bucket: target.bucket.clone(),
            key: target.key.clone(),
            distribution: target.distribution.clone(),
            body_length: target.body_length,
            expected_owner: target.expected_owner.clone(),
            content_sha256: target.content_sha256.clone(),
            status: None,
            arrived,
            answered: None,
            came,
            took: None,
        });
        arrived
    }

    /// Notes the answer to the request that came as `arrived`, unless the record was cleared since.
    pub(crate) fn answered(&self, arrived: u64, status: u16) {
        let mut state = self.lock();
        let now = state.tick();
        let State { requests, watcher, .. } = &mut *state;
        if let Ok(index) = requests.binary_search_by_key(&arrived, |request| request.arrived) {
            let request = &mut requests[index];
            (request.status, request.answered) = (Some(status), Some(now));
            request.took = Some(request.came.elapsed());
            if let Some(watcher) = watcher {
                // One that has stopped watching misses nothing.
                let _ = watcher.send(request.clone());
            }
        }
    }

    /// Every request from now on, as soon as it is answered. A later watcher takes the place of an earlier one.
    pub(crate) fn watch(&self) -> UnboundedReceiver<Request> {
        let (watcher, requests) = mpsc::unbounded_channel();
        self.lock().watcher = Some(watcher);
        requests
    }

    pub(crate) fn all(&self) -> Vec<Request> {
        self.lock().requests.clone()
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        self.lock().requests.iter().filter(|request| request.operation == operation).count()
    }

    pub(crate) fn clear(&self) {
        self.lock().requests.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tick(&mut self) -> u64 {
        self.count += 1;
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_find_their_requests() {
        let log = RequestLog::default();
        let target = |key: &str| Target {
            bucket: Some("site".into()),
            key: Some(key.into()),
            ..Target::new(Service::S3, "PutObject")
        };
        let mut watched = log.watch();
        let now = Instant::now();
        let before = log.arrived(&target("before"), now);
        log.clear();
        let (first, second) = (log.arrived(&target("first"), now), log.arrived(&target("second"), now));
        for (arrived, status) in [(second, 200), (before, 500), (first, 403)] {
            log.answered(arrived, status);
        }
        let said: Vec<String> = log.all().iter().map(ToString::to_string).collect();
        assert_eq!(said, ["PutObject site first: 403", "PutObject site second: 200"]);
        let watched: Vec<Option<String>> = (0..3).map(|_| watched.try_recv().ok()?.key).collect();
        assert_eq!(watched, [Some("second".into()), Some("first".into()), None]);
        assert!(log.all()[0].answered > log.all()[1].answered);
        assert_eq!((log.count("PutObject"), log.count("GetObject")), (2, 0));
    }
}
