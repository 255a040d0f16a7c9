//! What a pipe finds: its variables, its token, its folders, and nothing of this machine.

use super::repository::Repository;

#[test]
fn a_pipe_has_what_its_container_would_have_and_nothing_of_this_machine() {
    let pipe = |reference: &str| {
        let script =
            format!("- export OF_THE_SCRIPT=1\n- pipe: {reference}\n  variables: {{S3_BUCKET: site}}");
        let ended =
            Repository::with_script(&script).argument("--variable", "OF_THE_REPOSITORY=1").run().succeeded();
        let mut names: Vec<_> = ended.environments().remove(0).into_iter().map(|(name, _)| name).collect();
        names.sort();
        names
    };
    let mut expected: Vec<_> = [
        "AWS_ENDPOINT_URL",
        "BITBUCKET_BRANCH",
        "BITBUCKET_BUILD_NUMBER",
        "BITBUCKET_CLONE_DIR",
        "BITBUCKET_COMMIT",
        "BITBUCKET_DOCKER_HOST_INTERNAL",
        "BITBUCKET_GIT_HTTP_ORIGIN",
        "BITBUCKET_GIT_SSH_ORIGIN",
        "BITBUCKET_PIPELINES_VARIABLES_PATH",
        "BITBUCKET_PIPELINE_UUID",
        "BITBUCKET_PIPE_SHARED_STORAGE_DIR",
        "BITBUCKET_PIPE_STORAGE_DIR",
        "BITBUCKET_PROJECT_KEY",
        "BITBUCKET_PROJECT_UUID",
        "BITBUCKET_REPO_FULL_NAME",
        "BITBUCKET_REPO_IS_PRIVATE",
        "BITBUCKET_REPO_OWNER",
        "BITBUCKET_REPO_OWNER_UUID",
        "BITBUCKET_REPO_SLUG",
        "BITBUCKET_REPO_UUID",
        "BITBUCKET_SSH_KEY_FILE",
        "BITBUCKET_STEP_RUN_NUMBER",
        "BITBUCKET_STEP_TRIGGERER_UUID",
        "BITBUCKET_STEP_UUID",
        "BITBUCKET_WORKSPACE",
        "CI",
        "DOCKER_HOST",
        "PIPELINES_JWT_TOKEN",
        "S3_BUCKET",
    ]
    .map(str::to_owned)
    .into();
    assert_eq!(pipe("docker://acme/aws-s3-deploy:1"), expected);
    // Named by its repository, a pipe also has the defaults of its pipe.yml.
    expected.extend(["AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_SECRET_ACCESS_KEY"].map(str::to_owned));
    expected.sort();
    assert_eq!(pipe("acme/aws-s3-deploy:1"), expected);
}

#[test]
fn only_a_step_with_oidc_has_a_token() {
    for (oidc, has_token) in [("true", true), ("false", false)] {
        let file = format!(
            "pipelines: {{default: [step: {{oidc: {oidc}, script: [{{pipe: 'a/aws-s3-deploy:1', variables: {{}}}}]}}]}}"
        );
        let ended = Repository::with_file(&file).run().succeeded();
        let token = ended.variable("BITBUCKET_STEP_OIDC_TOKEN");
        assert_eq!(token.is_some_and(|token| token.split('.').count() == 3), has_token, "{oidc}");
    }
}

#[test]
fn variables_of_a_pipe_are_expanded_and_lists_are_numbered() {
    let ended = Repository::with_script(
        "- pipe: acme/aws-s3-deploy:1
  variables:
    S3_BUCKET: ${SITE}
    LOCAL_PATH: build/$UNDEFINED
    CACHE_CONTROL: 'max-age=\\$5, \"x\"'
    DELETE_FLAG: true
    EXTRA_ARGS: ['--exclude', '*.map', '$SITE x']",
    )
    .argument("--variable", "SITE=site")
    .run()
    .succeeded();
    let table = [
        ("S3_BUCKET", Some("site")),
        ("LOCAL_PATH", Some("build/")),
        ("CACHE_CONTROL", Some("max-age=$5, \"x\"")),
        ("DELETE_FLAG", Some("true")),
        ("EXTRA_ARGS", None),
        ("EXTRA_ARGS_COUNT", Some("3")),
        ("EXTRA_ARGS_0", Some("--exclude")),
        ("EXTRA_ARGS_1", Some("*.map")),
        ("EXTRA_ARGS_2", Some("site x")),
        ("AWS_ACCESS_KEY_ID", Some("")),
        ("AWS_DEFAULT_REGION", Some("us-east-1")),
    ];
    for (name, expected) in table {
        assert_eq!(ended.variable(name).as_deref(), expected, "{name}");
    }
}

#[test]
fn storage_folders_exist_in_the_clone_and_last_from_pipe_to_pipe() {
    let script = "- test ! -e .bitbucket
- pipe: atlassian/aws-s3-deploy:1
  variables: {S3_BUCKET: site}
- test -d .bitbucket/pipelines/generated/pipeline/pipes/atlassian/aws-s3-deploy
- touch .bitbucket/pipelines/generated/pipeline/pipes/handed-over
- pipe: docker://acme/aws-cloudfront-invalidate:1
  variables: {DISTRIBUTION_ID: E1}
- test -f .bitbucket/pipelines/generated/pipeline/pipes/handed-over
- test -d .bitbucket/pipelines/generated/pipeline/pipes/acme/aws-cloudfront-invalidate";
    let ended = Repository::with_script(script).run().succeeded();
    assert_eq!(ended.environments().len(), 2);
}
