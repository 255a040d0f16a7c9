//! Values in which a variable was not expanded, or was not defined: they are not the values that were meant.

use crate::environment::Environment;
use crate::faults::Faults;
use crate::log::Log;

/// The hint for a value with a reference.
pub const UNEXPANDED: &str = "Bitbucket does not expand a variable inside the value of another one; write the value out, or \
                              put each variable here directly";

/// The first reference in a text: `$NAME`, `${NAME}` or `$(command)`, as a shell would expand it.
///
/// `${aws:userid}` is not one: it is a variable of IAM policies, and no shell has such a name.
#[must_use]
pub fn unexpanded(text: &str) -> Option<&str> {
    text.match_indices('$').find_map(|(start, _)| {
        let length = reference_length(&text[start + 1..])?;
        text.get(start..start + 1 + length)
    })
}

/// How many bytes of what follows a `$` belong to the reference.
fn reference_length(rest: &str) -> Option<usize> {
    let closed_by = |end: char| rest.find(end).map_or(rest.len(), |at| at + end.len_utf8());
    match rest.strip_prefix('{') {
        _ if rest.starts_with('(') => Some(closed_by(')')),
        Some(braced) => {
            let after = braced.get(name_length(braced)?..)?;
            let is_of_policy =
                after.strip_prefix(':').is_some_and(|key| key.starts_with(char::is_alphabetic));
            (!is_of_policy).then(|| closed_by('}'))
        }
        None => name_length(rest),
    }
}

/// How long the name of a variable is that a text begins with.
fn name_length(text: &str) -> Option<usize> {
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let starts_name = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts_name.then(|| text.bytes().take_while(is_of_name).count())
}

/// Prints a WARNING for each of these guards that is given without a value: it guards nothing.
pub fn warn_of_empty(environment: &Environment, guards: &[&str], log: &Log) {
    for name in guards.iter().filter(|name| environment.is_empty(name)) {
        log.warning(format_args!(
            "{name} is given without a value and has no effect: is the variable in it defined for this step?"
        ));
    }
}

impl Faults {
    /// Whether a value has no reference to a variable; adds an error for the first.
    pub fn check_expanded(&mut self, variable: &str, value: &str) -> bool {
        let reference = unexpanded(value);
        if let Some(reference) = reference {
            self.add_with_hint(variable, format!("has `{reference}`, which is not expanded"), UNEXPANDED);
        }
        reference.is_none()
    }

    /// Checks where a file is to be written: a folder called `$NAME`, or the root of the file system, is where no later
    /// step finds it.
    pub fn check_output(&mut self, variable: &str, file: Option<&str>) {
        let Some(file) = file.filter(|file| self.check_expanded(variable, file)) else { return };
        if file.strip_prefix('/').is_some_and(|name| !name.trim_start_matches('/').contains('/')) {
            let message =
                format!("is `{file}`, a file in the root of the file system, where no later step finds it");
            let hint = "is the variable before the slash defined? Name a file relative to the step's working directory";
            self.add_with_hint(variable, message, hint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for (text, reference) in [
            ("$NOPE/docs", Some("$NOPE")),
            ("site/$NOPE", Some("$NOPE")),
            ("site-$lower_case-x", Some("$lower_case")),
            ("site/${NOPE}/x", Some("${NOPE}")),
            ("site/${NOPE:-x}/y", Some("${NOPE:-x}")),
            ("site/${NOPE", Some("${NOPE")),
            ("site/$(date +%F)/x", Some("$(date +%F)")),
            ("a$/b$X", Some("$X")),
            ("site/${aws:userid}", None),
            ("a$/b", None),
            ("$", None),
            ("${", None),
            ("${}", None),
            ("price-$5", None),
            ("été", None),
            ("$é", None),
        ] {
            assert_eq!(unexpanded(text), reference, "{text}");
        }
    }

    #[test]
    fn files_that_no_later_step_finds() {
        let checked = |file| {
            let mut faults = Faults::default();
            faults.check_output("RESULT_FILE", file);
            faults.to_string()
        };
        for file in [None, Some("result.json"), Some("out/result.json"), Some("/tmp/result.json")] {
            assert_eq!(checked(file), "", "{file:?}");
        }
        assert!(
            checked(Some("/result.json")).starts_with("RESULT_FILE is `/result.json`, a file in the root")
        );
        assert!(
            checked(Some("$OUT/a.json")).starts_with("RESULT_FILE has `$OUT`, which is not expanded\nhint: ")
        );
    }
}
