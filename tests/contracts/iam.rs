//! The policies of `examples/iam`: exactly what the pipes say that they call.

use oidc_auth::Partition;
use oidc_auth::policy::{PolicyDocument, Statement};
use serde_json::Value;

use super::markdown::Markdown;
use super::repository;
use super::template::Template;

const ACCOUNT: &str = "111122223333";
const BUCKET: &str = "my-bucket";
const DISTRIBUTION: &str = "E2EXAMPLE51ABC";
const REPOSITORY: &str = "{9970a9b6-2d86-413f-8555-da8e1ac0e542}";
const ENVIRONMENT: &str = "{0f0f0f0f-2d86-413f-8555-da8e1ac0e542}";

fn workspace() -> local_aws::Workspace {
    local_aws::Workspace::new("acme", "84c08677-e352-4a1c-a107-6df387cfeef7")
}

/// What a run with deletion, `WAIT` and `PATHS: changed` calls: what `AWS_SESSION_POLICY: auto` asks for then.
fn deploys(target: &str, partition: Partition) -> Vec<Statement> {
    let extras = s3_deploy::permissions::Extras { delete: true, ..s3_deploy::permissions::Extras::default() };
    let target = target.parse().expect("a target");
    s3_deploy::permissions::statements(&target, extras, partition.name())
}

fn invalidates(partition: Partition) -> Vec<Statement> {
    use cloudfront_invalidate::permissions::{Extras, statements};
    let distribution = DISTRIBUTION.parse().expect("an id");
    statements(&[distribution], Extras { wait: true, setup: true }, partition, ACCOUNT)
}

fn template(file: &str, more: &[(&str, &str)]) -> Template {
    let audience = workspace().audience();
    let mut values = vec![
        ("Workspace", "acme"),
        ("Audience", &audience),
        ("RepositoryUuid", REPOSITORY),
        ("Bucket", BUCKET),
        ("AWS::Partition", "aws"),
        ("AWS::AccountId", ACCOUNT),
        ("AWS::StackName", "site"),
    ];
    values.extend(more);
    Template::read(&format!("examples/iam/{file}"), &values)
}

fn policy(value: &Value) -> PolicyDocument {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    PolicyDocument::from_json(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Every statement of a role's policies.
fn permissions(template: &Template) -> Vec<Statement> {
    let role = template.properties("Role").expect("there is a role");
    let policies = role["Policies"].as_array().expect("a list").clone();
    policies.iter().flat_map(|each| policy(&each["PolicyDocument"]).statement).collect()
}

fn trust(template: &Template) -> PolicyDocument {
    policy(&template.properties("Role").expect("there is a role")["AssumeRolePolicyDocument"])
}

#[test]
fn the_permissions_by_themselves_are_what_the_pipes_call() {
    let found = policy(&Value::String(repository::read("examples/iam/permissions.json")));
    assert_eq!(found.statement, [deploys(BUCKET, Partition::Aws), invalidates(Partition::Aws)].concat());
}

#[test]
fn the_role_s_permissions_are_what_the_pipes_call() {
    let both = template("role.yaml", &[("DistributionId", DISTRIBUTION)]);
    assert_eq!(permissions(&both), [deploys(BUCKET, Partition::Aws), invalidates(Partition::Aws)].concat());
    let below = template("role.yaml", &[("Prefix", "docs/v1/")]);
    assert_eq!(permissions(&below), deploys("my-bucket/docs/v1", Partition::Aws));
    let china = [("AWS::Partition", "aws-cn"), ("DistributionId", DISTRIBUTION)];
    let china = template("role.yaml", &china);
    assert_eq!(
        permissions(&china),
        [deploys(BUCKET, Partition::China), invalidates(Partition::China)].concat()
    );
    let site = template("site.yaml", &[("Distribution", DISTRIBUTION)]);
    assert_eq!(permissions(&site), [deploys(BUCKET, Partition::Aws), invalidates(Partition::Aws)].concat());
}

#[test]
fn the_role_trusts_the_steps_of_one_repository_or_of_one_environment() {
    let provider = workspace().provider_arn("aws", ACCOUNT);
    let expected = workspace().trust_policy(&provider, REPOSITORY, &[workspace().audience()]);
    assert_eq!(policy(&Value::String(repository::read("examples/iam/trust-policy.json"))), expected);
    for file in ["role.yaml", "site.yaml"] {
        let values = [("DistributionId", DISTRIBUTION), ("Distribution", DISTRIBUTION)];
        assert_eq!(trust(&template(file, &values)), expected, "{file}");
        let one = template(file, &[&values[..], &[("EnvironmentUuid", ENVIRONMENT)]].concat());
        let text = serde_json::to_string(&trust(&one)).expect("JSON");
        assert!(text.contains(&format!("\"{REPOSITORY}:{ENVIRONMENT}:*\"")), "{file}: {text}");
    }
}

#[test]
fn the_provider_is_that_of_the_workspace_and_is_left_out_where_there_is_one() {
    for file in ["role.yaml", "site.yaml"] {
        let provider = template(file, &[]).properties("Provider").expect("it is made");
        assert_eq!(provider["Url"].as_str(), Some(workspace().issuer_url().as_str()), "{file}");
        assert_eq!(provider["ClientIdList"][0].as_str(), Some(workspace().audience().as_str()), "{file}");
        assert_eq!(template(file, &[("CreateProvider", "false")]).properties("Provider"), None, "{file}");
    }
}

/// What a creation that failed leaves behind stands in the way of the next one.
#[test]
fn what_is_kept_is_not_kept_of_a_creation_that_failed() {
    for (file, count) in [("role.yaml", 1), ("site.yaml", 2)] {
        let text = repository::read(format!("examples/iam/{file}"));
        let policies: Vec<_> = text.lines().filter(|line| line.contains("DeletionPolicy:")).collect();
        assert_eq!(policies, vec!["    DeletionPolicy: RetainExceptOnCreate"; count], "{file}");
    }
}

#[test]
fn only_its_distribution_reads_the_site_s_bucket_and_nobody_the_record() {
    let site = template("site.yaml", &[("Distribution", DISTRIBUTION)]);
    let bucket = site.properties("BucketPolicy").expect("there is a policy");
    let statements = policy(&bucket["PolicyDocument"]).statement;
    assert_eq!(statements.len(), 2);
    let text = serde_json::to_string(&statements[0]).expect("JSON");
    let distribution = format!("arn:aws:cloudfront::{ACCOUNT}:distribution/{DISTRIBUTION}");
    assert!(text.contains(&distribution) && text.contains("cloudfront.amazonaws.com"), "{text}");
    assert_eq!(statements[1].resource.as_slice(), ["arn:aws:s3:::my-bucket/*.s3-deploy/record"]);
}

#[test]
fn every_permission_is_explained() {
    let table = Markdown::read("examples/iam/README.md").section("## What each permission is for").rows();
    let reasons = s3_deploy::permissions::REASONS.iter().chain(&cloudfront_invalidate::permissions::REASONS);
    let reasons: Vec<Vec<String>> =
        reasons.map(|(name, why)| vec![(*name).to_owned(), (*why).to_owned()]).collect();
    assert_eq!(table, reasons);
}

/// The commands of the document name what lies beside it, and the step is the one that is tested.
#[test]
fn what_is_shown_is_what_lies_there() {
    let document = Markdown::read("examples/iam/README.md");
    let commands: String =
        document.code().iter().filter(|code| code.language == "sh").map(|code| code.text.clone()).collect();
    for file in ["role.yaml", "site.yaml", "trust-policy.json", "permissions.json"] {
        assert!(commands.contains(file), "no command names {file}");
    }
    let shown =
        document.code().into_iter().find(|code| code.language == "yaml").expect("there is a step").text;
    let shown: Vec<String> = shown.lines().map(|line| format!("    {line}")).collect();
    let pipeline = repository::read("examples/iam/bitbucket-pipelines.yml");
    assert!(pipeline.contains(&shown.join("\n")), "{}", shown.join("\n"));
}
