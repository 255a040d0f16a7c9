//! Many mistakes at once: each is named in one run, and none twice.

use std::fs;

use local_aws::scenario::{Site, World};

use super::step::deploy;

#[test]
fn mistakes_in_every_variable_are_named_in_one_run() {
    let (world, site) = (World::permissive(), Site::small());
    fs::write(site.clone_folder().join("_headers"), "css/*\n  Expires: soon\n/a\n  A B: c\n")
        .expect("a file");
    let mistakes = [
        ("AWS_OIDC_ROLE_ARN", "nonsense", "must be the ARN of a role"),
        ("BITBUCKET_STEP_OIDC_TOKEN", "x y", "is not a token"),
        ("AWS_ROLE_SESSION_NAME", "a b", "must be 2 to 64"),
        ("AWS_ROLE_DURATION_SECONDS", "60", "must be"),
        ("AWS_DEFAULT_REGION", "Frankfurt", "must be the code of a region"),
        ("AWS_SESSION_POLICY", "none-such.json", "must be `auto`"),
        ("AWS_CHAINED_ROLE_ARN", "Second", "must be the ARN of a role"),
        ("AWS_ROLE_EXTERNAL_ID", "x", "must be"),
        ("AWS_ALLOWED_ACCOUNT_IDS", "1 2", "`1`, `2`"),
        ("AWS_TRUST_POLICY_FILE", "none-such.json", "none-such.json"),
        ("AWS_ENDPOINT_URL_STS", "sts", "must be a URL"),
        ("AWS_CA_BUNDLE", "none-such.pem", "cannot be read"),
        ("HTTPS_PROXY", "socks5://proxy", "must be"),
        ("ACL", "public", "must be one of"),
        ("ALLOW_EMPTY", "perhaps", "must be true or false"),
        ("COMPARE", "Size", "must be one of"),
        ("CONCURRENCY", "0", "must be a number"),
        ("DELETE_FLAG", "yes", "must be exactly `true` or `false`, not `yes`"),
        ("DELETE_GRACE", "7", "must be"),
        ("DRY_RUN", "perhaps", "must be true or false"),
        ("EXPECTED_BUCKET_OWNER", "1", "must be"),
        ("EXPIRES", "soon", "must be a point in time"),
        ("FORCE", "perhaps", "must be true or false"),
        ("HEADERS_FILE", "_headers", "_headers, line 1: is neither"),
        ("LOCAL_PATH", "no-such-folder", "cannot be read"),
        ("MAX_DELETE", "some", "must be"),
        ("RECORD", "perhaps", "must be true or false"),
        ("REFUSE_SECRETS", "perhaps", "must be true or false"),
        ("S3_BUCKET", "https://site.s3.amazonaws.com", "`"),
        ("SHARD", "5/4", "must be"),
        ("STORAGE_CLASS", "COLD", "must be one of"),
        ("DEBUG", "very", "must be true or false"),
    ];
    let step = deploy(&world, &site).set("EXTRA_ARGS", "--foo --endpoint-url nowhere --exlude x");
    let step = mistakes.iter().fold(step, |step, (name, value, _)| step.set(name, value));
    let mut ended = step.run().exits(2);
    for (name, _, words) in mistakes {
        let line = ended.log.lines().find(|line| line.starts_with(&format!("ERROR: {name} ")));
        assert!(line.is_some_and(|line| line.contains(words)), "{name}: {line:?} in\n{}", ended.log);
    }
    for words in [
        "ERROR: EXTRA_ARGS has the unknown flag --foo\n",
        "ERROR: EXTRA_ARGS has the unknown flag --exlude\nhint: the nearest flag of `aws s3 sync` is --exclude\n",
        "ERROR: EXTRA_ARGS: --endpoint-url must be a URL",
        "ERROR: HEADERS_FILE _headers, line 2: ",
        "ERROR: HEADERS_FILE _headers, line 4: ",
    ] {
        ended = ended.says(words);
    }
    assert_eq!(ended.log.matches("ERROR: ").count(), mistakes.len() + 5, "{}", ended.log);
    assert!(world.cloud.requests().is_empty());
}

#[test]
fn every_mistake_in_extra_args_is_named_in_one_run() {
    let (world, site) = (World::permissive(), Site::small());
    let ended = deploy(&world, &site)
        .set("EXTRA_ARGS", "--foo --bar --grants nonsense --storage-class HOT --delet --acls private")
        .run()
        .exits(2)
        .says("ERROR: EXTRA_ARGS has the unknown flag --foo\nhint: the flags are those of `aws s3 sync`")
        .says("ERROR: EXTRA_ARGS has the unknown flag --bar\nhint: the flags are those of `aws s3 sync`")
        .says("ERROR: EXTRA_ARGS has the unknown flag --acls\nhint: the flags are those of `aws s3 sync`")
        .says("ERROR: EXTRA_ARGS has `HOT` for --storage-class, which does not take it")
        .says("ERROR: EXTRA_ARGS has `nonsense` for --grants")
        .never_says("follow-symlinks");
    assert_eq!(ended.log.matches("ERROR: ").count(), 5, "{}", ended.log);
}

#[test]
fn a_role_that_is_no_arn_is_named_without_a_token_too() {
    let (world, site) = (World::permissive(), Site::small());
    let step = deploy(&world, &site).unset("BITBUCKET_STEP_OIDC_TOKEN").set("AWS_OIDC_ROLE_ARN", "nonsense");
    let ended = step
        .run()
        .exits(2)
        .says("ERROR: AWS_OIDC_ROLE_ARN is given, but the step has no OIDC token")
        .says("ERROR: AWS_OIDC_ROLE_ARN must be the ARN of a role");
    assert_eq!(ended.log.matches("ERROR: ").count(), 2, "{}", ended.log);
}

#[test]
fn a_missing_script_is_the_only_mistake_where_it_makes_the_folder() {
    let (world, site) = (World::permissive(), Site::small());
    let step =
        deploy(&world, &site).set("PRE_EXECUTION_SCRIPT", "no-such.sh").set("LOCAL_PATH", "made-by-it");
    let ended = step.run().exits(2).says("ERROR: PRE_EXECUTION_SCRIPT ");
    assert_eq!(ended.log.matches("ERROR: ").count(), 1, "{}", ended.log);
}

#[test]
fn header_rules_are_checked_without_a_folder_too() {
    let (world, site) = (World::permissive(), Site::small());
    fs::write(site.clone_folder().join("_headers"), "/a\n").expect("a file");
    let step = deploy(&world, &site).unset("LOCAL_PATH").set("HEADERS_FILE", "_headers");
    step.run()
        .exits(2)
        .says("ERROR: LOCAL_PATH variable missing.")
        .says("ERROR: HEADERS_FILE _headers, line 1: ");
}
