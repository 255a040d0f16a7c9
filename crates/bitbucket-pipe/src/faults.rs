//! Mistakes in the configuration: collected, then reported all at once.

use std::fmt;

use crate::{boolean, text};

/// One mistake in one variable. The text never holds the value of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The variable's name as the user writes it.
    pub variable: String,
    /// Reads on from the name: `must be …`, `variable missing.`
    pub message: String,
    /// The way out, when the message alone does not show it.
    pub hint: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A message quotes what the user wrote, and that must not look like a line of the log.
        write!(f, "{} {}", self.variable, text::printable(&self.message))?;
        self.hint.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

/// All mistakes of one configuration, in the order they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a mistake; `message` reads on from the variable's name.
    pub fn add(&mut self, variable: impl Into<String>, message: impl Into<String>) {
        self.push(Fault { variable: variable.into(), message: message.into(), hint: None });
    }

    /// Notes a mistake together with the way out.
    pub fn add_with_hint(
        &mut self,
        variable: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let (variable, message) = (variable.into(), message.into());
        self.push(Fault { variable, message, hint: Some(hint.into()) });
    }

    /// Notes a required variable that has no value, in the words of the official pipes; not where the variable is already
    /// known to have a mistake, such as a value that is not UTF-8.
    pub fn missing(&mut self, variable: &str) {
        if self.iter().all(|fault| fault.variable != variable) {
            self.add(variable, "variable missing.");
        }
    }

    /// Notes a mistake that was found elsewhere. The same mistake is noted once.
    pub fn push(&mut self, fault: Fault) {
        if !self.0.contains(&fault) {
            self.0.push(fault);
        }
    }

    /// The value, or `None` and a fault.
    pub fn take<T, E: fmt::Display>(&mut self, variable: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(variable, error.to_string())).ok()
    }

    /// A boolean; `default` where it is not set, and where it is none, which is a fault.
    pub fn boolean(&mut self, variable: &str, value: Option<&str>, default: bool) -> bool {
        let Some(word) = value else { return default };
        boolean::parse(word).unwrap_or_else(|| {
            self.add(variable, format!("must be true or false, not `{word}`"));
            default
        })
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mistakes, in the order they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }
}

impl Extend<Fault> for Faults {
    fn extend<I: IntoIterator<Item = Fault>>(&mut self, faults: I) {
        faults.into_iter().for_each(|fault| self.push(fault));
    }
}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = std::slice::Iter<'a, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Fault::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Faults {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_kept_in_order_with_their_hints() {
        let mut faults = Faults::default();
        faults.missing("S3_BUCKET");
        let parsed = faults.take("COUNT", "x".parse::<u8>());
        faults.add_with_hint("DELETE_FLAG", "must be `true` or `false`", "write 'true'");
        assert_eq!(parsed, None);
        assert_eq!(
            faults.to_string(),
            "S3_BUCKET variable missing.\nCOUNT invalid digit found in string\n\
             DELETE_FLAG must be `true` or `false`\nhint: write 'true'"
        );
    }

    #[test]
    fn no_mistake_is_noted_twice() {
        let mut faults = Faults::default();
        for _ in 0..2 {
            faults.add("PATHS", "`/a*b`: no");
            faults.extend([Fault { variable: "PATHS".into(), message: "`/b*c`: no".into(), hint: None }]);
        }
        faults.missing("PATHS");
        faults.missing("S3_BUCKET");
        assert_eq!(faults.to_string(), "PATHS `/a*b`: no\nPATHS `/b*c`: no\nS3_BUCKET variable missing.");
    }

    #[test]
    fn a_value_cannot_forge_a_line() {
        let mut faults = Faults::default();
        assert!(!faults.boolean("DEBUG", Some("x\n✔ Deployment successful.\u{1b}[2J"), false));
        let told = "DEBUG must be true or false, not `x\\n✔ Deployment successful.\\u{1b}[2J`";
        assert_eq!(faults.to_string(), told);
    }
}
