//! The variables of headers, and values that are hardly meant as they are written.

use bitbucket_pipe::Faults;
use bitbucket_pipe::unexpanded::unexpanded;

use super::one_of;
use crate::extra_args::ExtraArgs;
use crate::headers::tags::Tags;
use crate::headers::{self, CANNED_ACLS, Headers, STORAGE_CLASSES, doubt};
use crate::variables::Variables;

/// What every object is stored with. A variable is checked also where a flag wins over it; an empty flag takes it away.
pub(super) fn read(variables: &Variables, extra: &ExtraArgs, faults: &mut Faults) -> Headers {
    let acl = one_of("ACL", variables.acl.clone(), &CANNED_ACLS, faults);
    let cache_control = header("CACHE_CONTROL", variables.cache_control.clone(), faults);
    let content_encoding = header("CONTENT_ENCODING", variables.content_encoding.clone(), faults);
    let expires = expires(variables.expires.clone(), faults);
    let storage_class = one_of("STORAGE_CLASS", variables.storage_class.clone(), &STORAGE_CLASSES, faults);
    let tags = object_tags(variables.object_tags.as_deref(), faults);
    let mut headers = extra.headers.clone();
    headers.acl = headers.acl.or(acl);
    headers.cache_control = headers.cache_control.or(cache_control);
    headers.content_encoding = headers.content_encoding.or(content_encoding);
    headers.expires = extra.expires.as_deref().map_or(expires, headers::timestamp);
    headers.storage_class = headers.storage_class.or(storage_class);
    if headers.tags.is_empty() {
        headers.tags = tags;
    }
    for text in [
        &mut headers.cache_control,
        &mut headers.content_disposition,
        &mut headers.content_encoding,
        &mut headers.content_language,
        &mut headers.content_type,
        &mut headers.kms_key,
        &mut headers.website_redirect,
    ] {
        text.take_if(|text| text.is_empty());
    }
    headers
}

/// What is doubtful in the headers that every object gets, each with the place where it was written: `flags` are those of
/// `EXTRA_ARGS`.
pub(super) fn doubtful(headers: &Headers, flags: &Headers) -> Vec<String> {
    let written = |variable: &'static str, flag: &'static str, is_flag: bool| {
        if is_flag { format!("{flag} in EXTRA_ARGS") } else { variable.to_owned() }
    };
    let flag = |flag| written("", flag, true);
    let values = [
        (written("CACHE_CONTROL", "--cache-control", flags.cache_control.is_some()), &headers.cache_control),
        (
            written("CONTENT_ENCODING", "--content-encoding", flags.content_encoding.is_some()),
            &headers.content_encoding,
        ),
        (flag("--content-disposition"), &headers.content_disposition),
        (flag("--content-language"), &headers.content_language),
        (flag("--content-type"), &headers.content_type),
        (flag("--website-redirect"), &headers.website_redirect),
        (flag("--sse-kms-key-id"), &headers.kms_key),
    ];
    let values = values.iter().filter_map(|(origin, value)| Some((origin.as_str(), value.as_deref()?)));
    // A text in quotes is what some want to keep with an object.
    let metadata = headers.metadata.values().filter(|value| unexpanded(value).is_some());
    let metadata = metadata.map(|value| ("--metadata in EXTRA_ARGS", value.as_str()));
    values.chain(metadata).filter_map(|(origin, value)| Some(format!("{origin} {}", doubt(value)?))).collect()
}

fn header(variable: &str, value: Option<String>, faults: &mut Faults) -> Option<String> {
    let value = value?;
    if headers::is_header_value(&value) {
        return Some(value);
    }
    faults.add(variable, "has characters that a header cannot carry: one line of plain ASCII is needed");
    None
}

fn object_tags(value: Option<&str>, faults: &mut Faults) -> Tags {
    let tags = value.map_or(Ok(Tags::default()), Tags::parse);
    tags.unwrap_or_else(|error| {
        let hint = "write `key=value&key=value`, with `%26` for an ampersand and `%25` for a percent sign";
        faults.add_with_hint("OBJECT_TAGS", error.to_string(), hint);
        Tags::default()
    })
}

fn expires(value: Option<String>, faults: &mut Faults) -> Option<jiff::Timestamp> {
    let value = value?;
    let time = headers::timestamp(&value);
    if time.is_none() {
        let message = format!("must be a point in time, such as `2030-01-31T12:00:00Z`; not `{value}`");
        faults.add("EXPIRES", message);
    }
    time
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hardly_meant_is_named_with_its_place() {
        let text = |text: &str| Some(text.to_owned());
        let headers = Headers {
            cache_control: text("'no-cache'"),
            content_encoding: text("$ENCODING"),
            content_disposition: text("attachment; filename=\"a b\""),
            metadata: [("a", "\"quoted\""), ("b", "build $BUILD")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..Headers::default()
        };
        let flags = Headers { cache_control: text("'no-cache'"), ..Headers::default() };
        assert_eq!(
            doubtful(&headers, &flags),
            [
                "--cache-control in EXTRA_ARGS is `'no-cache'`: the quotes become part of the header; leave them out",
                "CONTENT_ENCODING has `$ENCODING`, which is not expanded and becomes part of the header",
                "--metadata in EXTRA_ARGS has `$BUILD`, which is not expanded and becomes part of the header",
            ]
        );
        assert_eq!(doubtful(&Headers::default(), &flags), [] as [String; 0]);
    }
}
