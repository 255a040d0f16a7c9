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
    value(pipe, "name")
}

/// The text of one field of a pipe.yml.
pub(crate) fn value(pipe: &Pipe, key: &str) -> String {
    text(&manifest(pipe), key).to_owned()
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
        let tags = field(&manifest, "tags").items("`tags`").expect("a list");
        let mut words: Vec<&str> = tags.iter().map(|tag| tag.text("a tag").expect("a text")).collect();
        assert!(!words.is_empty() && words.iter().all(|word| is_tag(word)), "{}: {words:?}", pipe.image);
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), tags.len(), "a tag of {} stands twice", pipe.image);
    }
}

/// One word in small letters, as the tags of the listed pipes are.
fn is_tag(word: &str) -> bool {
    !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A version that Bitbucket sorts: three numbers, no `v`. It is the tag of the image and of the pipe's repository.
#[test]
fn the_tag_is_three_numbers_without_a_v() {
    for pipe in pipe::all() {
        let image = value(&pipe, "image");
        let (_, tag) = image.rsplit_once(':').expect("a tag");
        let numbers: Vec<_> = tag.split('.').map(str::parse::<u32>).collect();
        assert!(numbers.len() == 3 && numbers.iter().all(Result::is_ok), "{image}");
    }
}

#[test]
fn the_category_is_one_of_bitbucket_s() {
    for pipe in pipe::all() {
        assert_eq!(value(&pipe, "category"), "Deployment", "{}", pipe.image);
    }
}

#[test]
fn its_image_and_repository_are_those_of_this_version() {
    let (account, version) = (repository::account(), repository::version());
    assert!(repository::source().starts_with(&format!("https://bitbucket.org/{account}/")));
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
