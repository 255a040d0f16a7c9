//! Replies and refusals of a proxy or gateway on the way, which a user would take for those of the service.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::printable;

/// Every service names its requests in one of these.
const REQUEST_IDS: [&str; 3] = ["x-amz-request-id", "x-amzn-requestid", "x-amz-id-2"];

/// What a tunnel through a proxy that is not opened is called by the HTTP client.
const NOT_CONNECTED: &str = "tunnel error: unsuccessful";
const NOT_AUTHORIZED: &str = "tunnel error: proxy authorization required";

/// Who wrote a reply that has the form of a web page and no request id: by its `Server` header, which may be absent.
pub(crate) fn author(reply: &HttpResponse) -> Option<Box<str>> {
    let header = |name: &str| reply.headers().get(name);
    if REQUEST_IDS.iter().any(|name| header(name).is_some()) || !is_web_page(reply) {
        return None;
    }
    let server = header("server").map(printable::words).filter(|server| !server.is_empty());
    Some(server.unwrap_or_else(|| "a proxy or gateway".to_owned()).into_boxed_str())
}

fn is_web_page(reply: &HttpResponse) -> bool {
    let starts = |text: &[u8], start: &str| {
        text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start.as_bytes()))
    };
    let media_type = reply.headers().get("content-type").unwrap_or_default();
    let body = reply.body().bytes().unwrap_or_default().trim_ascii_start();
    starts(media_type.as_bytes(), "text/html") || starts(body, "<!doctype html") || starts(body, "<html")
}

/// Why a proxy did not open the connection, from the words of the HTTP client, which keeps no other status than 407.
pub(crate) fn proxy_refusal(cause: &str) -> Option<&'static str> {
    if cause.contains(NOT_AUTHORIZED) {
        Some("407, it wants a user name and a password")
    } else if cause.contains(NOT_CONNECTED) {
        Some("it does not connect to this host")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn reply(headers: &[(&'static str, &'static str)], body: &'static str) -> HttpResponse {
        let status = StatusCode::try_from(403).expect("a status");
        let mut reply = HttpResponse::new(status, SdkBody::from(body));
        for (name, value) in headers {
            reply.headers_mut().insert(*name, *value);
        }
        reply
    }

    #[test]
    fn web_pages_without_a_request_id_are_not_of_the_service() {
        const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");
        for (headers, body, expected) in [
            (&[HTML, ("server", "nginx/1.27")][..], "<html>", Some("nginx/1.27")),
            (&[HTML], "", Some("a proxy or gateway")),
            (&[], "\n<!DOCTYPE HTML><title>413</title>", Some("a proxy or gateway")),
            (&[HTML, ("x-amz-request-id", "1")], "<html>", None),
            (&[("content-type", "application/xml"), ("server", "AmazonS3")], "<Error/>", None),
            (&[("server", "nginx")], "", None),
        ] {
            assert_eq!(author(&reply(headers, body)).as_deref(), expected, "{headers:?} {body}");
        }
    }

    #[test]
    fn refusals_of_a_proxy_are_known_by_the_words_of_the_client() {
        for (cause, expected) in [
            ("client error (Connect): tunnel error: unsuccessful", Some("it does not connect to this host")),
            ("tunnel error: proxy authorization required", Some("407, it wants a user name and a password")),
            ("client error (Connect): connection refused", None),
        ] {
            assert_eq!(proxy_refusal(cause), expected, "{cause}");
        }
    }
}
