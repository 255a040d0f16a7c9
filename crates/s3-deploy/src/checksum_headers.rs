//! Checksum headers, which some stores refuse: one rule for every request to a bucket, and one fallback for the whole run.

use std::sync::{Arc, OnceLock};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextMut, FinalizerInterceptorContextMut, InterceptorContext,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

/// How the headers begin that send a checksum or name its algorithm.
const BEGINNINGS: [&str; 3] = ["x-amz-checksum-", "x-amz-sdk-checksum-", "x-amz-trailer"];
/// Asks a store for the checksum that it has. It sends none, so `when_required` leaves it alone.
const MODE: &str = "x-amz-checksum-mode";
/// Headers that every store takes. One that refuses a request with these and a checksum alone means the checksum.
const USUAL: [&str; 6] = [
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-meta-",
    "x-amz-security-token",
    "x-amz-user-agent",
    "x-amz-decoded-content-length",
];
/// Refusals of the checksum itself, which name its header too.
const MISMATCHES: [&str; 2] = ["<Code>BadDigest</Code>", "<Code>XAmzContentChecksumMismatch</Code>"];
/// Marks a refused reply for the classifier of retries, which sees the reply and nothing of the request.
const MARK: &str = "x-checksum-headers-refused";

/// When requests carry checksums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sending {
    /// Until the store refuses them.
    #[default]
    WhenSupported,
    /// Where S3 demands one: `AWS_REQUEST_CHECKSUM_CALCULATION: when_required`.
    WhenRequired,
    /// `--checksum-algorithm` asks for them.
    Always,
}

/// Takes the checksum headers out of requests where they are not to be sent, and repeats the requests that a store refuses
/// for them. Give it to a client's builder as an interceptor and as a classifier of retries.
#[derive(Clone, Debug)]
pub(crate) struct ChecksumHeaders {
    sending: Sending,
    /// The store is not AWS's, which takes them all.
    may_be_refused: bool,
    /// The first refusal, in words.
    refusal: Arc<OnceLock<String>>,
}

/// What of the headers of an attempt a refusal may mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Carried {
    checksum: bool,
    /// Headers that a store may not know either.
    others: bool,
}

impl Storable for Carried {
    type Storer = StoreReplace<Self>;
}

impl ChecksumHeaders {
    pub(crate) fn new(sending: Sending, is_at_aws: bool) -> Self {
        let may_be_refused = !is_at_aws && sending != Sending::Always;
        Self { sending, may_be_refused, refusal: Arc::default() }
    }

    /// Whether requests carry them now.
    pub(crate) fn are_sent(&self) -> bool {
        self.sending != Sending::WhenRequired && self.refusal().is_none()
    }

    /// Why they are not sent any more.
    pub(crate) fn refusal(&self) -> Option<&str> {
        self.refusal.get().map(String::as_str)
    }

    /// Takes them out of a request, where they are not to be sent.
    pub(crate) fn strip(&self, headers: &mut Headers) {
        if self.are_sent() {
            return;
        }
        let is_asked_for = self.refusal().is_none();
        let goes = |name: &&str| is_checksum(name) && !(is_asked_for && *name == MODE);
        let names: Vec<String> =
            headers.iter().map(|(name, _)| name).filter(goes).map(str::to_owned).collect();
        for name in names {
            headers.remove(name);
        }
    }
}

fn is_checksum(name: &str) -> bool {
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

impl Carried {
    fn by(headers: &Headers) -> Self {
        let is_usual = |name: &str| USUAL.iter().any(|usual| name.starts_with(usual));
        let is_other = |name: &str| {
            (name.starts_with("x-amz-") || name.starts_with("if-")) && !is_usual(name) && !is_checksum(name)
        };
        let any = |is: &dyn Fn(&str) -> bool| headers.iter().any(|(name, _)| is(name));
        Self { checksum: any(&is_checksum), others: any(&is_other) }
    }

    /// Whether this reply refuses the checksum headers of the request.
    fn are_refused_by(self, reply: &HttpResponse) -> bool {
        let status = reply.status().as_u16();
        if !self.checksum || !matches!(status, 400 | 501) {
            return false;
        }
        let words = String::from_utf8_lossy(reply.body().bytes().unwrap_or_default());
        let is_named = BEGINNINGS.iter().any(|name| words.to_ascii_lowercase().contains(name));
        match status {
            501 => is_named || !self.others,
            _ => is_named && !MISMATCHES.iter().any(|code| words.contains(code)),
        }
    }
}

/// `HTTP 501 NotImplemented`.
fn described(reply: &HttpResponse) -> String {
    let words = String::from_utf8_lossy(reply.body().bytes().unwrap_or_default());
    let code = words.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = code.map(|(code, _)| format!(" {}", bitbucket_pipe::text::printable(code)));
    format!("HTTP {}{}", reply.status().as_u16(), code.unwrap_or_default())
}

impl Intercept for ChecksumHeaders {
    fn name(&self) -> &'static str {
        "ChecksumHeaders"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.strip(context.request_mut().headers_mut());
        if self.may_be_refused {
            config.interceptor_state().store_put(Carried::by(context.request().headers()));
        }
        Ok(())
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let carried = config.load::<Carried>().copied().unwrap_or_default();
        if let Some(reply) = context.response_mut().filter(|reply| carried.are_refused_by(reply)) {
            self.refusal.get_or_init(|| described(reply));
            reply.headers_mut().insert(MARK, "true");
        }
        Ok(())
    }
}

impl ClassifyRetry for ChecksumHeaders {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response() {
            Some(reply) if reply.headers().contains_key(MARK) => RetryAction::server_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "Checksum Headers Refused"
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    const GENERIC: &str = "<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that \
                           is not implemented</Message></Error>";
    const NAMED: &str = "<Error><Code>InvalidArgument</Code><Message>Unsupported header 'X-Amz-Sdk-Checksum-Algorithm'\
                         </Message></Error>";
    const MISMATCH: &str = "<Error><Code>BadDigest</Code><Message>The x-amz-checksum-crc32 you specified did not match\
                            </Message></Error>";

    fn headers(names: &[&'static str]) -> Headers {
        let mut headers = Headers::new();
        for name in names {
            headers.insert(*name, "value");
        }
        headers
    }

    fn names(headers: &Headers) -> Vec<&str> {
        let mut names: Vec<&str> = headers.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn refusals_of_checksum_headers_are_told_from_others() {
        let plain = &["x-amz-checksum-crc64nvme", "x-amz-meta-a", "content-type"][..];
        let conditional = &["x-amz-checksum-crc64nvme", "if-none-match"][..];
        for (carried, status, body, expected) in [
            (plain, 501, GENERIC, true),
            (plain, 501, "", true),
            (plain, 400, NAMED, true),
            (plain, 400, GENERIC, false),
            (plain, 400, MISMATCH, false),
            (plain, 403, NAMED, false),
            (conditional, 501, GENERIC, false),
            (conditional, 501, NAMED, true),
            (&["x-amz-checksum-algorithm", "x-amz-copy-source"], 501, GENERIC, false),
            (&["x-amz-checksum-crc64nvme", "x-amz-acl"], 501, GENERIC, false),
            (&["content-type"], 501, GENERIC, false),
        ] {
            let reply =
                HttpResponse::new(StatusCode::try_from(status).expect("a status"), SdkBody::from(body));
            let refused = Carried::by(&headers(carried)).are_refused_by(&reply);
            assert_eq!(refused, expected, "{carried:?} {status} {body}");
        }
    }

    #[test]
    fn only_checksum_headers_are_taken_out() {
        const ALL: [&str; 5] = [
            "content-md5",
            "x-amz-checksum-crc32",
            MODE,
            "x-amz-meta-checksum",
            "x-amz-sdk-checksum-algorithm",
        ];
        let left = |checksums: &ChecksumHeaders| {
            let mut headers = headers(&ALL);
            checksums.strip(&mut headers);
            names(&headers).join(" ")
        };
        let [supported, required, always] = [Sending::WhenSupported, Sending::WhenRequired, Sending::Always]
            .map(|sending| ChecksumHeaders::new(sending, false));
        assert_eq!(left(&supported), ALL.join(" "));
        assert_eq!(left(&always), ALL.join(" "));
        assert_eq!(left(&required), format!("content-md5 {MODE} x-amz-meta-checksum"));
        supported.refusal.get_or_init(|| "HTTP 501".to_owned());
        assert_eq!(left(&supported), "content-md5 x-amz-meta-checksum");
    }

    #[test]
    fn what_is_asked_for_and_what_aws_takes_is_never_given_up() {
        for (sending, is_at_aws, expected) in [
            (Sending::WhenSupported, false, true),
            (Sending::WhenRequired, false, true),
            (Sending::Always, false, false),
            (Sending::WhenSupported, true, false),
        ] {
            assert_eq!(ChecksumHeaders::new(sending, is_at_aws).may_be_refused, expected, "{sending:?}");
        }
    }
}
