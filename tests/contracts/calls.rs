//! Every `pipe:` that a document or an example shows, and what it is given.

use std::path::PathBuf;

use local_aws::pipeline::yaml::{Document, Entry, Node, Value};

use super::markdown::Markdown;
use super::pipe;
use super::repository;

/// One `pipe:` item.
pub(crate) struct Call {
    /// Where it stands, for messages.
    pub(crate) place: String,
    /// What follows `pipe:`.
    pub(crate) reference: String,
    /// The variables it is given; a list counts under its own name.
    pub(crate) variables: Vec<String>,
    /// What its step says of `oidc`; nothing when only a script is shown.
    pub(crate) oidc: Option<bool>,
}

/// The pipelines files of the examples.
pub(crate) fn example_files() -> Vec<PathBuf> {
    let files = repository::files("bitbucket-pipelines.yml");
    files.into_iter().filter(|file| file.starts_with("examples")).collect()
}

/// Every call of the examples and of the YAML in the documents.
fn all() -> Vec<Call> {
    let mut calls = Vec::new();
    for file in example_files() {
        calls.extend(of(&repository::read(&file), &file.display().to_string(), 1));
    }
    for file in repository::files(".md") {
        for code in Markdown::read(&file).code().iter().filter(|code| code.language == "yaml") {
            calls.extend(of(&code.text, &file.display().to_string(), code.line));
        }
    }
    calls
}

/// The calls in a text that begins on this line of a file.
pub(crate) fn of(text: &str, file: &str, first: usize) -> Vec<Call> {
    let document = Document::parse(text).unwrap_or_else(|fault| panic!("{file}, from line {first}: {fault}"));
    assert_eq!(document.duplicates, [], "{file}, from line {first}");
    let mut calls = Vec::new();
    find(&document.root, None, &|line| format!("{file}:{}", line + first - 1), &mut calls);
    calls
}

fn find(node: &Node, oidc: Option<bool>, place: &dyn Fn(usize) -> String, calls: &mut Vec<Call>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| find(item, oidc, place, calls)),
        Value::Map(entries) if value(entries, "pipe").is_some() => calls.push(call(node, oidc, place)),
        Value::Map(entries) => {
            for entry in entries {
                let oidc = if entry.key == "step" { Some(has_token(&entry.node)) } else { oidc };
                find(&entry.node, oidc, place, calls);
            }
        }
        Value::Null | Value::Text(_) => {}
    }
}

fn call(node: &Node, oidc: Option<bool>, place: &dyn Fn(usize) -> String) -> Call {
    let entries = node.entries("a pipe").expect("a mapping");
    let reference = value(entries, "pipe").map(|pipe| pipe.text("`pipe`").expect("a text").to_owned());
    let variables = value(entries, "variables").map(|given| given.entries("`variables`").expect("a mapping"));
    Call {
        place: place(node.line),
        reference: reference.unwrap_or_default(),
        variables: variables.into_iter().flatten().map(|entry| entry.key.clone()).collect(),
        oidc,
    }
}

fn has_token(step: &Node) -> bool {
    let entries = step.entries("a step").expect("a mapping");
    value(entries, "oidc").is_some_and(|oidc| oidc.text("`oidc`") != Ok("false"))
}

fn value<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Node> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
}

impl Call {
    fn gives(&self, variable: &str) -> bool {
        self.variables.iter().any(|given| given == variable)
    }

    fn pipe(&self) -> pipe::Pipe {
        let found = pipe::all().into_iter().find(|pipe| pipe.reference() == self.reference);
        found.unwrap_or_else(|| panic!("{}: {} is no pipe of this version", self.place, self.reference))
    }
}

#[test]
fn every_call_is_of_a_pipe_of_this_version() {
    let calls = all();
    assert!(calls.len() > 5, "the calls are not found any more");
    for call in calls {
        call.pipe();
    }
}

#[test]
fn every_call_gives_only_variables_that_its_pipe_knows() {
    for call in all() {
        let known = call.pipe().variables();
        for variable in &call.variables {
            assert!(
                known.contains(&variable.as_str()),
                "{}: {} has no {variable}",
                call.place,
                call.reference
            );
        }
    }
}

/// `docker://` brings no defaults: whoever copies a call must find in it all that the pipe needs.
#[test]
fn every_call_gives_all_that_its_pipe_needs() {
    for call in all() {
        for variable in call.pipe().required {
            assert!(call.gives(variable), "{}: {variable} is missing", call.place);
        }
        let has_keys = call.gives("AWS_ACCESS_KEY_ID") && call.gives("AWS_SECRET_ACCESS_KEY");
        let has_role = call.gives("AWS_OIDC_ROLE_ARN");
        assert!(has_keys || has_role, "{}: neither a role nor keys", call.place);
        let lacks_token = has_role && !has_keys && call.oidc == Some(false);
        assert!(!lacks_token, "{}: the step of this role does not say `oidc: true`", call.place);
    }
}
