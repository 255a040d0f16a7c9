//! Every refusal of STS and CloudFront that a pipe has to tell from the others, as the SDK reads it.

use super::*;

async fn exchange_with(
    cloud: &Cloud,
    token: StepToken,
    seconds: Option<i32>,
) -> Result<(), (u16, String, String)> {
    let call = client!(aws_sdk_sts, cloud, "eu-west-1", None)
        .assume_role_with_web_identity()
        .role_arn(ROLE)
        .role_session_name("acme-website-7")
        .web_identity_token(token.sign())
        .set_duration_seconds(seconds);
    call.send().await.map(drop).map_err(|error| {
        let message = error.message().unwrap_or_default().to_owned();
        let (status, code) = refusal(error);
        (status, code, message)
    })
}

#[tokio::test]
async fn what_sts_refuses_by_itself() {
    let token = || StepToken::for_repository(&workspace(), REPOSITORY);
    let stranger = Workspace::new("other", "{84c08677-e352-4a1c-a107-6df387cfeef8}");
    for (token, seconds, status, code, message) in [
        (
            StepToken::for_repository(&workspace(), "{0}"),
            None,
            403,
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        ),
        (
            token().audience("sts.amazonaws.com"),
            None,
            400,
            "InvalidIdentityToken",
            "Incorrect token audience",
        ),
        (
            StepToken::for_repository(&stranger, REPOSITORY),
            None,
            400,
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://api.bitbucket.org/",
        ),
        (token().expired(), None, 400, "ExpiredTokenException", "Token expired: current date/time"),
        (token(), Some(3601), 400, "ValidationError", "exceeds the MaxSessionDuration set for this role."),
        (token(), Some(899), 400, "ValidationError", "'durationSeconds' failed to satisfy constraint"),
    ] {
        let refused = exchange_with(&cloud(), token, seconds).await.expect_err(message);
        assert_eq!((refused.0, refused.1.as_str()), (status, code), "{message}");
        assert!(refused.2.contains(message), "{message}: {}", refused.2);
    }
}

#[tokio::test]
async fn what_only_a_fault_makes_sts_refuse() {
    for (code, status) in [
        ("IDPCommunicationError", 400),
        ("IDPRejectedClaim", 403),
        ("InvalidIdentityToken", 400),
        ("PackedPolicyTooLarge", 400),
        ("RegionDisabledException", 403),
        ("Throttling", 400),
        ("ServiceUnavailable", 503),
    ] {
        let cloud = cloud();
        cloud.fail("AssumeRoleWithWebIdentity").with(code).times(1);
        let token = || StepToken::for_repository(&workspace(), REPOSITORY);
        let refused = exchange_with(&cloud, token(), None).await.expect_err(code);
        assert_eq!((refused.0, refused.1.as_str()), (status, code));
        assert_eq!(exchange_with(&cloud, token(), None).await, Ok(()), "{code}");
    }
}

#[tokio::test]
async fn what_cloudfront_refuses() {
    let cloud = cloud();
    let credentials = exchange(&cloud).await;
    cloud.invalidation_time(Duration::MAX);
    let create = async |reference: &str, quantity: i32, paths: &[String]| {
        let paths =
            Paths::builder().quantity(quantity).set_items(Some(paths.to_vec())).build().expect("complete");
        let batch = InvalidationBatch::builder().paths(paths).caller_reference(reference).build();
        let client = client!(aws_sdk_cloudfront, cloud, "us-east-1", Some(credentials.clone()));
        let call = client.create_invalidation().distribution_id("E1");
        call.invalidation_batch(batch.expect("complete")).send().await.map(drop).map_err(refusal)
    };
    let files = |count: usize| (0..count).map(|number| format!("/{number}")).collect::<Vec<_>>();
    let wildcards = |count: usize| (0..count).map(|number| format!("/{number}/*")).collect::<Vec<_>>();
    let one = |path: &str| vec![path.to_owned()];
    for (reference, quantity, paths, expected) in [
        ("large", 3001, files(3001), Err((413, "BatchTooLarge"))),
        ("count", 2, files(1), Err((400, "InconsistentQuantities"))),
        ("none", 0, vec![], Err((400, "InvalidArgument"))),
        ("blank", 1, one("/a b"), Err((400, "InvalidArgument"))),
        ("inside", 1, one("/a*b"), Err((400, "InvalidArgument"))),
        ("wildcards", 15, wildcards(15), Ok(())),
        ("sixteenth", 1, one("/x/*"), Err((400, "TooManyInvalidationsInProgress"))),
        ("files", 3000, files(3000), Ok(())),
        ("another", 1, one("/x"), Err((400, "TooManyInvalidationsInProgress"))),
        ("files", 3000, files(3000), Ok(())),
        ("files", 1, files(1), Err((409, "InvalidationBatchAlreadyExists"))),
    ] {
        let found = create(reference, quantity, &paths).await;
        assert_eq!(found, expected.map_err(|(status, code)| (status, code.to_owned())), "{reference}");
    }
    cloud.caller_reference_reuse(crate::ReferenceReuse::InvalidArgument);
    assert_eq!(create("files", 1, &files(1)).await, Err((400, "InvalidArgument".into())));
    assert_eq!(cloud.invalidations("E1").len(), 2);
    cloud.complete_invalidations();
    assert_eq!(create("sixteenth", 1, &one("/x/*")).await, Ok(()));
}
