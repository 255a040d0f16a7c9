//! One page of a listing: how it is asked for, and what it says.

use std::borrow::Cow;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Error;
use aws_sdk_s3::operation::list_objects_v2::builders::ListObjectsV2FluentBuilder;
use aws_sdk_s3::types::EncodingType;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use percent_encoding::percent_decode_str;

use super::ListError;
use super::ranges::Answer;
use super::reader::{Document, Reader};
use crate::bucket::Bucket;
use crate::plan::objects::{Page, RemoteObject};

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Beginning,
    /// Where the page ended that gave this token.
    Token(String),
    /// Behind this key.
    After(String),
}

/// What follows a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing.
    End,
    /// The page to which this token leads.
    Token(String),
    /// More, but nothing leads to it.
    Untold,
}

/// What a page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) page: Page,
    /// Its first and its last path, folder markers among them.
    pub(super) ends: Option<(String, String)>,
    /// Each path is greater than the one before.
    pub(super) is_sorted: bool,
    /// What follows.
    pub(super) next: Next,
}

pub(super) fn request(bucket: &Bucket, start: &Start) -> ListObjectsV2FluentBuilder {
    let request = bucket
        .client()
        .list_objects_v2()
        .bucket(bucket.name())
        .prefix(bucket.target().prefix.as_str())
        // XML cannot carry every key as it is.
        .encoding_type(EncodingType::Url);
    match start {
        Start::Beginning => request,
        Start::Token(token) => request.continuation_token(token),
        Start::After(key) => request.start_after(key),
    }
}

/// Asks for a page, and reads it.
pub(super) async fn answer(
    request: ListObjectsV2FluentBuilder,
) -> Result<Document, SdkError<ListObjectsV2Error, HttpResponse>> {
    let reader = Reader::default();
    request.customize().interceptor(reader.clone()).send().await?;
    reader.document().ok_or_else(|| SdkError::construction_failure("nobody has read the page"))
}

impl Listed {
    pub(super) fn of(document: Document, prefix: &str) -> Result<Self, ListError> {
        let Document { objects, is_encoded, is_truncated, token } = document;
        let mut page = Page::default();
        let mut ends: Option<(String, String)> = None;
        let mut is_sorted = true;
        for object in objects.iter() {
            let key = if is_encoded { decode(object.path)? } else { Cow::Borrowed(object.path) };
            let Some(path) = key.strip_prefix(prefix) else { continue };
            match &mut ends {
                None => ends = Some((path.to_owned(), path.to_owned())),
                Some((_, last)) => {
                    is_sorted &= last.as_str() < path;
                    path.clone_into(last);
                }
            }
            // `aws s3 sync` leaves folder markers alone too.
            if path.is_empty() || (object.size == 0 && path.ends_with('/')) {
                continue;
            }
            page.push(RemoteObject { path, ..object });
        }
        let next = match token {
            _ if !is_truncated => Next::End,
            Some(token) if !token.is_empty() => Next::Token(token),
            _ => Next::Untold,
        };
        Ok(Self { page, ends, is_sorted, next })
    }

    pub(super) fn answer(&self) -> Answer<'_> {
        Answer {
            ends: self.ends.as_ref().map(|(first, last)| (first.as_str(), last.as_str())),
            is_sorted: self.is_sorted,
            is_truncated: self.next != Next::End,
        }
    }
}

/// Undoes `encoding-type=url`: a blank is a plus sign, everything unsafe a `%XX`.
fn decode(key: &str) -> Result<Cow<'_, str>, ListError> {
    if !key.contains(['+', '%']) {
        return Ok(Cow::Borrowed(key));
    }
    let blanks = key.replace('+', " ");
    let decoded = percent_decode_str(&blanks).decode_utf8().map_err(|_| ListError::NotUtf8)?;
    Ok(Cow::Owned(decoded.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_follows_it() {
        for (is_truncated, token, expected) in [
            (false, None, Next::End),
            (false, Some("t1"), Next::End),
            (true, Some("t1"), Next::Token("t1".to_owned())),
            (true, Some(""), Next::Untold),
            (true, None, Next::Untold),
        ] {
            let document = Document { is_truncated, token: token.map(str::to_owned), ..Document::default() };
            let listed = Listed::of(document, "").expect("UTF-8");
            assert_eq!(listed.answer().is_truncated, is_truncated, "{token:?}");
            assert_eq!(listed.next, expected, "{is_truncated} {token:?}");
        }
    }

    #[test]
    fn keys_as_s3_encodes_them() {
        for (listed, key) in [
            ("a/b.html", "a/b.html"),
            ("a+b.html", "a b.html"),
            ("a%2Bb.html", "a+b.html"),
            ("100%25.html", "100%.html"),
            ("caf%C3%A9.html", "café.html"),
            ("line%0Abreak", "line\nbreak"),
        ] {
            assert_eq!(decode(listed).expect("UTF-8"), key);
        }
        assert!(decode("%FF").is_err());
    }
}
