//! Tokens and trust policies as nobody should write them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD_INDIFFERENT;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::claims::UnverifiedClaims;
use crate::failure::Failure;
use crate::refusal::Refusal;
use crate::role::RoleArn;
use crate::token::{WebIdentityToken, strike};
use crate::trust_policy::TrustPolicy;

/// Any JSON, with the words of policies and claims in it.
fn value() -> impl Strategy<Value = Value> {
    const WORDS: [&str; 16] = [
        "Allow",
        "Deny",
        "*",
        "sts:AssumeRoleWithWebIdentity",
        "StringEquals",
        "ForAnyValue:StringLike",
        "Federated",
        "api.bitbucket.org/x:sub",
        "{a}:{b}:{c}",
        "${aws:x",
        "arn:aws:iam::123456789012:role/R",
        "\n✔ LIE",
        "\u{1b}[2K",
        "\u{202e}",
        "",
        "https://api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc",
    ];
    let leaf = prop_oneof![
        4 => prop::sample::select(&WORDS[..]).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    let names = [
        "Version",
        "Statement",
        "Effect",
        "Action",
        "NotAction",
        "Principal",
        "NotPrincipal",
        "Condition",
        "Federated",
        "StringEquals",
        "StringLike",
        "Null",
        "Role",
        "Arn",
        "AssumeRolePolicyDocument",
        "iss",
        "aud",
        "sub",
        "exp",
    ];
    let names = prop::sample::select(names.map(str::to_owned).to_vec());
    leaf.prop_recursive(4, 30, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A policy whose parts are where a policy has them, and anything.
fn policy() -> impl Strategy<Value = Value> {
    let statement = (value(), value(), value(), value()).prop_map(|(effect, principal, action, condition)| {
        json!({"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition, "Sid": effect})
    });
    prop_oneof![value(), prop::collection::vec(statement, 0..3).prop_map(|all| json!({"Statement": all}))]
}

fn token(claims: &str) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD_INDIFFERENT.encode(text);
    format!("{}.{}.{}", encode("{\"alg\":\"RS256\"}"), encode(claims), "a".repeat(342))
}

fn assert_printable(text: &str) -> Result<(), TestCaseError> {
    let steers = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{2028}'..='\u{202e}');
    prop_assert!(!text.contains(steers) && !text.contains("\n✔ LIE"), "{text:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Whatever is in the variable is a token or is refused in words that have none of it.
    #[test]
    fn any_token(text in "[ -~]{0,60}|\\PC{0,30}|([A-Za-z0-9_-]{0,20}\\.){0,4}[A-Za-z0-9_=-]{0,20}") {
        if let Err(invalid) = text.parse::<WebIdentityToken>() {
            let said = format!("{invalid} {}", invalid.hint());
            prop_assert!(text.len() < 8 || !said.contains(&text), "{said}");
        }
        let _ = UnverifiedClaims::decode(&WebIdentityToken::new(text.clone()));
        let told = strike(&format!("before {text} after {text}"), &text);
        // A text with other characters is refused as a token before anything is sent.
        prop_assert!(!text.is_ascii() || text.trim().len() < 12 || !told.contains(&text), "{told}");
    }

    /// Any claims are told beside any trust policy: a cause and a way out, and never a line of their own making.
    #[test]
    fn any_claims_and_any_trust_policy(claims in value(), policy in policy(), is_shape in any::<bool>()) {
        let claims = if is_shape { json!({"iss": claims, "aud": [claims], "sub": claims, "exp": claims}) } else { claims };
        let role: RoleArn = "arn:aws:iam::123456789012:role/Deploy".parse().expect("a role");
        let Ok(token) = token(&claims.to_string()).parse::<WebIdentityToken>() else { return Ok(()) };
        for code in ["AccessDenied", "InvalidIdentityToken", "ExpiredTokenException"] {
            let failure = Failure::answered(403, code, "No OpenIDConnect provider found", "r");
            let mut refusal = Refusal::new(role.clone(), failure, &token, Timestamp::UNIX_EPOCH);
            refusal.trust = match TrustPolicy::parse("trust.json", &policy.to_string()) {
                Ok(trust) => Some(trust),
                Err(error) => {
                    assert_printable(&error.to_string())?;
                    None
                }
            };
            assert_printable(&refusal.to_string())?;
        }
    }

    /// Text that is hardly JSON is refused in one line.
    #[test]
    fn any_text_as_a_trust_policy(text in "[\\[\\]{}\":,a-zA-Z0-9% \n]{0,80}|\\PC{0,60}") {
        if let Err(error) = TrustPolicy::parse("trust.json", &text) {
            prop_assert_eq!(error.to_string().lines().count(), 1, "{}", error);
        }
    }
}
