//! Scenarios of `oidc-auth` against the embedded AWS: the exchange, its renewal, and every way STS can say no.

#[path = "oidc_auth/diagnosis.rs"]
mod diagnosis;

use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials as _;
use local_aws::Cloud;
use local_aws::iam::Role;
use local_aws::issuer::{StepToken, Workspace};
use oidc_auth::policy::{PolicyDocument, Principal, Statement};
use oidc_auth::{Access, AccessError, Partition, Service, Session, Variables, explain};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

const ROLE: &str = "arn:aws:iam::111122223333:role/ci/Deploy";
const REPOSITORY: &str = "9970a9b6-2d86-413f-8555-da8e1ac0e542";
const EXCHANGE: &str = "AssumeRoleWithWebIdentity";

fn workspace() -> Workspace {
    Workspace::new("acme", "84c08677-e352-4a1c-a107-6df387cfeef7")
}

fn step() -> StepToken {
    StepToken::for_repository(&workspace(), REPOSITORY)
}

/// A cloud whose role may be assumed by the steps of one repository.
fn cloud() -> Cloud {
    let cloud = Cloud::start();
    let (issuer, audience) = (workspace().issuer_url(), workspace().audience());
    let provider = issuer.trim_start_matches("https://");
    cloud.create_oidc_provider("111122223333", &issuer, vec![audience.clone()]);
    let trust = Statement::allow(&["sts:AssumeRoleWithWebIdentity"], &[])
        .to(Principal::federated(&format!("arn:aws:iam::111122223333:oidc-provider/{provider}")))
        .when("StringEquals", &format!("{provider}:aud"), &[&audience])
        .when("StringLike", &format!("{provider}:sub"), &[&format!("{{{REPOSITORY}}}:*")]);
    cloud.create_role(Role { trust: PolicyDocument::new(vec![trust]), ..role() });
    cloud
}

/// The role, which may do nothing.
fn role() -> Role {
    let trust = workspace().trust_policy(
        &workspace().provider_arn("aws", "111122223333"),
        REPOSITORY,
        &[workspace().audience()],
    );
    Role { arn: ROLE.into(), trust, permissions: vec![], max_session: Duration::from_hours(1) }
}

fn access(cloud: &Cloud, token: &str) -> Access {
    let variables = Variables {
        aws_oidc_role_arn: Some(ROLE.into()),
        bitbucket_step_oidc_token: Some(token.into()),
        bitbucket_workspace: Some("acme".into()),
        bitbucket_repo_slug: Some("site".into()),
        bitbucket_build_number: Some("42".into()),
        aws_endpoint_url: Some(cloud.endpoint()),
        ..Variables::default()
    };
    Access::from_variables(&variables).expect("the variables are right")
}

async fn connect(cloud: &Cloud, token: &StepToken) -> Result<Session, AccessError> {
    access(cloud, &token.sign()).connect().await
}

/// What STS says to a token it does not like, all of it.
async fn refusal(cloud: &Cloud, token: &str) -> String {
    let error = access(cloud, token).connect().await.expect_err("STS must refuse this token");
    assert!(matches!(error, AccessError::Refused(_)), "{error}");
    let text = format!("{error}\n{error:?}");
    assert!(!text.contains(token), "the token is in the text: {text}");
    assert_eq!(cloud.count(EXCHANGE), 1, "a verdict is not asked for twice");
    error.to_string()
}

#[tokio::test]
async fn the_first_exchange_makes_a_session_named_after_the_build() {
    let cloud = cloud();
    let session = connect(&cloud, &step()).await.expect("the token is good");
    assert_eq!(session.principal(), Some("arn:aws:sts::111122223333:assumed-role/Deploy/acme-site-42"));
    assert_eq!(session.partition(), Partition::Aws);
    assert_eq!(session.custom_endpoint(Service::S3), Some(cloud.endpoint().as_str()));
    assert_eq!(cloud.count(EXCHANGE), 1);
    let debug = format!("{session:?}");
    let issued = cloud.issued_credentials();
    assert!(!debug.contains(&issued[0].secret) && !debug.contains(&issued[0].session_token), "{debug}");
}

#[tokio::test]
async fn the_first_credentials_are_handed_out_once_and_then_renewed() {
    let cloud = cloud();
    let session = connect(&cloud, &step()).await.expect("the token is good");
    let provider = session.sdk_config(Service::S3, "eu-west-1").credentials_provider();
    let provider = provider.expect("a session has credentials");
    let first = provider.provide_credentials().await.expect("they are there");
    assert_eq!(cloud.count(EXCHANGE), 1);
    let second = provider.provide_credentials().await.expect("the token still lives");
    assert_eq!(cloud.count(EXCHANGE), 2);
    assert_ne!(first.access_key_id(), second.access_key_id());
    assert!(first.expiry().is_some() && second.expiry().is_some());
}

#[tokio::test]
async fn a_token_of_another_workspace_is_refused() {
    let stranger = Workspace::new("globex", "11111111-2222-3333-4444-555555555555");
    let token = StepToken::for_repository(&stranger, REPOSITORY).sign();
    let text = refusal(&cloud(), &token).await;
    let issuer = stranger.issuer_url();
    assert!(
        text.contains(&format!(
            "InvalidIdentityToken: No OpenIDConnect provider found in your account for {issuer}"
        )),
        "{text}"
    );
    assert!(text.contains(&format!("issuer    {issuer}\n")), "{text}");
    assert!(text.contains(&format!("create-open-id-connect-provider --url '{issuer}'")), "{text}");
}

#[tokio::test]
async fn a_wrong_audience_is_refused() {
    let text = refusal(&cloud(), &step().audience("sts.amazonaws.com").sign()).await;
    assert!(text.contains("\nInvalidIdentityToken: Incorrect token audience\n"), "{text}");
    assert!(text.contains("audience  [sts.amazonaws.com], a list\n"), "{text}");
    assert!(text.contains("add-client-id-to-open-id-connect-provider"), "{text}");
    assert!(text.contains("\nrequest id "), "{text}");
}

#[tokio::test]
async fn a_broken_signature_is_refused() {
    let text = refusal(&cloud(), &step().with_broken_signature().sign()).await;
    assert!(text.contains("\nInvalidIdentityToken: "), "{text}");
    assert!(text.contains(&format!("audience  {}\n", workspace().audience())), "{text}");
}

#[tokio::test]
async fn a_subject_that_the_trust_policy_does_not_allow_is_refused() {
    let other = "00000000-2d86-413f-8555-da8e1ac0e542";
    let text = refusal(&cloud(), &StepToken::for_repository(&workspace(), other).sign()).await;
    assert!(
        text.contains("\nAccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\n"),
        "{text}"
    );
    assert!(text.contains(&format!("subject   {{{other}}}:{{")), "{text}");
    assert!(text.contains("hint: this trust policy, or its statement beside those that are there, lets in every step of this repository"), "{text}");
}

#[tokio::test]
async fn trouble_on_the_way_to_a_verdict_is_tried_again() {
    let key = "Couldn't retrieve verification key from your identity provider,  please reference \
               AssumeRoleWithWebIdentity documentation for requirements";
    for (status, code, message) in [
        (503, "ServiceUnavailable", "Service is unable to handle request."),
        (500, "InternalFailure", "We encountered an internal error."),
        (400, "Throttling", "Rate exceeded"),
        (400, "IDPCommunicationError", "An error occurred while communicating with your identity provider."),
        (400, "InvalidIdentityToken", key),
    ] {
        let cloud = cloud();
        cloud.fail(EXCHANGE).with_error(status, code, message).times(2);
        connect(&cloud, &step()).await.expect("the third attempt is answered");
        assert_eq!(cloud.count(EXCHANGE), 3, "{code}");
    }
}

#[tokio::test]
async fn trouble_that_lasts_is_told_as_trouble_and_not_as_a_refusal() {
    let cloud = cloud();
    cloud.fail(EXCHANGE).with("ServiceUnavailable");
    let error = connect(&cloud, &step()).await.expect_err("STS never answers");
    assert!(matches!(error, AccessError::NoVerdict { .. }), "{error:?}");
    let text = error.to_string();
    let expected = format!("STS at {} could not answer: ServiceUnavailable: ", cloud.endpoint());
    assert!(text.starts_with(&expected), "{text}");
    assert!(text.contains("\nhint: "), "{text}");
}

#[tokio::test]
async fn a_refusal_that_a_fault_makes_is_not_tried_again() {
    let cloud = cloud();
    cloud.fail(EXCHANGE).with("AccessDenied");
    connect(&cloud, &step()).await.expect_err("it is refused");
    assert_eq!(cloud.count(EXCHANGE), 1);
}

#[tokio::test]
async fn a_renewal_that_is_refused_is_told_in_the_words_of_sts() {
    let cloud = cloud();
    let session = connect(&cloud, &step()).await.expect("the token is good");
    let config = session.sdk_config(Service::Sts, "us-east-1");
    let sts = aws_sdk_sts::Client::new(&config);
    sts.get_caller_identity().send().await.expect("the first credentials are good");
    cloud.fail(EXCHANGE).with_error(400, "ExpiredTokenException", "Token expired: …");
    // Without the cache the next request needs new credentials at once.
    let provider = config.credentials_provider().expect("a session has credentials");
    let uncached = aws_sdk_sts::config::Builder::from(&config)
        .identity_cache(aws_sdk_sts::config::IdentityCache::no_cache())
        .credentials_provider(provider)
        .build();
    let error = aws_sdk_sts::Client::from_conf(uncached).get_caller_identity().send().await;
    let failure = explain(&error.expect_err("there are no credentials"));
    assert!(failure.is_credentials() && failure.is_code("ExpiredTokenException"), "{failure:?}");
    assert!(
        failure.to_string().starts_with(
            "the credentials could not be renewed: ExpiredTokenException: Token expired: … (request id "
        ),
        "{failure}"
    );
}

#[tokio::test]
async fn short_lived_credentials_are_renewed_by_the_sdk_while_it_works() {
    let cloud = cloud();
    // Shorter than the time by which credentials are renewed ahead, so each request renews.
    cloud.credential_lifetime(Duration::from_secs(30));
    let session = connect(&cloud, &step()).await.expect("the token is good");
    let sts = aws_sdk_sts::Client::new(&session.sdk_config(Service::Sts, "us-east-1"));
    for requests in 1..=3 {
        let identity = sts.get_caller_identity().send().await.expect("the credentials are good");
        assert_eq!(identity.arn(), session.principal());
        assert_eq!(cloud.count(EXCHANGE), requests);
    }
}

#[tokio::test]
async fn long_lived_credentials_are_exchanged_once_for_all_clients() {
    let cloud = cloud();
    let session = connect(&cloud, &step()).await.expect("the token is good");
    for region in ["us-east-1", "eu-west-1"] {
        let sts = aws_sdk_sts::Client::new(&session.sdk_config(Service::Sts, region));
        for _ in 0..2 {
            sts.get_caller_identity().send().await.expect("the credentials are good");
        }
    }
    assert_eq!(cloud.count(EXCHANGE), 1);
}

#[tokio::test]
async fn static_keys_reach_aws_without_an_exchange() {
    let cloud = cloud();
    let key = cloud.create_user("me", vec![]);
    let variables = Variables {
        aws_access_key_id: Some(key.id.clone()),
        aws_secret_access_key: Some(key.secret.clone()),
        aws_endpoint_url: Some(cloud.endpoint()),
        ..Variables::default()
    };
    let access = Access::from_variables(&variables).expect("the variables are right");
    let session = access.connect().await.expect("nothing can refuse");
    assert_eq!(cloud.requests().len(), 0);
    let sts = aws_sdk_sts::Client::new(&session.sdk_config(Service::Sts, "us-east-1"));
    let identity = sts.get_caller_identity().send().await.expect("the keys are good");
    assert_eq!(identity.arn(), Some("arn:aws:iam::111122223333:user/me"));
}

/// The head of the first request that a log-in sends to its proxy, which never answers: it is all there is to see.
async fn asked_of_the_proxy(role: &str, region: Option<&str>) -> String {
    let proxy = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = proxy.local_addr().expect("it is bound");
    let variables = Variables {
        aws_oidc_role_arn: Some(role.into()),
        bitbucket_step_oidc_token: Some(step().sign()),
        aws_default_region: region.map(str::to_owned),
        https_proxy: Some(format!("http://me:p%40ss@{address}")),
        ..Variables::default()
    };
    let access = Access::from_variables(&variables).expect("the variables are right");
    let head = async {
        let (mut connection, _) = proxy.accept().await.expect("a connection");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(connection.read_u8().await.expect("a request"));
        }
        String::from_utf8(head).expect("a request is text")
    };
    tokio::select! {
        head = head => head,
        result = access.connect() => unreachable!("connected without the proxy: {result:?}"),
    }
}

#[tokio::test]
async fn requests_over_https_go_through_the_proxy() {
    let head = asked_of_the_proxy(ROLE, Some("eu-west-1")).await;
    assert!(head.starts_with("CONNECT sts.eu-west-1.amazonaws.com:443 HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("proxy-authorization: basic bwu6cebzcw=="), "{head}");
}

#[path = "oidc_auth"]
mod modules {
    mod accounts;
    mod chain;
    mod duration;
    mod region;
    mod session_policy;
    mod voice;
}
