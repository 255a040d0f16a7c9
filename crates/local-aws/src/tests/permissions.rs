//! Role and session policies as a client meets them.

use super::*;

/// The role's permissions, held within a session policy.
async fn within(cloud: &Cloud, policy: &PolicyDocument) -> Credentials {
    let token = StepToken::for_repository(&workspace(), REPOSITORY).sign();
    let call = client!(aws_sdk_sts, cloud, "eu-west-1", None)
        .assume_role_with_web_identity()
        .role_arn(ROLE)
        .role_session_name("acme-website-7")
        .web_identity_token(token)
        .policy(serde_json::to_string(policy).expect("a policy is JSON"));
    credentials(call.send().await.expect("a good token").credentials)
}

async fn list(cloud: &Cloud, credentials: &Credentials, prefix: Option<&str>) -> Result<(), (u16, String)> {
    let list = s3(cloud, credentials.clone()).list_objects_v2().bucket("site");
    list.set_prefix(prefix.map(str::to_owned)).send().await.map(drop).map_err(refusal)
}

#[tokio::test]
async fn a_listing_is_held_to_its_prefix() {
    let cloud = cloud();
    let role = exchange(&cloud).await;
    let narrow =
        Statement::allow(&["s3:ListBucket"], &["*"]).when("StringEquals", "s3:prefix", &["public/a"]);
    let session = within(&cloud, &PolicyDocument::new(vec![narrow])).await;
    let denied = || Err((403, "AccessDenied".to_owned()));
    for (prefix, by_role, by_session) in [
        (Some("public/a"), Ok(()), Ok(())),
        (Some("public/b"), Ok(()), denied()),
        (Some("private/"), denied(), denied()),
        (Some(""), denied(), denied()),
        (None, denied(), denied()),
    ] {
        assert_eq!(list(&cloud, &role, prefix).await, by_role, "{prefix:?}");
        assert_eq!(list(&cloud, &session, prefix).await, by_session, "{prefix:?}");
    }
}

#[tokio::test]
async fn a_session_policy_binds_every_service() {
    let cloud = cloud();
    let objects = Statement::allow(&["s3:PutObject"], &["arn:aws:s3:::site/assets/*"]).when(
        "StringEqualsIfExists",
        "s3:x-amz-storage-class",
        &["STANDARD_IA"],
    );
    let session = within(&cloud, &PolicyDocument::new(vec![objects])).await;
    assert_eq!(put(&cloud, session.clone(), "assets/a.js").await, Ok(()));
    assert_eq!(put(&cloud, session.clone(), "index.html").await, Err((403, "AccessDenied".into())));
    let glacial = s3(&cloud, session.clone()).put_object().bucket("site").key("assets/b.js");
    let glacial = glacial.storage_class(aws_sdk_s3::types::StorageClass::DeepArchive).send().await;
    assert_eq!(glacial.map(drop).map_err(refusal), Err((403, "AccessDenied".into())));
    assert_eq!(invalidate(&cloud, session, "us-east-1").await, Err((403, "AccessDenied".into())));
    assert!(cloud.invalidations("E1").is_empty());
    assert_eq!(cloud.store().objects("site").into_keys().collect::<Vec<_>>(), ["assets/a.js"]);
}
