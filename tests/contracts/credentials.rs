//! The credentials of a release, and what may reach its build: `bitbucket-pipelines.yml` and the role that signs.

use local_aws::pipeline::yaml::{Document, Entry, Node, Value};
use serde_json::Value as Json;

use super::markdown::Markdown;
use super::repository;

const FILE: &str = "bitbucket-pipelines.yml";

/// The deployment environment that has the credentials.
const ENVIRONMENT: &str = "release";

/// The variables that publish or sign.
const CREDENTIALS: [&str; 6] = [
    "REGISTRY_USER",
    "REGISTRY_TOKEN",
    "SIGNING_ROLE_ARN",
    "SIGNING_REGION",
    "SIGNING_KEY",
    "BITBUCKET_STEP_OIDC_TOKEN",
];

fn pipelines() -> Document {
    Document::parse(&repository::read(FILE)).expect("YAML")
}

fn entries(node: &Node) -> &[Entry] {
    if let Value::Map(entries) = &node.value { entries } else { &[] }
}

fn get<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    entries(node).iter().find(|entry| entry.key == key).map(|entry| &entry.node)
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    get(node, key)?.text(key).ok()
}

/// Calls `visit` with every key of a document and what it holds.
fn visit(node: &Node, visitor: &mut dyn FnMut(&str, &Node)) {
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| visit(item, visitor)),
        Value::Map(entries) => {
            for entry in entries {
                visitor(&entry.key, &entry.node);
                visit(&entry.node, visitor);
            }
        }
        Value::Null | Value::Text(_) => {}
    }
}

/// Every step, and whether it belongs to the pipeline of a tag.
fn steps(document: &Document) -> Vec<(Node, bool)> {
    let mut steps = Vec::new();
    let pipelines = get(&document.root, "pipelines").expect("pipelines");
    for entry in entries(pipelines) {
        visit(&entry.node, &mut |key, node| {
            if key == "step" {
                steps.push((node.clone(), entry.key == "tags"));
            }
        });
    }
    steps
}

fn lines(step: &Node) -> Vec<String> {
    let items = ["script", "after-script"].into_iter().filter_map(|key| get(step, key));
    let items = items.flat_map(|script| script.items("a script").expect("a list"));
    items.filter_map(|item| item.text("a line").ok()).map(str::to_owned).collect()
}

/// The one step that publishes and signs.
fn release(steps: &[(Node, bool)]) -> &Node {
    let mut found = steps.iter().filter(|(step, _)| get(step, "oidc").is_some());
    let (step, is_of_a_tag) = found.next().expect("a step with a token");
    assert!(found.next().is_none(), "a second step has a token");
    assert!(is_of_a_tag, "a push has a token");
    step
}

#[test]
fn one_step_of_one_environment_publishes_and_signs() {
    let document = pipelines();
    let steps = steps(&document);
    assert!(steps.len() > 10, "{} steps", steps.len());
    let release = release(&steps);
    assert_eq!(text(release, "oidc"), Some("true"));
    assert_eq!(text(release, "deployment"), Some(ENVIRONMENT));
    assert_eq!(steps.iter().filter(|(step, _)| get(step, "deployment").is_some()).count(), 1);
    for (step, _) in &steps {
        let script = lines(step).join("\n");
        let is_release = get(step, "oidc").is_some();
        for name in CREDENTIALS {
            assert_eq!(script.contains(&format!("${name}")), is_release, "{name} in\n{script}");
        }
        for command in
            ["docker login", "docker/images publish", "docker/images move", "docker/sign", "cosign "]
        {
            assert_eq!(script.contains(command), is_release, "{command} in\n{script}");
        }
    }
}

/// The checks come before the first login, the key before the first push, the moving tags after the last signature.
#[test]
fn a_release_is_checked_published_signed_and_named_in_this_order() {
    let document = pipelines();
    let steps = steps(&document);
    let script = lines(release(&steps));
    let order = [
        ".ci/check-tag",
        "cosign public-key",
        "docker login",
        "docker/images publish",
        "docker/sign",
        "docker/images move",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|words| script.iter().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}")))
        .collect();
    assert!(places.is_sorted(), "{script:#?}");
    // A line with a pipe is what its last command is: `cmp` fails when there is no key.
    assert!(script.iter().any(|line| line.ends_with("| cmp - docker/cosign.pub")), "{script:#?}");
}

/// Every branch may write a cache, and the registry of a tag's build would be the one that any branch left.
#[test]
fn nothing_that_a_branch_can_write_reaches_a_build() {
    let document = pipelines();
    let mut images = 0;
    visit(&document.root, &mut |key, node| {
        assert!(key != "caches", "line {}: a cache", node.line);
        if key == "image" {
            let image = node.text("an image").expect("a text");
            let digest = image.split_once("@sha256:").map(|(_, digest)| digest);
            assert!(digest.is_some_and(repository::is_sha256), "line {}: {image} has no digest", node.line);
            images += 1;
        }
    });
    assert!(images > 2, "{images} images");
    for line in steps(&document).iter().flat_map(|(step, _)| lines(step)) {
        if line.starts_with("cargo install ") {
            assert!(line.contains(" --locked --version "), "{line}");
        }
    }
    for script in ["docker/dist", "docker/authorities", "docker/licences", "docker/Dockerfile"] {
        // Each command that resolves dependencies, joined with the lines that continue it.
        let text = repository::read(script).replace("\\\n", " ");
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let resolves = ["cargo build", "cargo run", "cargo tree", "cargo \"${build[@]}\""];
            if resolves.iter().any(|command| line.contains(command)) {
                assert!(line.contains("--locked"), "{script}: {line}");
            }
        }
    }
}

/// The policy in docs/releasing.md: the environment's steps, and not those of the whole repository.
#[test]
fn the_role_that_signs_trusts_one_environment_alone() {
    const REPOSITORY: &str = "{9970a9b6-2d86-413f-8555-da8e1ac0e542}";
    const RELEASE: &str = "{0f0f0f0f-2d86-413f-8555-da8e1ac0e542}";
    let workspace = local_aws::Workspace::new(repository::account(), "84c08677-e352-4a1c-a107-6df387cfeef7");
    let documents: Vec<Json> = Markdown::read("docs/releasing.md")
        .code()
        .iter()
        .filter(|code| code.language == "json")
        .map(|code| serde_json::from_str(&code.text).expect("JSON"))
        .collect();
    let [trust, permissions] = documents.as_slice() else { panic!("two policies: {documents:?}") };
    let [statement] = trust["Statement"].as_array().expect("statements").as_slice() else {
        panic!("{trust}")
    };
    assert_eq!(statement["Principal"]["Federated"], workspace.provider_arn("aws", "111122223333"));
    assert_eq!(statement["Action"], "sts:AssumeRoleWithWebIdentity");
    let provider = workspace.issuer_url().trim_start_matches("https://").to_owned();
    assert_eq!(statement["Condition"]["StringEquals"][format!("{provider}:aud")], workspace.audience());
    let subject = &statement["Condition"]["StringLike"][format!("{provider}:sub")];
    assert_eq!(subject.as_str(), Some(format!("{REPOSITORY}:{RELEASE}:*").as_str()));
    let [statement] = permissions["Statement"].as_array().expect("statements").as_slice() else {
        panic!("{permissions}")
    };
    assert_eq!(statement["Action"], serde_json::json!(["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"]));
    let resource = statement["Resource"].as_str().expect("one key");
    assert!(resource.starts_with("arn:aws:kms:") && !resource.contains('*'), "{resource}");
}
