//! Pipes in containers, with a stand-in for the engine that shows how it was called. What a real one does with the real
//! images is shown by `tests/images.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use tempfile::TempDir;

/// It has every image but one, and instead of running a container it prints its arguments and what they name.
const ENGINE: &str = r#"#!/bin/sh
case "$1 $2" in
  "--version ") exit 0 ;;
  "info ") test ! -e "$0.down"; exit ;;
  "image inspect") test "$3" != nobody/aws-s3-deploy:1; exit ;;
  "container run") ;;
  *) exit 9 ;;
esac
echo "begin"
for argument in "$@"; do
  case $argument in
    --env=*=*) echo "env ${argument#--env=}" ;;
    --env=*) name=${argument#--env=}; eval "echo \"env $name=\$$name\"" ;;
    *) echo "$argument" ;;
  esac
done
echo "end"
"#;

/// Written once, before the first process starts: a file that is still open for writing cannot be executed.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("engine");
    fs::write(&path, ENGINE).expect("an engine");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("an executable engine");
    folder
});

/// What was said, and the exit code, of one run of a script.
fn run(script: &str) -> (Option<i32>, String) {
    run_by(&FOLDER.path().join("engine"), script)
}

fn run_by(engine: &Path, script: &str) -> (Option<i32>, String) {
    let repository = tempfile::tempdir().expect("a folder");
    let file = repository.path().join("bitbucket-pipelines.yml");
    fs::create_dir(repository.path().join("build")).expect("a folder");
    fs::write(&file, format!("pipelines: {{default: [step: {{oidc: true, script: [{script}]}}]}}"))
        .expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_local-pipeline"))
        .arg(&file)
        .arg(format!("--images={}", engine.display()))
        .output()
        .expect("local-pipeline starts");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).expect("the output is UTF-8"))
}

/// The arguments of the container, without the environment, and the environment.
fn container(script: &str) -> (Vec<String>, Vec<String>) {
    let (code, output) = run(script);
    assert_eq!(code, Some(0), "{output}");
    let (_, rest) = output.split_once("begin\n").expect("a container ran");
    let (told, _) = rest.split_once("end\n").expect("a container ran");
    let (environment, arguments): (Vec<_>, Vec<_>) =
        told.lines().map(str::to_owned).partition(|line| line.starts_with("env "));
    (arguments, environment.into_iter().map(|line| line["env ".len()..].to_owned()).collect())
}

const PIPE: &str = "pipe: 'docker://acme/aws-s3-deploy:1'";

#[test]
fn a_container_is_started_as_bitbucket_starts_it() {
    let script = format!(
        "cd build, {{{PIPE}, variables: {{S3_BUCKET: site, LOCAL_PATH: $BITBUCKET_CLONE_DIR/build}}}}"
    );
    let (mut arguments, environment) = container(&script);
    let volume = arguments.iter().position(|argument| argument.starts_with("--volume=")).expect("a volume");
    let volume = arguments.remove(volume);
    assert!(volume.ends_with("/build:/opt/atlassian/pipelines/agent/build"), "{volume}");
    let name = arguments.iter().position(|argument| argument.starts_with("--name=")).expect("a name");
    arguments.remove(name);
    let expected = [
        "container",
        "run",
        "--rm",
        "--pull=never",
        "--network=host",
        "--workdir=/opt/atlassian/pipelines/agent/build/build",
        "--memory=1g",
        "--label=org.bitbucket.pipelines.system=true",
        "acme/aws-s3-deploy:1",
    ];
    assert_eq!(arguments, expected);
    let storage = "/opt/atlassian/pipelines/agent/build/.bitbucket/pipelines/generated/pipeline/pipes";
    for expected in [
        "BITBUCKET_CLONE_DIR=/opt/atlassian/pipelines/agent/build".to_owned(),
        "BITBUCKET_PIPELINES_VARIABLES_PATH=/opt/atlassian/pipelines/agent/tmp/pipeline-variables.env"
            .to_owned(),
        format!("BITBUCKET_PIPE_SHARED_STORAGE_DIR={storage}"),
        format!("BITBUCKET_PIPE_STORAGE_DIR={storage}/acme/aws-s3-deploy"),
        "DOCKER_HOST=tcp://host.docker.internal:2375".to_owned(),
        "LOCAL_PATH=/opt/atlassian/pipelines/agent/build/build".to_owned(),
        "S3_BUCKET=site".to_owned(),
    ] {
        assert!(environment.contains(&expected), "{expected} is not in {environment:#?}");
    }
    let token = environment.iter().find(|pair| pair.starts_with("BITBUCKET_STEP_OIDC_TOKEN=ey"));
    assert!(token.is_some(), "{environment:#?}");
}

#[test]
fn a_pipe_named_by_its_repository_runs_the_image_of_its_pipe_yml() {
    let (arguments, _) = container("{pipe: 'atlassian/aws-cloudfront-invalidate:0.5.0', variables: {}}");
    let image = concat!("deploypipes/aws-cloudfront-invalidate:", env!("CARGO_PKG_VERSION"));
    assert_eq!(arguments.last().map(String::as_str), Some(image));
}

#[test]
fn an_engine_without_its_daemon_is_told_as_that() {
    // Its client is there, and what it talks to is not.
    let client = FOLDER.path().join("client");
    let _ = std::os::unix::fs::symlink("engine", &client);
    fs::write(FOLDER.path().join("client.down"), "").expect("a file");
    let (code, output) = run_by(&client, &format!("echo it ran, {{{PIPE}, variables: {{S3_BUCKET: site}}}}"));
    assert_eq!(code, Some(1), "{output}");
    assert!(
        output.contains("ERROR: client has no daemon that answers\nhint: start it, or install podman"),
        "{output}"
    );
    assert!(!output.contains("it ran"), "{output}");
}

#[test]
fn nothing_runs_when_an_image_is_missing() {
    let (code, output) =
        run("echo it ran, {pipe: 'docker://nobody/aws-s3-deploy:1', variables: {S3_BUCKET: site}}");
    assert_eq!(code, Some(1), "{output}");
    assert!(
        output.contains("ERROR: there is no image nobody/aws-s3-deploy:1 on this machine\nhint: "),
        "{output}"
    );
    assert!(!output.contains("it ran"), "{output}");
}
