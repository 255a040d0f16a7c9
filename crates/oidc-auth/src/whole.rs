//! Replies that end in their middle: the SDK takes what it has read of a document for the whole of it.

use std::borrow::Cow;
use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, InterceptorContext,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Refuses a document that is not whole, and has the request repeated. Give it to a client's builder as an interceptor and
/// as a classifier of retries.
#[derive(Clone, Copy, Debug, Default)]
pub struct WholeReply;

/// The document of a reply ends in its middle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CutShort;

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its document ends in the middle")
    }
}

impl std::error::Error for CutShort {}

impl Intercept for WholeReply {
    fn name(&self) -> &'static str {
        "WholeReply"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if is_cut_short(context.response()) { Err(CutShort.into()) } else { Ok(()) }
    }
}

impl ClassifyRetry for WholeReply {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        // What succeeded has been looked at by the interceptor.
        let has_failed = context.output_or_error().is_some_and(|result| result.is_err());
        match context.response() {
            Some(reply) if has_failed && is_cut_short(reply) => RetryAction::server_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "Reply Cut Short"
    }
}

/// The body of an object is not read yet, and is no document.
fn is_cut_short(reply: &HttpResponse) -> bool {
    let body = reply.body().bytes().filter(|_| reply.status().is_success());
    body.is_some_and(|body| !body.is_empty() && !is_whole(&text(body)))
}

/// As `from_utf8_lossy` has it, which looks at each byte by itself also where there is nothing to replace.
fn text(body: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}

/// Whether the last tag closes the first element; what is no XML is not judged.
fn is_whole(document: &str) -> bool {
    let document = document.trim();
    let mut tags = document.split('<').skip(1).filter(|tag| !tag.starts_with(['?', '!']));
    let Some(root) = tags.next() else { return !document.starts_with('<') };
    if tags.next().is_none() {
        return root.ends_with("/>");
    }
    let name =
        root.split(|end: char| end == '>' || end == '/' || end.is_whitespace()).next().unwrap_or_default();
    let closing = document.rsplit_once("</").and_then(|(_, tag)| tag.strip_suffix('>'));
    closing.is_some_and(|closing| closing.trim_end() == name)
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn documents_end_with_their_first_element() {
        const WHOLE: &str = "<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><B>1</B><A>2</A></A>";
        assert!(is_whole(WHOLE) && is_whole(&format!("\n {WHOLE}\n")));
        for document in ["<A/>", "<?xml version=\"1.0\"?><A xmlns=\"x\"/>", "{\"a\": 1}", "text"] {
            assert!(is_whole(document), "{document}");
        }
        for end in 1..WHOLE.len() {
            assert!(!is_whole(&WHOLE[..end]) || WHOLE[..end].ends_with("</A>"), "{}", &WHOLE[..end]);
        }
        for cut in ["<A><B>1</B>", "<A><B/>", "<A><B>1</", "<"] {
            assert!(!is_whole(cut), "{cut}");
        }
    }
}
