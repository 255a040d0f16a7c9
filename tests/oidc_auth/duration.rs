//! How long a session may last, and what happens when its time is over.

use std::time::Duration;

use local_aws::Cloud;
use oidc_auth::{Access, AccessError, Service, Variables, explain};

use crate::{EXCHANGE, ROLE, cloud, role, step};

fn access(cloud: &Cloud, seconds: &str) -> Access {
    let variables = Variables {
        aws_oidc_role_arn: Some(ROLE.into()),
        bitbucket_step_oidc_token: Some(step().sign()),
        aws_role_duration_seconds: Some(seconds.into()),
        aws_endpoint_url: Some(cloud.endpoint()),
        ..Variables::default()
    };
    Access::from_variables(&variables).expect("the variables are right")
}

#[tokio::test]
async fn the_maximum_of_the_role_is_named_when_it_is_exceeded() {
    for (hours, asked, longest, requests) in
        [(1, "7200", 3600, 1), (4, "43200", 14_400, 5), (11, "43200", 39_600, 5)]
    {
        let cloud = cloud();
        let mut role = role();
        role.max_session = Duration::from_hours(hours);
        cloud.create_role(role);
        let error = access(&cloud, asked).connect().await.expect_err("it is too long");
        assert!(matches!(error, AccessError::TooLong(_)), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("The requested DurationSeconds exceeds the MaxSessionDuration"), "{text}");
        assert!(text.contains(&format!("set AWS_ROLE_DURATION_SECONDS to {longest}, or raise")), "{text}");
        assert_eq!(cloud.count(EXCHANGE), requests, "a verdict is not asked for twice");
        access(&cloud, &longest.to_string()).connect().await.expect("the advice is good");
    }
}

#[tokio::test]
async fn a_renewal_that_was_refused_is_not_asked_for_again() {
    let cloud = cloud();
    cloud.credential_lifetime(Duration::from_secs(30));
    let session = access(&cloud, "3600").connect().await.expect("the token is good");
    let sts = aws_sdk_sts::Client::new(&session.sdk_config(Service::Sts, "us-east-1"));
    sts.get_caller_identity().send().await.expect("the first credentials are good");
    cloud.fail(EXCHANGE).with_error(400, "ExpiredTokenException", "Token expired: …");
    for _ in 0..3 {
        let error = sts.get_caller_identity().send().await.expect_err("the token is dead");
        assert!(explain(&error).is_credentials());
    }
    assert_eq!(cloud.count(EXCHANGE), 2);
}
