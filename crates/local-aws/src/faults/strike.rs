//! A fault at work: what becomes of a request that it strikes.

use std::fmt::Write as _;

use bytes::Bytes;
use http::Response;
use http::request::Parts;
use s3s::{Body, HttpError};

use super::{Effect, Faults, HangUp, spoiled};
use crate::refusal::Refusal;
use crate::requests::Service;
use crate::target::Target;
use crate::xml::{self, Reply};
use crate::{cloudfront, random, sts};

/// Where the bucket is, says a redirect.
const REGION_HEADER: &str = "x-amz-bucket-region";

impl Faults {
    /// Answers a request that a fault strikes; `work` carries it out. An error means to hang up.
    pub(crate) async fn carry_out(
        &self,
        effect: Effect,
        target: &Target,
        head: &Parts,
        body: &Bytes,
        work: impl Future<Output = Result<Response<Body>, HttpError>>,
    ) -> Result<Response<Body>, HangUp> {
        Ok(match effect {
            Effect::Answer(refusal) => refused(target, head, &refusal).map(Body::from),
            Effect::Quote(mut refusal) => {
                let token = head.headers.get("x-amz-security-token").and_then(|token| token.to_str().ok());
                refusal.message += token.unwrap_or_default();
                refused(target, head, &refusal).map(Body::from)
            }
            Effect::InSuccess(refusal) => xml::s3_error(
                &Refusal { status: http::StatusCode::OK, ..refusal },
                head.uri.path(),
                &random::uuid(),
            )
            .map(Body::from),
            Effect::EachKey(refusal) => no_key(body, &refusal).map(Body::from),
            Effect::Moved(region) => moved(head, &region).map(Body::from),
            Effect::Delay(time) => {
                tokio::time::sleep(time).await;
                work.await?
            }
            Effect::Held(gate) => {
                gate.pass().await;
                work.await?
            }
            Effect::HeldReply(gate) => {
                let reply = work.await?;
                gate.pass().await;
                reply
            }
            Effect::Stall => spoiled::stalled(work.await?).await?,
            Effect::Trickle => spoiled::trickled(work.await?).await?,
            Effect::Cut => spoiled::cut(work.await?).await?,
            Effect::Unreadable => spoiled::unreadable(work.await?).await?,
            Effect::WithoutToken => spoiled::without_token(work.await?).await?,
            Effect::Mistaken => spoiled::mistaken(work.await?),
            Effect::TornReply => return Err(HangUp::torn(work.await?).await),
            Effect::LostReply => {
                work.await?;
                return Err(HangUp::Reset);
            }
            Effect::Reset => return Err(HangUp::Reset),
            Effect::Outage(time) => {
                self.outage.begin(time);
                return Err(HangUp::Reset);
            }
        })
    }
}

/// A scripted error in the form of the service that is asked.
fn refused(target: &Target, head: &Parts, refusal: &Refusal) -> Reply {
    let id = random::uuid();
    match target.service {
        Service::Sts => xml::error(sts::NAMESPACE, refusal, &id),
        Service::CloudFront => xml::error(cloudfront::NAMESPACE, refusal, &id),
        Service::S3 | Service::Issuer | Service::Site => {
            let mut reply = xml::s3_error(refusal, head.uri.path(), &id);
            if head.method == http::Method::HEAD {
                *reply.body_mut() = Bytes::new();
            }
            reply
        }
    }
}

/// What S3 says of a bucket in another region.
fn moved(head: &Parts, region: &str) -> Reply {
    let refusal = Refusal::new(
        http::StatusCode::MOVED_PERMANENTLY,
        "PermanentRedirect",
        "The bucket you are attempting to access must be addressed using the specified endpoint.",
    );
    let mut reply = xml::s3_error(&refusal, head.uri.path(), &random::uuid());
    if head.method == http::Method::HEAD {
        *reply.body_mut() = Bytes::new();
    }
    reply.headers_mut().extend(
        http::HeaderValue::from_str(region)
            .ok()
            .map(|region| (http::HeaderName::from_static(REGION_HEADER), region)),
    );
    reply
}

/// A batch of which no key was deleted. The keys stand in the reply as the request has them, escaped already.
fn no_key(request: &Bytes, refusal: &Refusal) -> Reply {
    let request = String::from_utf8_lossy(request);
    let keys = request.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
    let mut errors = String::new();
    for (key, _) in keys {
        let (code, message) = (&refusal.code, &refusal.message);
        let _ =
            write!(errors, "<Error><Key>{key}</Key><Code>{code}</Code><Message>{message}</Message></Error>");
    }
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{errors}</DeleteResult>"
    );
    let mut reply = Response::new(Bytes::from(document));
    reply.headers_mut().insert("content-type", http::HeaderValue::from_static("application/xml"));
    reply
}
