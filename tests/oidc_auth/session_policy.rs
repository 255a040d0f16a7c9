//! What a session may do at most.

use std::sync::{Arc, Mutex};

use local_aws::Cloud;
use local_aws::iam::Role;
use local_aws::scenario::may_do_everything;
use oidc_auth::policy::Statement;
use oidc_auth::{Access, AccessError, Level, Scope, Service, Session, Variables, Voice, explain};

use crate::{EXCHANGE, ROLE, cloud, role, step};

const DISTRIBUTION: &str = "arn:aws:cloudfront::111122223333:distribution/E1";

/// A cloud whose role may do everything.
fn permissive() -> Cloud {
    let cloud = cloud();
    cloud.create_role(Role { permissions: vec![may_do_everything()], ..role() });
    cloud
}

fn access(cloud: &Cloud, policy: Option<&str>) -> Access {
    let variables = Variables {
        aws_oidc_role_arn: Some(ROLE.into()),
        bitbucket_step_oidc_token: Some(step().sign()),
        aws_session_policy: policy.map(str::to_owned),
        aws_endpoint_url: Some(cloud.endpoint()),
        ..Variables::default()
    };
    Access::from_variables(&variables).expect("the variables are right")
}

fn scope(actions: &[&str]) -> Scope {
    Scope::Statements(vec![Statement::allow(actions, &[DISTRIBUTION])])
}

/// What a session is told that asks for a second role, which no policy here lets it have.
async fn chained(session: &Session) -> String {
    let config = session.sdk_config(Service::Sts, "us-east-1");
    let config = aws_sdk_sts::config::Builder::from(&config).retry_classifier(session.widening()).build();
    let request =
        aws_sdk_sts::Client::from_conf(config).assume_role().role_arn(ROLE).role_session_name("again");
    explain(&request.send().await.expect_err("the role trusts tokens only")).to_string()
}

#[tokio::test]
async fn a_session_policy_that_sts_does_not_take_is_left_out_with_a_warning() {
    for (code, message) in [
        ("PackedPolicyTooLarge", "Packed policy consumes 112% of allotted space, please use smaller policy."),
        ("MalformedPolicyDocument", "Syntax errors in policy."),
    ] {
        let cloud = permissive();
        cloud.fail(EXCHANGE).with_error(400, code, message).times(1);
        let said = Arc::new(Mutex::new(Vec::new()));
        let hears = said.clone();
        let voice = Voice::to(move |notice| hears.lock().expect("not poisoned").push(notice.clone()));
        let access = access(&cloud, None).within(Service::CloudFront, scope(&["*"])).voiced(voice);
        access.connect().await.expect("it is asked again");
        assert_eq!(cloud.count(EXCHANGE), 2);
        let said = said.lock().expect("not poisoned");
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].text.contains(code), "{said:?}");
        assert_eq!([said[0].level, said[1].level], [Level::Warning, Level::Debug]);
        assert!(said[1].text.ends_with("with no session policy"), "{said:?}");
    }
}

#[tokio::test]
async fn a_policy_that_was_given_is_never_left_out() {
    let cloud = permissive();
    let given = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    cloud.fail(EXCHANGE).with_error(400, "PackedPolicyTooLarge", "Packed policy consumes 112% …").times(1);
    let error = access(&cloud, Some(given)).connect().await.expect_err("STS does not take it");
    assert!(matches!(error, AccessError::Refused(_)), "{error:?}");
    assert!(
        error.to_string().contains("\nhint: shorten or mend the policy in AWS_SESSION_POLICY"),
        "{error}"
    );
    assert_eq!(cloud.count(EXCHANGE), 1);
    cloud.heal();
    let session = access(&cloud, Some(given)).connect().await.expect("STS takes it now");
    chained(&session).await;
    assert_eq!(cloud.count(EXCHANGE), 2, "no exchange without it");
}
