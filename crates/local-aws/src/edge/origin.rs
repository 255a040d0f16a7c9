//! What an edge gets from the bucket: an object with its headers, or an error and the page that stands for it.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;

use super::cache::Content;
use crate::cloudfront::Origin;
use crate::refusal::Refusal;
use crate::s3::{Encryption, Object, Store};
use crate::{random, xml};

/// What S3 serves an object as that was stored without a type.
const UNTYPED: &str = "binary/octet-stream";

/// Fetches what the origin has for the path of a viewer, as it was encoded.
pub(super) fn fetch(origin: &Origin, store: &Store, path: &str) -> Content {
    let object = |name: &str| store.object(&origin.bucket, &origin.key(name));
    let file = file(origin, &decoded(path));
    // Without a name it is the bucket that is asked for, and that is nobody's business.
    if let Some(found) = (!file.is_empty()).then(|| object(&file)).flatten() {
        if matches!(found.encryption, Encryption::Customer { .. }) {
            let message = "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.";
            return error(&Refusal::bad_request("InvalidRequest", message), path);
        }
        return redirect(origin, &found).unwrap_or_else(|| content(&found, StatusCode::OK, false));
    }
    let refusal = if file.is_empty() || origin.hides_missing {
        Refusal::forbidden("AccessDenied", "Access Denied")
    } else {
        Refusal::new(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.")
    };
    let response = origin.errors.get(&refusal.status.as_u16());
    let page = response.and_then(|response| Some((object(&response.page)?, response.status)));
    page.map_or_else(
        || error(&refusal, path),
        |(page, status)| content(&page, StatusCode::from_u16(status).unwrap_or(refusal.status), true),
    )
}

/// An error of the origin, or of CloudFront itself, without a page that stands for it.
pub(super) fn error(refusal: &Refusal, path: &str) -> Content {
    let (head, body) = xml::s3_error(refusal, path, &random::uuid()).into_parts();
    Content { status: head.status, headers: head.headers, body, is_error: true }
}

/// The name that S3 reads in a path. To S3 alone a `+` there is a blank: a plus sign has to be sent as `%2B`.
fn decoded(path: &str) -> String {
    let name = path.strip_prefix('/').unwrap_or(path).replace('+', " ");
    percent_decode_str(&name).decode_utf8_lossy().into_owned()
}

/// The name, below the origin's path, of the file for a name in a URL.
fn file(origin: &Origin, name: &str) -> String {
    match (&origin.default_root_object, &origin.index_document) {
        (Some(root), _) if name.is_empty() => root.clone(),
        (_, Some(index)) if name.is_empty() || name.ends_with('/') => format!("{name}{index}"),
        _ if origin.clean_urls && has_no_ending(name) => format!("{name}.html"),
        _ => name.to_owned(),
    }
}

fn has_no_ending(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default();
    !last.is_empty() && !last.contains('.')
}

/// The redirect that an object stands for at a website endpoint; elsewhere its location is a header like others.
fn redirect(origin: &Origin, object: &Object) -> Option<Content> {
    let location = object.website_redirect_location.as_deref().filter(|_| origin.index_document.is_some())?;
    let mut headers = HeaderMap::new();
    insert(&mut headers, "location", location);
    Some(Content { status: StatusCode::MOVED_PERMANENTLY, headers, body: Bytes::new(), is_error: false })
}

/// An object with the headers it was stored with.
fn content(object: &Object, status: StatusCode, is_error: bool) -> Content {
    let etag = format!("\"{}\"", object.etag);
    let modified = object.last_modified.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (CONTENT_TYPE.as_str(), Some(object.content_type.as_deref().unwrap_or(UNTYPED))),
        (ETAG.as_str(), Some(etag.as_str())),
        (LAST_MODIFIED.as_str(), Some(modified.as_str())),
        ("accept-ranges", Some("bytes")),
        ("cache-control", object.cache_control.as_deref()),
        ("content-encoding", object.content_encoding.as_deref()),
        ("content-disposition", object.content_disposition.as_deref()),
        ("content-language", object.content_language.as_deref()),
        ("expires", object.expires.as_deref()),
        ("x-amz-website-redirect-location", object.website_redirect_location.as_deref()),
        ("x-amz-server-side-encryption", Some(object.encryption.name())),
    ] {
        insert(&mut headers, name, value.unwrap_or_default());
    }
    for (name, value) in &object.metadata {
        insert(&mut headers, &format!("x-amz-meta-{name}"), value);
    }
    Content { status, headers, body: Bytes::clone(&object.body), is_error }
}

/// What a header cannot carry, S3 cannot have been sent in one.
fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value))
        && !value.is_empty()
    {
        headers.insert(name, value);
    }
}
