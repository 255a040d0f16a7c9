//! The XML of a page, read in one pass for what a deploy wants of it. The SDK's own reader makes an object with all its
//! fields of each key, which takes several times as long: who lists a million waits for that.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::operation::list_objects_v2::{ListObjectsV2Error, ListObjectsV2Output};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, Error, Output,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::ser_de::{DeserializeResponse, SharedResponseDeserializer};
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::ErrorMetadata;
use jiff::Timestamp;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use crate::plan::etag::ETag;
use crate::plan::objects::{Page, RemoteObject};

/// What a page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Document {
    /// With their keys as they are written.
    pub(super) objects: Page,
    /// The keys are encoded as in URLs.
    pub(super) is_encoded: bool,
    /// More follows.
    pub(super) is_truncated: bool,
    /// The token that asks for the rest.
    pub(super) token: Option<String>,
}

/// Takes the place of the SDK's reader in one request, as an interceptor of it. A clone reads for the same caller.
#[derive(Clone, Debug, Default)]
pub(super) struct Reader(Arc<Mutex<Option<Document>>>);

/// Elements and their texts, one after the other.
struct Elements<'a>(quick_xml::Reader<&'a [u8]>);

impl Reader {
    /// What the reply said; `None` when no page has been read.
    pub(super) fn document(self) -> Option<Document> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Intercept for Reader {
    fn name(&self) -> &'static str {
        "ListingReader"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Refusals are left to the SDK. But once in place, this one reads every later attempt too.
        if context.response().status().is_success() {
            settings.interceptor_state().store_put(SharedResponseDeserializer::new(self.clone()));
        }
        Ok(())
    }
}

impl DeserializeResponse for Reader {
    fn deserialize_nonstreaming_with_config(
        &self,
        reply: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let xml = std::str::from_utf8(reply.body().bytes().unwrap_or_default());
        match xml.map_err(BoxError::from).and_then(Document::read) {
            Ok(document) if reply.status().is_success() => {
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(document);
                Ok(Output::erase(ListObjectsV2Output::builder().build()))
            }
            other => {
                let unread = |error: BoxError| ErrorMetadata::builder().message(error.to_string()).build();
                let refusal = xml.ok().and_then(refusal);
                let said = refusal.or_else(|| other.err().map(unread)).unwrap_or_default();
                Err(OrchestratorError::operation(Error::erase(ListObjectsV2Error::generic(said))))
            }
        }
    }
}

/// The error that S3 may send with the status of a success, and that of a later attempt.
fn refusal(xml: &str) -> Option<ErrorMetadata> {
    let mut elements = Elements::of(xml, "Error").ok()?;
    let mut metadata = ErrorMetadata::builder();
    while let Some(element) = elements.next().ok()? {
        metadata = match element.local_name().as_ref() {
            b"Code" => metadata.code(elements.text(&element).ok()?),
            b"Message" => metadata.message(elements.text(&element).ok()?),
            _ => {
                elements.skip(&element).ok()?;
                metadata
            }
        };
    }
    Some(metadata.build())
}

impl Document {
    fn read(xml: &str) -> Result<Self, BoxError> {
        let mut elements = Elements::of(xml, "ListBucketResult")?;
        let mut document = Self::default();
        while let Some(element) = elements.next()? {
            match element.local_name().as_ref() {
                b"Contents" => document.read_object(&mut elements)?,
                b"EncodingType" => document.is_encoded = elements.text(&element)? == "url",
                b"IsTruncated" => document.is_truncated = elements.text(&element)?.parse()?,
                b"NextContinuationToken" => document.token = Some(elements.text(&element)?.into_owned()),
                _ => elements.skip(&element)?,
            }
        }
        Ok(document)
    }

    fn read_object(&mut self, elements: &mut Elements<'_>) -> Result<(), BoxError> {
        let (mut key, mut size, mut etag, mut last_modified) = (None, 0_i64, ETag::parse(""), None);
        while let Some(element) = elements.next()? {
            match element.local_name().as_ref() {
                b"Key" => key = Some(elements.text(&element)?),
                b"Size" => size = elements.text(&element)?.parse()?,
                b"ETag" => etag = ETag::parse(&elements.text(&element)?),
                b"LastModified" => {
                    last_modified = Some(elements.text(&element)?.parse::<Timestamp>()?.as_second());
                }
                _ => elements.skip(&element)?,
            }
        }
        let path = &key.unwrap_or_default();
        let size = u64::try_from(size).unwrap_or_default();
        self.objects.push(RemoteObject { path, size, etag, last_modified });
        Ok(())
    }
}

impl<'a> Elements<'a> {
    /// Of a document whose first element, around all others, has this name.
    fn of(xml: &'a str, name: &str) -> Result<Self, BoxError> {
        let mut reader = quick_xml::Reader::from_str(xml);
        // One that is empty is one with an empty text.
        reader.config_mut().expand_empty_elements = true;
        let mut elements = Self(reader);
        match elements.next()? {
            Some(root) if root.local_name().as_ref() == name.as_bytes() => Ok(elements),
            _ => Err(format!("the reply is no {name}").into()),
        }
    }

    /// The next; `None` at the end of the one around it.
    fn next(&mut self) -> Result<Option<BytesStart<'a>>, BoxError> {
        loop {
            match self.0.read_event()? {
                Event::Start(element) => return Ok(Some(element)),
                Event::End(_) => return Ok(None),
                Event::Eof => return Err("the reply ends in the middle of its document".into()),
                _ => {}
            }
        }
    }

    /// The text of the one that has just begun.
    fn text(&mut self, element: &BytesStart<'_>) -> Result<Cow<'a, str>, BoxError> {
        let raw = self.0.read_text(element.name())?.decode()?;
        if raw.contains('<') {
            return Err("the reply has markup where a text should be".into());
        }
        Ok(match unescape(&raw)? {
            Cow::Owned(text) => text.into(),
            Cow::Borrowed(_) => raw,
        })
    }

    fn skip(&mut self, element: &BytesStart<'_>) -> Result<(), BoxError> {
        self.0.read_to_end(element.name())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::escape::escape;

    use super::*;

    fn object(path: &str, size: u64) -> RemoteObject<'_> {
        let etag = ETag::parse("d41d8cd98f00b204e9800998ecf8427e");
        RemoteObject { path, size, etag, last_modified: Some(1_255_369_830) }
    }

    fn document(objects: &[RemoteObject<'_>], is_encoded: bool, token: Option<&str>) -> Document {
        let mut page = Page::default();
        for object in objects {
            page.push(*object);
        }
        let (is_truncated, token) = (token.is_some(), token.map(str::to_owned));
        Document { objects: page, is_encoded, is_truncated, token }
    }

    const PLAIN: &str = "<Contents><Key>a b</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>\
        <ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>5</Size></Contents>";

    #[test]
    fn pages_as_stores_write_them() {
        for (xml, expected) in [
            ("<ListBucketResult/>".to_owned(), document(&[], false, None)),
            (
                format!(
                    "<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                     <Name>b</Name><Prefix/>{PLAIN}<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
                     <NextContinuationToken>1&amp;=</NextContinuationToken></ListBucketResult>"
                ),
                document(&[object("a b", 5)], true, Some("1&=")),
            ),
            // With an owner, as `fetch-owner` adds it, a prefix of a namespace, and white space.
            (
                "<s:ListBucketResult xmlns:s='x'>\n <s:Contents>\n  <s:Owner><s:ID>Key</s:ID></s:Owner>\n\
                 <s:Size>0</s:Size><s:Key>&lt;&#10;/</s:Key><s:LastModified>2009-10-12T17:50:30Z</s:LastModified>\
                 <s:ETag>d41d8cd98f00b204e9800998ecf8427e</s:ETag>\n </s:Contents>\n</s:ListBucketResult>\n"
                    .to_owned(),
                document(&[object("<\n/", 0)], false, None),
            ),
        ] {
            assert_eq!(Document::read(&xml).expect(&xml), expected, "{xml}");
        }
    }

    #[test]
    fn what_is_no_page_is_refused() {
        let whole = format!("<ListBucketResult>{PLAIN}<IsTruncated>false</IsTruncated></ListBucketResult>");
        assert!(Document::read(&whole).is_ok());
        for end in 0..whole.len() {
            assert!(Document::read(&whole[..end]).is_err(), "cut at {end}");
        }
        for (part, other) in [
            ("ListBucketResult>", "html>"),
            ("<Size>5", "<Size>five"),
            ("<Size>5", "<Size><b/>5"),
            ("2009", "long ago"),
            (">false<", ">perhaps<"),
            ("&quot;", "&nothing;"),
        ] {
            assert!(Document::read(&whole.replace(part, other)).is_err(), "{other}");
        }
    }

    #[test]
    fn an_error_in_a_success_is_one() {
        let xml = "<Error><Code>SlowDown</Code><Message>a &lt; b</Message><HostId>x</HostId></Error>";
        let error = refusal(xml).expect("an error");
        assert_eq!((error.code(), error.message()), (Some("SlowDown"), Some("a < b")));
        for xml in ["", "<ListBucketResult/>", "<Error><Code>SlowDown</Code>"] {
            assert!(refusal(xml).is_none(), "{xml}");
        }
    }

    proptest! {
        #[test]
        fn any_key_is_read_as_it_was_written(keys in prop::collection::vec("[ -~\u{e9}\u{1f600}\n]{0,20}", 0..5)) {
            let one = |key: &String| format!("<Contents><Key>{}</Key><Size>7</Size></Contents>", escape(key.as_str()));
            let xml: String = keys.iter().map(one).collect();
            let read = Document::read(&format!("<ListBucketResult>{xml}</ListBucketResult>")).expect("whole");
            let read: Vec<(&str, u64)> = read.objects.iter().map(|object| (object.path, object.size)).collect();
            let expected: Vec<(&str, u64)> = keys.iter().map(|key| (key.as_str(), 7)).collect();
            prop_assert_eq!(read, expected);
        }

        /// Whatever comes from outside is refused or read, and never a panic.
        #[test]
        fn any_text(text in "(<|>|/|&|;|Error|ListBucketResult|Contents|Key|Size|[ -~]){0,30}") {
            let _ = (Document::read(&text), refusal(&text));
            let text = format!("<ListBucketResult>{text}</ListBucketResult>");
            let _ = (Document::read(&text), refusal(&text));
        }
    }
}
