//! What the SDK's errors say, in the words of the service that said it.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::refusal::AccessError;

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

/// How far a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It could not be made.
    Unsent,
    /// The role's credentials ran out and could not be renewed.
    Credentials,
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
    code: Option<String>,
    message: Option<String>,
    status: Option<u16>,
    request_id: Option<String>,
    extended_request_id: Option<String>,
}

/// Translates any error of the SDK's clients.
pub fn explain<E>(error: &SdkError<E, HttpResponse>) -> Failure
where
    E: Error + ProvideErrorMetadata + 'static,
{
    if let Some(renewal) = find::<AccessError>(error) {
        let inner = renewal.failure().cloned();
        let inner = inner.unwrap_or_else(|| Failure::silent(Stage::Credentials, renewal.to_string()));
        return Failure { stage: Stage::Credentials, ..inner };
    }
    match error {
        SdkError::ServiceError(context) => {
            let (error, reply) = (context.err(), context.raw());
            let said = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
            Failure {
                code: said(error.code()),
                message: said(error.message()),
                ..Failure::of_reply(Stage::Answered, reply, error.meta().extra("aws_request_id"))
            }
        }
        SdkError::ResponseError(context) => Failure {
            message: Some(cause(error)),
            ..Failure::of_reply(Stage::Unreadable, context.raw(), None)
        },
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            Failure::silent(Stage::TimedOut, cause(error))
        }
        SdkError::TimeoutError(_) => Failure::silent(Stage::TimedOut, cause(error)),
        SdkError::DispatchFailure(_) => Failure::silent(Stage::Unanswered, cause(error)),
        // The SDK may add kinds of errors; this one never left the process either.
        _ => Failure::silent(Stage::Unsent, cause(error)),
    }
}

impl Failure {
    /// A refusal that came inside a successful reply, as a batch reports its single failures.
    #[must_use]
    pub fn reported(code: Option<&str>, message: Option<&str>) -> Self {
        let said = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        Self { code: said(code), message: said(message), ..Self::silent(Stage::Answered, String::new()) }
    }

    /// A request that could not even be made.
    #[must_use]
    pub fn unsent(reason: impl fmt::Display) -> Self {
        Self::silent(Stage::Unsent, reason.to_string())
    }

    fn silent(stage: Stage, message: String) -> Self {
        Self {
            stage,
            code: None,
            message: Some(message),
            status: None,
            request_id: None,
            extended_request_id: None,
        }
    }

    fn of_reply(stage: Stage, reply: &HttpResponse, request_id: Option<&str>) -> Self {
        let header = |name: &str| reply.headers().get(name);
        Self {
            stage,
            code: None,
            message: None,
            status: Some(reply.status().as_u16()),
            request_id: header("x-amzn-requestid")
                .or_else(|| header("x-amz-request-id"))
                .or(request_id)
                .map(str::to_owned),
            extended_request_id: header("x-amz-id-2").map(str::to_owned),
        }
    }

    /// A service's refusal, for tests.
    #[cfg(test)]
    pub(crate) fn answered(status: u16, code: &str, message: &str, request_id: &str) -> Self {
        Self {
            stage: Stage::Answered,
            code: Some(code.to_owned()),
            message: Some(message.to_owned()),
            status: Some(status),
            request_id: Some(request_id.to_owned()),
            extended_request_id: None,
        }
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

    /// Whether the service understood the request and refused it: the same request would be refused again.
    #[must_use]
    pub fn is_verdict(&self) -> bool {
        self.stage == Stage::Answered
            && !self.is_throttling()
            && self.status.is_some_and(|status| (400..500).contains(&status))
    }

    /// The same, with every occurrence of a secret taken out of the service's words.
    pub(crate) fn without(mut self, secret: &str) -> Self {
        if let Some(message) = self.message.take() {
            let cleaned = if secret.is_empty() { message } else { message.replace(secret, "**token**") };
            self.message = Some(cleaned);
        }
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.stage {
            Stage::Answered => "",
            Stage::Unsent => "the request could not be made: ",
            Stage::Credentials => "the credentials could not be renewed: ",
            Stage::Unanswered => "no answer: ",
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
        match (&self.request_id, &self.extended_request_id) {
            (Some(id), Some(extended)) => write!(f, " (request id {id}, extended request id {extended})"),
            (Some(id), None) => write!(f, " (request id {id})"),
            _ => Ok(()),
        }
    }
}

impl Error for Failure {}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|error| error.downcast_ref())
}

/// The two innermost causes: the outer ones only name the layers that the error passed.
fn cause(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    match texts.as_slice() {
        [.., outer, inner] if outer.contains(inner.as_str()) => outer.clone(),
        [.., outer, inner] if !inner.contains(outer.as_str()) => format!("{outer}: {inner}"),
        [.., inner] => inner.clone(),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;
    use aws_smithy_types::error::metadata::Builder as Metadata;

    use super::*;

    #[derive(Debug)]
    struct Refused(ErrorMetadata);

    impl fmt::Display for Refused {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("refused")
        }
    }

    impl Error for Refused {}

    impl ProvideErrorMetadata for Refused {
        fn meta(&self) -> &ErrorMetadata {
            &self.0
        }
    }

    fn answer(
        status: u16,
        headers: &[(&'static str, &'static str)],
        code: Option<&str>,
        message: Option<&str>,
    ) -> Failure {
        let status = StatusCode::try_from(status).expect("a status");
        let mut reply = HttpResponse::new(status, SdkBody::empty());
        for (name, value) in headers {
            reply.headers_mut().insert(*name, *value);
        }
        let metadata = code.into_iter().fold(ErrorMetadata::builder(), Metadata::code);
        let metadata = message.into_iter().fold(metadata, Metadata::message);
        explain(&SdkError::service_error(Refused(metadata.build()), reply))
    }

    #[test]
    fn answers_are_quoted_with_their_ids() {
        for (failure, expected) in [
            (
                answer(403, &[("x-amzn-requestid", "r1")], Some("AccessDenied"), Some("Not authorized")),
                "AccessDenied: Not authorized (request id r1)",
            ),
            (
                answer(
                    403,
                    &[("x-amz-request-id", "r1"), ("x-amz-id-2", "e1")],
                    Some("AccessDenied"),
                    Some("Access Denied"),
                ),
                "AccessDenied: Access Denied (request id r1, extended request id e1)",
            ),
            (answer(404, &[], Some("NoSuchBucket"), None), "NoSuchBucket (HTTP 404)"),
            (answer(400, &[], Some("InvalidArgument"), Some("")), "InvalidArgument (HTTP 400)"),
            (answer(403, &[("x-amz-request-id", "r1")], None, None), "HTTP 403 (request id r1)"),
        ] {
            assert_eq!(failure.to_string(), expected);
        }
    }

    #[test]
    fn questions_have_answers() {
        let denied = answer(403, &[], Some("AccessDenied"), None);
        assert!(denied.is_code("AccessDenied") && !denied.is_code("Access"));
        assert_eq!((denied.status(), denied.is_verdict(), denied.is_throttling()), (Some(403), true, false));
        let throttled = answer(400, &[], Some("Throttling"), Some("Rate exceeded"));
        assert_eq!((throttled.is_verdict(), throttled.is_throttling()), (false, true));
        let broken = answer(500, &[], Some("InternalFailure"), None);
        assert_eq!((broken.is_verdict(), broken.is_throttling()), (false, false));
    }

    #[test]
    fn silence_is_described_by_its_innermost_causes() {
        let refused = std::io::Error::other("connection refused");
        let unanswered: SdkError<Refused, HttpResponse> =
            SdkError::dispatch_failure(ConnectorError::io(refused.into()));
        assert_eq!(explain(&unanswered).to_string(), "no answer: io error: connection refused");
        let late: SdkError<Refused, HttpResponse> = SdkError::timeout_error("after 10 s");
        assert_eq!(explain(&late).to_string(), "no answer in time: request has timed out: after 10 s");
        let unsent: SdkError<Refused, HttpResponse> = SdkError::construction_failure("no bucket");
        assert_eq!(
            explain(&unsent).to_string(),
            "the request could not be made: failed to construct request: no bucket"
        );
        for failure in [explain(&unanswered), explain(&late), explain(&unsent)] {
            assert_eq!((failure.status(), failure.code(), failure.is_verdict()), (None, None, false));
        }
    }

    #[test]
    fn a_failed_renewal_is_told_in_the_words_of_sts() {
        let inner =
            answer(400, &[("x-amzn-requestid", "r1")], Some("ExpiredTokenException"), Some("Token expired"));
        let renewal = AccessError::NoVerdict { place: "STS".into(), failure: inner };
        let error: SdkError<Refused, HttpResponse> =
            SdkError::dispatch_failure(ConnectorError::other(renewal.into(), None));
        let failure = explain(&error);
        assert!(failure.is_credentials() && failure.is_code("ExpiredTokenException"));
        assert_eq!(
            failure.to_string(),
            "the credentials could not be renewed: ExpiredTokenException: Token expired (request id r1)"
        );
    }

    #[test]
    fn a_secret_is_taken_out_of_the_words() {
        let failure =
            answer(400, &[], Some("ValidationError"), Some("Value 'aaa.bbb.ccc' at 'webIdentityToken'"));
        assert_eq!(
            failure.without("aaa.bbb.ccc").to_string(),
            "ValidationError: Value '**token**' at 'webIdentityToken'"
        );
    }
}
