//! Trust policies beside one token, and what is said of each.

use super::*;

const OWN: &str = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
const ROLE: &str = "arn:aws:iam::123456789012:role/ci/Deploy";

fn claims() -> UnverifiedClaims {
    UnverifiedClaims {
        issuer: Some(format!("https://{OWN}")),
        audience: vec!["aud-1".into()],
        subject: Some("{r}:{s}".into()),
        ..UnverifiedClaims::default()
    }
}

/// What is said of a trust policy, and what is advised instead of another one. `OWN` stands for the provider.
fn compared(statements: &str) -> (String, Option<String>) {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#).replace("OWN", OWN);
    let (trust, role, claims) =
        (TrustPolicy::parse("trust.json", &text).expect(statements), ROLE.parse().expect("a role"), claims());
    let comparison = Comparison::new(&trust, &role, &claims);
    (comparison.to_string(), comparison.remedy())
}

/// A statement that lets the provider in under these conditions.
fn allow(conditions: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {{"Federated": "arn:aws:iam::123456789012:oidc-provider/OWN"}}, "Condition": {{{conditions}}}}}"#
    )
}

#[test]
fn the_condition_that_fails_is_told_with_both_values() {
    for (conditions, expected) in [
        (
            r#""StringLike": {"OWN:sub": "{q}:*"}"#,
            "StringLike on OWN:sub\n    the policy wants  {q}:*\n    the token has     {r}:{s}\n    the policy means another",
        ),
        (
            r#""StringEquals": {"OWN:aud": ["aud-2", "aud-3"], "OWN:sub": "{r}:{s}"}"#,
            "StringEquals on OWN:aud\n    the policy wants  aud-2 or aud-3\n    the token has     aud-1",
        ),
        (
            r#""ForAnyValue:StringEquals": {"OWN:aud": "aud-2"}"#,
            "ForAnyValue:StringEquals on OWN:aud\n    the policy wants  aud-2\n",
        ),
        (
            r#""ForAllValues:StringLike": {"OWN:sub": "{q}:*"}"#,
            "ForAllValues:StringLike on OWN:sub\n    the policy wants  {q}:*\n",
        ),
        (
            r#""StringEqualsIfExists": {"OWN:aud": "aud-2"}"#,
            "StringEqualsIfExists on OWN:aud\n    the policy wants  aud-2\n",
        ),
        (
            r#""StringEqualsIgnoreCase": {"OWN:aud": "aud-2"}"#,
            "StringEqualsIgnoreCase on OWN:aud\n    the policy wants  aud-2\n",
        ),
        (
            r#""StringNotLike": {"OWN:sub": "{r}:*"}"#,
            "StringNotLike on OWN:sub\n    the policy wants anything but  {r}:*\n    the token has     {r}:{s}",
        ),
        (
            r#""StringEquals": {"OWN:branchName": "main"}"#,
            "StringEquals on OWN:branchName\n    the policy wants  main\n    the token has     no such claim\n    of Bitbucket's",
        ),
        (
            r#""StringLike": {"OWN:sub": "{r}:*", "aws:PrincipalOrgID": "o-1"}"#,
            "StringLike on aws:PrincipalOrgID wants o-1: cannot be judged here",
        ),
        (r#""IpAddress": {"aws:SourceIp": "192.0.2.0/24"}"#, "IpAddress: cannot be judged here"),
    ] {
        let (told, remedy) = compared(&allow(conditions));
        let expected = expected.replace("OWN", OWN);
        let start = "statement 1 of trust.json (AWS_TRUST_POLICY_FILE) does not let this token in:\n  ";
        assert!(told.starts_with(&format!("{start}{expected}")), "{conditions}: {told}");
        assert_eq!(remedy, None, "{conditions}");
    }
}

#[test]
fn principal_and_action_are_told_as_well() {
    let (told, _) = compared(
        r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}"#,
    );
    for expected in [
        "\n  Principal\n    the policy wants  arn:aws:iam::123456789012:root\n    the token is from arn:aws:iam::123456789012:oidc-provider/",
        "\n    the policy trusts no OpenID Connect provider",
        "\n  Action\n    the policy allows sts:AssumeRole\n    the step needs    sts:AssumeRoleWithWebIdentity",
    ] {
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn of_several_statements_the_closest_is_told() {
    let far =
        r#"{"Sid": "People", "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}"#;
    let near = allow(r#""StringLike": {"OWN:sub": "{q}:*"}, "StringEquals": {"OWN:aud": "aud-1"}"#);
    let near = near.replacen('{', r#"{"Sid": "Builds", "#, 1);
    for statements in [format!("{far}, {near}"), format!("{near}, {far}")] {
        let (told, _) = compared(&statements);
        assert!(told.starts_with("statement \"Builds\" of trust.json"), "{told}");
        assert_eq!(told.matches("the policy wants").count(), 1, "{told}");
    }
}

#[test]
fn a_policy_that_fits_points_elsewhere_and_a_denial_is_told() {
    let fitting = allow(r#""StringLike": {"OWN:sub": "{r}:*"}, "StringEquals": {"OWN:aud": "aud-1"}"#);
    let deny =
        |conditions: &str| format!("{fitting}, {}", allow(conditions).replace("\"Allow\"", "\"Deny\""));
    let compare =
        "hint: compare trust.json with `aws iam get-role --role-name Deploy`, run in account 123456789012";
    let narrow = "hint: narrow or remove statement 2 (";
    for (statements, told, remedy) in [
        (
            fitting.clone(),
            "no role of exactly this path and name, or a policy of the organization that forbids it",
            compare,
        ),
        (
            allow(r#""StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}"#),
            "forbids it; aws:PrincipalOrgID cannot be judged here",
            compare,
        ),
        (deny(r#""StringLike": {"OWN:sub": "*"}"#), "has \"Effect\": \"Deny\" and fits this token", narrow),
        (
            deny(r#""IpAddress": {"aws:SourceIp": "192.0.2.0/24"}"#),
            "may fit this token: aws:SourceIp cannot be judged here",
            narrow,
        ),
        (
            deny(r#""StringNotEquals": {"aws:SourceVpc": "vpc-1"}"#),
            "may fit this token: aws:SourceVpc cannot be judged here",
            narrow,
        ),
        (
            deny(r#""DateLessThan": {"OWN:sub": "x"}"#),
            "may fit this token: DateLessThan cannot be judged here",
            narrow,
        ),
    ] {
        let (found, advised) = compared(&statements);
        assert!(found.starts_with("statement ") && found.ends_with(told), "{statements}: {found}");
        assert!(
            advised.as_ref().is_some_and(|advised| advised.starts_with(remedy)),
            "{statements}: {advised:?}"
        );
    }
    let (only, _) = compared(&allow("").replace("\"Allow\"", "\"Deny\""));
    assert!(only.ends_with("and fits this token"), "{only}");
}

#[test]
fn a_file_of_another_role_is_no_comparison() {
    let policy = allow("").replace("OWN", OWN);
    let text = format!(
        r#"{{"Role": {{"Arn": "arn:aws:iam::123456789012:role/Deploy",
            "AssumeRolePolicyDocument": {{"Statement": [{policy}]}}}}}}"#
    );
    let trust = TrustPolicy::parse("role.json", &text).expect("a role");
    let (role, claims) = (ROLE.parse().expect("a role"), claims());
    let comparison = Comparison::new(&trust, &role, &claims);
    let remedy =
        "hint: set AWS_OIDC_ROLE_ARN to arn:aws:iam::123456789012:role/Deploy, or keep the trust policy of ";
    assert!(comparison.remedy().is_some_and(|hint| hint.starts_with(remedy)));
    let told = comparison.to_string();
    let expected = "role.json (AWS_TRUST_POLICY_FILE) belongs to arn:aws:iam::123456789012:role/Deploy, which is not the";
    assert!(told.starts_with(expected), "{told}");
}
