//! `examples/iam`: its role is enough for both pipes, its commands do what they say, its templates are sound.

#[path = "../oracle/moto.rs"]
mod moto;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use local_aws::scenario::{Site, Step};
use local_aws::{Cloud, Origin, Role, StepToken, Workspace};
use oidc_auth::policy::PolicyDocument;
use serde_json::Value;

use moto::Moto;

/// Names a virtual environment made from `tests/oracle/requirements.txt`. When it is set, what needs it is run or fails;
/// when it is not, that is skipped, which is said.
const VARIABLE: &str = "AWS_CLI_ORACLE";

const ACCOUNT: &str = "111122223333";
const ROLE: &str = "arn:aws:iam::111122223333:role/bitbucket-deploy";
const BUCKET: &str = "my-bucket";
const DISTRIBUTION: &str = "E2EXAMPLE51ABC";
const REPOSITORY: &str = "{9970a9b6-2d86-413f-8555-da8e1ac0e542}";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/iam")
}

fn read(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).expect("it is there")
}

fn workspace() -> Workspace {
    Workspace::new("acme", "84c08677-e352-4a1c-a107-6df387cfeef7")
}

/// An account that was set up as the document says, without `CloudFormation`.
fn cloud() -> Cloud {
    let cloud = Cloud::start();
    cloud.create_oidc_provider(ACCOUNT, &workspace().issuer_url(), [workspace().audience()]);
    let policy = |file| PolicyDocument::from_json(&read(file)).expect("a policy");
    cloud.create_role(Role {
        arn: ROLE.into(),
        trust: policy("trust-policy.json"),
        permissions: vec![policy("permissions.json")],
        max_session: Duration::from_hours(1),
    });
    cloud.store().create_bucket(BUCKET, "eu-west-1");
    cloud.store().create_bucket("another", "eu-west-1");
    cloud.create_distribution_in(ACCOUNT, DISTRIBUTION, Origin::new(BUCKET, ""));
    cloud
}

/// A pipe in a step of this repository.
fn step(cloud: &Cloud, site: &Site, pipe: &str, repository: &str) -> Step {
    Step::new(env!("CARGO_BIN_EXE_local-pipeline"), site.clone_folder())
        .argument("__pipe")
        .argument(pipe)
        .set("AWS_ENDPOINT_URL", &cloud.endpoint())
        .set("AWS_OIDC_ROLE_ARN", ROLE)
        .set("BITBUCKET_STEP_OIDC_TOKEN", &StepToken::for_repository(&workspace(), repository).sign())
        .set("CHANGES_FILE", "changes.json")
        .set("BITBUCKET_BUILD_NUMBER", "7")
}

fn deploy(cloud: &Cloud, site: &Site, bucket: &str, repository: &str) -> Step {
    step(cloud, site, "s3-deploy", repository)
        .set("S3_BUCKET", bucket)
        .set("LOCAL_PATH", "build")
        .set("DELETE_FLAG", "true")
}

#[test]
fn the_role_is_enough_for_both_pipes_and_trusts_one_repository() {
    let (cloud, site) = (cloud(), Site::small());
    for policy in ["auto", "none"] {
        site.write("film.bin", vec![0; 9 * 1024 * 1024]);
        site.write("index.html", format!("with {policy}"));
        let deploy = deploy(&cloud, &site, BUCKET, REPOSITORY).set("AWS_SESSION_POLICY", policy);
        deploy.run().exits(0).never_says("would");
        site.remove("film.bin");
        deploy.run().exits(0).never_says("would").says("deleted 1");
        step(&cloud, &site, "cloudfront-invalidate", REPOSITORY)
            .set("AWS_SESSION_POLICY", policy)
            .set("DISTRIBUTION_ID", DISTRIBUTION)
            .set("PATHS", "changed")
            .set("WAIT", "true")
            .run()
            .exits(0)
            .never_says("allow");
    }
    deploy(&cloud, &site, "another", REPOSITORY)
        .run()
        .exits(1)
        .says("no identity-based policy allows the s3:ListBucket");
    let other = "{00000000-2d86-413f-8555-da8e1ac0e542}";
    deploy(&cloud, &site, BUCKET, other).run().exits(1).says("AccessDenied");
}

#[test]
fn the_first_step_checks_the_access_and_the_second_deploys() {
    let output = Command::new(env!("CARGO_BIN_EXE_local-pipeline"))
        .arg(folder().join("bitbucket-pipelines.yml"))
        .output()
        .expect("local-pipeline starts");
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    let (check, deploy) = text.split_once("Step 2 of 2: Deploy").expect("there are two steps");
    let document = read("README.md");
    for words in ["Logged in as arn:aws:sts::", "Dry run: nothing was written."] {
        assert!(check.contains(words) && document.contains(words), "{words}\n{text}");
    }
    assert!(deploy.contains("upload: build/index.html to s3://my-bucket/index.html (new)"), "{text}");
}

#[test]
fn the_templates_are_sound() {
    let Some(programs) = programs() else { return };
    let mut lint = Command::new(programs.join("cfn-lint"));
    let output = lint.args(["role.yaml", "site.yaml"]).current_dir(folder()).output();
    let output = output.expect("cfn-lint starts");
    assert!(output.status.success(), "{}", text(&output));
}

/// As a reader types them, one after the other; only the one that asks Bitbucket is left out.
#[test]
fn the_commands_of_the_document_make_the_roles() {
    let Some(programs) = programs() else { return };
    let moto = Moto::start(&programs.join("moto_server"));
    let path = format!("{}:/usr/bin:/bin", programs.display());
    let shell = |script: &str| {
        let output = Command::new("bash")
            .args(["-euc", script])
            .current_dir(folder())
            .env_clear()
            .env("PATH", &path)
            .env("AWS_ENDPOINT_URL", moto.endpoint())
            .env("AWS_ACCESS_KEY_ID", "any")
            .env("AWS_SECRET_ACCESS_KEY", "any")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_PAGER", "")
            .output()
            .expect("bash starts");
        assert!(output.status.success(), "{script}\n{}", text(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let commands = commands(&read("README.md"));
    assert!(commands.iter().filter(|command| command.starts_with("aws ")).count() >= 5, "{commands:?}");
    let said = shell(&commands.join("\n"));
    assert!(said.contains(":role/bitbucket-deploy"), "{said}");
    // The role whose ARN is to be given to Bitbucket trusts the repository.
    let (_, checked) = said.split_once("\narn:aws:iam::").expect("the ARN is printed");
    let (arn, checked) = checked.split_once('\n').expect("the policy is printed");
    assert!(
        arn.contains(":role/bitbucket-deploy-") && checked.contains(&format!("{REPOSITORY}:*")),
        "{said}"
    );

    let answer: Value = serde_json::from_str(&shell("aws iam list-roles")).expect("JSON");
    let roles = answer["Roles"].as_array().expect("a list").clone();
    assert_eq!(roles.len(), 3, "two by the templates, one without: {roles:?}");
    for role in roles {
        let arn = role["Arn"].as_str().expect("an ARN");
        let account = arn.split(':').nth(4).expect("an account");
        // Without CloudFormation the reader puts the account in.
        let account = if arn.ends_with("role/bitbucket-deploy") { ACCOUNT } else { account };
        let expected = read("trust-policy.json").replace(ACCOUNT, account);
        let expected = PolicyDocument::from_json(&expected).expect("a policy");
        let found = PolicyDocument::from_json(&role["AssumeRolePolicyDocument"].to_string());
        assert_eq!(found.expect("a policy"), expected, "{arn}");
    }
}

/// The blocks of commands, but for those that need Bitbucket itself.
fn commands(document: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    for block in document.split("```sh\n").skip(1) {
        let (commands, _) = block.split_once("```").expect("a block ends");
        if !commands.starts_with("curl ") {
            blocks.push(commands.to_owned());
        }
    }
    blocks
}

/// Where the programs are; says that it is skipped when nothing names them.
fn programs() -> Option<PathBuf> {
    let folder = std::env::var_os(VARIABLE).filter(|folder| !folder.is_empty());
    if folder.is_none() {
        let _ = writeln!(std::io::stderr().lock(), "skipped: {VARIABLE} names no virtual environment");
    }
    folder.map(|folder| Path::new(&folder).join("bin"))
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}
