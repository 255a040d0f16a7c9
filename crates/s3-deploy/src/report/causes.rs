//! Failures of many files or objects in few lines: equal causes are grouped, and each is spelt out once.

use bitbucket_pipe::text::printable;

/// Causes that are spelt out.
const CAUSES_SHOWN: usize = 10;
/// Names of a cause, beyond the one that it is spelt out with.
const NAMES_SHOWN: usize = 3;

/// One that failed.
#[derive(Clone, Debug)]
pub(super) struct FailedPath<'a> {
    pub(super) path: &'a str,
    /// All that is known of it, with the ids of its request.
    pub(super) text: String,
    /// The reason: equal texts are one cause.
    pub(super) cause: String,
}

impl<'a> FailedPath<'a> {
    /// With the reason in these words, in which a service may name the key at the end of an ARN.
    pub(super) fn new(path: &'a str, key: &str, text: String, words: &str) -> Self {
        let cause = words.replace(&format!("/{key}\""), "/\"").replace(&format!("/{key} "), "/ ");
        Self { path, text, cause }
    }
}

/// A line for each, indented.
pub(super) fn listed(failed: &[FailedPath<'_>]) -> Vec<String> {
    failed.iter().map(line).collect()
}

/// The first of each cause in full, and how many others there are, with some of their names.
pub(super) fn grouped(failed: &[FailedPath<'_>]) -> Vec<String> {
    let mut groups: Vec<(&FailedPath<'_>, Vec<&str>)> = Vec::new();
    for one in failed {
        match groups.iter_mut().find(|(first, _)| first.cause == one.cause) {
            Some((_, others)) => others.push(one.path),
            None => groups.push((one, Vec::new())),
        }
    }
    // What is behind most failures comes first.
    groups.sort_by_key(|(_, others)| std::cmp::Reverse(others.len()));
    let mut lines = Vec::new();
    for (first, others) in groups.iter().take(CAUSES_SHOWN) {
        lines.push(line(first));
        lines.extend(same(others));
    }
    let more: usize = groups.iter().skip(CAUSES_SHOWN).map(|(_, others)| 1 + others.len()).sum();
    lines.extend((more > 0).then(|| format!("  … and {more} more")));
    lines
}

fn line(failed: &FailedPath<'_>) -> String {
    format!("  {}: {}", printable(failed.path), failed.text)
}

fn same(others: &[&str]) -> Option<String> {
    let names: Vec<_> = others.iter().take(NAMES_SHOWN).map(|path| printable(path)).collect();
    let names = names.join(", ");
    match others.len() {
        0 => None,
        count @ 1..=NAMES_SHOWN => Some(format!("  the same for {count} more: {names}")),
        count => Some(format!("  the same for {count} more: {names} and {} others", count - NAMES_SHOWN)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed<'a>(path: &'a str, words: &str) -> FailedPath<'a> {
        FailedPath::new(path, &format!("docs/{path}"), format!("{words} (request id {path})"), words)
    }

    #[test]
    fn equal_causes_are_spelt_out_once() {
        let paths: Vec<String> = (0..6).map(|number| format!("{number}.css")).collect();
        let denied = |path: &String| format!("AccessDenied: not on \"arn:aws:s3:::site/docs/{path}\"");
        let mut all = vec![failed("a.js", "SlowDown")];
        all.extend(paths.iter().map(|path| failed(path, &denied(path))));
        assert_eq!(
            grouped(&all),
            [
                "  0.css: AccessDenied: not on \"arn:aws:s3:::site/docs/0.css\" (request id 0.css)",
                "  the same for 5 more: 1.css, 2.css, 3.css and 2 others",
                "  a.js: SlowDown (request id a.js)",
            ]
        );
        assert_eq!(grouped(&all[..3])[1], "  the same for 1 more: 1.css");
        assert_eq!(listed(&all).len(), 7);
    }

    #[test]
    fn not_too_many_causes_are_spelt_out() {
        let paths: Vec<String> = (0..100).map(|number| format!("{number}.css")).collect();
        let all: Vec<_> = paths.iter().map(|path| failed(path, &format!("cause {path}"))).collect();
        let lines = grouped(&all);
        assert_eq!(lines.len(), CAUSES_SHOWN + 1);
        assert_eq!(lines.last().map(String::as_str), Some("  … and 90 more"));
    }
}
