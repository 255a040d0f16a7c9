//! A mistake in the configuration, found before anything is sent.

use std::fmt;

/// One mistake in one variable. The text never holds the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The variable's name as the user writes it.
    pub variable: &'static str,
    /// Reads on from the name: `must be …`, `variable missing.`
    pub message: String,
    /// The way out, when the message alone does not show it.
    pub hint: Option<String>,
}

impl Fault {
    /// A mistake whose message shows the way out itself.
    pub(crate) fn new(variable: &'static str, message: impl fmt::Display) -> Self {
        Self { variable, message: message.to_string(), hint: None }
    }

    /// The same mistake, with the way out.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.variable, self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::Fault;

    #[test]
    fn the_hint_has_a_line_of_its_own() {
        let fault = Fault::new("AWS_REGION", "must be a region");
        assert_eq!(fault.to_string(), "AWS_REGION must be a region");
        assert_eq!(
            fault.hint("write eu-west-1").to_string(),
            "AWS_REGION must be a region\nhint: write eu-west-1"
        );
    }
}
