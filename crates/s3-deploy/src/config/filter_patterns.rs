//! Patterns of `EXTRA_ARGS` that a variable left incomplete: what they were to protect would be deleted.

use bitbucket_pipe::Faults;
use bitbucket_pipe::unexpanded::unexpanded;

use crate::filters::Rule;

const IS_DEFINED: &str = "is the variable in it defined for this step?";

/// Adds an error for each pattern that cannot be meant. Some of them do harm only when objects are `deleted`.
pub(super) fn check(rules: &[Rule], deleted: bool, faults: &mut Faults) {
    let mut excludes = false;
    for rule in rules {
        let (flag, text) = rule.flag();
        if text.is_empty() {
            let message = format!("has an empty pattern for {flag}, which matches nothing");
            faults.add_with_hint("EXTRA_ARGS", message, IS_DEFINED);
        } else if let Some(reference) = unexpanded(text).filter(|_| deleted) {
            let message = format!("has `{reference}` in a pattern for {flag}, which is not expanded");
            let hint = "write the value out; for files with a dollar sign in their names write `[$]`";
            faults.add_with_hint("EXTRA_ARGS", message, hint);
        } else if flag == "--include" && excludes && deleted && is_of_every_folder(text) {
            let message = format!("has `--include {text}`, which includes files and objects of every folder");
            let hint = "is the variable before the slash defined for this step? A pattern is relative to LOCAL_PATH, as in \
                        `--include 'app/*'`";
            faults.add_with_hint("EXTRA_ARGS", message, hint);
        }
        excludes = excludes || flag == "--exclude";
    }
}

/// Whether an absolute pattern names no folder, as `$NOPE/*` becomes.
fn is_of_every_folder(text: &str) -> bool {
    text.strip_prefix('/').is_some_and(|rest| rest.starts_with(['*', '?', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_cannot_be_meant() {
        for (flags, deleted, words) in [
            (&[("--exclude", "uploads/*")][..], true, ""),
            (&[("--exclude", "")], false, "EXTRA_ARGS has an empty pattern for --exclude"),
            (&[("--include", "")], true, "EXTRA_ARGS has an empty pattern for --include"),
            (&[("--exclude", "$KEEP/*")], true, "EXTRA_ARGS has `$KEEP` in a pattern for --exclude"),
            (&[("--exclude", "$KEEP/*")], false, ""),
            (&[("--exclude", "posts.[$]slug*")], true, ""),
            (&[("--exclude", "*"), ("--include", "/*")], true, "EXTRA_ARGS has `--include /*`, which"),
            (
                &[("--exclude", "*"), ("--include", "/*.map")],
                true,
                "EXTRA_ARGS has `--include /*.map`, which",
            ),
            (&[("--exclude", "*"), ("--include", "/*")], false, ""),
            (&[("--exclude", "*"), ("--include", "/clone/build/a*")], true, ""),
            // These take nothing in that was left out.
            (&[("--include", "/*")], true, ""),
            (&[("--exclude", "/*")], true, ""),
        ] {
            let rules: Vec<Rule> =
                flags.iter().map(|(flag, pattern)| Rule::new(pattern, *flag == "--include")).collect();
            let mut faults = Faults::default();
            check(&rules, deleted, &mut faults);
            let told = faults.to_string();
            assert!(told.starts_with(words) && told.is_empty() == words.is_empty(), "{flags:?}: {told}");
        }
    }
}
