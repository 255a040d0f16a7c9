//! The flags that say what objects are stored with.

use clap::ArgMatches;

use super::map::{self, Map};
use super::mistake::Mistake;
use super::paramfile::{Files, Unreadable};
use super::{is_given, text};
use crate::headers::checksum::Checksum;
use crate::headers::customer_key::{CustomerKey, LENGTH};
use crate::headers::grants::Grants;
use crate::headers::tags::Tags;
use crate::headers::{self, Headers};

/// Reads them all but `--expires`. An empty text is kept: it takes a variable's away. `unread` flags are given and have a
/// mistake, so that nobody can say what they lack or contradict.
pub(super) fn read(
    matches: &ArgMatches,
    unread: &[&str],
    files: Files,
    mistakes: &mut Vec<Mistake>,
) -> Headers {
    let mut header = |name: &str| {
        let value = value(matches, name, files, mistakes)?;
        let fits = headers::is_header_value(&value);
        if !fits {
            let message = format!("has a value for --{name} with characters that a header cannot carry");
            mistakes.push(Mistake::new(message, "one line of plain ASCII is needed"));
        }
        fits.then_some(value)
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
        customer_key: customer_key(matches, unread, files, mistakes),
        encryption: text(matches, "sse"),
        storage_class: text(matches, "storage-class"),
        no_guess: matches.get_flag("no-guess-mime-type"),
        checksum: checksum(matches, mistakes),
        expires: None,
        grants: grants(matches, mistakes),
        metadata: metadata(matches, files, mistakes),
        tags: tags(matches, mistakes),
    };
    if headers.kms_key.as_ref().is_some_and(|key| !key.is_empty())
        && headers.encryption.as_deref() != Some("aws:kms")
        && !unread.contains(&"sse")
    {
        mistakes.push(Mistake::new(
            "has --sse-kms-key-id without --sse aws:kms",
            "S3 takes a key only with both",
        ));
    }
    if headers.encryption.is_some() && is_given(matches, "sse-c") {
        mistakes.push(Mistake::new(
            "has both --sse and --sse-c",
            "S3 encrypts an object in one way: leave one of them out",
        ));
    }
    headers
}

/// The value of a flag, from a file if it names one. A redirect leads to a web address, and never names a file.
pub(super) fn value(
    matches: &ArgMatches,
    name: &str,
    files: Files,
    mistakes: &mut Vec<Mistake>,
) -> Option<String> {
    let value = text(matches, name)?;
    if name == "website-redirect" {
        return Some(value);
    }
    files.text(value).map_err(|why| mistakes.push(unreadable(name, &why))).ok()
}

fn unreadable(name: &str, why: &Unreadable) -> Mistake {
    let hint = "a file's name is relative to where the step stands; the value itself may be written instead";
    Mistake::new(format!("has a value for --{name} {why}"), hint)
}

/// The key is never quoted.
fn customer_key(
    matches: &ArgMatches,
    unread: &[&str],
    files: Files,
    mistakes: &mut Vec<Mistake>,
) -> Option<CustomerKey> {
    let given = text(matches, "sse-c-key").filter(|key| !key.is_empty());
    let key = match (is_given(matches, "sse-c"), given) {
        (false, None) => return None,
        (true, None) if unread.contains(&"sse-c-key") => return None,
        (false, Some(_)) if unread.contains(&"sse-c") => return None,
        (true, Some(key)) => key,
        (true, None) => {
            let hint = "give the key of 32 bytes, best as fileb://NAME of a file";
            mistakes.push(Mistake::new("has --sse-c without --sse-c-key", hint));
            return None;
        }
        (false, Some(_)) => {
            mistakes.push(Mistake::new("has --sse-c-key without --sse-c", "S3 takes a key only with both"));
            return None;
        }
    };
    // Only the bytes of a text file end with a line break that is not meant.
    let bytes =
        if key.starts_with("fileb://") { files.bytes(&key) } else { files.text(key).map(String::into_bytes) };
    let bytes = bytes.map_err(|why| mistakes.push(unreadable("sse-c-key", &why))).ok()?;
    let key = CustomerKey::new(&bytes);
    if key.is_none() {
        let length = bytes.len();
        mistakes.push(Mistake::new(
            format!("has a key of {length} bytes for --sse-c-key, and AES256 takes {LENGTH}"),
            "give the key itself, not its base64; a key that is no text stands in a file, as fileb://NAME",
        ));
    }
    key
}

fn checksum(matches: &ArgMatches, mistakes: &mut Vec<Mistake>) -> Checksum {
    let Some(name) = text(matches, "checksum-algorithm") else { return Checksum::default() };
    Checksum::named(&name).unwrap_or_else(|| {
        mistakes.push(Mistake::new(
            format!("has {name} for --checksum-algorithm, which this pipe cannot compute"),
            format!(
                "it can compute {}; without the flag objects are stored with a CRC64NVME",
                Checksum::names()
            ),
        ));
        Checksum::default()
    })
}

fn grants(matches: &ArgMatches, mistakes: &mut Vec<Mistake>) -> Grants {
    let mut grants = Grants::default();
    for grant in matches.get_many::<String>("grants").into_iter().flatten() {
        if !headers::is_header_value(grant) || grants.add(grant).is_none() {
            mistakes.push(Mistake::new(
                format!("has `{grant}` for --grants, which is no grant"),
                "write it as `read=uri=http://acs.amazonaws.com/groups/global/AllUsers`; the permissions are read, readacl, \
                 writeacl and full",
            ));
        }
    }
    grants
}

fn tags(matches: &ArgMatches, mistakes: &mut Vec<Mistake>) -> Tags {
    let pairs = matches.get_occurrences::<String>("tags").into_iter().flatten();
    let pairs = pairs.filter_map(|mut pair| Some((pair.next()?.clone(), pair.next()?.clone())));
    Tags::new(pairs).unwrap_or_else(|error| {
        let hint = "write `--tags KEY VALUE` once for each tag, as text without URL encoding";
        mistakes.push(Mistake::new(format!("{error} (--tags)"), hint));
        Tags::default()
    })
}

fn metadata(matches: &ArgMatches, files: Files, mistakes: &mut Vec<Mistake>) -> Map {
    if !is_given(matches, "metadata") {
        return Map::new();
    }
    let Some(given) = value(matches, "metadata", files, mistakes) else { return Map::new() };
    let is_object = given.trim_start().starts_with('{');
    // JSON may be written in lines.
    let parsed = if is_object || headers::is_header_value(&given) {
        map::parse(&given)
    } else {
        Err("is a value with characters that a header cannot carry".to_owned())
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
