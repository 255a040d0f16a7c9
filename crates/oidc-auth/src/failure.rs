//! What the SDK's errors say, in the words of the service that said it.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;

use crate::refusal::AccessError;
use crate::unreachable::{Unreachable, find};
use crate::whole::CutShort;
use crate::{intermediary, printable, token};

/// Codes by which services ask for fewer requests.
const THROTTLING: [&str; 7] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
];

/// Codes by which S3 refuses whoever asks, whatever is asked (Amazon S3 API Reference, Error responses).
const OF_CALLER: [&str; 5] =
    ["ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "RequestTimeTooSkewed", "TokenRefreshRequired"];

/// How far a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It could not be made.
    Unsent,
    /// The role's credentials ran out and could not be renewed.
    Credentials,
    /// The proxy opened no connection to the service.
    Proxy,
    /// DNS does not know the host.
    UnknownHost,
    /// The host's certificate is not accepted.
    Untrusted,
    /// No connection, or it broke.
    Unanswered,
    /// It took too long.
    TimedOut,
    /// The reply is not one of this service.
    Unreadable,
    /// The service said no.
    Answered,
}

/// Why a request to AWS failed. `Display` is `Code: message (request id …)`, or what broke where there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    stage: Stage,
    code: Option<Box<str>>,
    message: Option<Box<str>>,
    status: Option<u16>,
    request_id: Option<Box<str>>,
    extended_request_id: Option<Box<str>>,
    date: Option<Timestamp>,
    /// Who answered in the place of the service.
    author: Option<Box<str>>,
    /// How often the request was sent; 0 where nobody counted.
    tries: u32,
}

/// Translates any error of the SDK's clients.
pub fn explain<E>(error: &SdkError<E, HttpResponse>) -> Failure
where
    E: Error + ProvideErrorMetadata + 'static,
{
    if let Some(renewal) = find::<AccessError>(error) {
        let inner = renewal.failure().cloned();
        let inner = inner.unwrap_or_else(|| Failure::silent(Stage::Credentials, &renewal.to_string()));
        return Failure { stage: Stage::Credentials, ..inner };
    }
    if let Some(unreachable) = find::<Unreachable>(error) {
        let stage = match unreachable {
            Unreachable::Name { .. } => Stage::UnknownHost,
            Unreachable::Certificate { .. } => Stage::Untrusted,
        };
        return Failure::silent(stage, &unreachable.to_string());
    }
    match error {
        // The reply says that the work is done, and no reader of the SDK's understands the rest.
        SdkError::ServiceError(context) if context.raw().status().is_success() && error.code().is_none() => {
            Failure {
                message: first_element(context.raw()).map(|name| format!("it is a document <{name}>").into()),
                ..Failure::of_reply(Stage::Unreadable, context.raw(), None)
            }
        }
        SdkError::ServiceError(context) => {
            let (error, reply) = (context.err(), context.raw());
            Failure {
                code: said(error.code()),
                message: said(error.message()),
                author: intermediary::author(reply).filter(|_| error.code().is_none()),
                ..Failure::of_reply(Stage::Answered, reply, error.meta().extra("aws_request_id"))
            }
        }
        SdkError::ResponseError(context) => Failure {
            message: find::<CutShort>(error)
                .map_or_else(|| said(Some(&cause(error))), |cut| Some(cut.to_string().into())),
            ..Failure::of_reply(Stage::Unreadable, context.raw(), None)
        },
        // What a request needs first was refused, such as the session of a directory bucket.
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_)
            if let Some(refusal) =
                find::<ErrorMetadata>(error).filter(|refusal| refusal.code().is_some()) =>
        {
            Failure::reported(refusal.code(), refusal.message())
        }
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            Failure::silent(Stage::TimedOut, &cause(error))
        }
        SdkError::TimeoutError(_) => Failure::silent(Stage::TimedOut, &cause(error)),
        SdkError::DispatchFailure(_) => {
            let cause = cause(error);
            match intermediary::proxy_refusal(&cause) {
                Some(refusal) => Failure::silent(Stage::Proxy, refusal),
                None => Failure::silent(Stage::Unanswered, &cause),
            }
        }
        // The SDK may add kinds of errors; this one never left the process either.
        _ => Failure::silent(Stage::Unsent, &cause(error)),
    }
}

impl Failure {
    /// A refusal that came inside a successful reply, as a batch reports its single failures.
    #[must_use]
    pub fn reported(code: Option<&str>, message: Option<&str>) -> Self {
        Self { code: said(code), message: said(message), ..Self::silent(Stage::Answered, "") }
    }

    /// A reply whose body broke off, or was not what its head says.
    #[must_use]
    pub fn unreadable(reason: &(dyn Error + 'static)) -> Self {
        Self::silent(Stage::Unreadable, &cause(reason))
    }

    /// A request that could not even be made.
    #[must_use]
    pub fn unsent(reason: impl fmt::Display) -> Self {
        Self::silent(Stage::Unsent, &reason.to_string())
    }

    fn silent(stage: Stage, message: &str) -> Self {
        Self {
            stage,
            code: None,
            message: Some(printable::words(message).into()),
            status: None,
            request_id: None,
            extended_request_id: None,
            date: None,
            author: None,
            tries: 0,
        }
    }

    fn of_reply(stage: Stage, reply: &HttpResponse, request_id: Option<&str>) -> Self {
        let header = |name: &str| reply.headers().get(name);
        let id = |text: &str| printable::words(text).into_boxed_str();
        Self {
            stage,
            code: None,
            message: None,
            status: Some(reply.status().as_u16()),
            request_id: header("x-amzn-requestid")
                .or_else(|| header("x-amz-request-id"))
                .or(request_id)
                .map(id),
            extended_request_id: header("x-amz-id-2").map(id),
            date: header("date").and_then(http_date),
            author: None,
            tries: 0,
        }
    }

    /// A service's refusal, for tests.
    #[cfg(test)]
    pub(crate) fn answered(status: u16, code: &str, message: &str, request_id: &str) -> Self {
        Self {
            stage: Stage::Answered,
            code: Some(code.into()),
            message: Some(message.into()),
            status: Some(status),
            request_id: Some(request_id.into()),
            extended_request_id: None,
            date: None,
            author: None,
            tries: 0,
        }
    }

    /// The same, answered at another time.
    #[cfg(test)]
    pub(crate) fn at(self, date: Timestamp) -> Self {
        Self { date: Some(date), ..self }
    }

    /// The service's code for it, such as `AccessDenied`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether the service gave this code.
    #[must_use]
    pub fn is_code(&self, code: &str) -> bool {
        self.code() == Some(code)
    }

    /// The service's own words, or what broke.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The action that the service names as not allowed, such as `s3:PutObjectTagging`.
    #[must_use]
    pub fn denied_action(&self) -> Option<&str> {
        let (_, rest) = self.message()?.split_once("not authorized to perform: ")?;
        rest.split_whitespace().next()
    }

    /// The HTTP status; `None` where there was no answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// What AWS's support asks for first.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// What S3's support asks for second.
    #[must_use]
    pub fn extended_request_id(&self) -> Option<&str> {
        self.extended_request_id.as_deref()
    }

    /// When the service answered, by its own clock.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        self.date
    }

    /// Who answered in the place of the service, such as `nginx`: a proxy or a gateway that sent a web page.
    #[must_use]
    pub fn author(&self) -> Option<&str> {
        self.author.as_deref()
    }

    /// Whether the proxy did not open a connection to the service.
    #[must_use]
    pub fn is_of_proxy(&self) -> bool {
        self.stage == Stage::Proxy
    }

    /// Whether the service asks for fewer requests.
    #[must_use]
    pub fn is_throttling(&self) -> bool {
        self.code().is_some_and(|code| THROTTLING.contains(&code)) || matches!(self.status, Some(429))
    }

    /// Whether the role's credentials ran out and could not be renewed; code and message are then STS's.
    #[must_use]
    pub fn is_credentials(&self) -> bool {
        self.stage == Stage::Credentials
    }

    /// Whether DNS does not know the host.
    #[must_use]
    pub fn is_unknown_host(&self) -> bool {
        self.stage == Stage::UnknownHost
    }

    /// Whether the host's certificate is not accepted.
    #[must_use]
    pub fn is_untrusted(&self) -> bool {
        self.stage == Stage::Untrusted
    }

    /// Whether it is about who asks, and not about what is asked: every other request would be refused too.
    #[must_use]
    pub fn is_about_caller(&self) -> bool {
        self.is_credentials() || self.code().is_some_and(|code| OF_CALLER.contains(&code))
    }

    /// Whether something answered, but not as this service does.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        self.stage == Stage::Unreadable
    }

    /// Whether the service understood the request and refused it: the same request would be refused again.
    #[must_use]
    pub fn is_verdict(&self) -> bool {
        self.stage == Stage::Answered
            && !self.is_throttling()
            && self.status.is_some_and(|status| (400..500).contains(&status))
    }

    /// The same, with every run of characters taken out of the service's words that is part of the token.
    pub(crate) fn without(mut self, token: &str) -> Self {
        self.message = self.message.map(|message| token::strike(&message, token).into());
        self
    }

    /// The same, after so many tries.
    pub(crate) fn after(self, tries: u32) -> Self {
        Self { tries, ..self }
    }

    /// The reason alone, without the ids of the request and the number of tries.
    #[must_use]
    pub fn words(&self) -> String {
        Self { request_id: None, extended_request_id: None, tries: 0, ..self.clone() }.to_string()
    }
}

/// What a service says, if anything.
fn said(text: Option<&str>) -> Option<Box<str>> {
    text.filter(|text| !text.is_empty()).map(|text| printable::words(text).into())
}

/// The name of the first element of a reply in XML.
fn first_element(reply: &HttpResponse) -> Option<Box<str>> {
    const LONGEST: usize = 60;
    let body = String::from_utf8_lossy(reply.body().bytes()?);
    let tag = body.split('<').skip(1).find(|tag| !tag.starts_with(['?', '!']))?;
    let name: String = tag.chars().take_while(|letter| letter.is_alphanumeric()).take(LONGEST).collect();
    said(Some(&name))
}

fn http_date(text: &str) -> Option<Timestamp> {
    let date = aws_smithy_types::DateTime::from_str(text, Format::HttpDate).ok()?;
    Timestamp::from_second(date.secs()).ok()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.stage {
            Stage::Answered => "",
            Stage::Unsent => "the request could not be made: ",
            Stage::Credentials => "the credentials could not be renewed: ",
            Stage::Proxy => "HTTPS_PROXY refused: ",
            Stage::Unanswered | Stage::UnknownHost | Stage::Untrusted => "no answer: ",
            Stage::TimedOut => "no answer in time: ",
            Stage::Unreadable => "the answer cannot be read: ",
        })?;
        match (&self.code, &self.message, self.status) {
            (Some(code), Some(message), _) => write!(f, "{code}: {message}")?,
            (Some(code), None, Some(status)) => write!(f, "{code} (HTTP {status})")?,
            (None, Some(message), Some(status)) => write!(f, "{message} (HTTP {status})")?,
            (None, None, Some(status)) => write!(f, "HTTP {status}")?,
            (Some(text), None, None) | (None, Some(text), None) => f.write_str(text)?,
            (None, None, None) => f.write_str("no reason given")?,
        }
        if let Some(author) = &self.author {
            write!(f, " from {author}, not from the service")?;
        }
        if self.tries > 1 {
            write!(f, ", after {} tries", self.tries)?;
        }
        match (&self.request_id, &self.extended_request_id) {
            (Some(id), Some(extended)) => write!(f, " (request id {id}, extended request id {extended})"),
            (Some(id), None) => write!(f, " (request id {id})"),
            _ => Ok(()),
        }
    }
}

impl Error for Failure {}

/// The two innermost causes: the outer ones only name the layers that the error passed.
pub(crate) fn cause(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    match texts.as_slice() {
        [.., outer, inner] if outer.contains(inner.as_str()) => outer.clone(),
        [.., outer, inner] if !inner.contains(outer.as_str()) => format!("{outer}: {inner}"),
        [.., inner] => inner.clone(),
        [] => String::new(),
    }
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
