//! The headers that S3 keeps with an object and hands out again.

use crate::headers::{Headers, timestamp};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    CacheControl,
    ContentDisposition,
    ContentEncoding,
    ContentLanguage,
    ContentType,
    Expires,
    /// `x-amz-website-redirect-location`, for the website endpoints of S3.
    Redirect,
    /// `x-amz-meta-*`, by the name behind the prefix.
    Metadata(String),
}

impl Field {
    /// The header of this name, whatever its case.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        Some(match name.as_str() {
            "cache-control" => Self::CacheControl,
            "content-disposition" => Self::ContentDisposition,
            "content-encoding" => Self::ContentEncoding,
            "content-language" => Self::ContentLanguage,
            "content-type" => Self::ContentType,
            "expires" => Self::Expires,
            "x-amz-website-redirect-location" => Self::Redirect,
            _ => Self::Metadata(name.strip_prefix("x-amz-meta-").filter(|rest| !rest.is_empty())?.to_owned()),
        })
    }

    /// Why a value is none of this header.
    pub(super) fn fault(&self, value: &str) -> Option<&'static str> {
        let is_time = *self == Self::Expires;
        (is_time && timestamp(value).is_none())
            .then_some("is no point in time, such as `2030-01-31T12:00:00Z`")
    }

    /// Gives the header this value: alone if it is the first that a rule gives, else after what is there.
    pub(super) fn add(&self, headers: &mut Headers, value: String, is_first: bool) {
        let join = |old: Option<String>| match old.filter(|_| !is_first) {
            Some(old) => format!("{old}, {value}"),
            None => value.clone(),
        };
        match self {
            Self::CacheControl => headers.cache_control = Some(join(headers.cache_control.take())),
            Self::ContentEncoding => headers.content_encoding = Some(join(headers.content_encoding.take())),
            Self::ContentLanguage => headers.content_language = Some(join(headers.content_language.take())),
            Self::Metadata(name) => {
                // The names of a variable's may be in capitals.
                let known = headers.metadata.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
                let old = known.and_then(|key| headers.metadata.remove(&key));
                headers.metadata.insert(name.clone(), join(old));
            }
            Self::ContentDisposition => headers.content_disposition = Some(value),
            Self::ContentType => headers.content_type = Some(value),
            Self::Expires => headers.expires = timestamp(&value),
            Self::Redirect => headers.website_redirect = Some(value),
        }
    }

    /// Takes the header away.
    pub(super) fn remove(&self, headers: &mut Headers) {
        match self {
            Self::CacheControl => headers.cache_control = None,
            Self::ContentDisposition => headers.content_disposition = None,
            Self::ContentEncoding => headers.content_encoding = None,
            Self::ContentLanguage => headers.content_language = None,
            Self::ContentType => headers.content_type = None,
            Self::Expires => headers.expires = None,
            Self::Redirect => headers.website_redirect = None,
            Self::Metadata(name) => headers.metadata.retain(|key, _| !key.eq_ignore_ascii_case(name)),
        }
    }
}
