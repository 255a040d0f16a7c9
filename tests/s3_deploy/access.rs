//! Roles, tokens and keys.

use std::fs;

use local_aws::scenario::{ACCOUNT, REPOSITORY, Site, World, is_on_disk};
use oidc_auth::policy::Statement;

use super::step::deploy;

#[test]
fn a_role_that_may_only_list_and_put_deploys() {
    let world = World::with_permissions(vec![
        Statement::allow(&["s3:ListBucket"], &["arn:aws:s3:::site-bucket"]),
        Statement::allow(&["s3:PutObject"], &["arn:aws:s3:::site-bucket/*"]),
    ]);
    let site = Site::small();
    deploy(&world, &site).run().exits(0);
    site.write("index.html", "<link rel=stylesheet href=assets/site.1a2b3c4d.css><h1>Howdy</h1>");
    deploy(&world, &site)
        .run()
        .exits(0)
        .says("`s3:GetObject` on `arn:aws:s3:::site-bucket/*`")
        .says("updated 1, unchanged 2");
}

#[test]
fn a_token_that_sts_refuses_writes_nothing_and_is_explained() {
    let (world, site) = (World::permissive(), Site::small());
    let stranger = local_aws::Workspace::new("others", "{11111111-2222-3333-4444-555555555555}");
    let other_repository = "{00000000-2222-3333-4444-555555555555}";
    let token = |subject: &str| local_aws::StepToken::for_repository(&world.workspace, subject);
    for (token, code, words) in [
        (
            local_aws::StepToken::for_repository(&stranger, REPOSITORY).sign(),
            "InvalidIdentityToken",
            "No OpenIDConnect provider found",
        ),
        (
            world.token().audience("https://example.com").sign(),
            "InvalidIdentityToken",
            "Incorrect token audience",
        ),
        (world.token().with_broken_signature().sign(), "InvalidIdentityToken", "could not be validated"),
        (
            token(other_repository).sign(),
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        ),
    ] {
        let ended = deploy(&world, &site).set("BITBUCKET_STEP_OIDC_TOKEN", &token).run();
        // The claims that decide: who issued the token, for whom, and about whom it is.
        ended
            .exits(1)
            .says(code)
            .says(words)
            .says("pipelines-config/identity/oidc")
            .says("  audience  ")
            .says("  subject   {")
            .says("\nhint: ")
            .says("\nrequest id ")
            .says("✖ Deployment failed.")
            .never_says(&token)
            .never_says(token.rsplit('.').next().expect("a signature"));
    }
    assert_eq!((world.writes(), world.cloud.count("ListObjectsV2")), (0, 0));
}

#[test]
fn a_token_out_of_its_time_is_told_and_sts_is_not_asked() {
    let (world, site) = (World::permissive(), Site::small());
    for (token, words) in [
        (world.token().expired(), "ERROR: the step's token expired "),
        (world.token().not_yet_valid(), "ERROR: the step's token is not valid before "),
    ] {
        deploy(&world, &site)
            .set("BITBUCKET_STEP_OIDC_TOKEN", &token.sign())
            .run()
            .exits(1)
            .says(words)
            .says(", so STS was not asked\n")
            .says("  subject   {")
            .says("\nhint: ");
    }
    deploy(&world, &site)
        .set("BITBUCKET_STEP_OIDC_TOKEN", "$BITBUCKET_STEP_OIDC_TOKEN")
        .run()
        .exits(2)
        .says("ERROR: BITBUCKET_STEP_OIDC_TOKEN holds the name of a variable instead of a token\nhint: put `oidc: true`");
    assert_eq!(world.cloud.requests().len(), 0);
}

#[test]
fn a_refusal_is_compared_with_the_trust_policy_that_the_repository_keeps() {
    let (world, site) = (World::permissive(), Site::small());
    let file = site.clone_folder().join("trust.json");
    let policy = |repository: &str| {
        let provider = world.workspace.provider_arn("aws", ACCOUNT);
        let policy = world.workspace.trust_policy(&provider, repository, &[world.workspace.audience()]);
        serde_json::to_string_pretty(&policy).expect("JSON")
    };
    let other = "{00000000-2222-3333-4444-555555555555}";
    let token = local_aws::StepToken::for_repository(&world.workspace, other).step("{s}").sign();
    let step = deploy(&world, &site)
        .set("AWS_TRUST_POLICY_FILE", "trust.json")
        .set("BITBUCKET_STEP_OIDC_TOKEN", &token);
    fs::write(&file, policy(REPOSITORY)).expect("a file");
    step.run()
        .exits(1)
        .says("\ncause: statement 1 of trust.json (AWS_TRUST_POLICY_FILE) does not let this token in:\n  StringLike on api.")
        .says(&format!("\n    the policy wants  {REPOSITORY}:*\n    the token has     {other}:{{s}}\n"))
        .says("\n    the policy means another repository\n");
    fs::write(&file, policy(other)).expect("a file");
    step.run()
        .exits(1)
        .says("\ncause: statement 1 of trust.json (AWS_TRUST_POLICY_FILE) lets this token in, so AWS holds");
    // What is granted is not compared.
    deploy(&world, &site).set("AWS_TRUST_POLICY_FILE", "trust.json").run().exits(0).never_says("trust.json");
}

#[test]
fn a_trust_policy_file_that_is_none_is_a_fault() {
    let (world, site) = (World::permissive(), Site::small());
    fs::write(site.clone_folder().join("comma.json"), "{\n  \"Statement\": [],\n}\n").expect("a file");
    for (file, words) in [
        ("absent.json", "names the file absent.json, which cannot be read: "),
        ("comma.json", "names the file comma.json, which is not JSON in line 3: "),
    ] {
        deploy(&world, &site)
            .set("AWS_TRUST_POLICY_FILE", file)
            .run()
            .exits(2)
            .says(&format!("ERROR: AWS_TRUST_POLICY_FILE {words}"))
            .says("\nhint: it takes the role's trust policy");
    }
    assert_eq!(world.cloud.requests().len(), 0);
}

#[test]
fn keys_work_and_a_role_without_a_token_falls_back_to_them() {
    let (world, site) = (World::permissive(), Site::small());
    let key = world.cloud.create_user("deployer", vec![local_aws::scenario::may_do_everything()]);
    let keys = deploy(&world, &site)
        .unset("AWS_OIDC_ROLE_ARN")
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .set("AWS_ACCESS_KEY_ID", &key.id)
        .set("AWS_SECRET_ACCESS_KEY", &key.secret);
    keys.run()
        .exits(0)
        .says("INFO: Using default authentication with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
        .never_says(&key.secret);
    assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 0);
    keys.set("AWS_OIDC_ROLE_ARN", local_aws::scenario::ROLE)
        .run()
        .exits(0)
        .says("WARNING: Parameter")
        .says("`oidc: true` in the step configuration is required for OIDC authentication")
        .says("INFO: Using default authentication");
}

#[test]
fn with_both_the_token_wins_and_a_stale_session_token_does_no_harm() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .set("AWS_SESSION_TOKEN", "a-stale-session-token")
        .run()
        .exits(0)
        .says("Authenticating with a OpenID Connect (OIDC) Web Identity Provider");
    assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 1);
}

#[test]
fn no_secret_is_printed_or_written_not_even_with_debug() {
    let (world, site) = (World::permissive(), Site::small());
    let token = world.token().sign();
    let storage = site.clone_folder().join("storage");
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let ended = deploy(&world, &site)
        .set("BITBUCKET_STEP_OIDC_TOKEN", &token)
        .set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", secret)
        .set("BITBUCKET_PIPE_SHARED_STORAGE_DIR", storage.to_str().expect("UTF-8"))
        .set("HOME", site.clone_folder().to_str().expect("UTF-8"))
        .set("DEBUG", "true")
        .set("RUST_LOG", "trace")
        .run()
        .exits(0)
        .says("DEBUG:");
    let issued = world.cloud.issued_credentials();
    assert_eq!(issued.len(), 1, "one exchange");
    let signature = token.rsplit('.').next().expect("a signature");
    for hidden in [&token, signature, secret, &issued[0].secret, &issued[0].session_token] {
        assert!(!ended.log.contains(hidden), "a secret is in the log");
        assert!(!is_on_disk(site.clone_folder(), hidden), "a secret is on disk");
    }
    assert!(storage.join("aws-deploy/s3-deploy.json").is_file());
}
