//! Every variable that a step or a pipe finds, where it applies, and what it holds.

use std::path::Path;

use Scope::{Pipe, Step};
use Value::{Fixed, Given};

use super::super::definition::Name;
use super::super::repository;
use super::Context;

/// Where a row applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// To script lines and pipes.
    Step,
    /// To pipes only.
    Pipe,
}

/// What a row holds.
pub(super) enum Value {
    /// The same in every step.
    Fixed(&'static str),
    /// What the step says, if it says anything.
    Given(fn(&Context) -> Option<String>),
}

/// One variable: its name, where it applies, what it holds.
pub(super) type Row = (&'static str, Scope, Value);

/// The whole table. "Verified" rows are known to be in a pipe's container from Bitbucket's documentation, from pipes
/// that rely on them or from an independent reproduction of the agent; "recalled" ones only from memory.
pub(super) const TABLE: &[Row] = &[
    // Verified: passed to a pipe by name.
    ("BITBUCKET_BRANCH", Step, Given(Context::branch)),
    ("BITBUCKET_BUILD_NUMBER", Step, Fixed(repository::BUILD_NUMBER)),
    ("BITBUCKET_CLONE_DIR", Step, Given(|step| Some(path(&step.clone)))),
    ("BITBUCKET_COMMIT", Step, Fixed(repository::COMMIT)),
    ("BITBUCKET_DOCKER_HOST_INTERNAL", Step, Fixed("host.docker.internal")),
    ("BITBUCKET_GIT_HTTP_ORIGIN", Step, Given(|_| Some(repository::http_origin()))),
    ("BITBUCKET_GIT_SSH_ORIGIN", Step, Given(|_| Some(repository::ssh_origin()))),
    ("BITBUCKET_PIPELINES_VARIABLES_PATH", Step, Given(|step| Some(path(&step.variables)))),
    ("BITBUCKET_PIPELINE_UUID", Step, Given(|step| Some(step.pipeline.clone()))),
    ("BITBUCKET_PROJECT_KEY", Step, Fixed(repository::PROJECT_KEY)),
    ("BITBUCKET_PROJECT_UUID", Step, Fixed(repository::PROJECT_UUID)),
    ("BITBUCKET_REPO_FULL_NAME", Step, Given(|_| Some(repository::full_name()))),
    ("BITBUCKET_REPO_IS_PRIVATE", Step, Fixed("true")),
    ("BITBUCKET_REPO_OWNER", Step, Fixed(repository::WORKSPACE)),
    ("BITBUCKET_REPO_OWNER_UUID", Step, Fixed(repository::WORKSPACE_UUID)),
    ("BITBUCKET_REPO_SLUG", Step, Fixed(repository::SLUG)),
    ("BITBUCKET_REPO_UUID", Step, Fixed(repository::UUID)),
    ("BITBUCKET_SSH_KEY_FILE", Step, Fixed("/opt/atlassian/pipelines/agent/ssh/id_rsa")),
    ("BITBUCKET_STEP_RUN_NUMBER", Step, Fixed("1")),
    ("BITBUCKET_STEP_TRIGGERER_UUID", Step, Fixed(repository::TRIGGERER_UUID)),
    ("BITBUCKET_STEP_UUID", Step, Given(|step| Some(step.step.clone()))),
    ("BITBUCKET_WORKSPACE", Step, Fixed(repository::WORKSPACE)),
    ("CI", Step, Fixed("true")),
    // Verified too, but no Docker and no agent stand behind these two; our pipes read neither.
    ("DOCKER_HOST", Step, Fixed("tcp://host.docker.internal:2375")),
    ("PIPELINES_JWT_TOKEN", Step, Fixed("none-in-a-local-pipeline")),
    // Verified: pipes read it without its being listed.
    ("BITBUCKET_STEP_OIDC_TOKEN", Step, Given(|step| step.token.clone().map(|token| token.0))),
    // Verified: its path, and that script lines are not told. Its sister depends on the pipe: `Context::of_pipe`.
    ("BITBUCKET_PIPE_SHARED_STORAGE_DIR", Pipe, Given(|step| Some(path(&step.shared_storage())))),
    // Recalled for pipes; the documentation has them for the step.
    ("BITBUCKET_DEPLOYMENT_ENVIRONMENT", Step, Given(|step| step.deployment.clone())),
    ("BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID", Step, Given(environment_uuid)),
    ("BITBUCKET_PARALLEL_STEP", Step, Given(|step| Some(step.parallel?.0.to_string()))),
    ("BITBUCKET_PARALLEL_STEP_COUNT", Step, Given(|step| Some(step.parallel?.1.to_string()))),
    ("BITBUCKET_PR_DESTINATION_BRANCH", Step, Given(|step| of_pull_request(step, repository::MAIN_BRANCH))),
    ("BITBUCKET_PR_ID", Step, Given(|step| of_pull_request(step, "1"))),
    ("BITBUCKET_TAG", Step, Given(tag)),
    // Not Bitbucket's: how everything that speaks to AWS finds the embedded cloud instead.
    ("AWS_ENDPOINT_URL", Step, Given(|step| Some(step.endpoint.clone()))),
];

fn path(path: &Path) -> String {
    path.display().to_string()
}

fn tag(step: &Context) -> Option<String> {
    match &step.name {
        Name::Tag(tag) => Some(tag.clone()),
        _ => None,
    }
}

fn of_pull_request(step: &Context, value: &str) -> Option<String> {
    matches!(step.name, Name::PullRequest(_)).then(|| value.to_owned())
}

fn environment_uuid(step: &Context) -> Option<String> {
    step.deployment.as_deref().map(repository::environment_uuid)
}
