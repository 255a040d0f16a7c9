//! Refusals as they are told, whole, and each answer of STS with its cause and its way out.

use jiff::Timestamp;

use super::*;
use crate::claims::{Unreadable, UnverifiedClaims};

const ISSUER: &str = "https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
const AUDIENCE: &str = "ari:cloud:bitbucket::workspace/84c0";
const DENIED: &str = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
const NO_PROVIDER: &str = "No OpenIDConnect provider found in your account for https://api.bitbucket.org/…";
/// What fits a screen with room for the lines of the pipe itself.
const MOST_LINES: usize = 35;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time of this century")
}

fn claims() -> UnverifiedClaims {
    UnverifiedClaims {
        issuer: Some(ISSUER.into()),
        audience: vec![AUDIENCE.into()],
        subject: Some("{r}:{s}".into()),
        expires: Some(at(1_700_003_600)),
        ..UnverifiedClaims::default()
    }
}

fn refusal(failure: Failure, claims: Result<UnverifiedClaims, Unreadable>) -> Refusal {
    let role = "arn:aws:iam::123456789012:role/ci/Deploy".parse().expect("a role");
    Refusal { role, failure, claims, at: at(1_700_000_000), trust: None }
}

fn told(code: &str, message: &str, claims: UnverifiedClaims) -> String {
    let text = refusal(Failure::answered(400, code, message, "r1"), Ok(claims)).to_string();
    assert!(text.lines().count() <= MOST_LINES, "a wall of text:\n{text}");
    text
}

#[test]
fn a_refusal_is_told_in_order_and_as_a_whole() {
    let provider = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
    assert_eq!(
        told("AccessDenied", DENIED, claims()),
        format!(
            "STS refused to let this step assume arn:aws:iam::123456789012:role/ci/Deploy\n\
             AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\n\
             cause: one of these, the most likely first:\n  \
               - the role's trust policy wants another subject or audience than this token's\n  \
               - it wants a deployment environment, and this step has no `deployment:`\n  \
               - it does not allow sts:AssumeRoleWithWebIdentity to this issuer's provider\n  \
               - account 123456789012 has no role of exactly this path and name\n\
             the token says of itself (not verified here):\n  \
               issuer    {ISSUER}\n  \
               audience  {AUDIENCE}\n  \
               subject   {{r}}:{{s}}\n            that is repository:step; the step has no `deployment:`\n  \
               expires   2023-11-14T23:13:20Z, in 60 minutes\n\
             hint: this trust policy, or its statement beside those that are there, lets in every step of this repository (IAM > Roles > Deploy > Trust relationships):\n\
             {{\"Version\": \"2012-10-17\", \"Statement\": [{{\n  \
               \"Effect\": \"Allow\",\n  \
               \"Principal\": {{\"Federated\": \"arn:aws:iam::123456789012:oidc-provider/{provider}\"}},\n  \
               \"Action\": \"sts:AssumeRoleWithWebIdentity\",\n  \
               \"Condition\": {{\n    \
                 \"StringEquals\": {{\"{provider}:aud\": \"{AUDIENCE}\"}},\n    \
                 \"StringLike\": {{\"{provider}:sub\": \"{{r}}:*\"}}\n  \
               }}\n\
             }}]}}\n\
             hint: `aws iam get-role --role-name Deploy` shows the real ARN and trust policy; keep its output in the \
             repository and name the file in AWS_TRUST_POLICY_FILE, and a refusal tells which condition fails\n\
             request id r1"
        )
    );
}

#[test]
fn an_environment_is_trusted_alone_and_the_repository_is_offered() {
    let text =
        told("AccessDenied", DENIED, UnverifiedClaims { subject: Some("{r}:{e}:{s}".into()), ..claims() });
    assert!(text.contains("\n            that is repository:environment:step\n"), "{text}");
    assert!(text.contains("lets in every step that deploys to this environment ("), "{text}");
    assert!(text.contains(":sub\": \"{r}:{e}:*\"}"), "{text}");
    assert!(text.contains("\nhint: {r}:* instead trusts every step of this repository\n"), "{text}");
}

#[test]
fn even_the_longest_refusal_is_no_wall() {
    let trust = r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/example.org"},
        "Condition": {"StringEquals": {"example.org:aud": "x", "example.org:sub": "y"}, "Bool": {"aws:SecureTransport": "true"}}}}"#;
    let claims = UnverifiedClaims { subject: Some("{r}:{e}:{s}".into()), ..claims() };
    let failure = Failure::answered(403, "AccessDenied", DENIED, "r1").at(at(1_600_000_000));
    let trust = crate::trust_policy::TrustPolicy::parse("trust.json", trust).expect("a trust policy");
    let text = Refusal { trust: Some(trust), ..refusal(failure, Ok(claims)) }.to_string();
    assert!(text.contains("\n  Principal\n") && text.contains("\n  Action\n"), "{text}");
    assert!(text.lines().count() <= MOST_LINES, "{text}");
}

#[test]
fn each_answer_has_its_cause_and_its_way_out() {
    let add = "\n  aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn \
               'arn:aws:iam::123456789012:oidc-provider/api.bitbucket.org/";
    let create = "\n  aws iam create-open-id-connect-provider --url 'https://api.bitbucket.org/";
    let scp = "not authorized … with an explicit deny in a resource control policy";
    for (code, message, cause, way_out) in [
        ("InvalidIdentityToken", "Incorrect token audience", "does not have this audience", add),
        ("InvalidIdentityToken", NO_PROVIDER, "no OpenID Connect provider of exactly this issuer", create),
        (
            "InvalidIdentityToken",
            "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
            "another certificate",
            "add it again",
        ),
        (
            "InvalidIdentityToken",
            "Couldn't retrieve verification key …",
            "several times",
            "run the step again",
        ),
        (
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT.",
            "not as the issuer",
            "`oidc: true`",
        ),
        ("ExpiredTokenException", "Token expired: current date/time …", "", "earlier in the step"),
        ("IDPRejectedClaim", "rejected", "no longer stands by", "run the step again"),
        ("IDPCommunicationError", "…", "could not reach the issuer", "run the step again"),
        ("PackedPolicyTooLarge", "…", "session policy", "AWS_SESSION_POLICY"),
        ("RegionDisabledException", "…", "not active", "AWS_DEFAULT_REGION"),
        ("ValidationError", "Request ARN is invalid", "the value of AWS_OIDC_ROLE_ARN", "from IAM > Roles"),
        (
            "ValidationError",
            "something new",
            "one of its values",
            "AWS_OIDC_ROLE_ARN, AWS_ROLE_SESSION_NAME, ",
        ),
        ("AccessDenied", scp, "a policy of the AWS organization", "AWS Organizations"),
    ] {
        let text = told(code, message, claims());
        let (before, after) = text.split_once("the token says of itself").expect("the claims are shown");
        assert!(before.contains(cause), "{code}: {message}: {text}");
        assert_eq!(before.contains("\ncause: "), !cause.is_empty(), "{code}: {message}: {text}");
        assert!(after.contains("\nhint: ") && after.contains(way_out), "{code}: {message}: {text}");
        assert!(text.ends_with("\nrequest id r1"), "{text}");
    }
    let unknown = told("SomethingNew", "something else", claims());
    assert!(unknown.contains("\nhint: run the step again") && !unknown.contains("\ncause: "), "{unknown}");
}

#[test]
fn an_audience_that_begins_twice_is_explained() {
    let doubled = format!("ari:cloud:bitbucket::workspace/{AUDIENCE}");
    let claims = UnverifiedClaims { audience: vec![doubled], audience_is_list: true, ..claims() };
    let text = told("InvalidIdentityToken", "Incorrect token audience", claims.clone());
    let cause =
        format!("\ncause: the step asks for an audience that begins twice; Bitbucket's own is {AUDIENCE}\n");
    assert!(text.contains(&cause), "{text}");
    assert!(
        text.contains(&format!("\nhint: write `audiences: [{AUDIENCE}]` under the step's `oidc:`")),
        "{text}"
    );
    let text = told("InvalidIdentityToken", NO_PROVIDER, claims);
    assert!(
        text.contains(&format!("--client-id-list '{AUDIENCE}'\nhint: write `audiences: [{AUDIENCE}]`")),
        "{text}"
    );
}

#[test]
fn the_clock_of_sts_counts_and_a_wrong_one_is_named() {
    let failure = |date| Failure::answered(400, "ExpiredTokenException", "Token expired", "r1").at(at(date));
    let text = refusal(failure(1_700_007_200), Ok(claims())).to_string();
    let cause =
        "\ncause: this machine's clock is 2 hours behind that of STS, which hid that the token had expired\n";
    assert!(text.contains(cause), "{text}");
    assert!(text.contains("\n  expires   2023-11-14T23:13:20Z, 60 minutes ago\nhint: "), "{text}");
    let denied = Failure::answered(403, "AccessDenied", DENIED, "r1").at(at(1_699_990_000));
    let text = refusal(denied, Ok(claims())).to_string();
    assert!(
        text.contains("\n  clock     this machine's clock is 2 hours ahead of that of STS\nhint: "),
        "{text}"
    );
    let text = refusal(failure(1_700_000_030), Ok(claims())).to_string();
    assert!(!text.contains("clock"), "{text}");
}

#[test]
fn an_unreadable_token_is_called_that() {
    let failure = Failure::answered(400, "InvalidIdentityToken", "Missing a required claim: iss", "r1");
    let text = refusal(failure, Err(Unreadable)).to_string();
    assert!(text.contains("\nthe token is not readable as a JSON Web Token\nhint: "), "{text}");
    let failure = Failure::answered(403, "AccessDenied", DENIED, "r1");
    let text = refusal(failure, Err(Unreadable)).to_string();
    assert!(!text.contains("lets in") && text.contains("hint: `aws iam get-role"), "{text}");
}

#[test]
fn trouble_on_the_way_is_not_called_a_refusal() {
    let place = || "STS of eu-west-1".to_owned();
    let failure = Failure::answered(503, "ServiceUnavailable", "try later", "r1");
    let trouble = AccessError::NoVerdict { place: place(), failure };
    assert!(
        trouble.to_string().starts_with("STS of eu-west-1 could not answer: ServiceUnavailable: try later")
    );
    let strange = AccessError::NotSts { place: place(), failure: None };
    assert!(strange.to_string().starts_with("STS of eu-west-1 does not answer as STS does\nhint: "));
}
