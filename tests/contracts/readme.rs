//! The front of the product: what it shows is what is there.

use std::path::Path;

use super::markdown::Markdown;
use super::pipe;
use super::repository;

const EXAMPLE: &str = "examples/website/bitbucket-pipelines.yml";

/// The code of this language in the README; there is exactly one.
fn only(language: &str) -> String {
    let code = Markdown::read("README.md").code();
    let mut found = code.into_iter().filter(|code| code.language == language).map(|code| code.text);
    let first = found.next().unwrap_or_else(|| panic!("README.md shows no {language}"));
    assert_eq!(found.next(), None, "README.md shows a second {language}");
    first
}

#[test]
fn the_yaml_is_the_example_s() {
    assert_eq!(only("yaml"), repository::read(EXAMPLE).trim_end());
}

/// From the official pipes to these: of the lines that call a pipe, only the name of the image changes.
#[test]
fn the_change_from_the_official_pipes_is_the_whole_change() {
    let change = only("diff");
    let lines = |sign: char| change.lines().filter_map(move |line| line.strip_prefix(sign)).map(str::trim);
    let yaml = only("yaml");
    let calls: Vec<&str> = yaml.lines().map(str::trim).filter(|line| line.starts_with("- pipe: ")).collect();
    assert_eq!(lines('+').collect::<Vec<_>>(), calls);
    let official: Vec<_> =
        lines('-').filter_map(|line| line.strip_prefix("- pipe: atlassian/")?.split(':').next()).collect();
    assert_eq!(official, pipe::all().map(|pipe| pipe.image));
    assert_eq!(change.lines().count(), 2 * calls.len(), "another line changes as well:\n{change}");
}

#[test]
fn every_crate_is_named() {
    let readme = Markdown::read("README.md");
    let links = readme.links();
    for name in repository::folders("crates") {
        let path = format!("crates/{name}");
        assert!(
            links.iter().any(|link| link == &path || link == &format!("{path}/README.md")),
            "{path} is not in the layout"
        );
    }
}

/// `benchmark --markdown` writes between the comments, and finds them again.
#[test]
fn the_figures_have_their_place() {
    let readme = repository::read("README.md");
    let (_, rest) =
        readme.split_once("\n<!-- benchmark: begin -->\n").expect("the comment before the figures");
    let (figures, _) = rest.split_once("\n<!-- benchmark: end -->\n").expect("the comment behind them");
    for line in [
        "|  | time | client CPU | peak memory | requests | times ours |",
        "| s3-deploy | ",
        "| aws s3 sync | ",
    ] {
        assert!(figures.lines().any(|found| found.starts_with(line)), "no figures have {line}");
    }
}

/// The tables against the official pipes: what cannot be shown is not claimed.
#[test]
fn every_row_against_the_official_pipes_is_shown_by_a_test() {
    let tests: String = repository::files(".rs")
        .iter()
        .filter(|file| !file.starts_with("tests/contracts"))
        .map(repository::read)
        .collect();
    for (file, heading) in [
        ("README.md", "## Against the official pipes"),
        ("pipes/aws-s3-deploy/MIGRATION.md", "## What gets better"),
        ("pipes/aws-s3-deploy/MIGRATION.md", "## What differs on purpose"),
    ] {
        let rows = Markdown::read(file).section(heading).rows();
        assert!(!rows.is_empty());
        for cells in rows {
            let name = cells.last().expect("a row has cells").replace(' ', "_");
            let is_there = ["#[test]\nfn", "#[test]\n    fn"]
                .iter()
                .any(|test| tests.contains(&format!("{test} {name}()")));
            assert!(is_there, "{file}: no test is called {name}");
        }
    }
}

/// What is promised for the time when something breaks, of stores that are not S3, and of security: each promise links to the
/// test that shows it.
#[test]
fn every_promise_is_shown_by_the_test_that_it_links_to() {
    for (document, heading) in [
        ("README.md", "## When something breaks"),
        ("docs/reliability.md", "## What is tolerated"),
        ("docs/reliability.md", "## What is refused"),
        ("SECURITY.md", "## Which test shows which promise"),
    ] {
        let rows = Markdown::read(document).section(heading).rows();
        assert!(rows.len() >= 8, "{document}: {} promises", rows.len());
        let folder = Path::new(document).parent().expect("a file is in a folder");
        for cells in rows {
            let links = cells.last().expect("a row has cells");
            for (words, file) in links.split(", ").map(|link| linked(link).expect(link)) {
                let file = folder.join(file);
                assert!(has_test(&file, words), "{document}: {} has no test called {words}", file.display());
            }
        }
    }
}

/// Whether a file of Rust has a test of this name, with spaces between its words.
fn has_test(file: &Path, words: &str) -> bool {
    let text = repository::read(file);
    let name = format!("fn {}(", words.replace(' ', "_"));
    let before = text.split_once(&name).map(|(before, _)| before.strip_suffix("async ").unwrap_or(before));
    let attributes = before.and_then(|before| before.rsplit_once("test]")).map(|(_, after)| after);
    attributes.is_some_and(|after| {
        after.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with("#["))
    })
}

/// The words of a link, and where it leads.
fn linked(text: &str) -> Option<(&str, &str)> {
    text.trim().strip_prefix('[')?.strip_suffix(')')?.split_once("](")
}
