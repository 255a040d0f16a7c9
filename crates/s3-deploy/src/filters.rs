//! Which paths a deploy is about: `--exclude` and `--include` in their order, the last that matches decides.

mod correction;
pub(crate) mod pattern;
pub(crate) mod unmatched;

use std::path::{Component, Path, PathBuf};

use pattern::Pattern;
use unmatched::{Origin, PatternChecks};

use crate::private::OwnPaths;

/// One flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    text: String,
    pattern: Pattern,
    /// The pattern begins with `/`, so it speaks of whole paths of the machine.
    is_absolute: bool,
    includes: bool,
}

/// All flags. Without one every path is included. They judge files and keys alike, by their path below `LOCAL_PATH` and
/// below the prefix: what is excluded is neither uploaded nor deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    rules: Vec<Rule>,
    /// The absolute path of the folder, with a slash at its end.
    root: String,
    /// The path of `HEADERS_FILE`, where that is in the folder: not part of the site, and its object is left as it is.
    headers_file: Option<String>,
    /// Where symbolic links may lead, resolved; anywhere when there is none.
    homes: Vec<PathBuf>,
    /// What the pipe writes and shares: never deployed, wherever it is.
    own: OwnPaths,
    /// Patterns of which something else may have been meant.
    checks: PatternChecks,
}

impl Rule {
    /// `--include` or, if not `includes`, `--exclude`.
    pub(crate) fn new(pattern: &str, includes: bool) -> Self {
        let is_absolute = pattern.starts_with('/');
        Self { text: pattern.to_owned(), pattern: Pattern::new(pattern), is_absolute, includes }
    }

    /// The flag and its pattern.
    pub(crate) fn flag(&self) -> (&'static str, &str) {
        (if self.includes { "--include" } else { "--exclude" }, &self.text)
    }

    fn matches(&self, root: &str, path: &str) -> bool {
        if self.is_absolute {
            self.pattern.matches(&format!("{root}{path}"))
        } else {
            self.pattern.matches(path)
        }
    }
}

impl Filters {
    /// For what is deployed from `folder`, an absolute path.
    pub(crate) fn new(rules: Vec<Rule>, folder: &Path) -> Self {
        let mut names: Vec<String> = Vec::new();
        for component in folder.components() {
            match component {
                Component::Normal(name) => names.push(name.to_string_lossy().into_owned()),
                Component::ParentDir => drop(names.pop()),
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        let root = names.into_iter().fold("/".to_owned(), |root, name| root + &name + "/");
        let mut checks = PatternChecks::default();
        for (flag, text) in rules.iter().map(Rule::flag) {
            checks.add(Origin::Flag(flag), std::iter::once(text), &root);
        }
        Self { rules, root, checks, ..Self::default() }
    }

    /// With the file of header rules at this path, if it is in the folder.
    pub(crate) fn without(self, headers_file: Option<String>) -> Self {
        Self { headers_file, ..self }
    }

    /// With links that lead only into these folders.
    pub(crate) fn within(self, homes: &[&Path]) -> Self {
        let homes = homes.iter().filter_map(|home| home.canonicalize().ok()).collect();
        Self { homes, ..self }
    }

    /// With the patterns of a variable, which are checked as those of the flags are.
    pub(crate) fn checking(mut self, variable: &'static str, patterns: &str) -> Self {
        self.checks.add(Origin::Variable(variable), patterns.split_whitespace(), &self.root);
        self
    }

    /// The patterns to check, which have seen nothing yet.
    pub(crate) fn checks(&self) -> PatternChecks {
        self.checks.clone()
    }

    /// With these paths, which are never deployed.
    pub(crate) fn leaving_out(self, own: OwnPaths) -> Self {
        Self { own, ..self }
    }

    /// What the pipe writes and shares.
    pub(crate) fn own_paths(&self) -> &OwnPaths {
        &self.own
    }

    /// Whether what is there is, its links resolved, in none of the folders that links may lead into: in the file system of
    /// the container, which no site is made of, or in `/proc`, which tells the step's secrets.
    pub(crate) fn lead_out(&self, file: &Path) -> bool {
        let is_home = |real: PathBuf| self.homes.iter().any(|home| real.starts_with(home));
        !self.homes.is_empty() && file.canonicalize().is_ok_and(|real| !is_home(real))
    }

    /// Whether this is the file of header rules.
    pub(crate) fn is_headers_file(&self, path: &str) -> bool {
        self.headers_file.as_deref() == Some(path)
    }

    /// Whether the deploy is about this path.
    pub(crate) fn includes(&self, path: &str) -> bool {
        let last = self.rules.iter().rev().find(|rule| rule.matches(&self.root, path));
        last.is_none_or(|rule| rule.includes) && !self.is_headers_file(path)
    }

    /// Whether it is about no path that may be below this one: for what cannot be read.
    pub(crate) fn exclude_all_below(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let excluding = self.rules.iter().rev().take_while(|rule| !rule.includes);
        let mut excluding = excluding.filter(|rule| rule.pattern.is_open());
        excluding.any(|rule| rule.matches(&self.root, &below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(flags: &[(&str, bool)]) -> Filters {
        let rules = flags.iter().map(|(pattern, includes)| Rule::new(pattern, *includes)).collect();
        Filters::new(rules, Path::new("/clone/./x/../build"))
    }

    #[test]
    fn the_last_match_decides() {
        assert!(Filters::default().includes("index.html"));
        let pages = filters(&[("*", false), ("*.html", true), ("draft/*", false)]);
        for (path, included) in
            [("index.html", true), ("a/b.html", true), ("app.js", false), ("draft/index.html", false)]
        {
            assert_eq!(pages.includes(path), included, "{path}");
        }
        assert!(filters(&[("*.html", true)]).includes("app.js"));
    }

    #[test]
    fn a_pattern_with_a_leading_slash_is_about_paths_of_the_machine() {
        assert!(!filters(&[("/clone/build/*.map", false)]).includes("a/b.map"));
        assert!(filters(&[("/*.map", false), ("/clone/build/b.map", true)]).includes("b.map"));
        assert!(filters(&[("/b.map", false)]).includes("b.map"));
    }

    #[test]
    fn only_what_is_excluded_with_all_below_it_may_be_unreadable() {
        let modules = filters(&[("node_modules/*", false)]);
        assert!(
            modules.exclude_all_below("node_modules") && modules.exclude_all_below("node_modules/.bin/x")
        );
        assert!(!modules.exclude_all_below("node"));
        // `x.map` may be a folder with `x.map/index.html` in it.
        assert!(!filters(&[("*.map", false)]).exclude_all_below("x.map"));
        assert!(!filters(&[("*", false), ("assets/*", true)]).exclude_all_below("assets"));
        assert!(!Filters::default().exclude_all_below("x"));
    }
}
