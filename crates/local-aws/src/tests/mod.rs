//! The whole cloud through the AWS SDK, over a real connection: what one service hands out, the others accept.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use aws_credential_types::Credentials;
use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::Builder as HttpClient;
use oidc_auth::policy::{Principal, Statement};

use super::*;
use crate::issuer::{StepToken, Workspace};

const ACCOUNT: &str = "123456789012";
const ROLE: &str = "arn:aws:iam::123456789012:role/Deploy";
const REPOSITORY: &str = "{9e6d9b2e-3b1c-4b56-a7b5-0c1f8d3a5e77}";

/// Builds a client of one of the SDK's crates, which share names but no types.
macro_rules! client {
    ($sdk:ident, $cloud:expr, $region:expr, $credentials:expr) => {{
        let builder = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::v2026_01_12())
            .region($sdk::config::Region::new($region))
            .endpoint_url($cloud.endpoint())
            .retry_config($sdk::config::retry::RetryConfig::disabled())
            .http_client(HttpClient::new().build_http());
        let credentials: Option<Credentials> = $credentials;
        let builder = match credentials {
            Some(credentials) => builder.credentials_provider(credentials),
            None => builder.allow_no_auth(),
        };
        $sdk::Client::from_conf(builder.build())
    }};
}

// Behind the macro, which they use too.
mod assumed;
mod edge;
mod faults;
mod pace;
mod permissions;
mod refusals;

/// A bucket, a distribution and a role that may write both, for the steps of one repository.
fn cloud() -> Cloud {
    let (cloud, workspace) = (Cloud::start(), workspace());
    cloud.create_oidc_provider(ACCOUNT, &workspace.issuer_url(), [workspace.audience()]);
    let issuer = workspace.issuer_url().replace("https://", "");
    let trust = Statement::allow(&["sts:AssumeRoleWithWebIdentity"], &[])
        .to(Principal::federated(&format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}")))
        .when("StringLike", &format!("{issuer}:sub"), &[&format!("{REPOSITORY}:*")]);
    let distribution = format!("arn:aws:cloudfront::{ACCOUNT}:distribution/E1");
    let permissions = vec![
        Statement::allow(&["s3:PutObject", "s3:GetObject"], &["arn:aws:s3:::site/*"]),
        Statement::allow(&["s3:ListBucket"], &["arn:aws:s3:::site"]).when(
            "StringLike",
            "s3:prefix",
            &["public/*"],
        ),
        Statement::allow(&["cloudfront:*Invalidation*", "cloudfront:GetDistribution"], &[&distribution]),
    ];
    cloud.create_role(Role {
        arn: ROLE.into(),
        trust: PolicyDocument::new(vec![trust]),
        permissions: vec![PolicyDocument::new(permissions)],
        max_session: Duration::from_hours(1),
    });
    cloud.store().create_bucket("site", "eu-west-1");
    cloud.create_distribution("E1", Origin::new("site", "").default_root_object("index.html"));
    cloud
}

fn workspace() -> Workspace {
    Workspace::new("acme", "84c08677-e352-4a1c-a107-6df387cfeef7")
}

async fn exchange(cloud: &Cloud) -> Credentials {
    let token = StepToken::for_repository(&workspace(), REPOSITORY).sign();
    let call = client!(aws_sdk_sts, cloud, "eu-west-1", None)
        .assume_role_with_web_identity()
        .role_arn(ROLE)
        .role_session_name("acme-website-7")
        .web_identity_token(token);
    let answer = call.send().await.expect("a good token");
    credentials(answer.credentials)
}

fn credentials(given: Option<aws_sdk_sts::types::Credentials>) -> Credentials {
    let given = given.expect("with credentials");
    let (id, secret) = (given.access_key_id, given.secret_access_key);
    Credentials::new(id, secret, Some(given.session_token), None, "tests")
}

fn s3(cloud: &Cloud, credentials: Credentials) -> aws_sdk_s3::Client {
    client!(aws_sdk_s3, cloud, "eu-west-1", Some(credentials))
}

async fn put(cloud: &Cloud, credentials: Credentials, key: &str) -> Result<(), (u16, String)> {
    let call =
        client!(aws_sdk_s3, cloud, "eu-west-1", Some(credentials)).put_object().bucket("site").key(key);
    call.body(aws_sdk_s3::primitives::ByteStream::from_static(b"home"))
        .send()
        .await
        .map(drop)
        .map_err(refusal)
}

async fn invalidate(
    cloud: &Cloud,
    credentials: Credentials,
    region: &'static str,
) -> Result<String, (u16, String)> {
    let paths = Paths::builder().quantity(2).items("/").items("/a%20b*").build().expect("complete");
    let batch = InvalidationBatch::builder().paths(paths).caller_reference("once").build().expect("complete");
    let call = client!(aws_sdk_cloudfront, cloud, region, Some(credentials)).create_invalidation();
    let answer = call.distribution_id("E1").invalidation_batch(batch).send().await.map_err(refusal)?;
    Ok(answer.invalidation.expect("in the answer").id)
}

/// HTTP status and code of a refusal; nothing of either without a reply.
#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn refusal<E: ProvideErrorMetadata, B>(
    error: SdkError<E, aws_smithy_runtime_api::http::Response<B>>,
) -> (u16, String) {
    let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
    (status, error.code().unwrap_or_default().to_owned())
}

/// What a browser gets: the whole answer.
fn browse(cloud: &Cloud, host: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(cloud.address).expect("the cloud listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}

#[tokio::test]
async fn a_token_leads_to_a_site() {
    let cloud = cloud();
    let credentials = exchange(&cloud).await;
    assert_eq!(cloud.issued_credentials()[0].id, credentials.access_key_id());

    let caller = client!(aws_sdk_sts, cloud, "us-east-1", Some(credentials.clone())).get_caller_identity();
    let caller = caller.send().await.expect("everyone may ask");
    assert_eq!(caller.arn(), Some("arn:aws:sts::123456789012:assumed-role/Deploy/acme-website-7"));

    put(&cloud, credentials.clone(), "index.html").await.expect("the role may");
    let id = invalidate(&cloud, credentials.clone(), "us-east-1").await.expect("the role may");
    let client = client!(aws_sdk_cloudfront, cloud, "us-east-1", Some(credentials));
    let found = client.get_invalidation().distribution_id("E1").id(&id).send().await.expect("the role may");
    assert_eq!(found.invalidation.map(|found| found.id), Some(id.clone()));
    let list = client.list_invalidations().distribution_id("E1").send().await.expect("the role may");
    let listed = list.invalidation_list.expect("a list").items.unwrap_or_default();
    assert_eq!(listed.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
    let distribution = client.get_distribution().id("E1").send().await.expect("the role may").distribution;
    let config = distribution.and_then(|distribution| distribution.distribution_config).expect("described");
    assert_eq!(config.default_root_object.as_deref(), Some("index.html"));
    assert_eq!(config.origins.expect("one").items[0].domain_name, "site.s3.amazonaws.com");
    let invalidation = cloud.invalidations("E1").remove(0);
    assert_eq!((invalidation.id, invalidation.paths), (id, vec!["/".to_owned(), "/a%20b*".to_owned()]));

    assert_eq!(cloud.site_url("E1"), format!("http://e1.localhost:{}/", cloud.address.port()));
    let page = browse(&cloud, "e1.localhost", "/");
    assert!(page.starts_with("HTTP/1.1 200") && page.ends_with("\r\n\r\nhome"), "{page}");

    let said: Vec<String> = cloud.requests().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "AssumeRoleWithWebIdentity: 200",
            "GetCallerIdentity: 200",
            "PutObject site index.html: 200",
            "CreateInvalidation E1: 201",
            "GetInvalidation E1: 200",
            "ListInvalidations E1: 200",
            "GetDistribution E1: 200",
            "GET E1 /: 200",
        ]
    );
}

#[tokio::test]
async fn every_service_checks_the_credentials() {
    let cloud = cloud();
    let good = exchange(&cloud).await;
    cloud.credential_lifetime(Duration::ZERO);
    let expired = exchange(&cloud).await;
    let with = |secret: &str, token: Option<&str>| {
        Credentials::new(good.access_key_id(), secret, token.map(str::to_owned), None, "tests")
    };
    let token = good.session_token();
    let unknown = Credentials::new("ASIAUNKNOWN", "secret", Some("token".into()), None, "tests");
    for (credentials, at_s3, at_cloudfront) in [
        (expired, (400, "ExpiredToken"), (403, "ExpiredToken")),
        (
            with(good.secret_access_key(), Some("another")),
            (400, "InvalidToken"),
            (403, "InvalidClientTokenId"),
        ),
        (with(good.secret_access_key(), None), (403, "InvalidAccessKeyId"), (403, "InvalidClientTokenId")),
        (with("another", token), (403, "SignatureDoesNotMatch"), (403, "SignatureDoesNotMatch")),
        (unknown, (403, "InvalidAccessKeyId"), (403, "InvalidClientTokenId")),
    ] {
        let key = credentials.access_key_id().to_owned();
        let owned = |(status, code): (u16, &str)| (status, code.to_owned());
        assert_eq!(put(&cloud, credentials.clone(), "a").await, Err(owned(at_s3)), "{key}");
        let refused = invalidate(&cloud, credentials.clone(), "us-east-1").await;
        assert_eq!(refused, Err(owned(at_cloudfront)), "{key}");
        let caller = client!(aws_sdk_sts, cloud, "eu-west-1", Some(credentials)).get_caller_identity();
        assert_eq!(caller.send().await.map(drop).map_err(refusal), Err(owned(at_cloudfront)), "{key}");
    }
    let elsewhere = invalidate(&cloud, good, "eu-west-1").await;
    assert_eq!(elsewhere, Err((403, "SignatureDoesNotMatch".into())));
    assert!(cloud.invalidations("E1").is_empty() && cloud.store().objects("site").is_empty());
}

#[tokio::test]
async fn faults_come_in_the_form_of_their_service() {
    let cloud = cloud();
    let credentials = exchange(&cloud).await;
    cloud.fail("PutObject").on("a").with("SlowDown").times(1);
    cloud.fail("CreateInvalidation").on("E1").with("TooManyInvalidationsInProgress");
    cloud.fail("GetCallerIdentity").with("Throttling");
    assert_eq!(put(&cloud, credentials.clone(), "b").await, Ok(()));
    assert_eq!(put(&cloud, credentials.clone(), "a").await, Err((503, "SlowDown".into())));
    assert_eq!(put(&cloud, credentials.clone(), "a").await, Ok(()));
    let refused = invalidate(&cloud, credentials.clone(), "us-east-1").await;
    assert_eq!(refused, Err((400, "TooManyInvalidationsInProgress".into())));
    let caller = client!(aws_sdk_sts, cloud, "eu-west-1", Some(credentials.clone())).get_caller_identity();
    assert_eq!(caller.send().await.map(drop).map_err(refusal), Err((400, "Throttling".into())));
    cloud.heal();
    assert!(invalidate(&cloud, credentials, "us-east-1").await.is_ok());
    assert_eq!((cloud.count("PutObject"), cloud.invalidations("E1").len()), (3, 1));
}

#[test]
fn the_issuer_publishes_its_documents_and_the_port_is_given_back() {
    let cloud = cloud();
    let path = workspace().issuer_url().replace("https://api.bitbucket.org", "");
    let host = cloud.address.to_string();
    let discovery = browse(&cloud, &host, &format!("{path}/.well-known/openid-configuration"));
    assert!(discovery.contains(&format!("\"jwks_uri\":\"http://{host}{path}/keys.json\"")), "{discovery}");
    assert!(browse(&cloud, &host, &format!("{path}/keys.json")).contains("\"kid\":\"public-test-key\""));

    let address = cloud.address;
    drop(cloud);
    assert!(TcpStream::connect(address).is_err(), "it still listens");
}
