//! What a refusal says is acted upon: whoever pastes it has access.

use std::time::Duration;

use local_aws::Cloud;
use local_aws::iam::Role;
use local_aws::issuer::StepToken;
use oidc_auth::policy::PolicyDocument;
use oidc_auth::{Access, AccessError, Variables};

use super::{EXCHANGE, REPOSITORY, ROLE, cloud, connect, refusal, step, workspace};

const ACCOUNT: &str = "111122223333";
const ENVIRONMENT: &str = "6d1f0a4e-0f7c-4a1e-9a55-2f7f35b0c001";

/// The role again, with another trust policy.
fn trust(cloud: &Cloud, document: PolicyDocument) {
    let max_session = Duration::from_hours(1);
    cloud.create_role(Role { arn: ROLE.into(), trust: document, permissions: vec![], max_session });
}

/// The trust policy in a text.
fn pasted(text: &str) -> PolicyDocument {
    let start = text.find("{\"Version\"").expect("a policy is printed");
    let end = text[start..].find("]}\n").expect("the policy has an end") + start + 2;
    PolicyDocument::from_json(&text[start..end]).expect("what is printed is a policy")
}

/// What stands between quotes behind an option.
fn option<'a>(text: &'a str, name: &str) -> &'a str {
    text.split_once(&format!("{name} '"))
        .and_then(|(_, rest)| rest.split('\'').next())
        .expect("the option is there")
}

#[tokio::test]
async fn the_trust_policy_of_a_refusal_lets_the_step_in() {
    let other = StepToken::for_repository(&workspace(), "00000000-2d86-413f-8555-da8e1ac0e542");
    for (token, next) in [
        (other.clone(), other.clone().step("another-step")),
        (other.clone().deployment(ENVIRONMENT), other.clone().deployment(ENVIRONMENT).step("another-step")),
        (other.clone().audience(&workspace().audience()), other.audience(&workspace().audience())),
    ] {
        let cloud = cloud();
        let text = refusal(&cloud, &token.sign()).await;
        trust(&cloud, pasted(&text));
        connect(&cloud, &token).await.expect("its own refusal told what to paste");
        connect(&cloud, &next).await.expect("so may the next step");
        connect(&cloud, &step()).await.expect_err("another repository may not");
    }
}

#[tokio::test]
async fn the_commands_of_a_refusal_register_issuer_and_audience() {
    let bare = Cloud::start();
    trust(
        &bare,
        workspace().trust_policy(
            &workspace().provider_arn("aws", ACCOUNT),
            REPOSITORY,
            &[workspace().audience()],
        ),
    );
    let text = refusal(&bare, &step().sign()).await;
    let (url, audience) = (option(&text, "--url"), option(&text, "--client-id-list"));
    bare.create_oidc_provider(ACCOUNT, url, [audience]);
    connect(&bare, &step()).await.expect("the provider is there now");

    let cloud = cloud();
    let token = step().audience("https://acme.example");
    let text = refusal(&cloud, &token.sign()).await;
    let provider = option(&text, "--open-id-connect-provider-arn");
    assert_eq!(provider, workspace().provider_arn("aws", ACCOUNT));
    let audiences = [workspace().audience(), option(&text, "--client-id").to_owned()];
    cloud.create_oidc_provider(ACCOUNT, &workspace().issuer_url(), &audiences);
    cloud.clear_requests();
    let text = refusal(&cloud, &token.sign()).await;
    assert!(text.contains("\nAccessDenied: "), "the provider takes the audience, the role not yet: {text}");
    trust(&cloud, pasted(&text));
    connect(&cloud, &token).await.expect("the role takes it, too");
}

#[tokio::test]
async fn the_doubled_audience_of_a_guide_is_recognised() {
    let doubled = format!("ari:cloud:bitbucket::workspace/{}", workspace().audience());
    let text = refusal(&cloud(), &step().audience(&doubled).sign()).await;
    assert!(text.contains("\ncause: the step asks for an audience that begins twice; "), "{text}");
    assert!(text.contains(&format!("hint: write `audiences: [{}]`", workspace().audience())), "{text}");
    // Registered as the guide has it, it refuses the real token.
    let misled = Cloud::start();
    misled.create_oidc_provider(ACCOUNT, &workspace().issuer_url(), [doubled]);
    let text = refusal(&misled, &step().sign()).await;
    assert!(text.contains("has `ari:cloud:bitbucket::workspace/` in it twice, and once is right"), "{text}");
    assert_eq!(option(&text, "--client-id"), workspace().audience());
}

#[tokio::test]
async fn a_token_out_of_its_time_is_told_before_any_request() {
    for (token, expected) in [
        (step().expired(), "the step's token expired "),
        (step().not_yet_valid(), "the step's token is not valid before "),
    ] {
        let cloud = cloud();
        let error = connect(&cloud, &token).await.expect_err("it is not the time");
        assert!(matches!(error, AccessError::Untimely(_)), "{error:?}");
        let text = error.to_string();
        let first = text.lines().next().expect("a line");
        assert!(first.starts_with(expected) && first.ends_with(", so STS was not asked"), "{text}");
        assert!(text.contains("\n  subject   {") && text.contains("\nhint: "), "{text}");
        assert_eq!(cloud.requests().len(), 0);
    }
}

#[tokio::test]
async fn a_token_that_is_none_is_a_fault() {
    let whole = step().sign();
    let parts: Vec<&str> = whole.split('.').collect();
    for (token, expected) in [
        ("this is not a token at all".to_owned(), "is not a token"),
        ("$BITBUCKET_STEP_OIDC_TOKEN".to_owned(), "holds the name of a variable"),
        (whole[..whole.len() - 7].to_owned(), "is cut off"),
        (format!("{}.{}", parts[0], parts[1]), "is cut off"),
        (format!("{}.{}.{}", parts[0], &parts[1][..20], parts[2]), "is damaged or cut off: its claims"),
    ] {
        let variables = Variables {
            aws_oidc_role_arn: Some(ROLE.into()),
            bitbucket_step_oidc_token: Some(token.clone()),
            ..Variables::default()
        };
        let faults = Access::from_variables(&variables).expect_err("it is no token");
        assert_eq!(faults.len(), 1, "{faults:?}");
        let told = faults[0].to_string();
        assert!(told.starts_with(&format!("BITBUCKET_STEP_OIDC_TOKEN {expected}")), "{told}");
        assert!(!told.contains(&token), "{told}");
    }
}

#[tokio::test]
async fn a_verdict_that_hides_behind_a_bad_request_is_asked_for_once() {
    for (code, message) in [
        ("ExpiredTokenException", "Token expired: current date/time must be before the expiration date/time"),
        ("IDPRejectedClaim", "The identity provider reported that authentication failed."),
        ("PackedPolicyTooLarge", "Packed policy consumes 105% of allotted space, please use smaller policy."),
        (
            "InvalidIdentityToken",
            "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
        ),
    ] {
        let cloud = cloud();
        cloud.fail(EXCHANGE).with_error(400, code, message);
        let text = refusal(&cloud, &step().sign()).await;
        assert!(text.contains(&format!("\n{code}: {message}\n")) && text.contains("\nhint: "), "{text}");
    }
}
