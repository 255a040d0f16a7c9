//! The `condition` of a step or a stage: the changes that it runs for.

use super::super::glob::fits;
use super::super::yaml::{Fault, Node};
use super::omitted::Omissions;

/// Patterns of files, one of which a push has to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    include: Vec<String>,
    exclude: Vec<String>,
}

impl Condition {
    /// Reads `changesets`; `None` where there is none.
    pub(super) fn read(node: &Node, omissions: &mut Omissions) -> Result<Option<Self>, Fault> {
        let mut condition = None;
        for entry in node.entries("`condition`")? {
            if entry.key == "changesets" {
                condition = Some(Self::changesets(&entry.node)?);
            } else {
                omissions.note_any(&entry.key);
            }
        }
        Ok(condition)
    }

    fn changesets(node: &Node) -> Result<Self, Fault> {
        let mut condition = Self { include: Vec::new(), exclude: Vec::new() };
        for entry in node.entries("`changesets`")? {
            let patterns = match entry.key.as_str() {
                "includePaths" => &mut condition.include,
                "excludePaths" => &mut condition.exclude,
                other => {
                    let message =
                        format!("`changesets` has `includePaths` and `excludePaths`, not `{other}`");
                    return Err(Fault::at(entry.line, message));
                }
            };
            for item in entry.node.items(&format!("`{}`", entry.key))? {
                patterns.push(item.text("a pattern")?.to_owned());
            }
        }
        if condition.include.is_empty() && condition.exclude.is_empty() {
            return Err(Fault::at(node.line, "`changesets` needs `includePaths` or `excludePaths`"));
        }
        Ok(condition)
    }

    /// Whether one of these files is meant: included, if anything is, and not excluded.
    pub(crate) fn holds(&self, changed: &[String]) -> bool {
        let any = |patterns: &[String], file: &str| patterns.iter().any(|pattern| fits(pattern, file));
        changed
            .iter()
            .any(|file| (self.include.is_empty() || any(&self.include, file)) && !any(&self.exclude, file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changed_file_is_enough() {
        for (include, exclude, changed, expected) in [
            (&["site/**"][..], &[][..], &["README.md", "site/a/b.html"][..], true),
            (&["site/**"], &[], &["README.md"], false),
            (&["site/*.html"], &[], &["site/a/b.html"], false),
            (&["**"], &["**.md"], &["docs/README.md"], false),
            (&["**"], &["**.md"], &["docs/README.md", "x"], true),
            (&[], &["docs/**"], &["docs/x"], false),
            (&[], &["docs/**"], &["x"], true),
        ] {
            let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
            let condition = Condition { include: texts(include), exclude: texts(exclude) };
            assert_eq!(condition.holds(&texts(changed)), expected, "{condition:?} {changed:?}");
        }
    }
}
