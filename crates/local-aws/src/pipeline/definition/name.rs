//! The name of a pipeline, and which key of the file a name stands for.

use super::super::yaml::{Entry, Fault, Node};

/// What a pipeline is run for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    /// `default`: a push to any branch without a pipeline of its own.
    Default,
    /// `branches.NAME`: a push to this branch.
    Branch(String),
    /// `tags.NAME`: this tag.
    Tag(String),
    /// `pull-requests.NAME`: a pull request from this branch.
    PullRequest(String),
    /// `custom.NAME`: started by hand or on a schedule.
    Custom(String),
}

/// A key below `pipelines`, and what the names below it stand for.
type Kind = (&'static str, fn(String) -> Name);

/// The keys below `pipelines` that hold one pipeline a name.
const KINDS: [Kind; 4] = [
    ("branches", Name::Branch),
    ("tags", Name::Tag),
    ("pull-requests", Name::PullRequest),
    ("custom", Name::Custom),
];

/// Finds the pipeline that `wanted` names below `pipelines`: an exact key first, then, where Bitbucket takes patterns,
/// the first pattern that matches.
pub(super) fn find<'a>(pipelines: &'a Node, wanted: &str) -> Result<(Name, &'a Node), Fault> {
    let entries = pipelines.entries("`pipelines`")?;
    for entry in entries {
        if entry.key == "default" && wanted == "default" {
            return Ok((Name::Default, &entry.node));
        }
        let Some((kind, name)) = KINDS.iter().find(|(kind, _)| *kind == entry.key) else {
            continue;
        };
        let Some(rest) = wanted.strip_prefix(kind).and_then(|rest| rest.strip_prefix('.')) else {
            continue;
        };
        let children = entry.node.entries(kind)?;
        let exact = children.iter().find(|child| child.key == rest);
        let patterned = || {
            let matching = |child: &&Entry| *kind != "custom" && matches(&child.key, rest);
            children.iter().find(matching)
        };
        if let Some(child) = exact.or_else(patterned) {
            return Ok((name(rest.to_owned()), &child.node));
        }
    }
    let names = all(pipelines)?;
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let message = format!("there is no pipeline `{wanted}` in this file\nhint: it has {names}");
    Err(Fault::at(pipelines.line, message))
}

/// Every name by which a pipeline below `pipelines` can be asked for, in file order.
pub(super) fn all(pipelines: &Node) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    for entry in pipelines.entries("`pipelines`")? {
        if entry.key == "default" {
            names.push(entry.key.clone());
        } else if KINDS.iter().any(|(kind, _)| *kind == entry.key) {
            for child in entry.node.entries(&entry.key)? {
                names.push(format!("{}.{}", entry.key, child.key));
            }
        }
    }
    Ok(names)
}

/// Bitbucket's patterns: `*` within a path segment, `**` across them, `{a,b}` for either.
fn matches(pattern: &str, name: &str) -> bool {
    if let Some((before, rest)) = pattern.split_once('{')
        && let Some((choices, after)) = rest.split_once('}')
    {
        let choices = choices.split(',');
        return choices
            .map(|choice| format!("{before}{}{after}", choice.trim()))
            .any(|pattern| matches(&pattern, name));
    }
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(rest) = name.strip_prefix(before) else {
        return false;
    };
    let (after, across) = match after.strip_prefix('*') {
        Some(after) => (after, true),
        None => (after, false),
    };
    let reach = if across { rest.len() } else { rest.find('/').unwrap_or(rest.len()) };
    (0..=reach).filter(|&end| rest.is_char_boundary(end)).any(|end| matches(after, &rest[end..]))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        let table = [
            ("main", "main", true),
            ("main", "mainline", false),
            ("feature/*", "feature/x", true),
            ("feature/*", "feature/x/y", false),
            ("*", "feature/x", false),
            ("**", "feature/x", true),
            ("**/hot", "a/b/hot", true),
            ("release-*.0", "release-2.0", true),
            ("release-*.0", "release-2.1", false),
            ("{main,develop}", "develop", true),
            ("{main, develop}", "develop", true),
            ("{main,develop}", "other", false),
            ("{a,b}-*", "b-é", true),
        ];
        for (pattern, name, expected) in table {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
