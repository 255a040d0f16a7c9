//! A role that may do everything, and a session that may do only what its deploy calls.

use local_aws::iam::SessionCredentials;
use local_aws::s3::DEFAULT_OWNER;
use local_aws::scenario::{BUCKET, REGION, ROLE, Site, Step, World};
use oidc_auth::{Access, Service, Variables};

use super::step::deploy;

/// Every feature of the pipe that calls something of its own.
const FEATURES: [(&str, &[(&str, &str)]); 17] = [
    ("a plain deploy", &[]),
    ("below a prefix", &[("S3_BUCKET", "site-bucket/docs/v1")]),
    ("deletion", &[("DELETE_FLAG", "true")]),
    ("an access list", &[("ACL", "bucket-owner-full-control")]),
    (
        "grants",
        &[(
            "EXTRA_ARGS",
            "--grants full=id=79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
        )],
    ),
    (
        "encryption with a key",
        &[("EXTRA_ARGS", "--sse aws:kms --sse-kms-key-id 1234abcd-12ab-34cd-56ef-1234567890ab")],
    ),
    (
        "encryption with a key that S3 does not keep",
        &[("EXTRA_ARGS", "--sse-c --sse-c-key 'an example key that has 32 bytes'")],
    ),
    ("a bucket that lets requesters pay", &[("EXTRA_ARGS", "--request-payer")]),
    ("an expected owner", &[("EXPECTED_BUCKET_OWNER", DEFAULT_OWNER)]),
    ("tags", &[("OBJECT_TAGS", "team=web")]),
    ("a grace", &[("DELETE_FLAG", "true"), ("DELETE_GRACE", "7d")]),
    ("a limit of deletions", &[("DELETE_FLAG", "true"), ("MAX_DELETE", "50%")]),
    ("a share", &[("SHARD", "1/2"), ("DELETE_FLAG", "true")]),
    ("a script", &[("PRE_EXECUTION_SCRIPT", "before.sh"), ("PATH", "/usr/bin:/bin")]),
    ("no record", &[("RECORD", "off")]),
    ("no region", &[("AWS_DEFAULT_REGION", "")]),
    ("a wrong region", &[("AWS_DEFAULT_REGION", "us-west-2")]),
];

fn with(step: Step, variables: &[(&str, &str)]) -> Step {
    variables.iter().fold(step, |step, (name, value)| step.set(name, value))
}

/// What S3 says to a request with these credentials.
fn probe(world: &World, credentials: &SessionCredentials, ask: Ask) -> Result<(), String> {
    let variables = Variables {
        aws_access_key_id: Some(credentials.id.clone()),
        aws_secret_access_key: Some(credentials.secret.clone()),
        aws_session_token: Some(credentials.session_token.clone()),
        aws_endpoint_url: Some(world.cloud.endpoint()),
        ..Variables::default()
    };
    let access = Access::from_variables(&variables).expect("the variables are right");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let session = access.connect().await.expect("nothing can refuse");
        let client = aws_sdk_s3::Client::new(&session.sdk_config(Service::S3, REGION));
        let explain = |error: oidc_auth::Failure| error.to_string();
        match ask {
            Ask::Put(bucket, key) => {
                let sent = client.put_object().bucket(bucket).key(key).send().await;
                sent.map(drop).map_err(|error| explain(oidc_auth::explain(&error)))
            }
            Ask::Get(bucket, key) => {
                let sent = client.get_object().bucket(bucket).key(key).send().await;
                sent.map(drop).map_err(|error| explain(oidc_auth::explain(&error)))
            }
            Ask::Delete(bucket, key) => {
                let sent = client.delete_object().bucket(bucket).key(key).send().await;
                sent.map(drop).map_err(|error| explain(oidc_auth::explain(&error)))
            }
            Ask::List(bucket) => {
                let sent = client.list_objects_v2().bucket(bucket).send().await;
                sent.map(drop).map_err(|error| explain(oidc_auth::explain(&error)))
            }
        }
    })
}

#[derive(Clone, Copy, Debug)]
enum Ask {
    Put(&'static str, &'static str),
    Get(&'static str, &'static str),
    Delete(&'static str, &'static str),
    List(&'static str),
}

#[test]
fn every_feature_works_within_its_own_policy() {
    for (feature, variables) in FEATURES {
        let (world, site) = (World::permissive(), Site::small());
        let store = world.cloud.store();
        store.set_acls_enabled(BUCKET, true);
        store.allow_customer_keys_over_http();
        if variables.contains(&("EXTRA_ARGS", "--request-payer")) {
            store.set_requester_pays(BUCKET);
        }
        // Large enough for parts.
        site.write("film.bin", vec![7; 9 << 20]);
        site.write("old.1a2b3c4d.js", "left the build");
        std::fs::write(site.clone_folder().join("before.sh"), "echo before").expect("a script");
        let step = with(deploy(&world, &site), variables);
        step.run().exits(0).never_says("session policy").never_says("all permissions");
        site.write("index.html", "another page");
        site.remove("film.bin");
        site.remove("old.1a2b3c4d.js");
        let again = step.run().exits(0).never_says("session policy").never_says("would save that");
        assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 2, "{feature}: {}", again.log);
    }
}

/// The tags of an object are kept, and the policy allows to read and to write them.
#[test]
fn headers_are_replaced_by_copying_within_the_policy() {
    for variables in [&[][..], &[("ACL", "bucket-owner-full-control")]] {
        let (world, site) = (World::permissive(), Site::small());
        world.cloud.store().set_acls_enabled(BUCKET, true);
        let step = with(deploy(&world, &site), variables);
        step.run().exits(0);
        let mut tagged = world.cloud.store().object(BUCKET, "index.html").expect("it was uploaded");
        tagged.tags.insert("by".into(), "hand".into());
        world.cloud.store().put(BUCKET, "index.html", tagged);
        step.set("CACHE_CONTROL", "no-cache")
            .run()
            .exits(0)
            .says("other headers 3")
            .never_says("session policy")
            .never_says("would save that");
        let counts =
            ["CopyObject", "AssumeRoleWithWebIdentity"].map(|operation| world.cloud.count(operation));
        assert_eq!(counts, [3, 2]);
        let copied = world.cloud.store().object(BUCKET, "index.html").expect("it is there");
        assert_eq!(copied.tags.get("by").map(String::as_str), Some("hand"));
    }
}

/// What S3 is asked then, to tell the two reasons apart, the policy allows as well.
#[test]
fn an_owner_that_is_not_expected_is_told_as_that_within_the_policy() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.store().set_owner(BUCKET, "999988887777");
    deploy(&world, &site)
        .set("EXPECTED_BUCKET_OWNER", DEFAULT_OWNER)
        .run()
        .exits(1)
        .says("does not belong to the account 111122223333 that EXPECTED_BUCKET_OWNER names")
        .never_says("session policy");
    assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 1);
}

#[test]
fn a_share_may_delete_nothing() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).set("SHARD", "1/2").set("DELETE_FLAG", "true").run().exits(0);
    let issued = world.cloud.issued_credentials();
    let refusal = probe(&world, issued.last().expect("a session"), Ask::Delete(BUCKET, "index.html"));
    assert!(refusal.is_err_and(|words| words.contains("because no session policy allows")));
}

#[test]
fn the_session_may_do_nothing_else() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.store().create_bucket("other-bucket", "eu-west-1");
    // What the session may do is told to whoever asks for decisions.
    deploy(&world, &site)
        .set("S3_BUCKET", "site-bucket/docs")
        .set("DEBUG", "true")
        .run()
        .exits(0)
        .says("DEBUG: STS accepted the step's token: arn:aws:sts::123456789012:assumed-role/Deploy/acme-website-42 until ")
        .says(", with the session policy {\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"ListTheBucket\",");
    let issued = world.cloud.issued_credentials();
    let session = issued.last().expect("the deploy logged in");
    for (ask, may) in [
        (Ask::List(BUCKET), true),
        (Ask::Get(BUCKET, "docs/index.html"), true),
        (Ask::Put(BUCKET, "docs/index.html"), true),
        (Ask::Put(BUCKET, "docsx"), false),
        (Ask::Put(BUCKET, "index.html"), false),
        (Ask::Get(BUCKET, "index.html"), false),
        (Ask::Delete(BUCKET, "docs/index.html"), false),
        (Ask::List("other-bucket"), false),
        (Ask::Put("other-bucket", "docs/index.html"), false),
    ] {
        match probe(&world, session, ask) {
            Ok(()) => assert!(may, "{ask:?} is allowed"),
            Err(words) => {
                assert!(!may, "{ask:?}: {words}");
                assert!(words.contains("because no session policy allows"), "{ask:?}: {words}");
            }
        }
    }
}

/// In a policy an asterisk is a pattern; in a prefix it is a character.
#[test]
fn a_prefix_with_an_asterisk_means_itself_alone() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .set("S3_BUCKET", "site-bucket/a*b?${aws:userid}")
        .run()
        .exits(0)
        .never_says("session policy");
    assert!(world.keys().contains(&"a*b?${aws:userid}/index.html".to_owned()), "{:?}", world.keys());
    let issued = world.cloud.issued_credentials();
    for (key, may) in [
        ("a*b?${aws:userid}/other", true),
        ("axb?${aws:userid}/other", false),
        ("a*bx${aws:userid}/other", false),
    ] {
        let refusal = probe(&world, issued.last().expect("a session"), Ask::Put(BUCKET, key));
        assert_eq!(refusal.is_ok(), may, "{key}: {refusal:?}");
    }
}

#[test]
fn with_none_the_session_may_do_all_that_its_role_may() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).set("AWS_SESSION_POLICY", "none").run().exits(0);
    let issued = world.cloud.issued_credentials();
    assert_eq!(probe(&world, issued.last().expect("a session"), Ask::Delete(BUCKET, "index.html")), Ok(()));
}

#[test]
fn a_policy_of_ones_own_holds_and_is_read_from_a_file_too() {
    let only_list =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}"#;
    for value in [only_list, "list.json"] {
        let (world, site) = (World::permissive(), Site::small());
        std::fs::write(site.clone_folder().join("list.json"), only_list).expect("a file");
        deploy(&world, &site)
            .set("AWS_SESSION_POLICY", value)
            .run()
            .exits(1)
            .says("because no session policy allows the s3:PutObject action")
            .never_says("logging in again");
        assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 1);
        assert_eq!(world.keys(), [""; 0]);
    }
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .set("AWS_SESSION_POLICY", "none-such.json")
        .run()
        .exits(2)
        .says("AWS_SESSION_POLICY must be `auto`, `none`, a policy as JSON or a file with one");
    assert!(world.cloud.requests().is_empty());
}

/// As it would be if a policy left out something that a deploy calls.
#[test]
fn a_request_that_only_the_policy_refuses_is_sent_again_without_it_and_a_warning_says_so() {
    let (world, site) = (World::permissive(), Site::small());
    let refusal = "User: arn:aws:sts::123456789012:assumed-role/Deploy/acme-website-42 is not authorized to perform: \
                   s3:PutObject on resource: \"arn:aws:s3:::site-bucket/index.html\" because no session policy allows \
                   the s3:PutObject action";
    world.cloud.fail("PutObject").with_error(403, "AccessDenied", refusal).times(2);
    deploy(&world, &site)
        .run()
        .exits(0)
        .says("WARNING: This run's session policy does not allow s3:PutObject")
        .says("uploaded 3");
    assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 2, "one exchange without the policy");
    let issued = world.cloud.issued_credentials();
    assert_eq!(probe(&world, &issued[1], Ask::Delete(BUCKET, "index.html")), Ok(()));
    assert!(probe(&world, &issued[0], Ask::Delete(BUCKET, "index.html")).is_err());
}

/// A refusal of a `HEAD` has no words: whose it is stays unknown, and the run does without.
#[test]
fn a_look_that_is_refused_neither_fails_the_run_nor_gives_the_policy_up() {
    let (world, site) = (World::permissive(), Site::small());
    // Then an ETag says nothing of the content, so that every object is looked at.
    let step = deploy(&world, &site).set("EXTRA_ARGS", "--sse aws:kms").set("RECORD", "off");
    step.run().exits(0);
    let refusal = "because no session policy allows the s3:GetObject action";
    world.cloud.fail("HeadObject").with_error(403, "AccessDenied", refusal);
    step.run().exits(0).says("cannot be compared without a look").says("updated 3").never_says("WARNING");
    assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 2, "no exchange without the policy");
}

#[test]
fn where_no_policy_can_be_made_one_line_says_why() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.store().create_bucket("mine-abc123-s3alias", "eu-west-1");
    deploy(&world, &site)
        .set("S3_BUCKET", "mine-abc123-s3alias")
        .run()
        .exits(0)
        .says("INFO: The session has all permissions of the role, because S3_BUCKET names an alias of an access point");
    let elsewhere = World::permissive();
    let ended = deploy(&world, &site)
        .set("AWS_ENDPOINT_URL_STS", &elsewhere.cloud.endpoint())
        .run()
        .says("because the service is not at the same endpoint as the STS");
    assert_eq!(ended.code, Some(1), "the two clouds do not know each other's keys");
}

#[test]
fn the_last_role_of_a_chain_is_limited() {
    use local_aws::Role;
    use oidc_auth::policy::{PolicyDocument, Statement};
    let (world, site) = (World::permissive(), Site::small());
    let second = "arn:aws:iam::123456789012:role/Second";
    let trust = serde_json::json!({"Statement": {
        "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"
    }});
    world.cloud.create_role(Role {
        arn: second.into(),
        trust: PolicyDocument::from_json(&trust.to_string()).expect("a policy"),
        permissions: vec![PolicyDocument::new(vec![Statement::allow(&["*"], &["*"])])],
        max_session: std::time::Duration::from_hours(1),
    });
    deploy(&world, &site)
        .set("AWS_CHAINED_ROLE_ARN", second)
        .run()
        .exits(0)
        .says("Logged in as arn:aws:sts::123456789012:assumed-role/Second/acme-website-42");
    let issued = world.cloud.issued_credentials();
    let (first, last) = (&issued[0], &issued[1]);
    assert_eq!(probe(&world, first, Ask::Delete(BUCKET, "index.html")), Ok(()));
    assert!(probe(&world, last, Ask::Delete(BUCKET, "index.html")).is_err());
}

#[test]
fn an_account_that_is_not_allowed_is_not_touched() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .set("AWS_ALLOWED_ACCOUNT_IDS_COUNT", "2")
        .set("AWS_ALLOWED_ACCOUNT_IDS_0", "111111111111")
        .set("AWS_ALLOWED_ACCOUNT_IDS_1", "222222222222")
        .run()
        .exits(2)
        .says("AWS_ALLOWED_ACCOUNT_IDS does not list 123456789012, the account of the role in AWS_OIDC_ROLE_ARN");
    assert!(world.cloud.requests().is_empty());
    deploy(&world, &site).set("AWS_ALLOWED_ACCOUNT_IDS", "111111111111, 123456789012").run().exits(0);
    let key = world.cloud.create_user("deployer", vec![local_aws::scenario::may_do_everything()]);
    deploy(&world, &site)
        .unset("AWS_OIDC_ROLE_ARN")
        .set("AWS_ACCESS_KEY_ID", &key.id)
        .set("AWS_SECRET_ACCESS_KEY", &key.secret)
        .set("AWS_ALLOWED_ACCOUNT_IDS", "999999999999")
        .run()
        .exits(1)
        .says("whose account is not among AWS_ALLOWED_ACCOUNT_IDS (999999999999)");
}
