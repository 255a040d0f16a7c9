//! What a pipe finds in its environment, and what it does not.

use super::super::definition::Name;
use super::table::TABLE;
use super::{Context, Token};

fn context(name: Name) -> Context {
    Context {
        name,
        pipeline: "{pipeline}".to_owned(),
        step: "{step}".to_owned(),
        deployment: None,
        parallel: None,
        clone: "/clone".into(),
        variables: "/variables".into(),
        token: None,
        endpoint: "http://127.0.0.1:1".to_owned(),
    }
}

fn of_pipe(context: &Context) -> Vec<(String, String)> {
    let reference = "acme/aws-s3-deploy:1".parse().expect("a reference");
    context.of_pipe(&reference)
}

fn find(pairs: &[(String, String)], name: &str) -> Option<String> {
    let pair = pairs.iter().find(|(key, _)| key == name);
    pair.map(|(_, value)| value.clone())
}

#[test]
fn what_a_build_is_for_decides_what_it_has() {
    let table = [
        (Name::Default, [Some("main"), None, None]),
        (Name::Custom("x".into()), [Some("main"), None, None]),
        (Name::Branch("dev".into()), [Some("dev"), None, None]),
        (Name::Tag("v1".into()), [None, Some("v1"), None]),
        (Name::PullRequest("fix".into()), [Some("fix"), None, Some("main")]),
    ];
    let names = ["BITBUCKET_BRANCH", "BITBUCKET_TAG", "BITBUCKET_PR_DESTINATION_BRANCH"];
    for (name, expected) in table {
        let pairs = of_pipe(&context(name.clone()));
        let found = names.map(|name| find(&pairs, name));
        assert_eq!(found, expected.map(|value| value.map(str::to_owned)), "{name:?}");
    }
}

#[test]
fn what_a_step_lacks_is_absent_and_not_empty() {
    let pairs = of_pipe(&context(Name::Default));
    for name in [
        "BITBUCKET_STEP_OIDC_TOKEN",
        "BITBUCKET_PARALLEL_STEP",
        "BITBUCKET_PARALLEL_STEP_COUNT",
        "BITBUCKET_DEPLOYMENT_ENVIRONMENT",
        "BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID",
        "BITBUCKET_PR_ID",
        "AWS_DEFAULT_REGION",
        "PATH",
        "HOME",
    ] {
        assert_eq!(find(&pairs, name), None, "{name}");
    }
    let full = Context {
        deployment: Some("production".to_owned()),
        parallel: Some((0, 2)),
        token: Some(Token("secret".to_owned())),
        ..context(Name::Default)
    };
    let pairs = of_pipe(&full);
    assert_eq!(find(&pairs, "BITBUCKET_PARALLEL_STEP").as_deref(), Some("0"));
    assert_eq!(find(&pairs, "BITBUCKET_PARALLEL_STEP_COUNT").as_deref(), Some("2"));
    assert_eq!(find(&pairs, "BITBUCKET_STEP_OIDC_TOKEN").as_deref(), Some("secret"));
    assert_eq!(find(&pairs, "BITBUCKET_DEPLOYMENT_ENVIRONMENT").as_deref(), Some("production"));
}

#[test]
fn storage_folders_lie_in_the_clone_and_only_pipes_are_told() {
    let context = context(Name::Default);
    let shared = "/clone/.bitbucket/pipelines/generated/pipeline/pipes";
    let pairs = of_pipe(&context);
    let found =
        ["BITBUCKET_PIPE_SHARED_STORAGE_DIR", "BITBUCKET_PIPE_STORAGE_DIR"].map(|name| find(&pairs, name));
    assert_eq!(found, [Some(shared.to_owned()), Some(format!("{shared}/acme/aws-s3-deploy"))]);
    let script = context.of_script();
    assert!(script.iter().all(|(name, _)| !name.contains("STORAGE")), "{script:?}");
}

#[test]
fn the_token_is_in_no_debug_output() {
    let token = Some(Token("secret".to_owned()));
    let context = Context { token, ..context(Name::Default) };
    assert!(!format!("{context:?}").contains("secret"));
}

#[test]
fn no_name_stands_twice() {
    let mut names: Vec<_> = TABLE.iter().map(|(name, ..)| name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), TABLE.len());
}
