//! The example of AWS's own documentation, and what is changed in it to be refused.

use http::Request;

use super::*;

const SIGNATURE: &str = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
const SCOPE: Scope = Scope { service: "iam", region: None };

/// `ListUsers` as "Create a signed AWS API request" of the IAM documentation signs it.
fn example() -> Parts {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, Signature={SIGNATURE}"
    );
    let request = Request::get("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08")
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .header("host", "iam.amazonaws.com")
        .header("x-amz-date", "20150830T123600Z")
        .header("authorization", authorization);
    request.body(()).expect("a request").into_parts().0
}

fn verified(request: &Parts, body: &[u8], scope: Scope, now: &str) -> Result<Signer, Refusal> {
    let secret =
        |key: &str| (key == "AKIDEXAMPLE").then(|| "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
    verify(request, body, scope, now.parse().expect("a time"), secret)
}

#[test]
fn the_documented_example_verifies() {
    let signer =
        verified(&example(), b"", SCOPE, "2015-08-30T12:40:00Z").expect("AWS computed the same signature");
    assert_eq!(signer, Signer { access_key: "AKIDEXAMPLE".into(), session_token: None });
}

#[test]
fn what_is_changed_is_refused() {
    type Change = fn(&mut Parts);
    let replace = |request: &mut Parts, from: &str, to: &str| {
        let text = header(request, "authorization").expect("signed").replace(from, to);
        request.headers.insert("authorization", text.parse().expect("a value"));
    };
    let table: [(&str, Change, &str, &str); 10] = [
        (
            "time",
            |_| (),
            "2015-08-30T12:52:00Z",
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123700Z",
        ),
        ("early", |_| (), "2015-08-30T12:20:00Z", "Signature not yet current"),
        (
            "query",
            |request| request.uri = "/?Action=ListRoles&Version=2010-05-08".parse().expect("a URI"),
            "",
            "does not match",
        ),
        (
            "path",
            |request| request.uri = "/x?Action=ListUsers&Version=2010-05-08".parse().expect("a URI"),
            "",
            "does not match",
        ),
        (
            "host",
            |request| drop(request.headers.insert("host", "other".parse().expect("a value"))),
            "",
            "does not match",
        ),
        ("date", |request| drop(request.headers.remove("x-amz-date")), "", "X-Amz-Date"),
        ("none", |request| drop(request.headers.remove("authorization")), "", "missing Authentication Token"),
        (
            "basic",
            |request| drop(request.headers.insert("authorization", "Basic x".parse().expect("a value"))),
            "",
            "AWS4-HMAC-SHA256",
        ),
        (
            "token",
            |request| drop(request.headers.insert("x-amz-security-token", "t".parse().expect("a value"))),
            "",
            "must be a 'SignedHeader'",
        ),
        (
            "utf-8",
            |request| drop(request.headers.insert("content-type", "text/plain".parse().expect("a value"))),
            "",
            "does not match",
        ),
    ];
    for (name, change, now, expected) in table {
        let mut request = example();
        change(&mut request);
        let now = if now.is_empty() { "2015-08-30T12:36:00Z" } else { now };
        let refusal = verified(&request, b"", SCOPE, now).expect_err(name);
        assert!(refusal.message.contains(expected), "{name}: {}", refusal.message);
    }
    for (from, to, expected) in [
        ("AKIDEXAMPLE", "AKIDOTHER", "The security token included in the request is invalid."),
        (SIGNATURE, "00", "does not match"),
        (SIGNATURE, "not hexadecimal", "does not match"),
        ("/aws4_request", "", "Credential"),
        ("aws4_request", "aws5_request", "terminator"),
        ("20150830/", "20150831/", "Date in Credential scope"),
        (";x-amz-date", "", "must be a 'SignedHeader'"),
        ("Signature=", "Sig=", "'Signature' parameter"),
    ] {
        let mut request = example();
        replace(&mut request, from, to);
        let refusal = verified(&request, b"", SCOPE, "2015-08-30T12:36:00Z").expect_err(from);
        assert!(refusal.message.contains(expected), "{from}: {}", refusal.message);
    }
    assert!(verified(&example(), b"body", SCOPE, "2015-08-30T12:36:00Z").is_err());
}

#[test]
fn the_scope_must_fit_the_service() {
    for (scope, expected) in [
        (Scope { service: "sts", region: None }, "correct service: 'sts'"),
        (Scope { service: "iam", region: Some("eu-west-1") }, "valid region"),
    ] {
        let refusal = verified(&example(), b"", scope, "2015-08-30T12:36:00Z").expect_err("another scope");
        assert!(refusal.message.contains(expected), "{}", refusal.message);
    }
}

#[test]
fn queries_are_sorted_and_encoded() {
    for (query, expected) in [
        (None, ""),
        (Some("b=2&a=1"), "a=1&b=2"),
        (Some("list-type=2&prefix=a/b%20c"), "list-type=2&prefix=a%2Fb%20c"),
        (Some("acl"), "acl="),
        (Some("k=%7e"), "k=~"),
    ] {
        assert_eq!(canonical_query(query), expected);
    }
    assert_eq!(canonical_path("/a%20b/c"), "/a%2520b/c");
}
