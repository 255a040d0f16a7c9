//! The accounts that keys may belong to.

use oidc_auth::{Access, AccessError, Variables};

use crate::cloud;

#[tokio::test]
async fn keys_of_another_account_are_turned_down_before_they_are_used() {
    let cloud = cloud();
    let key = cloud.create_user("me", vec![]);
    for (secret, accounts, expected) in [
        (key.secret.as_str(), "111122223333", None),
        (
            &key.secret,
            "444455556666",
            Some("the keys are those of arn:aws:iam::111122223333:user/me, whose account"),
        ),
        ("wrong", "111122223333", Some("STS does not say whose keys these are")),
    ] {
        cloud.clear_requests();
        let variables = Variables {
            aws_access_key_id: Some(key.id.clone()),
            aws_secret_access_key: Some(secret.into()),
            aws_allowed_account_ids: Some(accounts.into()),
            aws_endpoint_url: Some(cloud.endpoint()),
            ..Variables::default()
        };
        let access = Access::from_variables(&variables).expect("the variables are right");
        match (access.connect().await, expected) {
            (Ok(session), None) => {
                assert_eq!(session.principal(), Some("arn:aws:iam::111122223333:user/me"));
            }
            (Err(error), Some(words)) => {
                assert!(matches!(error, AccessError::Account { .. } | AccessError::Keys { .. }), "{error:?}");
                assert!(error.to_string().contains(words), "{error}");
            }
            (result, _) => unreachable!("{accounts}: {result:?}"),
        }
        assert_eq!(cloud.count("GetCallerIdentity"), 1, "it is asked once");
    }
}
