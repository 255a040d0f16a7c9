//! The site of a distribution, as browsers get it.
//!
//! Today every request goes to the origin: objects with their headers, the default root object, an index document for
//! directories and an error page. Nothing is cached yet, so an invalidation changes nothing here.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH, LAST_MODIFIED};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};

use crate::cloudfront::{CloudFront, Origin};
use crate::refusal::Refusal;
use crate::s3::{Object, Store};
use crate::target::Target;
use crate::{random, xml};

/// What S3 serves an object as that was stored without a type.
const UNTYPED: &str = "binary/octet-stream";

/// Answers one request of a browser.
pub(crate) fn answer(cloudfront: &CloudFront, store: &Store, target: &Target, request: &Parts) -> xml::Reply {
    let id = target.distribution.as_deref().unwrap_or_default();
    let path = target.key.as_deref().unwrap_or("/");
    let mut reply = cloudfront.origin(id).map_or_else(
        || {
            error(
                &Refusal::forbidden("NoSuchDistribution", format!("No distribution has the id {id}.")),
                path,
            )
        },
        |origin| from_origin(&origin, store, path, request),
    );
    if request.method == Method::HEAD {
        // The length of what a GET would bring stays.
        let length = HeaderValue::from(reply.body().len());
        reply.headers_mut().insert("content-length", length);
        *reply.body_mut() = Bytes::new();
    }
    reply
}

fn from_origin(origin: &Origin, store: &Store, path: &str, request: &Parts) -> xml::Reply {
    if request.method != Method::GET && request.method != Method::HEAD {
        let message = "This distribution is not configured to allow the HTTP request method that was used for this request.";
        return error(&Refusal::forbidden("MethodNotAllowed", message), path);
    }
    let object = |name: &str| store.object(&origin.bucket, &origin.key(name));
    if let Some(found) = object(&file(origin, path)) {
        return served(&found, StatusCode::OK, request);
    }
    match origin.error_page.as_deref().and_then(object) {
        Some(page) => served(&page, StatusCode::NOT_FOUND, request),
        None => error(
            &Refusal::new(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist."),
            path,
        ),
    }
}

/// The name, below the origin's path, of the file for a path.
fn file(origin: &Origin, path: &str) -> String {
    let name = path.strip_prefix('/').unwrap_or(path);
    match (&origin.default_root_object, &origin.index_document) {
        (Some(root), _) if name.is_empty() => root.clone(),
        (_, Some(index)) if name.is_empty() || name.ends_with('/') => format!("{name}{index}"),
        _ => name.to_owned(),
    }
}

/// An object with the headers it was stored with.
fn served(object: &Object, status: StatusCode, request: &Parts) -> xml::Reply {
    let etag = format!("\"{}\"", object.etag);
    let known = request.headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known =
        known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
    let mut reply = Response::new(object.body.clone());
    *reply.status_mut() = status;
    if is_known && status == StatusCode::OK {
        *reply.status_mut() = StatusCode::NOT_MODIFIED;
        *reply.body_mut() = Bytes::new();
    }
    let modified = object.last_modified.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let own = [
        (CONTENT_TYPE.as_str(), Some(object.content_type.as_deref().unwrap_or(UNTYPED))),
        (ETAG.as_str(), Some(etag.as_str())),
        (LAST_MODIFIED.as_str(), Some(modified.as_str())),
        ("cache-control", object.cache_control.as_deref()),
        ("content-encoding", object.content_encoding.as_deref()),
        ("content-disposition", object.content_disposition.as_deref()),
        ("content-language", object.content_language.as_deref()),
        ("expires", object.expires.as_deref()),
        ("x-cache", Some("Miss from cloudfront")),
    ];
    let own = own.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let metadata = object.metadata.iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value.as_str()));
    for (name, value) in own.chain(metadata) {
        // What a header cannot carry, S3 cannot have been sent in one.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            reply.headers_mut().insert(name, value);
        }
    }
    reply
}

fn error(refusal: &Refusal, path: &str) -> xml::Reply {
    let mut reply = xml::s3_error(refusal, path, &random::uuid());
    reply.headers_mut().insert("x-cache", HeaderValue::from_static("Error from cloudfront"));
    reply
}

#[cfg(test)]
mod tests {
    use http::Request;
    use jiff::Timestamp;

    use super::*;
    use crate::requests::Service;

    fn site() -> (CloudFront, Store) {
        let (cloudfront, store) = (CloudFront::default(), Store::new());
        store.create_bucket("site", "eu-west-1");
        for (key, body) in [
            ("web/index.html", "home"),
            ("web/trips/index.html", "trips"),
            ("web/a b+é.txt", "odd"),
            ("web/404.html", "lost"),
            ("index.html", "outside"),
        ] {
            let mut object = Object::new(body, Timestamp::UNIX_EPOCH);
            object.content_type = key.contains(".html").then(|| "text/html".to_owned());
            object.cache_control = Some("no-cache".into());
            object.metadata.insert("colour".into(), "blue".into());
            store.put("site", key, object);
        }
        let origin = Origin::new("site", "/web").default_root_object("index.html");
        cloudfront.create_distribution(
            None,
            "E1ABC",
            origin.clone().error_page("/404.html"),
            Timestamp::UNIX_EPOCH,
        );
        cloudfront.create_distribution(
            None,
            "E2",
            origin.index_document("index.html"),
            Timestamp::UNIX_EPOCH,
        );
        (cloudfront, store)
    }

    fn get(method: &str, site_id: &str, path: &str, known: Option<&str>) -> xml::Reply {
        let (cloudfront, store) = site();
        let mut request = Request::builder().method(method).uri("/");
        if let Some(known) = known {
            request = request.header(IF_NONE_MATCH, known);
        }
        let target = Target {
            distribution: Some(site_id.into()),
            key: Some(path.into()),
            ..Target::new(Service::Site, method)
        };
        answer(&cloudfront, &store, &target, &request.body(()).expect("a request").into_parts().0)
    }

    #[test]
    fn paths_lead_to_objects() {
        for (site, path, status, body) in [
            ("E1ABC", "/", 200, "home"),
            ("E1ABC", "/index.html", 200, "home"),
            ("E1ABC", "/a b+é.txt", 200, "odd"),
            ("E1ABC", "/trips/", 404, "lost"),
            ("E1ABC", "/absent", 404, "lost"),
            ("E2", "/", 200, "home"),
            ("E2", "/trips/", 200, "trips"),
            ("E2", "/trips/index.html", 200, "trips"),
        ] {
            let reply = get("GET", site, path, None);
            assert_eq!(
                (reply.status().as_u16(), reply.body().as_ref()),
                (status, body.as_bytes()),
                "{site} {path}"
            );
        }
        for (method, site, path, status, code) in [
            ("GET", "E2", "/absent", 404, "NoSuchKey"),
            ("GET", "E3", "/", 403, "NoSuchDistribution"),
            ("POST", "E2", "/", 403, "MethodNotAllowed"),
        ] {
            let reply = get(method, site, path, None);
            assert_eq!(reply.status().as_u16(), status, "{site} {path}");
            assert!(
                String::from_utf8_lossy(reply.body()).contains(&format!("<Code>{code}</Code>")),
                "{site} {path}"
            );
        }
    }

    #[test]
    fn objects_keep_their_headers() {
        let reply = get("GET", "E2", "/index.html", None);
        for (name, expected) in [
            ("content-type", "text/html"),
            ("cache-control", "no-cache"),
            ("x-amz-meta-colour", "blue"),
            ("last-modified", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("etag", "\"106a6c241b8797f52e1e77317b96a201\""),
        ] {
            assert_eq!(reply.headers()[name], expected, "{name}");
        }
        assert_eq!(get("GET", "E2", "/a b+é.txt", None).headers()["content-type"], UNTYPED);
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let etag = "\"106a6c241b8797f52e1e77317b96a201\"";
        for (known, status) in
            [(etag.to_owned(), 304), (format!("\"x\", W/{etag}"), 304), ("\"x\"".into(), 200)]
        {
            assert_eq!(get("GET", "E2", "/", Some(&known)).status().as_u16(), status, "{known}");
        }
        let head = get("HEAD", "E2", "/", None);
        assert_eq!(
            (head.body().len(), &head.headers()["content-length"]),
            (0, &HeaderValue::from_static("4"))
        );
    }
}
