//! `S3_BUCKET: bucket/`: perhaps the user means the whole bucket, perhaps the variable after the slash is not defined.

/// A value of `S3_BUCKET` that ends in a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrailingSlash {
    written: String,
}

impl TrailingSlash {
    /// Of a value, if it ends in one.
    pub(crate) fn of(value: &str) -> Option<Self> {
        value.ends_with('/').then(|| Self { written: value.to_owned() })
    }

    /// The value as the user wrote it.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    /// The value to write when nothing is to follow.
    pub(crate) fn without(&self) -> &str {
        self.written.trim_end_matches('/')
    }
}
