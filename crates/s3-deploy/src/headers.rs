//! The headers an object is stored with.

pub(crate) mod checksum;
pub(crate) mod content_type;
pub(crate) mod customer_key;
pub(crate) mod encoding;
pub(crate) mod file;
pub(crate) mod fingerprint;
pub(crate) mod grants;
pub(crate) mod page;
pub(crate) mod presets;
pub(crate) mod rules;
pub(crate) mod sheet;
pub(crate) mod tags;
mod timestamp;
pub(crate) mod wanted;

use std::collections::BTreeMap;

use bitbucket_pipe::text::unquoted;
use bitbucket_pipe::unexpanded::unexpanded;
use jiff::Timestamp;

use checksum::Checksum;
use customer_key::CustomerKey;
use grants::Grants;
use tags::Tags;

pub(crate) use timestamp::timestamp;

/// Canned ACLs, as `aws s3 sync --acl` takes them.
pub(crate) const CANNED_ACLS: [&str; 8] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
];

/// Storage classes, as `aws s3 sync --storage-class` takes them.
pub(crate) const STORAGE_CLASSES: [&str; 8] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
];

/// What an object is stored with: what a configuration says of every object, or what one of them is sent with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Headers {
    /// One of [`CANNED_ACLS`].
    pub acl: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// The checksum that is sent and stored.
    pub checksum: Checksum,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Content-Type` of every object, in the place of a guess by its name.
    pub content_type: Option<String>,
    /// The key of SSE-C, which S3 does not keep.
    pub customer_key: Option<CustomerKey>,
    /// Server-side encryption: `AES256` or `aws:kms`; the bucket's own when `None`.
    pub encryption: Option<String>,
    /// `Expires`.
    pub expires: Option<Timestamp>,
    /// Who may do what, beyond the owner.
    pub grants: Grants,
    /// The KMS key; the account's own for S3 when `None`.
    pub kms_key: Option<String>,
    /// `x-amz-meta-*`, by the name behind the prefix.
    pub metadata: BTreeMap<String, String>,
    /// Send no `Content-Type` where none is given: S3 stores `binary/octet-stream` then.
    pub no_guess: bool,
    /// One of [`STORAGE_CLASSES`].
    pub storage_class: Option<String>,
    /// `OBJECT_TAGS`: the tags of every object, besides those that others set.
    pub tags: Tags,
    /// `x-amz-website-redirect-location`.
    pub website_redirect: Option<String>,
}

impl Headers {
    /// The content type that a path is sent with.
    #[must_use]
    pub(crate) fn content_type_of(&self, path: &str) -> Option<&str> {
        let guess = || content_type::guess(path).filter(|_| !self.no_guess);
        self.content_type.as_deref().or_else(guess)
    }

    /// What must never be printed.
    pub(crate) fn secrets(&self) -> Vec<&str> {
        self.customer_key.iter().flat_map(CustomerKey::secrets).collect()
    }
}

/// Whether HTTP can carry the text as a header's value: visible ASCII, blanks and tabs (RFC 9110, section 5.5).
#[must_use]
pub(crate) fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
}

/// Why a header's value is hardly meant as it is written; reads on from its place.
#[must_use]
pub(crate) fn doubt(value: &str) -> Option<String> {
    if let Some(reference) = unexpanded(value) {
        return Some(format!("has `{reference}`, which is not expanded and becomes part of the header"));
    }
    let bare = unquoted(value);
    let is_quoted = bare != value && !bare.is_empty();
    is_quoted.then(|| format!("is `{value}`: the quotes become part of the header; leave them out"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::rules::HeaderRules;
    use super::*;

    #[test]
    fn the_digest_is_of_everything_an_object_is_sent_with() {
        let text = || Some("x".to_owned());
        let plain = Headers::default;
        let all = [
            plain(),
            Headers { acl: text(), ..plain() },
            Headers { cache_control: text(), ..plain() },
            Headers { checksum: Checksum::Sha1, ..plain() },
            Headers { content_disposition: text(), ..plain() },
            Headers { content_encoding: text(), ..plain() },
            Headers { content_language: text(), ..plain() },
            Headers { content_type: text(), ..plain() },
            Headers { customer_key: CustomerKey::new(&[7; 32]), ..plain() },
            Headers { customer_key: CustomerKey::new(&[8; 32]), ..plain() },
            Headers { encryption: text(), ..plain() },
            Headers { expires: Some(Timestamp::UNIX_EPOCH), ..plain() },
            Headers { grants: Grants { read: text(), ..Grants::default() }, ..plain() },
            Headers { grants: Grants { full: text(), ..Grants::default() }, ..plain() },
            Headers { grants: Grants { read_acl: text(), ..Grants::default() }, ..plain() },
            Headers { grants: Grants { write_acl: text(), ..Grants::default() }, ..plain() },
            Headers { kms_key: text(), ..plain() },
            Headers { metadata: [("a".to_owned(), "b".to_owned())].into(), ..plain() },
            Headers { metadata: [("a".to_owned(), "c".to_owned())].into(), ..plain() },
            Headers { no_guess: true, ..plain() },
            Headers { storage_class: text(), ..plain() },
            Headers { tags: Tags::parse("team=web").expect("valid"), ..plain() },
            Headers { website_redirect: text(), ..plain() },
        ];
        let digest = |headers: &Headers, path| HeaderRules::from(headers.clone()).of(path).sheet().digest();
        let digests: BTreeSet<u64> = all.iter().map(|headers| digest(headers, "index.html")).collect();
        assert_eq!(digests.len(), all.len());
        assert_eq!(digest(&plain(), "index.html"), digest(&plain(), "about.html"));
        assert_ne!(digest(&plain(), "index.html"), digest(&plain(), "site.css"));
    }

    #[test]
    fn header_values() {
        assert!(is_header_value("public, max-age=60"));
        assert!(!is_header_value("a\nb"));
        assert!(!is_header_value("é"));
    }
}
