//! The body of `CreateInvalidation`: which paths, under which caller reference.

use serde::Deserialize;

use crate::refusal::Refusal;
use http::StatusCode;

/// Paths of one distribution that may be in progress, and so the most that one batch can hold.
pub(super) const MAX_PATHS: usize = 3000;

/// The longest path in characters, from the developer guide.
const MAX_PATH_LENGTH: usize = 4000;

/// What RFC 1738 calls unsafe and CloudFront wants percent-encoded, besides blanks and controls.
const UNSAFE: &[u8] = b"\"#<>[\\]^`{|}~";

/// A valid batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) paths: Vec<String>,
    pub(super) caller_reference: String,
}

impl Batch {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(body).map_err(|_| malformed())?;
        if text.trim().is_empty() {
            let message = "This operation requires a body. Ensure that the body is present and the Content-Type header is set.";
            return Err(Refusal::bad_request("MissingBody", message));
        }
        let document: Document = quick_xml::de::from_str(text).map_err(|_| malformed())?;
        let missing = |member: &str| {
            let constraint = "failed to satisfy constraint: Member must not be null";
            let message = format!(
                "1 validation error detected: Value null at 'invalidationBatch.{member}' {constraint}"
            );
            Refusal::bad_request("InvalidArgument", message)
        };
        let caller_reference = document
            .caller_reference
            .filter(|text| !text.is_empty())
            .ok_or_else(|| missing("callerReference"))?;
        let Paths { quantity, items } = document.paths.ok_or_else(|| missing("paths"))?;
        let paths = items.unwrap_or_default().path;
        if quantity != paths.len() {
            let message = "The value of Quantity and the size of Items don't match.";
            return Err(Refusal::bad_request("InconsistentQuantities", message));
        }
        if paths.len() > MAX_PATHS {
            let message = "Invalidation batch specified is too large.";
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "BatchTooLarge", message));
        }
        if paths.is_empty() || !paths.iter().all(|path| is_valid(path)) {
            let message = "Your request contains one or more invalid invalidation paths.";
            return Err(Refusal::bad_request("InvalidArgument", message));
        }
        Ok(Self { paths, caller_reference })
    }
}

/// Whether a path ends in a wildcard, which counts towards a limit of its own.
pub(super) fn is_wildcard(path: &str) -> bool {
    path.ends_with('*')
}

/// A slash first, an asterisk only last, and what must be percent-encoded in a URL is.
fn is_valid(path: &str) -> bool {
    let before_last = path.char_indices().next_back().map_or("", |(last, _)| &path[..last]);
    path.starts_with('/')
        && path.len() <= MAX_PATH_LENGTH
        && !before_last.contains('*')
        && path.bytes().all(|byte| byte.is_ascii_graphic() && !UNSAFE.contains(&byte))
        && path
            .split('%')
            .skip(1)
            .all(|rest| rest.len() >= 2 && rest.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit))
}

fn malformed() -> Refusal {
    Refusal::bad_request("MalformedInput", "The XML document is malformed or is not an InvalidationBatch.")
}

#[derive(Deserialize)]
#[serde(rename = "InvalidationBatch", rename_all = "PascalCase")]
struct Document {
    paths: Option<Paths>,
    caller_reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Paths {
    quantity: usize,
    items: Option<Items>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Items {
    #[serde(default)]
    path: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(quantity: usize, paths: &[&str]) -> String {
        let items = paths.iter().map(|path| format!("<Path>{path}</Path>")).collect::<Vec<_>>().concat();
        format!(
            "<InvalidationBatch xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Paths><Quantity>{quantity}\
             </Quantity><Items>{items}</Items></Paths><CallerReference>r</CallerReference></InvalidationBatch>"
        )
    }

    #[test]
    fn paths() {
        for (path, expected) in [
            ("/", true),
            ("/*", true),
            ("/a%20b/%C3%A9.html?x=1&amp;y", true),
            ("/a+b", true),
            ("/a~b", false),
            ("/a[1]", false),
            ("/a#b", false),
            ("", false),
            ("*", false),
            ("index.html", false),
            ("/a b", false),
            ("/é", false),
            ("/*/a", false),
            ("/a**", false),
            ("/100%", false),
            ("/a%2", false),
            ("/a%zz", false),
            ("/&lt;a&gt;", false),
        ] {
            let batch = Batch::parse(xml(1, &[path]).as_bytes());
            let code = batch.as_ref().err().map(|refusal| refusal.code.as_ref());
            assert_eq!(code, (!expected).then_some("InvalidArgument"), "{path}");
        }
        assert!(is_valid(&format!("/{}", "a".repeat(3999))) && !is_valid(&format!("/{}", "a".repeat(4000))));
    }

    #[test]
    fn bodies() {
        let good = Batch { paths: vec!["/a".into(), "/b*".into()], caller_reference: "r".into() };
        assert_eq!(Batch::parse(xml(2, &["/a", "/b*"]).as_bytes()), Ok(good));
        let many = vec!["/a"; 3001];
        let empty = "<InvalidationBatch><Paths><Quantity>0</Quantity></Paths><CallerReference>r</CallerReference></InvalidationBatch>";
        let unnamed = "<InvalidationBatch><Paths><Quantity>0</Quantity></Paths></InvalidationBatch>";
        for (body, status, code) in [
            (String::new(), 400, "MissingBody"),
            ("<Invalid".into(), 400, "MalformedInput"),
            (xml(2, &["/a"]), 400, "InconsistentQuantities"),
            (xml(3001, &many), 413, "BatchTooLarge"),
            (empty.into(), 400, "InvalidArgument"),
            (unnamed.into(), 400, "InvalidArgument"),
        ] {
            let refusal = Batch::parse(body.as_bytes()).expect_err(code);
            assert_eq!((refusal.status.as_u16(), refusal.code.as_ref()), (status, code));
        }
        assert!(Batch::parse(xml(3000, &many[..3000]).as_bytes()).is_ok());
    }
}
