//! A header sheet: everything an object is stored with, by name, so that two can be compared and a difference told.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use crc_fast::CrcAlgorithm::Crc64Nvme;
use serde::{Deserialize, Serialize};

use super::Headers;
use super::checksum::Checksum;
use super::customer_key::CustomerKey;

const CACHE_CONTROL: &str = "Cache-Control";
const CONTENT_DISPOSITION: &str = "Content-Disposition";
const CONTENT_ENCODING: &str = "Content-Encoding";
const CONTENT_LANGUAGE: &str = "Content-Language";
const CONTENT_TYPE: &str = "Content-Type";
const EXPIRES: &str = "Expires";
const STORAGE_CLASS: &str = "storage class";
const ENCRYPTION: &str = "encryption";
const KMS_KEY: &str = "KMS key";
/// Shown and kept as a mark, from which nothing can be told but whether it is another.
const CUSTOMER_KEY: &str = "SSE-C key";
const REDIRECT: &str = "x-amz-website-redirect-location";
const CHECKSUM: &str = "checksum";
const METADATA: &str = "x-amz-meta-";
/// What the variable sets; tags of others are not in a sheet.
pub(crate) const TAGS: &str = "tags";

/// What S3 stores for an object that is sent without a content type.
const NO_TYPE: &str = "binary/octet-stream";
/// The storage class of an object that is sent without one; S3 names every other.
const STANDARD: &str = "STANDARD";

/// Settings that `HeadObject` does not show. Where one is wanted, an object that the record does not know is written once
/// more, and recorded only then.
const UNSEEN: [&str; 6] = ["ACL", "grant read", "grant full", "grant readacl", "grant writeacl", TAGS];

/// Names and values. What is not sent is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sheet(BTreeMap<String, String>);

/// One name with another value than before.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct HeaderChange {
    pub(crate) name: String,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    /// Nothing shows the value before.
    #[serde(skip)]
    pub(crate) is_unseen: bool,
}

/// What has to change of one object; many have the same in common.
pub(crate) type Changes = Arc<[HeaderChange]>;

/// Rules with placeholders may give every object changes of its own; more than these are not looked for again.
const INTERNED: usize = 1024;

/// Changes that are in memory once, however many objects have them: a new rule may be about a million.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interned(HashSet<Changes>);

impl Interned {
    /// The changes, shared with whoever has the same.
    pub(crate) fn share(&mut self, changes: Vec<HeaderChange>) -> Changes {
        if let Some(known) = self.0.get(&changes[..]) {
            return known.clone();
        }
        let changes = Changes::from(changes);
        if self.0.len() < INTERNED {
            self.0.insert(changes.clone());
        }
        changes
    }
}

impl fmt::Display for HeaderChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown =
            |value: &Option<String>| value.as_ref().map_or("none".to_owned(), |text| format!("\"{text}\""));
        let from = if self.is_unseen { "unknown".to_owned() } else { shown(&self.from) };
        write!(f, "{} {from} -> {}", self.name, shown(&self.to))
    }
}

/// What one `HeadObject` shows of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) headers: Headers,
    /// The object is not encrypted by the key of SSE-C that the request had, so that nothing else shows.
    pub(crate) is_under_other_key: bool,
}

impl Headers {
    /// Everything an object of these headers is sent with.
    #[must_use]
    pub(crate) fn sheet(&self) -> Sheet {
        let expires = self.expires.map(|time| time.to_string());
        let named = [
            (CACHE_CONTROL, &self.cache_control),
            (CONTENT_DISPOSITION, &self.content_disposition),
            (CONTENT_ENCODING, &self.content_encoding),
            (CONTENT_LANGUAGE, &self.content_language),
            (CONTENT_TYPE, &self.content_type),
            (EXPIRES, &expires),
            (STORAGE_CLASS, &self.storage_class),
            (ENCRYPTION, &self.encryption),
            (KMS_KEY, &self.kms_key),
            (REDIRECT, &self.website_redirect),
            (TAGS, &self.tags.header()),
            ("ACL", &self.acl),
            ("grant read", &self.grants.read),
            ("grant full", &self.grants.full),
            ("grant readacl", &self.grants.read_acl),
            ("grant writeacl", &self.grants.write_acl),
            (CHECKSUM, &Some(self.checksum.name().to_owned())),
            (CUSTOMER_KEY, &self.customer_key.as_ref().map(CustomerKey::mark)),
        ];
        let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        let metadata = self.metadata.iter();
        // S3 keeps the names of metadata in small letters.
        let metadata =
            metadata.map(|(name, value)| (format!("{METADATA}{}", name.to_lowercase()), value.clone()));
        Sheet(named.chain(metadata).collect())
    }
}

impl Sheet {
    /// A digest of all of it.
    #[must_use]
    pub(crate) fn digest(&self) -> u64 {
        // Neither names nor values have control characters, so they cannot run into each other.
        let lines: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}\0{value}\n")).collect();
        crc_fast::checksum(Crc64Nvme, lines.concat().as_bytes())
    }

    /// What has to change for this to become `next`, sorted by name.
    #[must_use]
    pub(crate) fn changes_to(&self, next: &Self) -> Vec<HeaderChange> {
        let names = self.0.keys().chain(next.0.keys().filter(|name| !self.0.contains_key(*name)));
        let change = |name: &String| {
            let (from, to) = (self.0.get(name).cloned(), next.0.get(name).cloned());
            (from != to).then(|| HeaderChange { name: name.clone(), from, to, is_unseen: false })
        };
        let mut changes: Vec<HeaderChange> = names.filter_map(change).collect();
        changes.sort_by(|one, other| one.name.cmp(&other.name));
        changes
    }
}

impl Seen {
    /// What has to change for the object to be as it would be sent.
    ///
    /// A setting that does not show has to change wherever one is wanted. The storage class of an object outside `STANDARD`
    /// is taken to be right, as a lifecycle rule may have moved the object; so are an encryption and a checksum that nobody
    /// asked for.
    #[must_use]
    pub(crate) fn changes_to(&self, wanted: &Headers) -> Vec<HeaderChange> {
        let is_default_checksum = wanted.checksum == Checksum::default();
        let (mut seen, mut wanted) = (self.headers.sheet(), wanted.sheet());
        let unseen = |name: &str, wanted: &mut Sheet| {
            let to = Some(wanted.0.remove(name)?);
            Some(HeaderChange { name: name.to_owned(), from: None, to, is_unseen: true })
        };
        let customer_key = unseen(CUSTOMER_KEY, &mut wanted);
        if self.is_under_other_key {
            return customer_key.into_iter().collect();
        }
        let hidden: Vec<HeaderChange> = UNSEEN.iter().filter_map(|name| unseen(name, &mut wanted)).collect();
        if is_default_checksum {
            seen.take(CHECKSUM, &wanted);
        }
        for sheet in [&mut seen, &mut wanted] {
            sheet.drop_if(CONTENT_TYPE, |value| value == NO_TYPE);
            sheet.drop_if(STORAGE_CLASS, |value| value == STANDARD);
        }
        if seen.0.contains_key(STORAGE_CLASS) || !wanted.0.contains_key(STORAGE_CLASS) {
            seen.take(STORAGE_CLASS, &wanted);
        }
        if !wanted.0.contains_key(ENCRYPTION) {
            seen.take(ENCRYPTION, &wanted);
        }
        // S3 shows a key's ARN, whichever of its names was given; an alias does not tell its key.
        let (shown, given) = (seen.0.get(KMS_KEY), wanted.0.get(KMS_KEY));
        if given.is_none_or(|given| {
            given.contains("alias/") || shown.is_some_and(|arn| arn.ends_with(given.as_str()))
        }) {
            seen.take(KMS_KEY, &wanted);
        }
        let mut changes = seen.changes_to(&wanted);
        changes.extend(hidden);
        changes.sort_by(|one, other| one.name.cmp(&other.name));
        changes
    }
}

impl Sheet {
    fn drop_if(&mut self, name: &str, is: impl Fn(&str) -> bool) {
        if self.0.get(name).is_some_and(|value| is(value)) {
            self.0.remove(name);
        }
    }

    /// Takes the other's word for it.
    fn take(&mut self, name: &str, other: &Self) {
        self.0.remove(name);
        if let Some(value) = other.0.get(name) {
            self.0.insert(name.to_owned(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::grants::Grants;

    fn text(value: &str) -> String {
        value.to_owned()
    }

    #[test]
    fn equal_changes_are_in_memory_once() {
        let change = |to: usize| {
            vec![HeaderChange {
                name: text(CACHE_CONTROL),
                from: None,
                to: Some(to.to_string()),
                is_unseen: false,
            }]
        };
        let mut interned = Interned::default();
        let shared: Vec<Changes> = [1, 2, 1].map(|to| interned.share(change(to))).into();
        assert!(Arc::ptr_eq(&shared[0], &shared[2]) && !Arc::ptr_eq(&shared[0], &shared[1]));
        // Where each is another, they are not all looked for.
        (0..2 * INTERNED).for_each(|to| assert_eq!(interned.share(change(to))[..], change(to)));
        assert_eq!(interned.0.len(), INTERNED);
    }

    #[test]
    fn changes_are_told_in_words() {
        let before = Headers { cache_control: Some(text("no-cache")), expires: None, ..Headers::default() };
        let after = Headers {
            content_language: Some(text("de")),
            cache_control: Some(text("max-age=60")),
            ..Headers::default()
        };
        let changes = before.sheet().changes_to(&after.sheet());
        let said: Vec<String> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["Cache-Control \"no-cache\" -> \"max-age=60\"", "Content-Language none -> \"de\""]);
        assert_eq!(after.sheet().changes_to(&after.sheet()), []);
    }

    /// Each row: what is seen, what is wanted, the names that have to change.
    #[test]
    fn what_a_look_tells() {
        let plain = Headers::default;
        let class = |class: &str| Headers { storage_class: Some(text(class)), ..plain() };
        let typed = |media_type: &str| Headers { content_type: Some(text(media_type)), ..plain() };
        let kms = |key: Option<&str>| Headers {
            encryption: Some(text("aws:kms")),
            kms_key: key.map(str::to_owned),
            ..plain()
        };
        let managed = || Headers { encryption: Some(text("AES256")), ..plain() };
        for (seen, wanted, expected) in [
            (plain(), plain(), vec![]),
            (typed(NO_TYPE), plain(), vec![]),
            (typed("text/html"), plain(), vec![CONTENT_TYPE]),
            (plain(), class(STANDARD), vec![]),
            (plain(), class("STANDARD_IA"), vec![STORAGE_CLASS]),
            (class("GLACIER"), class("STANDARD_IA"), vec![]),
            (class("GLACIER"), plain(), vec![]),
            (managed(), plain(), vec![]),
            (managed(), managed(), vec![]),
            (managed(), kms(None), vec![ENCRYPTION]),
            (kms(Some("arn:aws:kms:x:1:key/k")), kms(None), vec![]),
            (kms(Some("arn:aws:kms:x:1:key/k")), kms(Some("k")), vec![]),
            (kms(Some("arn:aws:kms:x:1:key/k")), kms(Some("alias/a")), vec![]),
            (kms(Some("arn:aws:kms:x:1:key/k")), kms(Some("other")), vec![KMS_KEY]),
            (
                Headers { metadata: [("owner".to_owned(), "web".to_owned())].into(), ..plain() },
                Headers { metadata: [("Owner".to_owned(), "web".to_owned())].into(), ..plain() },
                vec![],
            ),
            (
                Headers { metadata: [("a".to_owned(), "b".to_owned())].into(), ..plain() },
                plain(),
                vec!["x-amz-meta-a"],
            ),
        ] {
            let changes = Seen { headers: seen.clone(), ..Seen::default() }.changes_to(&wanted);
            let names: Vec<&str> = changes.iter().map(|change| change.name.as_str()).collect();
            assert_eq!(names, expected, "{seen:?} {wanted:?}");
        }
    }

    #[test]
    fn what_does_not_show_has_to_change_where_it_is_wanted() {
        let plain = Headers::default;
        let granted = Grants { read: Some(text("id=a")), ..Grants::default() };
        for (seen, wanted, expected) in [
            (plain(), Headers { acl: Some(text("public-read")), ..plain() }, &["ACL"][..]),
            (plain(), Headers { grants: granted, ..plain() }, &["grant read"]),
            (plain(), Headers { customer_key: CustomerKey::new(&[7; 32]), ..plain() }, &[]),
            (Headers { checksum: Checksum::Sha1, ..plain() }, plain(), &[]),
            (plain(), Headers { checksum: Checksum::Sha1, ..plain() }, &[CHECKSUM]),
        ] {
            let changes = Seen { headers: seen, ..Seen::default() }.changes_to(&wanted);
            let names: Vec<&str> = changes.iter().map(|change| change.name.as_str()).collect();
            assert_eq!(names, expected, "{wanted:?}");
        }
    }

    #[test]
    fn what_does_not_show_is_told_as_unknown() {
        let wanted = Headers {
            acl: Some(text("public-read")),
            customer_key: CustomerKey::new(&[7; 32]),
            ..Headers::default()
        };
        let told = |seen: Seen| seen.changes_to(&wanted).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(told(Seen::default()), ["ACL unknown -> \"public-read\""]);
        let names: Vec<String> = Seen { is_under_other_key: true, ..Seen::default() }
            .changes_to(&wanted)
            .into_iter()
            .map(|change| change.name)
            .collect();
        assert_eq!(names, [CUSTOMER_KEY]);
    }
}
