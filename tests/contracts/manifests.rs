//! pipe.yml: what Bitbucket reads of a pipe that is named by its repository.

use local_aws::pipeline::yaml::{Document, Entry, Node};

use super::pipe::{self, Pipe};
use super::repository;

/// The fields of a pipe.yml, in their order.
const FIELDS: [&str; 9] =
    ["name", "image", "description", "category", "repository", "variables", "vendor", "maintainer", "tags"];

/// What the official pipes take from the context without being told.
const FROM_THE_CONTEXT: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"];

/// The name that a pipe.yml gives its pipe.
pub(crate) fn name(pipe: &Pipe) -> String {
    field(&manifest(pipe), "name").text("`name`").expect("a text").to_owned()
}

fn manifest(pipe: &Pipe) -> Node {
    let file = pipe.file("pipe.yml");
    let document =
        Document::parse(&repository::read(&file)).unwrap_or_else(|fault| panic!("{file}: {fault}"));
    assert_eq!(document.duplicates, [], "{file}");
    document.root
}

fn entries<'a>(node: &'a Node, what: &str) -> &'a [Entry] {
    node.entries(what).unwrap_or_else(|fault| panic!("{fault}"))
}

fn keys(node: &Node) -> Vec<&str> {
    entries(node, "a mapping").iter().map(|entry| entry.key.as_str()).collect()
}

fn field<'a>(node: &'a Node, key: &str) -> &'a Node {
    let found = entries(node, "a mapping").iter().find(|entry| entry.key == key);
    &found.unwrap_or_else(|| panic!("there is no `{key}`")).node
}

fn text<'a>(node: &'a Node, key: &str) -> &'a str {
    let text = field(node, key).text(key).unwrap_or_else(|fault| panic!("{fault}"));
    assert!(!text.trim().is_empty(), "`{key}` is empty");
    text
}

#[test]
fn it_has_the_fields_that_bitbucket_reads_and_no_other() {
    for pipe in pipe::all() {
        let manifest = manifest(&pipe);
        assert_eq!(keys(&manifest), FIELDS, "{}", pipe.image);
        for key in ["name", "description", "category"] {
            text(&manifest, key);
        }
        for key in ["vendor", "maintainer"] {
            let party = field(&manifest, key);
            assert_eq!(keys(party), ["name", "website"], "{key} of {}", pipe.image);
            assert!(text(party, "website").starts_with("https://"), "{key} of {}", pipe.image);
            text(party, "name");
        }
        assert!(!field(&manifest, "tags").items("`tags`").expect("a list").is_empty(), "{}", pipe.image);
    }
}

#[test]
fn its_image_and_repository_are_those_of_this_version() {
    let (account, version) = (repository::account(), repository::version());
    for pipe in pipe::all() {
        let manifest = manifest(&pipe);
        assert_eq!(text(&manifest, "image"), format!("{account}/{}:{version}", pipe.image));
        assert_eq!(text(&manifest, "repository"), format!("https://bitbucket.org/{account}/{}", pipe.image));
        for key in ["vendor", "maintainer"] {
            let party = field(&manifest, key);
            assert_eq!(text(party, "name"), account);
            assert_eq!(text(party, "website"), format!("https://bitbucket.org/{account}"));
        }
    }
}

#[test]
fn its_defaults_are_the_official_three() {
    for pipe in pipe::all() {
        let manifest = manifest(&pipe);
        let variables = field(&manifest, "variables").items("`variables`").expect("a list");
        let found: Vec<_> = variables
            .iter()
            .map(|variable| {
                assert_eq!(keys(variable), ["name", "default"], "{}", pipe.image);
                (text(variable, "name"), text(variable, "default").to_owned())
            })
            .collect();
        assert_eq!(found, FROM_THE_CONTEXT.map(|name| (name, format!("${name}"))), "{}", pipe.image);
    }
}
