//! `local-pipeline` through its front door: what a script shares with its pipes, what stops it, and what a pipe is
//! given. The pipes here are probes that print their directory and environment, so that both can be looked at.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

/// What stands in for both pipes. The markers tell the environment from what else a run prints.
const PROBE: &str = "#!/bin/sh
echo \"in $(pwd)\"
echo 'environment:'
tr '\\0' '\\n' < /proc/$$/environ
echo 'end of environment'
exit \"${EXIT:-0}\"
";

/// Written once, before the first process starts: a file that another thread's new process still holds open for
/// writing cannot be executed.
static PROBES: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["s3-deploy", "cloudfront-invalidate"] {
        let path = folder.path().join(name);
        fs::write(&path, PROBE).expect("a probe");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("an executable probe");
    }
    folder
});

/// A repository in a folder of its own, and the arguments of one run.
struct Repository {
    folder: TempDir,
    arguments: Vec<String>,
}

/// How a run ended.
struct Ended {
    code: Option<i32>,
    output: String,
    errors: String,
}

impl Repository {
    /// A repository with one step, `script` being the YAML of its items.
    fn with_script(script: &str) -> Self {
        let indented = script.replace('\n', "\n          ");
        Self::with_file(&format!(
            "pipelines:\n  default:\n    - step:\n        script:\n          {indented}\n"
        ))
    }

    fn with_file(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("bitbucket-pipelines.yml"), text).expect("a pipelines file");
        fs::create_dir(folder.path().join("build")).expect("a folder");
        fs::write(folder.path().join("build/index.html"), "<h1>Hello</h1>").expect("a page");
        Self { folder, arguments: Vec::new() }
    }

    fn argument(mut self, name: &str, value: &str) -> Self {
        self.arguments.extend([name.to_owned(), value.to_owned()]);
        self
    }

    fn run(&self) -> Ended {
        let file = self.folder.path().join("bitbucket-pipelines.yml");
        run(&file, &self.arguments)
    }
}

fn run(file: &Path, arguments: &[String]) -> Ended {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_local-pipeline"))
        .arg(file)
        .arg("--bin-dir")
        .arg(PROBES.path())
        .args(arguments)
        .env("AWS_ACCESS_KEY_ID", "of-the-machine")
        .env("LEAKED", "of-the-machine")
        .output()
        .expect("local-pipeline starts");
    Ended {
        code: output.status.code(),
        output: String::from_utf8(output.stdout).expect("the output is UTF-8"),
        errors: String::from_utf8(output.stderr).expect("the errors are UTF-8"),
    }
}

impl Ended {
    /// The environments of the probes, in the order they ran.
    fn environments(&self) -> Vec<Vec<(String, String)>> {
        let mut environments = Vec::new();
        for part in self.output.split("environment:\n").skip(1) {
            let lines = part.lines().take_while(|line| *line != "end of environment");
            let pairs = lines.filter_map(|line| line.split_once('='));
            environments.push(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        }
        environments
    }

    /// One variable of the first probe.
    fn variable(&self, name: &str) -> Option<String> {
        let environments = self.environments();
        let first = environments.first().expect("a pipe ran");
        first.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    fn has_line(&self, line: &str) -> bool {
        self.output.lines().any(|found| found == line)
    }

    #[track_caller]
    fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.output, self.errors);
        self
    }
}

#[test]
fn directory_and_variables_carry_over_to_later_lines_and_pipes() {
    let ended = Repository::with_script(
        "- cd build
- export EXPORTED=\"a b\"
- SHELL_ONLY='x\"y'
- describe() { echo \"in $(basename \"$PWD\") with $EXPORTED and $SHELL_ONLY\"; }
- describe
- pipe: atlassian/aws-s3-deploy:0.5.0
  variables: {S3_BUCKET: '$EXPORTED/$SHELL_ONLY', LOCAL_PATH: '.'}
- describe",
    )
    .run()
    .succeeded();
    let told = ended.output.matches("\nin build with a b and x\"y\n").count();
    assert_eq!(told, 2, "{}", ended.output);
    assert_eq!(ended.variable("S3_BUCKET").as_deref(), Some("a b/x\"y"));
    let clone = ended.variable("BITBUCKET_CLONE_DIR").expect("the clone's path");
    assert!(ended.has_line(&format!("in {clone}/build")), "{}", ended.output);
}

#[test]
fn lines_are_echoed_before_they_run() {
    let ended = Repository::with_script("- echo 'one  $HOME'\n- |\n  true\n  echo two").run().succeeded();
    let expected = "+ echo 'one  $HOME'\none  $HOME\n+ true\necho two\ntwo\n";
    assert!(ended.output.contains(expected), "{}", ended.output);
}

#[test]
fn the_first_failing_line_stops_the_pipeline_with_its_code() {
    let file = "
pipelines:
  default:
    - step: {script: [echo before, (exit 7), touch \"$BITBUCKET_CLONE_DIR/after\" && echo after]}
    - step: {script: [echo later]}
";
    let ended = Repository::with_file(file).run();
    assert_eq!(ended.code, Some(7));
    assert!(ended.has_line("before"));
    assert!(!ended.has_line("after") && !ended.has_line("later"), "{}", ended.output);
    assert!(ended.has_line("Step 1 failed with exit code 7"), "{}", ended.output);
}

#[test]
fn a_failing_pipe_stops_the_pipeline_with_its_code() {
    let ended = Repository::with_script(
        "- pipe: docker://acme/aws-s3-deploy:1\n  variables: {S3_BUCKET: site, EXIT: 3}\n- echo after",
    )
    .run();
    assert_eq!(ended.code, Some(3));
    assert!(!ended.has_line("after"), "{}", ended.output);
}

#[test]
fn the_after_script_runs_in_any_case_and_decides_nothing() {
    let table = [("exit 4", 4), ("true", 0)];
    for (line, code) in table {
        let file = format!(
            "pipelines: {{default: [step: {{script: [cd build, {line}], \
             after-script: ['echo \"code $BITBUCKET_EXIT_CODE\"', test -d build, exit 9]}}]}}"
        );
        let ended = Repository::with_file(&file).run();
        assert_eq!(ended.code, Some(code), "{}", ended.output);
        assert!(ended.has_line(&format!("code {code}")), "{}", ended.output);
        // `test -d build` held, so the third line ran: the after-script begins in the clone again.
        assert!(ended.output.contains("after-script failed with exit code 9"), "{}", ended.output);
    }
}

#[test]
fn parallel_steps_are_numbered_and_all_run_unless_failing_fast() {
    let step = |code: u8| {
        format!(
            "step: {{script: ['echo \"$BITBUCKET_PARALLEL_STEP of $BITBUCKET_PARALLEL_STEP_COUNT\"; exit {code}']}}"
        )
    };
    for (fail_fast, second_runs) in [(false, true), (true, false)] {
        let (first, second) = (step(5), step(6));
        let file = format!(
            "pipelines: {{default: [parallel: {{fail-fast: {fail_fast}, steps: [{first}, {second}]}}, step: {{script: [echo later]}}]}}"
        );
        let ended = Repository::with_file(&file).run();
        assert_eq!(ended.code, Some(5), "{}", ended.output);
        assert!(ended.has_line("0 of 2"), "{}", ended.output);
        assert_eq!(ended.has_line("1 of 2"), second_runs, "{}", ended.output);
        assert!(!ended.has_line("later"), "{}", ended.output);
    }
}

#[test]
fn every_step_has_a_fresh_clone_and_the_original_is_left_alone() {
    let file = "
pipelines:
  default:
    - step: {script: [rm -r build, touch made]}
    - step: {script: [test -f build/index.html, test ! -e made]}
";
    let repository = Repository::with_file(file);
    repository.run().succeeded();
    assert!(repository.folder.path().join("build/index.html").exists());
    assert!(!repository.folder.path().join("made").exists());
}

#[test]
fn nothing_is_left_behind() {
    let scratch = tempfile::tempdir().expect("a folder");
    let repository = Repository::with_script("- touch made\n- exit 1");
    let status = Command::new(env!("CARGO_BIN_EXE_local-pipeline"))
        .arg(repository.folder.path().join("bitbucket-pipelines.yml"))
        .env("TMPDIR", scratch.path())
        .output()
        .expect("local-pipeline starts")
        .status;
    assert_eq!(status.code(), Some(1));
    let left = fs::read_dir(scratch.path()).expect("the folder is there").count();
    assert_eq!(left, 0);
}

#[test]
fn a_signal_ends_the_script_and_removes_its_clone() {
    let scratch = tempfile::tempdir().expect("a folder");
    let repository = Repository::with_script("- echo ready\n- sleep 60\n- echo after");
    let mut runner = Command::new(env!("CARGO_BIN_EXE_local-pipeline"))
        .arg(repository.folder.path().join("bitbucket-pipelines.yml"))
        .env("TMPDIR", scratch.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("local-pipeline starts");
    let mut lines = BufReader::new(runner.stdout.take().expect("its output")).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "ready"));
    let kill = Command::new("sh").args(["-c", &format!("kill -s TERM {}", runner.id())]).status();
    assert!(kill.expect("sh runs").success());
    let rest: Vec<_> = lines.collect();
    assert_eq!(runner.wait().expect("it ends").code(), Some(128 + 15), "{rest:?}");
    assert!(!rest.contains(&"after".to_owned()), "{rest:?}");
    assert_eq!(fs::read_dir(scratch.path()).expect("the folder is there").count(), 0);
}

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

#[test]
fn an_unknown_pipe_is_refused_before_anything_runs() {
    let ended = Repository::with_script("- echo first\n- pipe: atlassian/slack-notify:2.0.0").run();
    assert_eq!(ended.code, Some(2));
    assert!(!ended.output.contains("first"), "{}", ended.output);
    for expected in ["line 6", "atlassian/slack-notify:2.0.0", "aws-s3-deploy", "aws-cloudfront-invalidate"] {
        assert!(ended.errors.contains(expected), "{expected}: {}", ended.errors);
    }
}

#[test]
fn a_repeated_key_is_a_warning_that_names_the_line() {
    let ended = Repository::with_script(
        "- pipe: acme/aws-s3-deploy:1
  variables:
    S3_BUCKET: first
    S3_BUCKET: second",
    )
    .run()
    .succeeded();
    let warning = "line 8: S3_BUCKET is already given on line 7; the last one counts";
    assert!(ended.output.contains(warning), "{}", ended.output);
    assert_eq!(ended.variable("S3_BUCKET").as_deref(), Some("second"));
}

#[test]
fn what_is_not_done_is_said_once() {
    let file = "
image: node:20
pipelines:
  default:
    - step: {caches: [node], script: [true]}
    - step: {caches: [node], services: [docker], script: [true]}
";
    let ended = Repository::with_file(file).run().succeeded();
    let said: Vec<_> = ended.output.lines().filter(|line| line.contains("Not done here")).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    for key in ["image", "caches", "services"] {
        assert_eq!(said[0].matches(&format!("{key} (")).count(), 1, "{said:?}");
    }
}

#[test]
fn custom_pipelines_bring_variables_that_the_command_line_overrides() {
    let file = "
pipelines:
  custom:
    greet:
      - variables: [{name: WHO, default: nobody}, {name: HOW, default: quietly}]
      - step: {script: ['echo \"$WHO $HOW\"']}
";
    let repository = Repository::with_file(file).argument("--pipeline", "custom.greet");
    let ended = repository.argument("--variable", "WHO=you").run().succeeded();
    assert!(ended.has_line("you quietly"), "{}", ended.output);
}

#[test]
fn wrong_calls_end_with_code_2_and_a_sentence() {
    let repository = Repository::with_script("- true");
    let missing = run(&repository.folder.path().join("none.yml"), &[]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.errors.contains("there is no file"), "{}", missing.errors);
    let table = [
        ("--pipeline", "branches.main", "there is no pipeline `branches.main`"),
        ("--variable", "WITHOUT", "a variable is written NAME=VALUE"),
        ("--no-such-option", "x", "--no-such-option"),
    ];
    for (name, value, expected) in table {
        let ended = Repository::with_script("- echo ran").argument(name, value).run();
        assert_eq!(ended.code, Some(2), "{name}");
        assert!(ended.errors.contains(expected), "{name}: {}", ended.errors);
        assert!(!ended.output.contains("ran"), "{name}");
    }
}
