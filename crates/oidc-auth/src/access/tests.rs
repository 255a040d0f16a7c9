//! Which variables make which way to AWS, and what each session may do.

use aws_config::retry::RetryConfig;

use super::*;
use crate::partition::Partition;

const ROLE: &str = "arn:aws:iam::123456789012:role/Deploy";
/// Two empty objects, and what stands for a signature.
const TOKEN: &str = "e30.e30.token-hunter2";

fn oidc() -> Variables {
    Variables {
        aws_oidc_role_arn: Some(ROLE.into()),
        bitbucket_step_oidc_token: Some(TOKEN.into()),
        ..Variables::default()
    }
}

fn keys() -> Variables {
    Variables {
        aws_access_key_id: Some("AKIAEXAMPLE".into()),
        aws_secret_access_key: Some("secret-hunter2".into()),
        aws_session_token: Some("session-hunter2".into()),
        ..Variables::default()
    }
}

fn identity(variables: &Variables) -> WebIdentity {
    match Access::from_variables(variables).expect("the variables are right").way {
        Way::Oidc(identity) => identity,
        Way::Keys(_) => unreachable!("a role and a token are given"),
    }
}

#[test]
fn the_session_is_named_after_the_build_unless_it_is_named() {
    let build = Variables {
        bitbucket_workspace: Some("acme".into()),
        bitbucket_repo_slug: Some("site".into()),
        bitbucket_build_number: Some("42".into()),
        ..oidc()
    };
    assert_eq!(identity(&oidc()).session_name.as_str(), "bitbucket-pipe");
    assert_eq!(identity(&oidc()).duration.seconds(), 3600);
    assert_eq!(identity(&build).session_name.as_str(), "acme-site-42");
    let named = Variables {
        aws_role_session_name: Some("release".into()),
        aws_role_duration_seconds: Some("900".into()),
        ..build
    };
    assert_eq!(identity(&named).session_name.as_str(), "release");
    assert_eq!(identity(&named).duration.seconds(), 900);
}

#[test]
fn every_fault_is_found_at_once() {
    let variables = Variables {
        aws_oidc_role_arn: Some("Deploy".into()),
        aws_role_session_name: Some("a b".into()),
        aws_role_duration_seconds: Some("1h".into()),
        aws_default_region: Some("Frankfurt".into()),
        aws_endpoint_url_s3: Some("storage".into()),
        aws_ca_bundle: Some("/absent/bundle.pem".into()),
        https_proxy: Some("socks5://proxy".into()),
        ..oidc()
    };
    let faults = Access::from_variables(&variables).expect_err("nothing is right");
    let mut variables: Vec<_> = faults.iter().map(|fault| fault.variable).collect();
    variables.sort_unstable();
    assert_eq!(
        variables,
        [
            "AWS_CA_BUNDLE",
            "AWS_DEFAULT_REGION",
            "AWS_ENDPOINT_URL_S3",
            "AWS_OIDC_ROLE_ARN",
            "AWS_ROLE_DURATION_SECONDS",
            "AWS_ROLE_SESSION_NAME",
            "HTTPS_PROXY",
        ]
    );
}

#[test]
fn a_role_that_is_not_used_is_not_judged() {
    let variables = Variables { aws_oidc_role_arn: Some("Deploy".into()), ..keys() };
    let access = Access::from_variables(&variables).expect("the keys are right");
    assert_eq!(access.notices().len(), 2);
}

#[test]
fn the_default_region_goes_before_the_other() {
    let region = |default: Option<&str>, other: Option<&str>| {
        let variables = Variables {
            aws_default_region: default.map(str::to_owned),
            aws_region: other.map(str::to_owned),
            ..keys()
        };
        let access = Access::from_variables(&variables).expect("the regions are right");
        access.region.map(|region| region.as_str().to_owned())
    };
    assert_eq!(region(Some("eu-west-1"), Some("us-east-2")).as_deref(), Some("eu-west-1"));
    assert_eq!(region(None, Some("us-east-2")).as_deref(), Some("us-east-2"));
    assert_eq!(region(None, None), None);
}

#[test]
fn secrets_are_listed_and_never_shown() {
    let variables = Variables {
        aws_oidc_role_arn: Some(ROLE.into()),
        bitbucket_step_oidc_token: Some(TOKEN.into()),
        https_proxy: Some("http://me:proxy-hunter2@proxy".into()),
        ..keys()
    };
    for (variables, count) in [(oidc(), 1), (keys(), 2), (variables, 4)] {
        let access = Access::from_variables(&variables).expect("the variables are right");
        let debug = format!("{access:?}");
        assert!(!debug.contains("hunter2"), "{debug}");
        assert_eq!(access.secrets().len(), count);
        assert!(access.secrets().iter().all(|secret| secret.ends_with("hunter2")));
    }
}

#[tokio::test]
async fn keys_connect_without_a_request() {
    let variables = Variables { aws_region: Some("cn-north-1".into()), ..keys() };
    let access = Access::from_variables(&variables).expect("the keys are right");
    let session = access.connect().await.expect("nothing can refuse");
    assert_eq!(session.principal(), None);
    assert_eq!((session.partition(), session.region()), (Partition::China, Some("cn-north-1")));
    let debug = format!("{session:?} {:?}", session.sdk_config(Service::S3, "eu-west-1"));
    assert!(!debug.contains("hunter2"), "{debug}");
}

#[tokio::test]
async fn a_services_settings_are_its_own() {
    let variables = Variables { aws_endpoint_url_s3: Some("https://storage.example.com".into()), ..keys() };
    let access = Access::from_variables(&variables).expect("the keys are right");
    let session = access.connect().await.expect("nothing can refuse");
    let (s3, cloudfront) =
        (session.sdk_config(Service::S3, "eu-west-1"), session.sdk_config(Service::CloudFront, "us-east-1"));
    assert_eq!(s3.endpoint_url(), Some("https://storage.example.com"));
    assert_eq!(s3.region().map(ToString::to_string).as_deref(), Some("eu-west-1"));
    assert_eq!(cloudfront.endpoint_url(), None);
    assert_eq!(cloudfront.region().map(ToString::to_string).as_deref(), Some("us-east-1"));
    assert!(
        s3.retry_config().map(RetryConfig::max_attempts)
            > cloudfront.retry_config().map(RetryConfig::max_attempts)
    );
    assert_ne!(session.retry_partition(Service::S3), session.retry_partition(Service::CloudFront));
}

#[test]
fn a_second_role_is_assumed_for_an_hour_at_most() {
    let second = "arn:aws-cn:iam::444455556666:role/Second";
    let chained = |duration: &str, id: Option<&str>| {
        let variables = Variables {
            aws_chained_role_arn: Some(second.into()),
            aws_role_duration_seconds: Some(duration.into()),
            aws_role_external_id: id.map(str::to_owned),
            ..oidc()
        };
        let access = Access::from_variables(&variables).expect("the variables are right");
        assert_eq!(access.role().map(RoleArn::as_str), Some(second));
        let chained = access.chained.expect("a second role");
        (chained.duration.seconds(), chained.external_id.map(|id| id.as_str().to_owned()))
    };
    assert_eq!(chained("43200", None), (3600, None));
    assert_eq!(chained("900", Some("customer:7")), (900, Some("customer:7".into())));
    let variables = Variables { aws_chained_role_arn: Some(second.into()), ..keys() };
    let access = Access::from_variables(&variables).expect("keys may assume a role");
    assert_eq!(access.role().map(RoleArn::as_str), Some(second));
    for (id, role, variable) in [
        (Some("x"), Some(second), "AWS_ROLE_EXTERNAL_ID"),
        (Some("customer:7"), None, "AWS_ROLE_EXTERNAL_ID"),
        (None, Some("Second"), "AWS_CHAINED_ROLE_ARN"),
    ] {
        let variables = Variables {
            aws_chained_role_arn: role.map(str::to_owned),
            aws_role_external_id: id.map(str::to_owned),
            ..oidc()
        };
        let faults = Access::from_variables(&variables).expect_err(variable);
        assert_eq!(faults.iter().map(|fault| fault.variable).collect::<Vec<_>>(), [variable]);
    }
}

#[test]
fn the_account_of_a_role_is_judged_before_anything_is_sent() {
    let second = Some("arn:aws:iam::444455556666:role/Second".to_owned());
    for (accounts, chained, expected) in [
        ("123456789012", None, None),
        ("444455556666 123456789012", None, None),
        (
            "444455556666",
            None,
            Some("does not list 123456789012, the account of the role in AWS_OIDC_ROLE_ARN"),
        ),
        ("444455556666", second.clone(), None),
        (
            "123456789012",
            second,
            Some("does not list 444455556666, the account of the role in AWS_CHAINED_ROLE_ARN"),
        ),
        ("12345", None, Some("of twelve digits; not `12345`")),
    ] {
        let variables = Variables {
            aws_allowed_account_ids: Some(accounts.into()),
            aws_chained_role_arn: chained,
            ..oidc()
        };
        let fault = Access::from_variables(&variables).err().map(|faults| faults[0].to_string());
        assert_eq!(fault.is_some(), expected.is_some(), "{accounts}: {fault:?}");
        assert!(fault.unwrap_or_default().contains(expected.unwrap_or_default()), "{accounts}");
    }
}

#[test]
fn a_session_is_limited_where_a_policy_can_say_it() {
    use crate::policy::Statement;
    let statement =
        |resource: &str| Scope::Statements(vec![Statement::allow(&["s3:PutObject"], &[resource])]);
    let given = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let long = "x".repeat(3000);
    let elsewhere = Variables { aws_endpoint_url_s3: Some("https://storage.example.com".into()), ..oidc() };
    let none = Variables { aws_session_policy: Some("none".into()), ..oidc() };
    let own = Variables { aws_session_policy: Some(given.into()), ..oidc() };
    for (variables, scope, has_policy, said) in [
        (oidc(), statement("*"), true, None),
        (oidc(), statement(&long), false, Some("and STS takes 2048")),
        (
            oidc(),
            Scope::Unknown("S3_BUCKET is an alias".into()),
            false,
            Some("because S3_BUCKET is an alias; "),
        ),
        (elsewhere, statement("*"), false, Some("because the service is not at the same endpoint")),
        (none, statement(&long), false, None),
        (own, statement(&long), false, None),
        (keys(), statement(&long), false, None),
    ] {
        let access = Access::from_variables(&variables).expect("the variables are right");
        let before = access.notices().len();
        let access = access.within(Service::S3, scope);
        assert_eq!(access.scope.is_some(), has_policy, "{variables:?}");
        let notices: Vec<String> =
            access.notices()[before..].iter().map(|notice| notice.text.to_string()).collect();
        assert_eq!(notices.len(), usize::from(said.is_some()), "{notices:?}");
        assert!(notices.concat().contains(said.unwrap_or_default()), "{notices:?}");
    }
}

#[test]
fn a_policy_that_nothing_would_obey_is_a_fault() {
    let policy = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let variables = Variables { aws_session_policy: Some(policy.into()), ..keys() };
    let faults = Access::from_variables(&variables).expect_err("keys have no session");
    assert_eq!(faults[0].variable, "AWS_SESSION_POLICY");
    let role = Some("arn:aws:iam::444455556666:role/Second".into());
    assert!(Access::from_variables(&Variables { aws_chained_role_arn: role, ..variables }).is_ok());
}

/// Every mistake is named where another one stops the decision, and no mistake that only follows from another.
#[test]
fn no_fault_hides_another() {
    let named = |variables: &Variables| {
        let faults = Access::from_variables(variables).expect_err("there are faults");
        let mut named: Vec<&str> = faults.iter().map(|fault| fault.variable).collect();
        named.sort_unstable();
        named
    };
    let role = |arn: &str| Variables { aws_oidc_role_arn: Some(arn.into()), ..Variables::default() };
    assert_eq!(named(&role("nonsense")), ["AWS_OIDC_ROLE_ARN"; 2]);
    assert_eq!(named(&role(ROLE)), ["AWS_OIDC_ROLE_ARN"]);
    let both = Variables { bitbucket_step_oidc_token: Some("no token".into()), ..role("nonsense") };
    assert_eq!(named(&both), ["AWS_OIDC_ROLE_ARN", "BITBUCKET_STEP_OIDC_TOKEN"]);
    let token = Variables { bitbucket_step_oidc_token: Some("no token".into()), ..Variables::default() };
    assert_eq!(named(&token), ["AWS_OIDC_ROLE_ARN", "BITBUCKET_STEP_OIDC_TOKEN"]);
    let half = Variables { aws_access_key_id: Some("AKIAEXAMPLE".into()), ..role("nonsense") };
    assert_eq!(named(&half), ["AWS_OIDC_ROLE_ARN", "AWS_SECRET_ACCESS_KEY"]);
    // The account of a role is known although its token is damaged.
    let elsewhere = Variables {
        bitbucket_step_oidc_token: Some("no token".into()),
        aws_allowed_account_ids: Some("111122223333".into()),
        ..role(ROLE)
    };
    assert_eq!(named(&elsewhere), ["AWS_ALLOWED_ACCOUNT_IDS", "BITBUCKET_STEP_OIDC_TOKEN"]);
    // The account of the first role does not matter where a second one is meant.
    let second = Variables { aws_chained_role_arn: Some("Second".into()), ..elsewhere };
    assert_eq!(named(&second), ["AWS_CHAINED_ROLE_ARN", "BITBUCKET_STEP_OIDC_TOKEN"]);
    let policy = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let limited = Variables {
        aws_chained_role_arn: Some("Second".into()),
        aws_session_policy: Some(policy.into()),
        ..keys()
    };
    assert_eq!(named(&limited), ["AWS_CHAINED_ROLE_ARN"]);
}
