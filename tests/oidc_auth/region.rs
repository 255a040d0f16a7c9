//! Regions, partitions and audiences.

use std::sync::{Arc, Mutex};

use local_aws::iam::Role;
use local_aws::{Cloud, StepToken};
use oidc_auth::{Access, Level, Partition, Variables, Voice};

use crate::{EXCHANGE, REPOSITORY, ROLE, cloud, role, step, workspace};

fn variables(cloud: &Cloud, role: &str, token: &StepToken) -> Variables {
    Variables {
        aws_oidc_role_arn: Some(role.into()),
        bitbucket_step_oidc_token: Some(token.sign()),
        aws_endpoint_url: Some(cloud.endpoint()),
        ..Variables::default()
    }
}

#[tokio::test]
async fn where_sts_is_not_active_the_partitions_default_is_asked() {
    let refusal = "STS is not activated in this region for account:111122223333.";
    for (region, requests) in [(Some("ap-east-1"), 2), (None, 1)] {
        let cloud = cloud();
        cloud.fail(EXCHANGE).with_error(403, "RegionDisabledException", refusal).times(1);
        let variables =
            Variables { aws_default_region: region.map(str::to_owned), ..variables(&cloud, ROLE, &step()) };
        let said = Arc::new(Mutex::new(String::new()));
        let hears = said.clone();
        let voice = Voice::to(move |notice| {
            if notice.level != Level::Debug {
                hears.lock().expect("not poisoned").push_str(&notice.text);
            }
        });
        let access = Access::from_variables(&variables).expect("the variables are right").voiced(voice);
        let connected = access.connect().await;
        assert_eq!(connected.is_ok(), region.is_some(), "{connected:?}");
        assert_eq!(cloud.count(EXCHANGE), requests);
        let said = said.lock().expect("not poisoned");
        let expected = "STS is not active in ap-east-1 for this account: that of us-east-1 is asked instead";
        assert_eq!(said.as_str(), if region.is_some() { expected } else { "" });
    }
}

#[tokio::test]
async fn roles_of_other_partitions_are_assumed() {
    for (partition, name) in [(Partition::China, "aws-cn"), (Partition::GovCloud, "aws-us-gov")] {
        let cloud = cloud();
        let arn = ROLE.replace("arn:aws:", &format!("arn:{name}:"));
        let provider = workspace().provider_arn(name, "111122223333");
        let trust = workspace().trust_policy(&provider, REPOSITORY, &[workspace().audience()]);
        cloud.create_role(Role { arn: arn.clone(), trust, ..role() });
        let access =
            Access::from_variables(&variables(&cloud, &arn, &step())).expect("the variables are right");
        let session = access.connect().await.expect("the role trusts the step");
        let principal = session.principal().unwrap_or_default();
        assert!(principal.starts_with(&format!("arn:{name}:sts::111122223333:")), "{principal}");
        assert_eq!(session.partition(), partition);
    }
}

#[tokio::test]
async fn custom_audiences_are_taken_where_provider_and_role_know_them() {
    let cloud = cloud();
    let audience = "https://deploy.example.com";
    let audiences = [workspace().audience(), audience.to_owned()];
    cloud.create_oidc_provider("111122223333", &workspace().issuer_url(), &audiences);
    let provider = workspace().provider_arn("aws", "111122223333");
    let trust = workspace().trust_policy(&provider, REPOSITORY, &audiences);
    cloud.create_role(Role { trust, ..role() });
    let token = step().audience(audience);
    let access = Access::from_variables(&variables(&cloud, ROLE, &token)).expect("the variables are right");
    access.connect().await.expect("the audience is known");
}

#[tokio::test]
async fn each_partition_has_an_sts_of_its_own() {
    for (partition, region, host) in [
        ("aws", None, "sts.us-east-1.amazonaws.com"),
        ("aws", Some("eu-south-1"), "sts.eu-south-1.amazonaws.com"),
        ("aws-cn", None, "sts.cn-north-1.amazonaws.com.cn"),
        ("aws-cn", Some("cn-northwest-1"), "sts.cn-northwest-1.amazonaws.com.cn"),
        ("aws-cn", Some("eu-west-1"), "sts.cn-north-1.amazonaws.com.cn"),
        ("aws-us-gov", None, "sts.us-gov-west-1.amazonaws.com"),
        ("aws-us-gov", Some("us-gov-east-1"), "sts.us-gov-east-1.amazonaws.com"),
        ("aws-iso", None, "sts.us-iso-east-1.c2s.ic.gov"),
    ] {
        let role = ROLE.replace("arn:aws:", &format!("arn:{partition}:"));
        let head = crate::asked_of_the_proxy(&role, region).await;
        assert!(head.starts_with(&format!("CONNECT {host}:443 ")), "{partition} {region:?}: {head}");
    }
}
