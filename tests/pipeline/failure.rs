//! What stops a run, with which exit code, and what still happens then.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::repository::{Repository, run};

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
fn an_unknown_pipe_is_refused_before_anything_runs() {
    let ended = Repository::with_script("- echo first\n- pipe: atlassian/slack-notify:2.0.0").run();
    assert_eq!(ended.code, Some(2));
    assert!(!ended.output.contains("first"), "{}", ended.output);
    for expected in ["line 6", "atlassian/slack-notify:2.0.0", "aws-s3-deploy", "aws-cloudfront-invalidate"] {
        assert!(ended.errors.contains(expected), "{expected}: {}", ended.errors);
    }
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
