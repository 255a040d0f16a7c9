//! The facts about a request that conditions are tested against.

use std::collections::BTreeMap;

/// Context keys and their values. Keys are compared without regard to case, as IAM does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    values: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// A context without any key.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This context with one more value for `key`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.values.entry(key.to_lowercase()).or_default().push(value.into());
        self
    }

    /// This context with several more values for `key`; none leave it as it was.
    #[must_use]
    pub fn with_all<V: Into<String>>(self, key: &str, values: impl IntoIterator<Item = V>) -> Self {
        values.into_iter().fold(self, |context, value| context.with(key, value))
    }

    /// The values of `key`; empty when the request does not have it.
    #[must_use]
    pub fn values(&self, key: &str) -> &[String] {
        self.values.get(&key.to_lowercase()).map_or(&[], Vec::as_slice)
    }
}
