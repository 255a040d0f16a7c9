//! The flags that say what objects are stored with.

use clap::ArgMatches;

use super::map::{self, Map};
use super::mistake::Mistake;
use super::{is_given, text};
use crate::headers::checksum::Checksum;
use crate::headers::grants::Grants;
use crate::headers::{self, Headers};

/// Reads them all but `--expires`. An empty text is kept: it takes a variable's away.
pub(super) fn read(matches: &ArgMatches, mistakes: &mut Vec<Mistake>) -> Headers {
    let mut header = |name: &str| {
        let value = text(matches, name)?;
        mistakes
            .extend(fault(&value).map(|why| Mistake::new(format!("has a value for --{name} {why}"), HINT)));
        Some(value)
    };
    let headers = Headers {
        cache_control: header("cache-control"),
        content_disposition: header("content-disposition"),
        content_encoding: header("content-encoding"),
        content_language: header("content-language"),
        content_type: header("content-type"),
        kms_key: header("sse-kms-key-id"),
        website_redirect: header("website-redirect"),
        acl: text(matches, "acl"),
        encryption: text(matches, "sse"),
        storage_class: text(matches, "storage-class"),
        no_guess: matches.get_flag("no-guess-mime-type"),
        checksum: checksum(matches, mistakes),
        expires: None,
        grants: grants(matches, mistakes),
        metadata: metadata(matches, mistakes),
    };
    if headers.kms_key.as_ref().is_some_and(|key| !key.is_empty())
        && headers.encryption.as_deref() != Some("aws:kms")
    {
        mistakes.push(Mistake::new(
            "has --sse-kms-key-id without --sse aws:kms",
            "S3 takes a key only with both",
        ));
    }
    headers
}

const HINT: &str = "one line of plain ASCII is needed, and a file's content instead of its name";

/// Why S3 cannot be sent a value, or why it would not be what the AWS CLI sends.
fn fault(value: &str) -> Option<&'static str> {
    if !headers::is_header_value(value) {
        Some("with characters that a header cannot carry")
    } else if value.starts_with("file://") || value.starts_with("fileb://") {
        Some("that names a file, which is not read in this version yet")
    } else {
        None
    }
}

fn checksum(matches: &ArgMatches, mistakes: &mut Vec<Mistake>) -> Checksum {
    let Some(name) = text(matches, "checksum-algorithm") else { return Checksum::default() };
    Checksum::named(&name).unwrap_or_else(|| {
        mistakes.push(Mistake::new(
            format!("has {name} for --checksum-algorithm, which this pipe cannot compute"),
            "leave it out: objects are stored with a CRC64NVME then",
        ));
        Checksum::default()
    })
}

fn grants(matches: &ArgMatches, mistakes: &mut Vec<Mistake>) -> Grants {
    let mut grants = Grants::default();
    for grant in matches.get_many::<String>("grants").into_iter().flatten() {
        if fault(grant).is_some() || grants.add(grant).is_none() {
            mistakes.push(Mistake::new(
                format!("has `{grant}` for --grants, which is no grant"),
                "write it as `read=uri=http://acs.amazonaws.com/groups/global/AllUsers`; the permissions are read, readacl, \
                 writeacl and full",
            ));
        }
    }
    grants
}

fn metadata(matches: &ArgMatches, mistakes: &mut Vec<Mistake>) -> Map {
    if !is_given(matches, "metadata") {
        return Map::new();
    }
    let given = text(matches, "metadata").unwrap_or_default();
    let parsed = match fault(&given) {
        // JSON may be written in lines.
        Some(why) if !given.trim_start().starts_with('{') => Err(format!("is a value {why}")),
        _ => map::parse(&given),
    };
    let map = parsed.unwrap_or_else(|why| {
        let hint = "write it as `name=value,name=value`, or as a JSON object of texts in single quotes";
        mistakes.push(Mistake::new(format!("has --metadata, which {why}"), hint));
        Map::new()
    });
    for (name, value) in &map {
        // The names of fields (RFC 9110, section 5.6.2).
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) || !headers::is_header_value(value) {
            let message =
                format!("has `{name}` in --metadata, of which the name or the value cannot be in a header");
            mistakes
                .push(Mistake::new(message, "plain ASCII is needed, and no blank, colon or slash in a name"));
        }
    }
    map
}
