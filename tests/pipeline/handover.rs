//! What one step hands to the next: files, variables, and between the two pipes the list of changes.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs a pipelines file in a folder with a site of one page.
fn run(pipeline: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("site")).expect("a folder");
    fs::write(folder.path().join("site/index.html"), "one").expect("a page");
    let file = folder.path().join("bitbucket-pipelines.yml");
    fs::write(&file, pipeline).expect("a file");
    let output = local_pipeline(&file);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("the output is UTF-8");
    (output.status.code(), text)
}

fn local_pipeline(file: &Path) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_local-pipeline")).arg(file).output().expect("local-pipeline starts")
}

#[test]
fn artifacts_and_output_variables_reach_the_groups_after_their_own() {
    let (code, output) = run("
pipelines:
  default:
    - parallel:
      - step:
          script:
            - mkdir -p out && echo kept > out/a.txt && echo lost > b.txt
            - echo GREETING=hello >> $BITBUCKET_PIPELINES_VARIABLES_PATH
            - echo SECRET=1 >> $BITBUCKET_PIPELINES_VARIABLES_PATH
          artifacts: [out/**]
          output-variables: [GREETING]
      - step:
          script:
            - test ! -e out
            - test -z \"$GREETING\"
    - step:
        script:
          - test \"$(cat out/a.txt)\" = kept
          - test ! -e b.txt
          - test \"$GREETING\" = hello
          - test -z \"$SECRET\"
");
    assert_eq!(code, Some(0), "{output}");
}

/// The second build of this changes a page, and hands over what it changed by a variable.
#[test]
fn the_place_of_the_list_is_an_output_variable() {
    let deploy = "
          - pipe: docker://deploypipes/aws-s3-deploy:0.1.0
            variables: {AWS_OIDC_ROLE_ARN: $AWS_OIDC_ROLE_ARN, AWS_DEFAULT_REGION: $AWS_DEFAULT_REGION,
              S3_BUCKET: handed, LOCAL_PATH: site, CHANGES_FILE: lists/changes.json}
          - rm -f lists/changes.json";
    let again = deploy.replace("\n          - rm -f lists/changes.json", "");
    let (code, output) = run(&format!(
        "
pipelines:
  default:
    - step:
        oidc: true
        script:{deploy}
          - echo two > site/index.html{again}
        artifacts: [lists/*]
        output-variables: [AWS_DEPLOY_CHANGES_FILE]
    - step:
        oidc: true
        script:
          - pipe: docker://deploypipes/aws-cloudfront-invalidate:0.1.0
            variables: {{AWS_OIDC_ROLE_ARN: $AWS_OIDC_ROLE_ARN, DISTRIBUTION_ID: E1, PATHS: changed,
              CHANGES_FILE: $AWS_DEPLOY_CHANGES_FILE}}
"
    ));
    assert_eq!(code, Some(0), "{output}");
    assert!(output.contains(": 1 changed key, 2 paths to invalidate"), "{output}");
}

#[test]
fn a_place_for_output_variables_that_is_not_there_costs_nothing_but_a_line_with_debug() {
    use super::both::{deploy, site, world};
    let (world, site) = (world(), site());
    let step = deploy(&world, &site, "1").set("BITBUCKET_PIPELINES_VARIABLES_PATH", "/nowhere/variables.env");
    step.run().exits(0).never_says("AWS_DEPLOY_CHANGES_FILE");
    let ended = step.set("DEBUG", "true").run().exits(0);
    assert_eq!(ended.log.matches("AWS_DEPLOY_CHANGES_FILE").count(), 1, "{}", ended.log);
    ended
        .says("DEBUG: the output variable AWS_DEPLOY_CHANGES_FILE cannot be left: No such file or directory");
}
