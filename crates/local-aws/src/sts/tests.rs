//! Exchanges as a client sees them: status and document.

use std::time::Duration;

use http::Request;
use oidc_auth::policy::{PolicyDocument, Principal, Statement};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::*;
use crate::iam::Role;
use crate::issuer::{StepToken, Workspace};

const ROLE: &str = "arn:aws:iam::444455556666:role/deploy";

fn workspace() -> Workspace {
    Workspace::new("acme", "w")
}

fn iam() -> Iam {
    let iam = Iam::default();
    let issuer = workspace().issuer_url().replace("https://", "");
    iam.create_oidc_provider(
        "444455556666",
        &workspace().issuer_url(),
        vec![workspace().audience(), "custom".into()],
    );
    let trust = Statement::allow(&["sts:AssumeRoleWithWebIdentity"], &[])
        .to(Principal::federated(&format!("arn:aws:iam::444455556666:oidc-provider/{issuer}")))
        .when("StringEquals", &format!("{issuer}:aud"), &[&workspace().audience()])
        .when("StringLike", &format!("{issuer}:sub"), &["{r}:*"]);
    iam.create_role(Role {
        arn: ROLE.into(),
        trust: PolicyDocument::new(vec![trust]),
        permissions: vec![],
        max_session: Duration::from_hours(1),
    });
    iam
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a time")
}

fn exchange(iam: &Iam, token: &StepToken, more: &[(&str, &str)]) -> (u16, String) {
    let token = token.sign_at(now());
    let fixed = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", ROLE),
        ("RoleSessionName", "build-7"),
        ("WebIdentityToken", &token),
    ];
    // Of a name given twice the last counts.
    let parameters = fixed.iter().chain(more);
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = parameters.map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let request = Request::post("/").body(()).expect("a request").into_parts().0;
    let reply = answer(iam, &request, pairs.join("&").as_bytes(), now());
    (reply.status().as_u16(), String::from_utf8(reply.body().to_vec()).expect("text"))
}

fn element<'a>(document: &'a str, name: &str) -> &'a str {
    let start = document.find(&format!("<{name}>")).expect(name) + name.len() + 2;
    let end = document.find(&format!("</{name}>")).expect(name);
    &document[start..end]
}

#[test]
fn a_good_token_becomes_credentials_that_count() {
    let iam = iam();
    let (status, document) = exchange(&iam, &StepToken::for_repository(&workspace(), "r").step("s"), &[]);
    assert_eq!(status, 200, "{document}");
    for (name, expected) in [
        ("SubjectFromWebIdentityToken", "{r}:{s}"),
        ("Audience", "ari:cloud:bitbucket::workspace/w"),
        ("Arn", "arn:aws:sts::444455556666:assumed-role/deploy/build-7"),
        (
            "Provider",
            "arn:aws:iam::444455556666:oidc-provider/api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc",
        ),
        ("Expiration", "2027-01-15T09:00:00Z"),
    ] {
        assert_eq!(element(&document, name), expected);
    }
    let (key, token) = (element(&document, "AccessKeyId"), element(&document, "SessionToken"));
    assert_eq!(iam.secret_key(key).as_deref(), Some(element(&document, "SecretAccessKey")));
    let principal = iam.principal(key, Some(token), now()).expect("good credentials");
    assert_eq!(principal.arn, element(&document, "Arn"));
    assert_eq!(principal.user_id, element(&document, "AssumedRoleId"));
}

#[test]
fn the_session_policy_limits_the_session() {
    let iam = iam();
    let policy =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
    let (status, document) =
        exchange(&iam, &StepToken::for_repository(&workspace(), "r"), &[("Policy", policy)]);
    assert_eq!((status, element(&document, "PackedPolicySize")), (200, "4"), "{document}");
    let key = element(&document, "AccessKeyId");
    let principal =
        iam.principal(key, Some(element(&document, "SessionToken")), now()).expect("good credentials");
    iam.create_role(Role {
        permissions: vec![PolicyDocument::new(vec![Statement::allow(&["s3:*"], &["*"])])],
        ..iam.role(ROLE).expect("created").role
    });
    assert!(
        principal.may("s3:GetObject", "x").is_err(),
        "this principal was read before the role had permissions"
    );
    let principal =
        iam.principal(key, Some(element(&document, "SessionToken")), now()).expect("good credentials");
    assert!(principal.may("s3:GetObject", "x").is_ok());
    let denied = principal.may("s3:PutObject", "x").expect_err("not in the session policy").to_string();
    assert!(denied.ends_with("because no session policy allows the s3:PutObject action"), "{denied}");
}

#[test]
fn refusals() {
    let iam = iam();
    let good = StepToken::for_repository(&workspace(), "r");
    let other_workspace = StepToken::for_repository(&Workspace::new("other", "w"), "r");
    let not_authorised =
        "<Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message>";
    for (token, more, status, expected) in [
        (&good.clone().subject("{q}:{s}"), &[][..], 403, not_authorised),
        (&good.clone().audience("custom"), &[], 403, not_authorised),
        (&good, &[("RoleArn", "arn:aws:iam::444455556666:role/absent")], 403, not_authorised),
        (
            &good,
            &[("RoleArn", "arn:aws:iam::999999999999:role/deploy")],
            400,
            "<Code>InvalidIdentityToken</Code><Message>No OpenIDConnect provider found",
        ),
        (
            &other_workspace,
            &[],
            400,
            "<Code>InvalidIdentityToken</Code><Message>No OpenIDConnect provider found",
        ),
        (
            &good.clone().audience("x"),
            &[],
            400,
            "<Code>InvalidIdentityToken</Code><Message>Incorrect token audience</Message>",
        ),
        (&good.clone().with_broken_signature(), &[], 400, "<Code>InvalidIdentityToken</Code>"),
        (&good.clone().expired(), &[], 400, "<Code>ExpiredTokenException</Code>"),
        (
            &good,
            &[("DurationSeconds", "3601")],
            400,
            "<Code>ValidationError</Code><Message>The requested DurationSeconds exceeds the MaxSessionDuration set for this role.</Message>",
        ),
        (&good, &[("Policy", "{")], 400, "<Code>MalformedPolicyDocument</Code>"),
        (&good, &[("Action", "GetCallerIdentity")], 403, "<Code>MissingAuthenticationToken</Code>"),
        (
            &good,
            &[("Action", "AssumeRoleWithSAML")],
            400,
            "<Code>InvalidAction</Code><Message>Could not find operation AssumeRoleWithSAML for version 2011-06-15</Message>",
        ),
    ] {
        let (found, document) = exchange(&iam, token, more);
        assert_eq!(found, status, "{expected}: {document}");
        assert!(document.contains(expected), "{expected}: {document}");
        assert!(
            document.contains("<Type>Sender</Type>") && !element(&document, "RequestId").is_empty(),
            "{document}"
        );
    }
}
