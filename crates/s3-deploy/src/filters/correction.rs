//! Patterns that do not mean what was meant: as other tools take them, and as this pipe takes the same. Pure.

use bitbucket_pipe::text::unquoted;

use crate::private::is_private;

/// Braces can ask for any number of patterns; more than these are not written out.
const MOST_EXPANDED: usize = 32;

/// How a pattern could be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Correction {
    /// Each is a list of patterns that together mean what was meant, the likeliest first.
    pub(super) alternatives: Vec<Vec<String>>,
    /// The pattern as it is written matches no path, whatever the build has.
    pub(super) is_needed: bool,
}

/// The corrections of a pattern; none for one that is as it should be. `root` is the folder to deploy, with a slash at its
/// end.
pub(super) fn correction(pattern: &str, root: &str) -> Correction {
    let mut text = unquoted(pattern);
    while let Some(rest) = text.strip_prefix("./") {
        text = rest;
    }
    if text.starts_with('/') && !is_absolute(text, root) {
        text = text.trim_start_matches('/');
    }
    let expanded = expanded(text);
    let is_needed = text != pattern || expanded.len() > 1 || text.ends_with('/');
    let mut alternatives: Vec<Vec<String>> = Vec::new();
    if is_needed {
        alternatives.push(vec![text.to_owned()]);
    }
    alternatives.extend(without_folder(text, root).map(|rest| vec![rest.to_owned()]));
    if text.contains("**/") {
        alternatives.push(vec![text.replace("**/", "*").replace("**", "*")]);
    }
    if text.contains(',') && expanded.len() == 1 {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        alternatives.push(parts.map(str::to_owned).collect());
    }
    let name = text.trim_end_matches('/');
    if !name.is_empty() && !is_wild(last(name)) {
        alternatives.push(vec![format!("{name}/*")]);
        if text.ends_with('/') && !name.contains('/') {
            alternatives.push(vec![format!("*/{name}/*")]);
        }
    }
    for alternative in &mut alternatives {
        *alternative = alternative.iter().flat_map(|text| self::expanded(text)).map(closed).collect();
    }
    // What matches everything was never meant, and what is private needs no filter.
    let is_of_use = |patterns: &Vec<String>| {
        !patterns.iter().any(|text| text.trim_matches(['*', '/']).is_empty() || is_private(text))
    };
    alternatives.retain(is_of_use);
    alternatives.dedup();
    Correction { is_needed: is_needed && !alternatives.is_empty(), alternatives }
}

/// Whether a pattern that begins with a slash can match a file below the root.
fn is_absolute(pattern: &str, root: &str) -> bool {
    let literal = literal(pattern);
    root.starts_with(literal) || literal.starts_with(root)
}

/// A pattern that begins with the folder's own name, as those of other tools do.
fn without_folder<'a>(pattern: &'a str, root: &'a str) -> Option<&'a str> {
    let starts = root.trim_end_matches('/').match_indices('/').map(|(at, _)| &root[at + 1..]);
    starts.filter(|start| !start.is_empty()).find_map(|start| pattern.strip_prefix(start))
}

/// A folder is no path of a file: what is in it is meant.
fn closed(pattern: String) -> String {
    if pattern.ends_with('/') { pattern + "*" } else { pattern }
}

/// What is before the first wildcard.
pub(super) fn literal(pattern: &str) -> &str {
    pattern.split(['*', '?', '[']).next().unwrap_or(pattern)
}

/// Whether a pattern has a wildcard.
pub(super) fn is_wild(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `*.{map,txt}` as a shell reads it: `*.map`, `*.txt`. The pattern itself where it has no braces with a comma, or too many.
fn expanded(pattern: &str) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(text) = open.pop() {
        let Some((start, end)) = innermost(&text) else {
            // Of braces in braces each choice of the outer ones comes once for each of the inner ones.
            if !done.contains(&text) {
                done.push(text);
            }
            continue;
        };
        let choices = text[start + 1..end].split(',');
        // The last is taken first.
        open.extend(choices.rev().map(|choice| format!("{}{choice}{}", &text[..start], &text[end + 1..])));
        if done.len() + open.len() > MOST_EXPANDED {
            return vec![pattern.to_owned()];
        }
    }
    done
}

/// The first braces that have a comma and no braces in them.
fn innermost(text: &str) -> Option<(usize, usize)> {
    text.match_indices('}').find_map(|(end, _)| {
        let start = text[..end].rfind('{')?;
        let within = &text[start + 1..end];
        (within.contains(',') && !within.contains('}')).then_some((start, end))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOT: &str = "/clone/build/";

    /// Each row: the pattern, whether it can match nothing, how it could be written.
    #[test]
    fn patterns_of_other_tools() {
        for (pattern, is_needed, expected) in [
            ("node_modules/", true, &["node_modules/*", "*/node_modules/*"][..]),
            ("a/cache/", true, &["a/cache/*"]),
            ("*.{map,txt}", true, &["*.map *.txt"]),
            ("{a,b/{c,d}}/*", true, &["a/* b/c/* b/d/*"]),
            ("./css/*", true, &["css/*"]),
            ("././css/*.{css,map}", true, &["css/*.css css/*.map"]),
            ("/css/*", true, &["css/*"]),
            ("/css/", true, &["css/*", "*/css/*"]),
            ("\u{201c}*.map\u{201d}", true, &["*.map"]),
            ("\u{2018}node_modules/\u{2019}", true, &["node_modules/*", "*/node_modules/*"]),
            ("'*.map'", true, &["*.map"]),
            ("node_modules", false, &["node_modules/*"]),
            ("build/css/*", false, &["css/*"]),
            ("clone/build/css/*", false, &["css/*"]),
            ("./build/css/*", true, &["build/css/*", "css/*"]),
            ("**/*.map", false, &["*.map"]),
            ("*.map,*.txt", false, &["*.map *.txt"]),
            ("*.map,", false, &["*.map"]),
            // As they should be.
            ("*.map", false, &[]),
            ("*", false, &[]),
            ("node_modules/*", false, &[]),
            ("/clone/build/*.map", false, &[]),
            ("/*.map", false, &[]),
            ("[./]x*", false, &[]),
            ("*'", false, &[]),
            ("{a}*", false, &[]),
            // Never deployed, or everything.
            (".git", false, &[]),
            (".git/", false, &[]),
            ("build/*", false, &[]),
            ("./", false, &[]),
            ("/", false, &[]),
            ("", false, &[]),
        ] {
            let found = correction(pattern, ROOT);
            let alternatives: Vec<String> =
                found.alternatives.iter().map(|patterns| patterns.join(" ")).collect();
            assert_eq!(
                (found.is_needed, &alternatives[..]),
                (is_needed, &expected.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()[..]),
                "{pattern}"
            );
        }
    }

    #[test]
    fn braces_without_end_are_left_as_they_are() {
        let many = "{a,b}".repeat(10);
        assert_eq!(expanded(&many), [many]);
    }

    proptest! {
        /// A correction needs none.
        #[test]
        fn what_is_corrected_is_right(pattern in "[./{},ab*'\u{201c}-]{0,10}") {
            for text in correction(&pattern, ROOT).alternatives.iter().flatten() {
                prop_assert!(!correction(text, ROOT).alternatives.iter().flatten().any(|next| next == text), "{}", text);
                prop_assert!(!text.ends_with('/'), "{}", text);
            }
        }
    }
}
