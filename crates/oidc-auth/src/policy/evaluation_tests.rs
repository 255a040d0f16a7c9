//! Tables of requests and the verdicts on them.

use super::*;
use crate::policy::Principal;

const PROVIDER: &str = "arn:aws:iam::123456789012:oidc-provider/example.org";

fn verdict(statements: &[Statement], action: &str, resource: &str) -> Verdict {
    let context = Context::new().with("aws:SourceIp", "192.0.2.1");
    let request = Request { action, resource: Some(resource), caller: None, context: &context };
    evaluate([&PolicyDocument::new(statements.to_vec())], &request)
}

#[test]
fn statements_together() {
    let write = Statement::allow(&["s3:PutObject", "s3:Delete*"], &["arn:aws:s3:::site/*"]);
    let list = Statement::allow(&["S3:LISTBUCKET"], &["arn:aws:s3:::site"]);
    let keep = Statement::deny(&["s3:Delete*"], &["arn:aws:s3:::site/keep/*"]);
    let rest = Statement {
        not_action: (&["iam:*"][..]).into(),
        resource: (&["*"][..]).into(),
        ..Statement::default()
    };
    let outside = Statement {
        action: (&["s3:*"][..]).into(),
        not_resource: (&["arn:aws:s3:::site/*"][..]).into(),
        ..Statement::default()
    };
    let closed = Statement::deny(&["s3:*"], &["*"]).when("IpAddress", "aws:SourceIp", &["192.0.2.0/24"]);
    for (statements, action, resource, allowed) in [
        (vec![write.clone()], "s3:PutObject", "arn:aws:s3:::site/a/b", true),
        (vec![write.clone()], "s3:putobject", "arn:aws:s3:::site/a", true),
        (vec![write.clone()], "s3:PutObject", "arn:aws:s3:::Site/a", false),
        (vec![write.clone()], "s3:PutObject", "arn:aws:s3:::site", false),
        (vec![write.clone()], "s3:GetObject", "arn:aws:s3:::site/a", false),
        (vec![write.clone(), list.clone()], "s3:ListBucket", "arn:aws:s3:::site", true),
        (vec![write.clone(), keep.clone()], "s3:DeleteObject", "arn:aws:s3:::site/keep/a", false),
        (vec![keep.clone(), write.clone()], "s3:DeleteObject", "arn:aws:s3:::site/a", true),
        (vec![rest.clone()], "s3:PutObject", "x", true),
        (vec![rest], "iam:CreateRole", "x", false),
        (vec![outside.clone()], "s3:PutObject", "arn:aws:s3:::other/a", true),
        (vec![outside], "s3:PutObject", "arn:aws:s3:::site/a", false),
        (vec![write, closed], "s3:PutObject", "arn:aws:s3:::site/a", false),
        (vec![], "s3:PutObject", "arn:aws:s3:::site/a", false),
    ] {
        assert_eq!(
            verdict(&statements, action, resource).is_allowed(),
            allowed,
            "{statements:?} {action} {resource}"
        );
    }
}

#[test]
fn a_verdict_names_its_statement() {
    let allow = Statement::allow(&["s3:*"], &["*"]);
    let deny = Statement::deny(&["s3:Delete*"], &["*"]).named("KeepAll");
    let statements = [allow, deny];
    assert_eq!(
        verdict(&statements, "s3:PutObject", "x"),
        Verdict::Allowed(StatementId { policy: 0, index: 0, sid: None })
    );
    let Verdict::Denied { statement, unknown_operators } = verdict(&statements, "s3:DeleteObject", "x")
    else {
        panic!("a deletion is refused")
    };
    assert_eq!((statement.to_string().as_str(), unknown_operators.len()), ("statement \"KeepAll\"", 0));
}

#[test]
fn an_unknown_operator_is_named_and_never_grants() {
    let open = Statement::allow(&["s3:*"], &["*"]).when("IpAddress", "aws:SourceIp", &["0.0.0.0/0"]);
    let Verdict::NotAllowed(misses) = verdict(&[open], "s3:PutObject", "x") else {
        panic!("it must not grant")
    };
    assert_eq!(misses[0].mismatches, [Mismatch::UnknownOperator { operator: "IpAddress".into() }]);

    let closed = Statement::deny(&["s3:*"], &["*"]).when("IpAddress", "aws:SourceIp", &["0.0.0.0/0"]);
    let Verdict::Denied { unknown_operators, .. } = verdict(&[closed], "s3:PutObject", "x") else {
        panic!("it must refuse")
    };
    assert_eq!(unknown_operators, ["IpAddress"]);
}

#[test]
fn a_trust_policy_says_everything_that_does_not_fit() {
    let trust = PolicyDocument::new(vec![
        Statement::allow(&["sts:AssumeRoleWithWebIdentity"], &[])
            .to(Principal::federated(PROVIDER))
            .when("StringEquals", "example.org:aud", &["ari:cloud:bitbucket::workspace/1"])
            .when("StringLike", "example.org:sub", &["{r}:*"]),
    ]);
    let verdict = |provider: &str, audience: &str, subject: &str| {
        let context = Context::new().with("example.org:aud", audience).with("example.org:sub", subject);
        let caller = Some(Caller { kind: "Federated", name: provider });
        evaluate(
            [&trust],
            &Request { action: "sts:AssumeRoleWithWebIdentity", resource: None, caller, context: &context },
        )
    };
    assert!(verdict(PROVIDER, "ari:cloud:bitbucket::workspace/1", "{r}:{s}").is_allowed());

    let Verdict::NotAllowed(misses) = verdict("arn:other", "ari:cloud:bitbucket::workspace/2", "{q}:{s}")
    else {
        panic!("nothing fits")
    };
    let said: Vec<String> = misses[0].mismatches.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            format!("the principal is arn:other, not {PROVIDER}"),
            "StringEquals wants example.org:aud to be ari:cloud:bitbucket::workspace/1, but it is ari:cloud:bitbucket::workspace/2".into(),
            "StringLike wants example.org:sub to be {r}:*, but it is {q}:{s}".into(),
        ]
    );
}

#[test]
fn identity_policies_and_trust_policies_are_not_mixed_up() {
    let context = Context::new();
    let caller = Some(Caller { kind: "AWS", name: "arn:aws:iam::1:role/x" });
    let identity = PolicyDocument::new(vec![Statement::allow(&["*"], &["*"])]);
    let trust = PolicyDocument::new(vec![Statement::allow(&["*"], &[]).to(Principal::Anyone)]);
    let ask = |policy, resource, caller| {
        evaluate([policy], &Request { action: "sts:AssumeRole", resource, caller, context: &context })
            .is_allowed()
    };
    assert!(ask(&identity, Some("x"), None));
    assert!(!ask(&identity, Some("x"), caller));
    assert!(ask(&trust, None, caller));
    assert!(!ask(&trust, Some("x"), caller));
    assert!(!ask(&trust, None, None));
}
