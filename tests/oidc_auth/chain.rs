//! A second role, assumed from the first or from keys.

use std::time::Duration;

use local_aws::Cloud;
use local_aws::iam::Role;
use oidc_auth::policy::{PolicyDocument, Principal, Statement};
use oidc_auth::{Access, AccessError, Service, Variables};

use crate::{EXCHANGE, ROLE, cloud, role, step};

const SECOND: &str = "arn:aws:iam::444455556666:role/Target";

/// A cloud with a second role in another account, for whoever is `trusted` and names its customer.
fn chain(trusted: &str) -> Cloud {
    let cloud = cloud();
    let may_chain = PolicyDocument::new(vec![Statement::allow(&["sts:AssumeRole"], &[SECOND])]);
    cloud.create_role(Role { permissions: vec![may_chain], ..role() });
    let trust = Statement::allow(&["sts:AssumeRole"], &[])
        .to(Principal::Named([("AWS".to_owned(), [trusted][..].into())].into()))
        .when("StringEquals", "sts:ExternalId", &["customer:7"]);
    cloud.create_role(Role {
        arn: SECOND.into(),
        trust: PolicyDocument::new(vec![trust]),
        permissions: vec![],
        max_session: Duration::from_hours(1),
    });
    cloud
}

fn variables(cloud: &Cloud, external_id: Option<&str>) -> Variables {
    Variables {
        aws_oidc_role_arn: Some(ROLE.into()),
        aws_chained_role_arn: Some(SECOND.into()),
        aws_role_external_id: external_id.map(str::to_owned),
        bitbucket_step_oidc_token: Some(step().sign()),
        aws_endpoint_url: Some(cloud.endpoint()),
        ..Variables::default()
    }
}

fn access(variables: &Variables) -> Access {
    Access::from_variables(variables).expect("the variables are right")
}

#[tokio::test]
async fn the_second_role_is_who_the_run_is() {
    let cloud = chain(ROLE);
    let session = access(&variables(&cloud, Some("customer:7"))).connect().await.expect("it is trusted");
    assert_eq!(session.principal(), Some("arn:aws:sts::444455556666:assumed-role/Target/bitbucket-pipe"));
    assert_eq!((cloud.count(EXCHANGE), cloud.count("AssumeRole")), (1, 1));
    let sts = aws_sdk_sts::Client::new(&session.sdk_config(Service::Sts, "us-east-1"));
    let identity = sts.get_caller_identity().send().await.expect("the credentials are good");
    assert_eq!(identity.arn(), session.principal());
}

#[tokio::test]
async fn without_the_external_id_the_second_role_is_refused_and_both_sides_are_named() {
    for (external_id, words) in
        [(None, "needs AWS_ROLE_EXTERNAL_ID"), (Some("other"), "must be AWS_ROLE_EXTERNAL_ID")]
    {
        let cloud = chain(ROLE);
        let error = access(&variables(&cloud, external_id)).connect().await.expect_err("it is refused");
        assert!(matches!(error, AccessError::Chain(_)), "{error:?}");
        let text = error.to_string();
        for words in [words, "AccessDenied", &format!("must allow sts:AssumeRole to {ROLE},"), SECOND] {
            assert!(text.contains(words), "{text}");
        }
        assert_eq!(cloud.count("AssumeRole"), 1, "a verdict is not asked for twice");
    }
}

#[tokio::test]
async fn a_policy_that_was_given_and_that_sts_does_not_take_is_what_is_to_be_mended() {
    let cloud = chain(ROLE);
    cloud.fail("AssumeRole").with_error(400, "PackedPolicyTooLarge", "Packed policy consumes 112% …");
    let given = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let variables =
        Variables { aws_session_policy: Some(given.into()), ..variables(&cloud, Some("customer:7")) };
    let text = access(&variables).connect().await.expect_err("STS does not take it").to_string();
    assert!(text.contains("\nPackedPolicyTooLarge: Packed policy consumes 112% …"), "{text}");
    assert!(text.ends_with("\nhint: shorten or mend the policy in AWS_SESSION_POLICY"), "{text}");
}

#[tokio::test]
async fn keys_assume_a_role_too() {
    let cloud = chain("arn:aws:iam::111122223333:user/me");
    let may_chain = PolicyDocument::new(vec![Statement::allow(&["sts:AssumeRole"], &[SECOND])]);
    let key = cloud.create_user("me", vec![may_chain]);
    let variables = Variables {
        aws_oidc_role_arn: None,
        bitbucket_step_oidc_token: None,
        aws_access_key_id: Some(key.id),
        aws_secret_access_key: Some(key.secret),
        ..variables(&cloud, Some("customer:7"))
    };
    let session = access(&variables).connect().await.expect("it is trusted");
    assert_eq!(session.principal(), Some("arn:aws:sts::444455556666:assumed-role/Target/bitbucket-pipe"));
}

#[tokio::test]
async fn a_session_that_will_be_shorter_than_was_asked_for_says_so() {
    let cloud = chain(ROLE);
    for (asked, says) in [(None, false), (Some("3600"), false), (Some("7200"), true)] {
        let asked = asked.map(str::to_owned);
        let variables =
            Variables { aws_role_duration_seconds: asked, ..variables(&cloud, Some("customer:7")) };
        let notices: Vec<_> =
            access(&variables).notices().iter().map(|notice| notice.text.to_string()).collect();
        let line = "The session of AWS_CHAINED_ROLE_ARN will last 3600 seconds, not the 7200 of AWS_ROLE_DURATION_SECONDS";
        assert_eq!(notices.iter().any(|notice| notice.starts_with(line)), says, "{notices:?}");
    }
    let alone = Variables {
        aws_chained_role_arn: None,
        aws_role_duration_seconds: Some("7200".into()),
        ..variables(&cloud, None)
    };
    assert_eq!(access(&alone).notices().len(), 1);
}

#[tokio::test]
async fn both_roles_are_renewed_while_the_token_lives() {
    let cloud = chain(ROLE);
    cloud.credential_lifetime(Duration::from_secs(30));
    let session = access(&variables(&cloud, Some("customer:7"))).connect().await.expect("it is trusted");
    let sts = aws_sdk_sts::Client::new(&session.sdk_config(Service::Sts, "us-east-1"));
    for requests in 1..=3 {
        sts.get_caller_identity().send().await.expect("the credentials are good");
        assert_eq!((cloud.count(EXCHANGE), cloud.count("AssumeRole")), (requests, requests));
    }
}
