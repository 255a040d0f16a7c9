//! The headings that Bitbucket looks for in a pipe's README, and the versions in the changelogs.

use super::manifests;
use super::markdown::Markdown;
use super::pipe;
use super::repository;

/// Below the title, in this order. Bitbucket shows what stands below the first; listing a pipe needs it word by word.
const HEADINGS: [&str; 6] =
    ["## YAML Definition", "## Variables", "## Prerequisites", "## Examples", "## Support", "## License"];

#[test]
fn a_pipe_s_readme_has_exactly_bitbucket_s() {
    for pipe in pipe::all() {
        let title = format!("# Bitbucket Pipelines Pipe: {}", manifests::name(&pipe));
        let expected: Vec<&str> = [title.as_str()].into_iter().chain(HEADINGS).collect();
        assert_eq!(Markdown::read(pipe.file("README.md")).headings(), expected);
    }
}

#[test]
fn every_changelog_has_this_version_and_says_something_of_it() {
    let version = repository::version();
    for pipe in pipe::all() {
        let changelog = Markdown::read(pipe.file("CHANGELOG.md"));
        let heading = changelog.headings().into_iter().find(|heading| {
            heading.strip_prefix("## ").is_some_and(|rest| rest.split(' ').next() == Some(version))
        });
        let heading =
            heading.unwrap_or_else(|| panic!("{} has no `## {version}`", pipe.file("CHANGELOG.md")));
        let entries = changelog.section(heading).prose().filter(|line| line.starts_with("- ")).count();
        assert!(entries > 0, "{heading} of {} is empty", pipe.image);
    }
    let changelog = repository::read("CHANGELOG.md");
    let is_named =
        |line: &str| line == format!("To become {version}.") || line.starts_with(&format!("## [{version}]"));
    assert!(changelog.lines().any(is_named), "CHANGELOG.md says nothing of {version}");
}
