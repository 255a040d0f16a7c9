//! Which patterns match nothing although they were meant to. Pure.

use std::fmt;

use super::correction::{Correction, correction, is_wild, literal};
use super::pattern::Pattern;

/// Patterns that are checked at most: each is compared with every file, and more warnings than these nobody reads.
const CHECKED: usize = 20;

/// Where a pattern was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag of `EXTRA_ARGS`.
    Flag(&'static str),
    /// A variable with a list of patterns, which are about files alone.
    Variable(&'static str),
}

/// Patterns of which something else may have been meant. They see every file and object, until they have matched one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PatternChecks(Vec<PatternCheck>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct PatternCheck {
    origin: Origin,
    text: String,
    /// `None` for one that no file can match.
    own: Option<Matcher>,
    /// How it could be written, and whether that has matched something.
    alternatives: Vec<(Vec<(String, Matcher)>, bool)>,
    is_needed: bool,
}

/// A pattern that is compared only with paths that begin as it does: most do not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Matcher {
    literal: String,
    /// `None` where the literal is all of it.
    pattern: Option<Pattern>,
}

/// A pattern that matched nothing, and those that would do what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unmatched {
    origin: Origin,
    text: String,
    instead: Vec<String>,
}

impl PatternChecks {
    /// Adds the patterns that are to be checked: the first [`CHECKED`] of all.
    pub(super) fn add<'a>(&mut self, origin: Origin, patterns: impl Iterator<Item = &'a str>, root: &str) {
        let checks = patterns.filter_map(|text| PatternCheck::new(origin, text, root));
        self.0.extend(checks.take(CHECKED.saturating_sub(self.0.len())));
    }

    /// There is a file at this path.
    pub(crate) fn see_file(&mut self, path: &str) {
        self.0.retain_mut(|check| !check.sees(path));
    }

    /// There are objects at these paths. They are walked through only where a flag is to be checked.
    pub(crate) fn see_objects<'a>(&mut self, paths: impl Iterator<Item = &'a str>) {
        let is_flag = |check: &PatternCheck| matches!(check.origin, Origin::Flag(_));
        if !self.0.iter().any(is_flag) {
            return;
        }
        for path in paths {
            self.0.retain_mut(|check| !is_flag(check) || !check.sees(path));
        }
    }

    /// Those that matched nothing and would have, written otherwise.
    pub(crate) fn unmatched(self) -> Vec<Unmatched> {
        self.0.into_iter().filter_map(PatternCheck::unmatched).collect()
    }
}

impl PatternCheck {
    /// `None` for a pattern that is as it should be.
    fn new(origin: Origin, text: &str, root: &str) -> Option<Self> {
        let Correction { alternatives, is_needed } = correction(text, root);
        if alternatives.is_empty() {
            return None;
        }
        // An object may be called like a folder, and is not what was meant.
        let own = (!text.ends_with('/')).then(|| Matcher::new(text));
        let matcher = |text: String| {
            let matcher = Matcher::new(&text);
            (text, matcher)
        };
        let alternatives = alternatives.into_iter().map(|patterns| {
            let patterns = patterns.into_iter().map(matcher);
            (patterns.collect(), false)
        });
        Some(Self { origin, text: text.to_owned(), own, alternatives: alternatives.collect(), is_needed })
    }

    /// Whether the path is one that the pattern itself matches; what else matches it is noted.
    fn sees(&mut self, path: &str) -> bool {
        if self.own.as_ref().is_some_and(|own| own.matches(path)) {
            return true;
        }
        for (patterns, is_matched) in &mut self.alternatives {
            *is_matched = *is_matched || patterns.iter().any(|(_, matcher)| matcher.matches(path));
        }
        false
    }

    fn unmatched(self) -> Option<Unmatched> {
        let Self { origin, text, alternatives, is_needed, .. } = self;
        let likeliest = alternatives.iter().position(|(_, is_matched)| *is_matched);
        let chosen = likeliest.or(is_needed.then_some(0))?;
        let (patterns, _) = alternatives.into_iter().nth(chosen)?;
        let instead = patterns.into_iter().map(|(text, _)| text).collect();
        Some(Unmatched { origin, text, instead })
    }
}

impl Matcher {
    fn new(text: &str) -> Self {
        let pattern = is_wild(text).then(|| Pattern::new(text));
        Self { literal: literal(text).to_owned(), pattern }
    }

    fn matches(&self, path: &str) -> bool {
        match &self.pattern {
            Some(pattern) => path.starts_with(&self.literal) && pattern.matches(path),
            None => path == self.literal,
        }
    }
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, text, instead } = self;
        match origin {
            Origin::Flag(flag) => {
                let instead: Vec<String> =
                    instead.iter().map(|text| format!("{flag} {}", quoted(text))).collect();
                let instead = instead.join(" ");
                write!(f, "`{flag} {text}` in EXTRA_ARGS matches no file and no object; write `{instead}`")
            }
            Origin::Variable(name) => {
                write!(f, "`{text}` in {name} matches no file; write `{}`", instead.join(" "))
            }
        }
    }
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unmatched(pattern: &str, files: &[&str], objects: &[&str]) -> Option<String> {
        let mut checks = PatternChecks::default();
        checks.add(Origin::Flag("--exclude"), std::iter::once(pattern), "/clone/build/");
        for path in files {
            checks.see_file(path);
        }
        checks.see_objects(objects.iter().copied());
        checks.unmatched().first().map(|found| found.instead.join(" "))
    }

    /// Each row: the pattern, the files, the objects, what would match instead.
    #[test]
    fn only_what_was_meant_otherwise_is_told() {
        for (pattern, files, objects, expected) in [
            // Of a form that matches nothing.
            ("node_modules/", &["node_modules/a/b.js"][..], &[][..], Some("node_modules/*")),
            ("node_modules/", &["a/node_modules/b.js"], &[], Some("*/node_modules/*")),
            ("node_modules/", &[], &[], Some("node_modules/*")),
            ("node_modules/", &[], &["node_modules/"], Some("node_modules/*")),
            ("*.{map,txt}", &["a.map"], &[], Some("*.map *.txt")),
            ("*.{map,txt}", &["a.{map,txt}"], &[], None),
            ("./css/*", &["css/a.css"], &[], Some("css/*")),
            ("/css/*", &[], &["css/a.css"], Some("css/*")),
            ("./build/css/*", &["css/a.css"], &[], Some("css/*")),
            // Only where the other form matches.
            ("node_modules", &["node_modules/a.js"], &[], Some("node_modules/*")),
            ("node_modules", &[], &["node_modules/a.js"], Some("node_modules/*")),
            ("node_modules", &["index.html"], &[], None),
            ("node_modules", &["node_modules"], &["node_modules/a"], None),
            ("**/*.map", &["a.map"], &[], Some("*.map")),
            ("**/*.map", &["a.map", "b/a.map"], &[], None),
            ("build/css/*", &["css/a.css"], &[], Some("css/*")),
            ("build/css/*", &["css/a.css", "build/css/a.css"], &[], None),
            // As it should be, and nothing is there.
            ("*.map", &["a.js"], &[], None),
            ("robots.txt", &["docs/robots.txt"], &[], None),
        ] {
            assert_eq!(unmatched(pattern, files, objects).as_deref(), expected, "{pattern} {files:?}");
        }
    }

    #[test]
    fn only_the_first_are_checked() {
        let patterns: Vec<String> = (0..10 * CHECKED).map(|number| format!("./{number}/*")).collect();
        let mut checks = PatternChecks::default();
        for origin in [Origin::Flag("--exclude"), Origin::Variable("PAGES")] {
            checks.add(origin, patterns.iter().map(String::as_str), "/clone/build/");
        }
        assert_eq!(checks.unmatched().len(), CHECKED);
    }

    #[test]
    fn a_variable_is_about_files_alone() {
        let mut checks = PatternChecks::default();
        checks.add(Origin::Variable("PAGES"), ["about", "/a.html", "*.php"].into_iter(), "/clone/build/");
        checks.see_objects(["about/x.html"].into_iter());
        let told: Vec<String> = checks.unmatched().iter().map(ToString::to_string).collect();
        assert_eq!(told, ["`/a.html` in PAGES matches no file; write `a.html`"]);
    }
}
