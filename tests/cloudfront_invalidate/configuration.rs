//! Mistakes, told before anything is sent.

use local_aws::scenario::Site;

use super::step::{DISTRIBUTION, invalidate, only, requests, world};

#[test]
fn mistakes_are_told_all_at_once_and_nothing_is_sent() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    invalidate(&world, &site)
        .unset("AWS_OIDC_ROLE_ARN")
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .set("DISTRIBUTION_ID", " ")
        .set("PATHS", "changed /a*b")
        .set("MAX_PATHS", "many")
        .run()
        .exits(2)
        .says("ERROR: AWS_OIDC_ROLE_ARN variable missing.")
        .says("`oidc: true`")
        .says("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        .says("ERROR: DISTRIBUTION_ID variable missing.\n")
        .says("ERROR: PATHS `changed`: `changed` stands alone, because what deploys changed is invalidated once")
        .says("ERROR: MAX_PATHS must be a whole number from 1 to 3000, not `many`\n")
        .says("ERROR: PATHS `/a*b`: `*` is a wildcard only as the last character")
        .says("✖ Validation errors: nothing was sent.\n");
    assert!(world.cloud.requests().is_empty());
}

#[test]
fn a_path_that_cloudfront_would_pass_over_is_a_warning() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    invalidate(&world, &site)
        .set("PATHS", "/~me/, /index.html")
        .run()
        .exits(0)
        .says("WARNING: PATHS `/%7Eme/,`: CloudFront does not invalidate paths that hold a `~`");
    assert_eq!(only(&world).paths, ["/%7Eme/,", "/index.html"]);
}

#[test]
fn an_endpoint_where_nobody_answers_is_told_with_the_variables_to_look_at() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    // Nothing can listen on port 0.
    invalidate(&world, &site)
        .set("AWS_ENDPOINT_URL_CLOUDFRONT", "http://127.0.0.1:0")
        .run()
        .exits(1)
        .says("ERROR: Error creating a cloudfront invalidation: CloudFront: no answer: ")
        .says("\nhint: check AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_CLOUDFRONT, HTTPS_PROXY and AWS_CA_BUNDLE");
    assert_eq!(requests(&world), 0);
}

#[test]
fn mistakes_in_every_variable_are_named_in_one_run() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    let mistakes = [
        ("AWS_OIDC_ROLE_ARN", "nonsense", "must be the ARN of a role"),
        ("BITBUCKET_STEP_OIDC_TOKEN", "x y", "is not a token"),
        ("AWS_ROLE_SESSION_NAME", "a b", "must be 2 to 64"),
        ("AWS_DEFAULT_REGION", "Frankfurt", "must be the code of a region"),
        ("AWS_ALLOWED_ACCOUNT_IDS", "1 2", "`1`, `2`"),
        ("AWS_CA_BUNDLE", "none-such.pem", "cannot be read"),
        ("DISTRIBUTION_ID", "E-1", "not `E-1`"),
        ("PATHS", "/a*b /a*b", "`/a*b`"),
        ("ORIGIN_PATH", "site*", "`"),
        ("MAX_PATHS", "many", "must be a whole number"),
        ("INVALIDATE_NEW", "perhaps", "must be true or false"),
        ("CLEAN_URLS", "perhaps", "must be true or false"),
        ("FALLBACK_PAGES", "/a/", "must be a page"),
        ("QUERY_STRINGS", "perhaps", "must be true or false"),
        ("DRY_RUN", "perhaps", "must be true or false"),
        ("WAIT", "perhaps", "must be true or false"),
        ("WAIT_TIMEOUT", "0", "must be a whole number"),
        ("DEBUG", "very", "must be true or false"),
    ];
    let step =
        mistakes.iter().fold(invalidate(&world, &site), |step, (name, value, _)| step.set(name, value));
    let ended = step.run().exits(2);
    for (name, _, words) in mistakes {
        let line = ended.log.lines().find(|line| line.starts_with(&format!("ERROR: {name} ")));
        assert!(line.is_some_and(|line| line.contains(words)), "{name}: {line:?} in\n{}", ended.log);
    }
    assert_eq!(ended.log.matches("ERROR: ").count(), mistakes.len(), "{}", ended.log);
    assert!(world.cloud.requests().is_empty());
}

#[test]
fn the_cloud_of_a_role_is_checked_whatever_else_is_wrong() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    invalidate(&world, &site)
        .unset("AWS_ENDPOINT_URL")
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .set("AWS_OIDC_ROLE_ARN", "arn:aws-us-gov:iam::123456789012:role/Deploy")
        .run()
        .exits(2)
        .says("ERROR: AWS_OIDC_ROLE_ARN is given, but the step has no OIDC token")
        .says("ERROR: AWS_OIDC_ROLE_ARN is of GovCloud");
}
