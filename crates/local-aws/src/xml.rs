//! XML as the AWS services write it: result documents and the two shapes of error documents.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::refusal::Refusal;

/// What is served: the whole document, and the headers that go with it.
pub(crate) type Reply = Response<Bytes>;

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A document with `root` as its outermost element.
pub(crate) fn document(root: &str, content: &impl Serialize) -> String {
    let text =
        quick_xml::se::to_string_with_root(root, content).expect("documents are structs of text and lists");
    format!("{DECLARATION}{text}")
}

/// A reply of STS or CloudFront, which name the request in a header.
pub(crate) fn reply(status: StatusCode, request_id: &str, body: String) -> Reply {
    let mut reply = Response::new(Bytes::from(body));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("text/xml"));
    headers.insert("x-amzn-requestid", HeaderValue::from_str(request_id).expect("an id is plain text"));
    reply
}

/// The error of STS and CloudFront, told apart by their `namespace`.
pub(crate) fn error(namespace: &str, refusal: &Refusal, request_id: &str) -> Reply {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct ErrorResponse<'a> {
        #[serde(rename = "@xmlns")]
        namespace: &'a str,
        error: Error<'a>,
        request_id: &'a str,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Error<'a> {
        r#type: &'a str,
        code: &'a str,
        message: &'a str,
    }
    let fault = if refusal.status.is_server_error() { "Receiver" } else { "Sender" };
    let error = Error { r#type: fault, code: &refusal.code, message: &refusal.message };
    let content = ErrorResponse { namespace, error, request_id };
    reply(refusal.status, request_id, document("ErrorResponse", &content))
}

/// The error of S3, about `resource` (the path of the request).
pub(crate) fn s3_error(refusal: &Refusal, resource: &str, request_id: &str) -> Reply {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Error<'a> {
        code: &'a str,
        message: &'a str,
        resource: &'a str,
        request_id: &'a str,
        host_id: &'a str,
    }
    let content =
        Error { code: &refusal.code, message: &refusal.message, resource, request_id, host_id: "local-aws" };
    let mut reply = Response::new(Bytes::from(document("Error", &content)));
    *reply.status_mut() = refusal.status;
    let headers = reply.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/xml"));
    headers.insert("x-amz-request-id", HeaderValue::from_str(request_id).expect("an id is plain text"));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_shape_of_their_service() {
        let refusal = Refusal::forbidden("AccessDenied", "a < b");
        let reply = error("https://sts.amazonaws.com/doc/2011-06-15/", &refusal, "1");
        assert_eq!(reply.status(), 403);
        assert_eq!(reply.headers()["x-amzn-requestid"], "1");
        assert_eq!(
            std::str::from_utf8(reply.body()).expect("text"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse \
             xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>AccessDenied</Code>\
             <Message>a &lt; b</Message></Error><RequestId>1</RequestId></ErrorResponse>"
        );
        let slow =
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "Please reduce your request rate.");
        let reply = s3_error(&slow, "/bucket/key", "2");
        assert_eq!(
            (reply.status().as_u16(), &reply.headers()["x-amz-request-id"]),
            (503, &HeaderValue::from_static("2"))
        );
        assert_eq!(
            std::str::from_utf8(reply.body()).expect("text"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request \
             rate.</Message><Resource>/bucket/key</Resource><RequestId>2</RequestId><HostId>local-aws</HostId></Error>"
        );
    }
}
