//! Tokens that STS takes, and one for each reason it does not.

use serde_json::json;

use super::*;
use crate::issuer::{StepToken, Workspace};

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a time")
}

fn workspace() -> Workspace {
    Workspace::new("acme", "w")
}

fn token() -> StepToken {
    StepToken::for_repository(&workspace(), "r").step("s")
}

fn check(token: &str) -> Result<VerifiedToken, Refusal> {
    let provider = workspace();
    verify(token, now(), |issuer| {
        (issuer == provider.issuer_url()).then(|| vec![provider.audience(), "custom".into()])
    })
}

#[test]
fn good_tokens_are_taken() {
    for (token, audiences) in [
        (token(), vec![workspace().audience()]),
        (token().audience("custom"), vec!["custom".into()]),
        (token().audiences(["other", "custom"]), vec!["custom".into()]),
    ] {
        let expected =
            VerifiedToken { issuer: workspace().issuer_url(), audiences, subject: "{r}:{s}".into() };
        assert_eq!(check(&token.sign_at(now())), Ok(expected), "{token:?}");
    }
}

#[test]
fn bad_tokens_are_refused_in_the_words_of_aws() {
    let good = token().sign_at(now());
    let parts: Vec<&str> = good.split('.').collect();
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let with_header = |header: Value| format!("{}.{}.{}", encode(header), parts[1], parts[2]);
    let with_claims = |claims: Value| format!("{}.{}.{}", parts[0], encode(claims), parts[2]);
    let foreign = StepToken::for_repository(&Workspace::new("other", "w"), "r");
    let invalid = "InvalidIdentityToken";
    for (token, code, expected) in [
        ("x".to_owned(), invalid, "not a valid JWT"),
        ("a.b.c".to_owned(), invalid, "not a valid JWT"),
        (format!("{good}.x"), invalid, "not a valid JWT"),
        (with_claims(json!([])), invalid, "not a valid JWT"),
        (with_claims(json!({"aud": "custom"})), invalid, "Missing a required claim: iss"),
        (with_claims(json!({"iss": workspace().issuer_url()})), invalid, "Missing a required claim: aud"),
        (
            foreign.sign_at(now()),
            invalid,
            "No OpenIDConnect provider found in your account for https://api.bitbucket.org/2.0/workspaces/other/",
        ),
        (token().audience("sts.amazonaws.com").sign_at(now()), invalid, "Incorrect token audience"),
        (token().with_broken_signature().sign_at(now()), invalid, "could not be validated"),
        (
            with_claims(json!({"iss": workspace().issuer_url(), "aud": "custom", "sub": "x"})),
            invalid,
            "could not be validated",
        ),
        (with_header(json!({"alg": "none"})), invalid, "not a valid JWT"),
        (
            with_header(json!({"alg": "RS256", "kid": "another"})),
            invalid,
            "Couldn't retrieve verification key",
        ),
        (with_header(json!({"alg": "RS256"})), invalid, "Couldn't retrieve verification key"),
        (
            token().expired().sign_at(now()),
            "ExpiredTokenException",
            "Token expired: current date/time 1800000000 must be before the expiration date/time 1799999940",
        ),
        (token().not_yet_valid().sign_at(now()), invalid, "Token not yet valid"),
    ] {
        let refusal = check(&token).expect_err(expected);
        assert_eq!((refusal.code.as_ref(), refusal.status.as_u16()), (code, 400), "{expected}");
        assert!(refusal.message.contains(expected), "{expected}: {}", refusal.message);
    }
}

#[test]
fn times_may_have_fractions_and_need_not_agree_to_the_second() {
    for (claims, expected) in [
        (json!({"exp": 1001, "iat": 1000}), true),
        (json!({"exp": 1000, "iat": 900}), false),
        (json!({"exp": 1000.9, "iat": 900.5}), false),
        (json!({"exp": 2000, "iat": 1300}), true),
        (json!({"exp": 2000, "iat": 1301}), false),
        (json!({"exp": 2000, "iat": 900, "nbf": 1301}), false),
        (json!({"exp": "soon", "iat": 900}), false),
        (json!({"exp": 2000}), false),
    ] {
        assert_eq!(check_times(&claims, 1000).is_ok(), expected, "{claims}");
    }
}
