//! The way of a request: read, noted, turned away by a limit, struck by a fault or answered by its service, noted again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http::header::{DATE, HOST};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use jiff::Timestamp;
use s3s::{Body, HttpError};
use tokio_rustls::TlsAcceptor;

use crate::authority::Authority;
use crate::cloudfront::{self, CloudFront};
use crate::faults::{self, Effect, Faults, HangUp};
use crate::iam::Iam;
use crate::pace::Pace;
use crate::requests::{RequestLog, Service};
use crate::target::Target;
use crate::xml::Reply;
use crate::{edge, issuer, s3, sts};

/// Everything that answers requests.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) store: s3::Store,
    pub(crate) iam: Iam,
    pub(crate) cloudfront: CloudFront,
    pub(crate) requests: RequestLog,
    pub(crate) faults: Faults,
    pub(crate) pace: Pace,
    /// Whose certificate is shown, once TLS is accepted.
    authority: Mutex<Option<Authority>>,
    s3: s3::Service,
}

impl Services {
    pub(crate) fn new() -> Self {
        let (store, iam) = (s3::Store::new(), Iam::default());
        let s3 = s3::service(store.clone(), Arc::new(iam.clone()));
        Self {
            store,
            iam,
            s3,
            cloudfront: CloudFront::default(),
            requests: RequestLog::default(),
            faults: Faults::default(),
            pace: Pace::default(),
            authority: Mutex::default(),
        }
    }

    pub(crate) fn accept_tls(&self, authority: Authority) {
        *self.authority.lock().unwrap_or_else(PoisonError::into_inner) = Some(authority);
    }

    /// The server's side of TLS, once it is accepted.
    pub(crate) fn tls(&self) -> Option<TlsAcceptor> {
        self.authority.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(Authority::acceptor)
    }

    /// Answers one request. An error means to hang up, as a broken connection or a fault has it.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, HangUp> {
        let came = Instant::now();
        let (head, body) = request.into_parts();
        // Read to its end before anything is said: a client cut off while it sends may never read why.
        let body = body.collect().await.map_err(|cause| HttpError::new(cause.into()))?.to_bytes();
        let mut target = Target { body_length: body.len() as u64, ..Target::of(&head, &body) };
        if target.service == Service::Site {
            let id = target.distribution.as_deref().and_then(|site| self.cloudfront.id_of_site(site));
            target.distribution = id.or(target.distribution);
        }
        let number = self.requests.arrived(&target, came);
        self.pace.travel().await;
        let effect = if self.pace.admits(&target.operation, Instant::now()) {
            self.faults.strike(&target, &head.headers)
        } else {
            Some(Effect::Answer(faults::slow_down()))
        };
        let response = match effect {
            None => self.dispatch(&target, head, body).await?,
            Some(effect) => {
                let work = self.dispatch(&target, head.clone(), body.clone());
                self.faults.carry_out(effect, &target, &head, &body, work).await?
            }
        };
        self.requests.answered(number, response.status().as_u16());
        Ok(response)
    }

    async fn dispatch(&self, target: &Target, head: Parts, body: Bytes) -> Result<Response<Body>, HttpError> {
        let now = Timestamp::now();
        let reply = match target.service {
            Service::S3 => {
                let reply = self.s3.call(Request::from_parts(head, Full::new(body))).await;
                return reply.map(|mut reply| {
                    // The server's own is of the moment at which it began, and hashing takes seconds under load.
                    let now = Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
                    reply.headers_mut().extend(http::HeaderValue::try_from(now).ok().map(|now| (DATE, now)));
                    reply
                });
            }
            Service::Sts => sts::answer(&self.iam, &head, &body, now),
            Service::CloudFront => cloudfront::answer(&self.cloudfront, &self.iam, target, &head, &body, now),
            Service::Issuer => issuer_document(&head),
            Service::Site => edge::answer(&self.cloudfront, &self.store, target, &head, now),
        };
        Ok(reply.map(Body::from))
    }
}

fn issuer_document(head: &Parts) -> Reply {
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let document = issuer::document_at(head.uri.path(), &format!("http://{host}"));
    let mut reply = Response::new(Bytes::from(document.unwrap_or_default()));
    *reply.status_mut() = StatusCode::OK;
    reply.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    reply
}
