//! What the lines of a script share with each other and with the pipes between them.

use std::fs;
use std::process::Command;

use super::repository::Repository;

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
fn a_step_runs_when_a_changed_file_fits_its_condition() {
    let file = "
pipelines:
  default:
    - step:
        condition: {changesets: {includePaths: ['site/**'], excludePaths: ['**.md']}}
        script: [echo built > built.txt]
        artifacts: [built.txt]
    - stage:
        condition: {changesets: {includePaths: ['infra/*']}}
        steps: [step: {script: [echo 'infra runs']}]
    - step: {script: ['if test -e built.txt; then echo it was built; else echo it was not built; fi']}
";
    for (changed, built, infra) in [
        (&[][..], true, true),
        (&["site/a/index.html", "README.md"], true, false),
        (&["site/README.md"], false, false),
        (&["infra/a.tf"], false, true),
    ] {
        let repository = Repository::with_file(file);
        let repository = changed.iter().fold(repository, |run, path| run.argument("--changed", path));
        let ended = repository.run().succeeded();
        assert_eq!(ended.has_line("it was built"), built, "{changed:?}: {}", ended.output);
        assert_eq!(ended.has_line("infra runs"), infra, "{changed:?}: {}", ended.output);
        let skipped = ended.output.matches("Skipped: no changed file fits its condition").count();
        assert_eq!(skipped, usize::from(!built) + usize::from(!infra), "{changed:?}: {}", ended.output);
    }
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
