//! A second role, assumed from the first.

use super::*;

const SECOND: &str = "arn:aws:iam::999999999999:role/Publish";

/// The statement by which a role trusts another, or an account.
fn trusting(whom: &str) -> Statement {
    let principal = format!(r#"{{"AWS":"{whom}"}}"#);
    Statement::allow(&["sts:AssumeRole"], &[]).to(serde_json::from_str(&principal).expect("a principal"))
}

/// A role of another account that trusts [`ROLE`] when it brings the external id, and that [`ROLE`] may assume.
fn chained() -> Cloud {
    let cloud = cloud();
    let trust = trusting(ROLE).when("StringEquals", "sts:ExternalId", &["customer:7"]);
    let mut first = cloud.services.iam.role(ROLE).expect("created").role;
    first.permissions.push(PolicyDocument::new(vec![Statement::allow(&["sts:AssumeRole"], &[SECOND, "*2"])]));
    cloud.create_role(first);
    cloud.create_role(Role {
        arn: SECOND.into(),
        trust: PolicyDocument::new(vec![trust]),
        permissions: vec![PolicyDocument::new(vec![Statement::allow(&["s3:PutObject"], &["*"])])],
        max_session: Duration::from_hours(12),
    });
    cloud
}

async fn assume(
    cloud: &Cloud,
    credentials: &Credentials,
    change: impl FnOnce(
        aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder,
    ) -> aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder,
) -> Result<Credentials, (u16, String, String)> {
    let call = client!(aws_sdk_sts, cloud, "eu-west-1", Some(credentials.clone())).assume_role();
    let call = call.role_arn(SECOND).role_session_name("acme-website-7").external_id("customer:7");
    match change(call).send().await {
        Ok(answer) => Ok(super::credentials(answer.credentials)),
        Err(error) => {
            let message = error.message().unwrap_or_default().to_owned();
            let (status, code) = refusal(error);
            Err((status, code, message))
        }
    }
}

#[tokio::test]
async fn a_chained_role_brings_its_own_permissions() {
    let cloud = chained();
    let first = exchange(&cloud).await;
    let second = assume(&cloud, &first, |call| call).await.expect("both agree");
    let caller = client!(aws_sdk_sts, cloud, "us-east-1", Some(second.clone())).get_caller_identity();
    let caller = caller.send().await.expect("everyone may ask");
    assert_eq!(caller.arn(), Some("arn:aws:sts::999999999999:assumed-role/Publish/acme-website-7"));
    assert_eq!(put(&cloud, second.clone(), "a").await, Ok(()));
    let get = s3(&cloud, second.clone()).get_object().bucket("site").key("a").send().await;
    assert_eq!(get.map(drop).map_err(refusal), Err((403, "AccessDenied".into())));

    let policy =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"*/b"}}"#;
    let narrow = assume(&cloud, &first, |call| call.policy(policy)).await.expect("both agree");
    assert_eq!(put(&cloud, narrow.clone(), "a").await, Err((403, "AccessDenied".into())));
    assert_eq!(put(&cloud, narrow, "b").await, Ok(()));
}

#[tokio::test]
async fn a_chained_role_is_refused_in_the_words_of_aws() {
    let cloud = chained();
    let first = exchange(&cloud).await;
    let denied = format!(
        "User: arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/acme-website-7 is not authorized to perform: sts:AssumeRole on resource: {SECOND}"
    );
    let refused = |result: Result<Credentials, (u16, String, String)>| result.map(drop).expect_err("refused");
    let no_id = refused(assume(&cloud, &first, |call| call.set_external_id(None)).await);
    assert_eq!(no_id, (403, "AccessDenied".into(), denied.clone()));
    let wrong_id = refused(assume(&cloud, &first, |call| call.external_id("customer:8")).await);
    assert_eq!(wrong_id, (403, "AccessDenied".into(), denied));
    let unknown = refused(assume(&cloud, &first, |call| call.role_arn(format!("{SECOND}2"))).await);
    assert_eq!((unknown.0, unknown.1.as_str()), (403, "AccessDenied"));
    let long = refused(assume(&cloud, &first, |call| call.duration_seconds(3601)).await);
    assert_eq!((long.0, long.1.as_str()), (400, "ValidationError"));
    assert!(long.2.contains("1 hour session limit for roles assumed by role chaining"), "{}", long.2);
    cloud.credential_lifetime(Duration::ZERO);
    let expired = exchange(&cloud).await;
    let expired = refused(assume(&cloud, &expired, |call| call).await);
    assert_eq!((expired.0, expired.1.as_str()), (403, "ExpiredToken"));
}

#[tokio::test]
async fn both_accounts_must_agree_and_in_one_account_a_name_is_enough() {
    let may = |effect: fn(&[&str], &[&str]) -> Statement| vec![effect(&["sts:AssumeRole"], &["*"])];
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let own = format!("arn:aws:iam::{ACCOUNT}:role/Second");
    for (second, whom, permissions, expected) in [
        (own.as_str(), ROLE, vec![], true),
        (own.as_str(), root.as_str(), vec![], false),
        (own.as_str(), root.as_str(), may(Statement::allow), true),
        (own.as_str(), ROLE, may(Statement::deny), false),
        (SECOND, ROLE, vec![], false),
        (SECOND, ROLE, may(Statement::allow), true),
        (SECOND, root.as_str(), may(Statement::allow), true),
        (SECOND, "arn:aws:iam::123456789012:role/Other", may(Statement::allow), false),
    ] {
        let cloud = cloud();
        let first = cloud.services.iam.role(ROLE).expect("created").role;
        cloud.create_role(Role { permissions: vec![PolicyDocument::new(permissions.clone())], ..first });
        cloud.create_role(Role {
            arn: second.into(),
            trust: PolicyDocument::new(vec![trusting(whom)]),
            permissions: vec![],
            max_session: Duration::from_hours(1),
        });
        let found = assume(&cloud, &exchange(&cloud).await, |call| call.role_arn(second)).await;
        assert_eq!(found.is_ok(), expected, "{second} trusts {whom}, first role: {permissions:?}");
    }
}
