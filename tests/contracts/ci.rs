//! The project's own pipelines: Bitbucket's rules, and every command that they give.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use local_aws::pipeline::Pipeline;
use local_aws::pipeline::yaml::{Document, Node, Value};

use super::calls;
use super::pipe;
use super::repository;

/// What runs in this project's own repository, and what runs in one with a real account.
const FILES: [&str; 2] = ["bitbucket-pipelines.yml", ".ci/live-check.yml"];

/// Each `script` and `after-script` of a file: its lines, pipes left out.
fn scripts(file: &str) -> Vec<Vec<String>> {
    let document = Document::parse(&repository::read(file)).unwrap_or_else(|fault| panic!("{file}: {fault}"));
    assert_eq!(document.duplicates, [], "{file}");
    let mut found = Vec::new();
    collect(&document.root, &mut found);
    found
}

fn collect(node: &Node, found: &mut Vec<Vec<String>>) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Map(entries) => {
            for entry in entries {
                if ["script", "after-script"].contains(&entry.key.as_str()) {
                    let items = entry.node.items("a script").expect("a list");
                    found.push(
                        items.iter().filter_map(|item| item.text("a line").ok()).map(str::to_owned).collect(),
                    );
                } else {
                    collect(&entry.node, found);
                }
            }
        }
        Value::Null | Value::Text(_) => {}
    }
}

#[test]
fn every_pipeline_is_one_that_bitbucket_reads() {
    for file in FILES {
        let text = repository::read(file);
        let names = Pipeline::names(&text).unwrap_or_else(|fault| panic!("{file}: {fault}"));
        assert!(!names.is_empty(), "{file} has no pipeline");
        for name in names {
            Pipeline::parse(&text, &name).unwrap_or_else(|fault| panic!("{file}, {name}: {fault}"));
        }
    }
}

#[test]
fn a_push_is_checked_and_a_tag_is_published_and_signed() {
    let text = repository::read(FILES[0]);
    let checked = Pipeline::parse(&text, "default").expect("a pipeline");
    let published = format!("tags.{}", repository::version());
    let published = Pipeline::parse(&text, &published).expect("a pipeline");
    let steps = ["Test", "Lint", "Audit", "Build for amd64", "Build for arm64", "Pack, weigh, scan"];
    assert_eq!(checked.step_names(), steps);
    assert_eq!(published.step_names(), [steps.as_slice(), &["Publish and sign"]].concat());
    let other = Pipeline::parse(&text, "tags.nightly");
    assert!(other.is_err(), "a tag that is no version is published");
}

/// A variable of a pipe is a text or a list of texts: what YAML reads as something else must be in quotes.
#[test]
fn booleans_and_numbers_are_in_quotes() {
    let own = FILES.map(Into::into).into_iter();
    for file in own.chain(calls::example_files()) {
        for (number, line) in repository::read(&file).lines().enumerate() {
            let Some((name, value)) = line.trim_start().split_once(": ") else { continue };
            let is_variable =
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
            let is_text = !["true", "false", "yes", "no", "on", "off"].contains(&value)
                && value.parse::<f64>().is_err();
            assert!(!is_variable || is_text, "{}:{}: {line}", file.display(), number + 1);
        }
    }
}

/// With `docker://` nothing comes from a pipe.yml: what a pipe needs, and what it is given, is what its call says.
#[test]
fn every_call_of_our_pipes_is_complete() {
    let text = repository::read(FILES[1]);
    let calls = calls::of(&text, FILES[1], 1);
    let ours: Vec<_> = calls.iter().filter(|call| call.reference.starts_with("docker://")).collect();
    assert!(ours.len() > 2, "the calls are not found any more");
    for call in ours {
        let pipe = pipe::all().into_iter().find(|pipe| pipe.reference() == call.reference);
        let pipe =
            pipe.unwrap_or_else(|| panic!("{}: {} is no pipe of this version", call.place, call.reference));
        for variable in pipe.required.iter().copied().chain(["AWS_OIDC_ROLE_ARN"]) {
            assert!(call.variables.iter().any(|given| given == variable), "{}: no {variable}", call.place);
        }
        for variable in &call.variables {
            assert!(pipe.variables().contains(&variable.as_str()), "{}: {variable}", call.place);
        }
        assert_eq!(call.oidc, Some(true), "{}", call.place);
    }
}

#[test]
fn every_script_is_a_script() {
    for file in FILES {
        let scripts = scripts(file);
        assert!(!scripts.is_empty(), "{file} has no script");
        for script in scripts {
            let mut shell = Command::new("sh").arg("-n").stdin(Stdio::piped()).spawn().expect("sh starts");
            let mut input = shell.stdin.take().expect("its input");
            input.write_all(script.join("\n").as_bytes()).expect("it reads");
            drop(input);
            assert!(shell.wait().expect("it ends").success(), "{file}: {script:#?}");
        }
    }
}

/// Bitbucket's shell ends a script at a line that fails, and a line with a pipe is what its last command is.
#[test]
fn no_command_of_this_repository_fails_unseen() {
    for line in FILES.iter().flat_map(|file| scripts(file)).flatten() {
        let is_ours = [".ci/", "docker/"].iter().any(|folder| line.starts_with(folder));
        assert!(!is_ours || !line.contains('|'), "{line}");
    }
}

/// The image of the compiler has no list of packages, and the one that `docker/dist` fetches is the shell.
#[test]
fn what_packs_a_shell_has_asked_for_the_list_of_packages() {
    let building = scripts(FILES[0])
        .into_iter()
        .filter(|script| script.iter().any(|line| line.starts_with("docker/dist")));
    let mut found = 0;
    for script in building {
        let place = |start: &str| script.iter().position(|line| line.starts_with(start));
        let update = place("apt-get update").unwrap_or_else(|| panic!("no list of packages: {script:#?}"));
        assert!(Some(update) < place("docker/dist"), "{script:#?}");
        found += 1;
    }
    assert!(found > 1, "the programs are built for two architectures");
}

/// What a script takes from the repository's variables stands above the pipelines.
#[test]
fn every_variable_that_has_to_be_set_is_explained() {
    for file in FILES {
        let text = repository::read(file);
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        let scripts = scripts(file).concat().join("\n");
        let mut found = 0;
        for rest in scripts.split('$').skip(1) {
            let rest = rest.strip_prefix('{').unwrap_or(rest);
            let end = rest.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(rest.len());
            let name = &rest[..end];
            let is_given = name.is_empty()
                || name.starts_with("BITBUCKET_")
                || name == "AWS_ENDPOINT_URL"
                || scripts.contains(&format!("{name}=$(mktemp)"));
            let is_named = head.iter().any(|line| {
                line.split(|c: char| !c.is_ascii_uppercase() && c != '_').any(|word| word == name)
            });
            assert!(is_given || is_named, "{file} does not say what {name} is");
            found += usize::from(is_named);
        }
        assert!(found > 2, "the variables of {file} are not found any more");
    }
}

#[test]
fn every_command_of_this_repository_is_there() {
    let mut found = 0;
    for line in FILES.iter().flat_map(|file| scripts(file)).flatten() {
        let command = line.split(' ').next().unwrap_or_default();
        if [".ci/", "docker/"].iter().any(|folder| command.starts_with(folder)) {
            let mode = repository::root().join(command).metadata().unwrap_or_else(|_| panic!("no {command}"));
            assert_ne!(mode.permissions().mode() & 0o100, 0, "{command} cannot be executed");
            found += 1;
        }
    }
    assert!(found > 5, "the commands are not found any more");
}
