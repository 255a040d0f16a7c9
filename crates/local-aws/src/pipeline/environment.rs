//! What Bitbucket puts into the environment of a step and of its pipes: one table.

use std::fmt;
use std::path::PathBuf;

use super::definition::Name;
use super::reference::Reference;
use super::repository;

/// One step as its environment sees it.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// What the pipeline runs for.
    pub(crate) name: Name,
    /// The pipeline's UUID.
    pub(crate) pipeline: String,
    /// The step's UUID.
    pub(crate) step: String,
    /// The environment the step deploys to.
    pub(crate) deployment: Option<String>,
    /// The step's number, from zero, and how many there are, in a parallel group.
    pub(crate) parallel: Option<(usize, usize)>,
    /// Where the step's clone is.
    pub(crate) clone: PathBuf,
    /// The file in which a step hands variables to later ones.
    pub(crate) variables: PathBuf,
    /// The step's token, with `oidc: true`.
    pub(crate) token: Option<Token>,
    /// The embedded cloud, in place of all of AWS.
    pub(crate) endpoint: String,
}

/// The token of a step, which no log may show.
#[derive(Clone)]
pub(crate) struct Token(pub(crate) String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

/// Where a row of the table applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Script lines and pipes.
    Step,
    /// Pipes only.
    Pipe,
}

use Scope::{Pipe, Step};

type Row = (&'static str, Scope, fn(&Context) -> Option<String>);

/// Every name, where it applies, and its value. "Verified" and "recalled" say whether it is known from Bitbucket's
/// documentation or from programs that rely on it, or only from memory, that a pipe's container has it.
const TABLE: &[Row] = &[
    // Verified: passed to pipes by name, in an independent reproduction of the agent.
    ("CI", Step, |_| text("true")),
    ("BITBUCKET_BRANCH", Step, Context::branch),
    ("BITBUCKET_BUILD_NUMBER", Step, |_| {
        text(repository::BUILD_NUMBER)
    }),
    ("BITBUCKET_CLONE_DIR", Step, |context| {
        text(context.clone.display())
    }),
    ("BITBUCKET_COMMIT", Step, |_| text(repository::COMMIT)),
    ("BITBUCKET_DOCKER_HOST_INTERNAL", Step, |_| {
        text("host.docker.internal")
    }),
    ("BITBUCKET_GIT_HTTP_ORIGIN", Step, |_| {
        text(format_args!("http://bitbucket.org/{}", full_name()))
    }),
    ("BITBUCKET_GIT_SSH_ORIGIN", Step, |_| {
        text(format_args!("git@bitbucket.org:{}.git", full_name()))
    }),
    ("BITBUCKET_PIPELINES_VARIABLES_PATH", Step, |context| {
        text(context.variables.display())
    }),
    ("BITBUCKET_PIPELINE_UUID", Step, |context| {
        text(&context.pipeline)
    }),
    ("BITBUCKET_PROJECT_KEY", Step, |_| {
        text(repository::PROJECT_KEY)
    }),
    ("BITBUCKET_PROJECT_UUID", Step, |_| {
        text(repository::PROJECT_UUID)
    }),
    ("BITBUCKET_REPO_FULL_NAME", Step, |_| text(full_name())),
    ("BITBUCKET_REPO_IS_PRIVATE", Step, |_| text("true")),
    ("BITBUCKET_REPO_OWNER", Step, |_| {
        text(repository::WORKSPACE)
    }),
    ("BITBUCKET_REPO_OWNER_UUID", Step, |_| {
        text(repository::WORKSPACE_UUID)
    }),
    ("BITBUCKET_REPO_SLUG", Step, |_| text(repository::SLUG)),
    ("BITBUCKET_REPO_UUID", Step, |_| text(repository::UUID)),
    ("BITBUCKET_SSH_KEY_FILE", Step, |_| {
        text("/opt/atlassian/pipelines/agent/ssh/id_rsa")
    }),
    ("BITBUCKET_STEP_RUN_NUMBER", Step, |_| text(1)),
    ("BITBUCKET_STEP_TRIGGERER_UUID", Step, |_| {
        text(repository::TRIGGERER_UUID)
    }),
    ("BITBUCKET_STEP_UUID", Step, |context| text(&context.step)),
    ("BITBUCKET_WORKSPACE", Step, |_| text(repository::WORKSPACE)),
    // No Docker and no agent stand behind these two; a pipe of ours reads neither.
    ("DOCKER_HOST", Step, |_| {
        text("tcp://host.docker.internal:2375")
    }),
    ("PIPELINES_JWT_TOKEN", Step, |_| {
        text("none-in-a-local-pipeline")
    }),
    // Verified: pipes read it without its being listed.
    ("BITBUCKET_STEP_OIDC_TOKEN", Step, |context| {
        context.token.as_ref().and_then(|token| text(&token.0))
    }),
    // Verified: the paths, and that pipes have both; the names are not exported to script lines. The second is made
    // from the reference, in `of_pipe`.
    ("BITBUCKET_PIPE_SHARED_STORAGE_DIR", Pipe, |context| {
        text(context.shared_storage().display())
    }),
    // Recalled for pipes; the documentation has them for the step.
    ("BITBUCKET_TAG", Step, |context| match &context.name {
        Name::Tag(tag) => text(tag),
        _ => None,
    }),
    ("BITBUCKET_PR_ID", Step, |context| {
        when(is_pull_request(context), "1")
    }),
    ("BITBUCKET_PR_DESTINATION_BRANCH", Step, |context| {
        when(is_pull_request(context), repository::MAIN_BRANCH)
    }),
    ("BITBUCKET_PARALLEL_STEP", Step, |context| {
        context.parallel.and_then(|(step, _)| text(step))
    }),
    ("BITBUCKET_PARALLEL_STEP_COUNT", Step, |context| {
        context.parallel.and_then(|(_, count)| text(count))
    }),
    ("BITBUCKET_DEPLOYMENT_ENVIRONMENT", Step, |context| {
        context.deployment.clone()
    }),
    ("BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID", Step, |context| {
        context
            .deployment
            .as_deref()
            .map(repository::environment_uuid)
    }),
    // Not Bitbucket's: how everything that speaks to AWS finds the embedded cloud instead.
    ("AWS_ENDPOINT_URL", Step, |context| text(&context.endpoint)),
];

impl Context {
    /// What script lines find, before the repository's own variables.
    pub(crate) fn of_script(&self) -> Vec<(String, String)> {
        let rows = TABLE.iter().filter(|(_, scope, _)| *scope == Step);
        rows.filter_map(|row| self.pair(row)).collect()
    }

    /// What a pipe's container has, before the pipe's own variables.
    pub(crate) fn of_pipe(&self, reference: &Reference) -> Vec<(String, String)> {
        let mut pairs: Vec<_> = TABLE.iter().filter_map(|row| self.pair(row)).collect();
        let storage = self.pipe_storage(reference).display().to_string();
        pairs.push(("BITBUCKET_PIPE_STORAGE_DIR".to_owned(), storage));
        pairs
    }

    /// The branch of the build; that of a tag has none.
    pub(crate) fn branch(&self) -> Option<String> {
        match &self.name {
            Name::Default | Name::Custom(_) => text(repository::MAIN_BRANCH),
            Name::Branch(branch) | Name::PullRequest(branch) => text(branch),
            Name::Tag(_) => None,
        }
    }

    /// The folder that all pipes of the step share. It lies in the clone, as on Bitbucket.
    pub(crate) fn shared_storage(&self) -> PathBuf {
        self.clone
            .join(".bitbucket/pipelines/generated/pipeline/pipes")
    }

    /// The folder of one pipe.
    pub(crate) fn pipe_storage(&self, reference: &Reference) -> PathBuf {
        self.shared_storage().join(reference.storage())
    }

    fn pair(&self, (name, _, value): &Row) -> Option<(String, String)> {
        value(self).map(|value| ((*name).to_owned(), value))
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every row of the table is an Option"
)]
fn text(value: impl ToString) -> Option<String> {
    Some(value.to_string())
}

fn when(condition: bool, value: &str) -> Option<String> {
    condition.then(|| value.to_owned())
}

fn full_name() -> String {
    format!("{}/{}", repository::WORKSPACE, repository::SLUG)
}

fn is_pull_request(context: &Context) -> bool {
    matches!(context.name, Name::PullRequest(_))
}

#[cfg(test)]
mod tests {
    use super::{Context, Name, TABLE, Token};

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
            (
                Name::PullRequest("fix".into()),
                [Some("fix"), None, Some("main")],
            ),
        ];
        let names = [
            "BITBUCKET_BRANCH",
            "BITBUCKET_TAG",
            "BITBUCKET_PR_DESTINATION_BRANCH",
        ];
        for (name, expected) in table {
            let pairs = of_pipe(&context(name.clone()));
            let found = names.map(|name| find(&pairs, name));
            assert_eq!(
                found,
                expected.map(|value| value.map(str::to_owned)),
                "{name:?}"
            );
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
        assert_eq!(
            find(&pairs, "BITBUCKET_PARALLEL_STEP").as_deref(),
            Some("0")
        );
        assert_eq!(
            find(&pairs, "BITBUCKET_PARALLEL_STEP_COUNT").as_deref(),
            Some("2")
        );
        assert_eq!(
            find(&pairs, "BITBUCKET_STEP_OIDC_TOKEN").as_deref(),
            Some("secret")
        );
        assert_eq!(
            find(&pairs, "BITBUCKET_DEPLOYMENT_ENVIRONMENT").as_deref(),
            Some("production")
        );
    }

    #[test]
    fn storage_folders_lie_in_the_clone_and_only_pipes_are_told() {
        let context = context(Name::Default);
        let shared = "/clone/.bitbucket/pipelines/generated/pipeline/pipes";
        let pairs = of_pipe(&context);
        let found = [
            "BITBUCKET_PIPE_SHARED_STORAGE_DIR",
            "BITBUCKET_PIPE_STORAGE_DIR",
        ]
        .map(|name| find(&pairs, name));
        assert_eq!(
            found,
            [
                Some(shared.to_owned()),
                Some(format!("{shared}/acme/aws-s3-deploy"))
            ]
        );
        let script = context.of_script();
        assert!(
            script.iter().all(|(name, _)| !name.contains("STORAGE")),
            "{script:?}"
        );
    }

    #[test]
    fn the_token_is_in_no_debug_output() {
        let token = Some(Token("secret".to_owned()));
        let context = Context {
            token,
            ..context(Name::Default)
        };
        assert!(!format!("{context:?}").contains("secret"));
    }

    #[test]
    fn no_name_stands_twice() {
        let mut names: Vec<_> = TABLE.iter().map(|(name, ..)| name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLE.len());
    }
}
