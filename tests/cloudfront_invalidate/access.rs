//! Both ways to AWS, and what is said when there is none.

use local_aws::Origin;
use local_aws::iam::AccessKey;
use local_aws::issuer::{StepToken, Workspace};
use local_aws::scenario::{ACCOUNT, BUCKET, ROLE, Site, World, is_on_disk};

use super::step::{DISTRIBUTION, invalidate, needed, only, requests, result, user, with_keys, world};

#[test]
fn the_token_of_the_step_is_enough() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    invalidate(&world, &site)
        .run()
        .exits(0)
        .says("INFO: Authenticating with a OpenID Connect (OIDC) Web Identity Provider");
    only(&world);
    assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 1);
}

#[test]
fn a_token_that_sts_refuses_invalidates_nothing_and_shows_its_claims() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    let stranger = Workspace::new("stranger", "{11111111-2222-4333-8444-555555555555}");
    let token = StepToken::for_repository(&stranger, local_aws::scenario::REPOSITORY).sign();
    invalidate(&world, &site)
        .set("BITBUCKET_STEP_OIDC_TOKEN", &token)
        .set("RESULT_FILE", "result.json")
        .run()
        .exits(1)
        .says("ERROR: Error creating a cloudfront invalidation: STS refused to let this step assume")
        .says("workspaces/stranger/pipelines-config/identity/oidc")
        .says("\n✖ Failed to create a cloudfront invalidation: STS refused to let this step assume")
        .never_says(&token);
    assert_eq!(requests(&world), 0);
    let result = result(&site.clone_folder().join("result.json"));
    assert!(result["error"].as_str().is_some_and(|error| error.contains("STS refused")), "{result}");
}

#[test]
fn a_refusal_is_compared_with_the_trust_policy_that_the_repository_keeps() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    let provider = world.workspace.provider_arn("aws", ACCOUNT);
    let audiences = [world.workspace.audience()];
    let trust = world.workspace.trust_policy(&provider, local_aws::scenario::REPOSITORY, &audiences);
    let role = serde_json::json!({"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": trust}});
    std::fs::write(site.clone_folder().join("role.json"), role.to_string()).expect("a file");
    let other = "{00000000-2222-3333-4444-555555555555}";
    invalidate(&world, &site)
        .set("AWS_TRUST_POLICY_FILE", "role.json")
        .set("BITBUCKET_STEP_OIDC_TOKEN", &StepToken::for_repository(&world.workspace, other).sign())
        .run()
        .exits(1)
        .says("\ncause: statement 1 of role.json (AWS_TRUST_POLICY_FILE) does not let this token in:\n  StringLike on ")
        .says(&format!("\n    the token has     {other}:"))
        .says(&format!(":sub\": \"{other}:*\"}}"));
    assert_eq!(requests(&world), 0);
}

#[test]
fn keys_work_and_a_role_without_a_token_falls_back_to_them() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    let key = user(&world);
    let step = with_keys(invalidate(&world, &site), &key);
    step.run()
        .exits(0)
        .says("INFO: Using default authentication with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
        .never_says(&key.secret);
    step.set("AWS_OIDC_ROLE_ARN", ROLE)
        .run()
        .exits(0)
        .says("WARNING: Parameter")
        .says("in the step configuration is required for OIDC authentication")
        .says("INFO: Using default authentication with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
    assert_eq!(world.cloud.invalidations(DISTRIBUTION).len(), 2);
    assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 0);
}

#[test]
fn temporary_keys_work_with_their_session_token_and_only_with_it() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    invalidate(&world, &site).run().exits(0);
    let issued = world.cloud.issued_credentials().remove(0);
    let key = AccessKey { id: issued.id.clone(), secret: issued.secret.clone() };
    let step = with_keys(invalidate(&world, &site), &key);
    step.run()
        .exits(1)
        .says("InvalidClientTokenId")
        .says("\nhint: check AWS_ACCESS_KEY_ID; temporary keys also need their AWS_SESSION_TOKEN\n");
    assert_eq!(world.cloud.invalidations(DISTRIBUTION).len(), 1);
    step.set("AWS_SESSION_TOKEN", &issued.session_token).run().exits(0).never_says(&issued.session_token);
    assert_eq!(world.cloud.invalidations(DISTRIBUTION).len(), 2);
}

#[test]
fn a_missing_permission_is_named_with_the_resource_to_put_it_on() {
    let (world, site) = (World::with_permissions(needed(&["EOTHER"])), Site::empty());
    world.cloud.create_distribution_in(ACCOUNT, DISTRIBUTION, Origin::new(BUCKET, ""));
    invalidate(&world, &site)
        .run()
        .exits(1)
        .says("ERROR: Error creating a cloudfront invalidation: AccessDenied: ")
        .says(
            "\nhint: allow the role or user the permission cloudfront:CreateInvalidation on \
             arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE51ABC\n",
        )
        .says("\n✖ Failed to create a cloudfront invalidation: AccessDenied: ");
    assert!(world.cloud.invalidations(DISTRIBUTION).is_empty());
}

#[test]
fn no_secret_is_printed_or_written_not_even_with_debug() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    let (token, secret) = (world.token().sign(), "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let ended = invalidate(&world, &site)
        .set("BITBUCKET_STEP_OIDC_TOKEN", &token)
        .set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", secret)
        .set("HOME", site.clone_folder().to_str().expect("UTF-8"))
        .set("RESULT_FILE", "result.json")
        .set("DEBUG", "true")
        .set("RUST_LOG", "trace")
        .run()
        .exits(0)
        .says("DEBUG:");
    let issued = world.cloud.issued_credentials().remove(0);
    let signature = token.rsplit('.').next().expect("a signature");
    for hidden in [&token, signature, secret, &issued.secret, &issued.session_token] {
        assert!(!ended.log.contains(hidden), "a secret is in the log");
        assert!(!is_on_disk(site.clone_folder(), hidden), "a secret is on disk");
    }
}
