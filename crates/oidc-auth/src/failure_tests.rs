//! Errors of the SDK's clients, and what is made of them.

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
fn the_services_clock_is_read() {
    let failure = answer(403, &[("date", "Sun, 06 Nov 1994 08:49:37 GMT")], Some("AccessDenied"), None);
    assert_eq!(failure.date().map(Timestamp::as_second), Some(784_111_777));
    assert_eq!(answer(403, &[("date", "today")], None, None).date(), None);
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
fn a_host_that_cannot_be_reached_is_named() {
    let explained = |unreachable: Unreachable| {
        let error: SdkError<Refused, HttpResponse> =
            SdkError::dispatch_failure(ConnectorError::io(unreachable.into()));
        explain(&error)
    };
    let (host, why) = ("minio.invalid".to_owned(), "no such name".to_owned());
    let failure = explained(Unreachable::Name { host: host.clone(), why: why.clone() });
    assert_eq!(failure.to_string(), "no answer: the host minio.invalid is not found: no such name");
    assert!(failure.is_unknown_host() && !failure.is_untrusted());
    let failure = explained(Unreachable::Certificate { host, why });
    assert_eq!(
        failure.to_string(),
        "no answer: the certificate of minio.invalid is not accepted: no such name"
    );
    assert!(failure.is_untrusted() && !failure.is_unknown_host());
}

#[test]
fn a_success_that_no_reader_understands_is_unreadable() {
    let failure = answer(200, &[("x-amz-request-id", "r1")], None, None);
    assert!(failure.is_unreadable());
    assert_eq!(failure.to_string(), "the answer cannot be read: HTTP 200 (request id r1)");
    let body = "<?xml version=\"1.0\"?>\n<CompleteMultipartUploadResponse xmlns=\"x\"/>";
    let reply = HttpResponse::new(StatusCode::try_from(200).expect("a status"), SdkBody::from(body));
    let error = SdkError::service_error(Refused(ErrorMetadata::builder().build()), reply);
    assert_eq!(
        explain(&error).to_string(),
        "the answer cannot be read: it is a document <CompleteMultipartUploadResponse> (HTTP 200)"
    );
    // S3 reports an error of its own in a success.
    assert!(!answer(200, &[], Some("InternalError"), None).is_unreadable());
}

#[test]
fn a_refusal_before_the_request_keeps_its_code() {
    let refusal = ErrorMetadata::builder().code("AccessDenied").message("no s3express:CreateSession").build();
    let error: SdkError<Refused, HttpResponse> =
        SdkError::dispatch_failure(ConnectorError::other(refusal.into(), None));
    assert_eq!(explain(&error).to_string(), "AccessDenied: no s3express:CreateSession");
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
    assert!(failure.is_about_caller());
    assert_eq!(
        failure.to_string(),
        "the credentials could not be renewed: ExpiredTokenException: Token expired (request id r1)"
    );
}

#[test]
fn a_refusal_is_about_the_caller_or_about_what_is_asked() {
    for (code, expected) in [
        ("ExpiredToken", true),
        ("RequestTimeTooSkewed", true),
        ("AccessDenied", false),
        ("NoSuchKey", false),
        ("InternalError", false),
    ] {
        assert_eq!(answer(403, &[], Some(code), None).is_about_caller(), expected, "{code}");
    }
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

#[test]
fn whoever_answers_in_the_place_of_a_service_is_named() {
    const HTML: (&str, &str) = ("content-type", "text/html");
    let page = answer(413, &[HTML, ("server", "nginx")], None, None);
    assert_eq!(page.to_string(), "HTTP 413 from nginx, not from the service");
    assert_eq!(page.author(), Some("nginx"));
    // A code is the service's own.
    assert_eq!(answer(403, &[HTML], Some("AccessDenied"), None).author(), None);
}

#[test]
fn a_proxy_that_opens_no_connection_is_named() {
    let refused = |words: &'static str| {
        let error = SdkError::dispatch_failure(ConnectorError::io(words.into()));
        explain::<Refused>(&error)
    };
    let failure = refused("tunnel error: proxy authorization required");
    assert_eq!(failure.to_string(), "HTTPS_PROXY refused: 407, it wants a user name and a password");
    assert!(failure.is_of_proxy() && !refused("connection refused").is_of_proxy());
}
