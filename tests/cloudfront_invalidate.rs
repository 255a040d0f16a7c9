//! `cloudfront-invalidate` through its front door: the real binary with a step's environment, and what CloudFront then
//! has to do.

use std::fs;
use std::io::{BufRead, BufReader};

use cloudfront_invalidate::permissions;
use local_aws::iam::AccessKey;
use local_aws::issuer::{StepToken, Workspace};
use local_aws::scenario::{ACCOUNT, BUCKET, Ended, ROLE, Site, Step, World, is_on_disk};
use local_aws::{Invalidation, Origin};
use oidc_auth::Partition;
use oidc_auth::policy::{PolicyDocument, Statement};
use serde_json::{Value, json};

const DISTRIBUTION: &str = "E2EXAMPLE51ABC";

/// What the pipe itself says that it needs for these distributions: every scenario runs with exactly that.
fn needed(distributions: &[&str]) -> Vec<Statement> {
    let distributions: Vec<_> = distributions.iter().map(|id| id.parse().expect("an id")).collect();
    permissions::statements(&distributions, Partition::Aws, "*")
}

/// A world with these distributions, and a role that may invalidate them.
fn world(distributions: &[&str]) -> World {
    let world = World::with_permissions(needed(distributions));
    for distribution in distributions {
        world.cloud.create_distribution(distribution, Origin::new(BUCKET, ""));
    }
    world
}

/// A step with `oidc: true` that invalidates `DISTRIBUTION`.
fn invalidate(world: &World, site: &Site) -> Step {
    world
        .step(env!("CARGO_BIN_EXE_cloudfront-invalidate"), site.clone_folder())
        .unset("AWS_DEFAULT_REGION")
        .set("DISTRIBUTION_ID", DISTRIBUTION)
}

/// The same with a user's keys.
fn with_keys(step: Step, key: &AccessKey) -> Step {
    step.unset("AWS_OIDC_ROLE_ARN")
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .set("AWS_ACCESS_KEY_ID", &key.id)
        .set("AWS_SECRET_ACCESS_KEY", &key.secret)
}

fn user(world: &World) -> AccessKey {
    world.cloud.create_user("deployer", vec![PolicyDocument::new(needed(&[DISTRIBUTION]))])
}

/// The only invalidation of `DISTRIBUTION`.
fn only(world: &World) -> Invalidation {
    let mut made = world.cloud.invalidations(DISTRIBUTION);
    assert_eq!(made.len(), 1, "{made:?}");
    made.remove(0)
}

fn requests(world: &World) -> usize {
    world.cloud.count("CreateInvalidation")
}

mod what_is_invalidated {
    use super::*;

    #[test]
    fn everything_when_no_paths_are_given() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        let ended = invalidate(&world, &site).run().exits(0);
        let made = only(&world);
        assert_eq!(made.paths, ["/*"]);
        ended
            .says("INFO: Sending a cloudfront invalidation request\n")
            .says("INFO: Sending an invalidation request for the distribution id: E2EXAMPLE51ABC\n")
            .says("INFO: Distribution URL: https://console.aws.amazon.com/cloudfront/")
            .says(&format!("\n✔ Successfully created a cloudfront invalidation: {}\n", made.id));
    }

    #[test]
    fn given_paths_encoded_in_their_order_and_once() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        invalidate(&world, &site)
            .set("PATHS", "/été.html about.html\n\t/a%20b/*   /about.html /100% /%C3%A9t%C3%A9.html")
            .run()
            .exits(0);
        assert_eq!(only(&world).paths, ["/%C3%A9t%C3%A9.html", "/about.html", "/a%20b/*", "/100%25"]);
    }

    #[test]
    fn every_distribution_even_if_one_does_not_exist() {
        let (world, site) = (world(&["E1", "E2", "E3"]), Site::empty());
        world.cloud.create_distribution_in("999999999999", "E2", Origin::new(BUCKET, ""));
        let storage = site.clone_folder().join("storage");
        invalidate(&world, &site)
            .set("DISTRIBUTION_ID", "E1 E2\nE3")
            .set("BITBUCKET_PIPE_SHARED_STORAGE_DIR", storage.to_str().expect("UTF-8"))
            .run()
            .exits(1)
            .says("ERROR: Error creating a cloudfront invalidation: E2: NoSuchDistribution: ")
            .says(" (request id ")
            .says("\nhint: check DISTRIBUTION_ID `E2`, and that the credentials (account 123456789012) belong to ")
            .says("\n✖ Failed to create a cloudfront invalidation: E2: NoSuchDistribution: ");
        assert_eq!(world.cloud.invalidations("E1").len(), 1);
        assert_eq!(world.cloud.invalidations("E3").len(), 1);
        let result = result(&storage.join("aws-deploy/cloudfront-invalidate.json"));
        let status = |index: usize| result["distributions"][index]["invalidations"][0]["status"].clone();
        assert_eq!([0, 1, 2].map(status), ["InProgress", "Failed", "InProgress"]);
    }

    #[test]
    fn the_same_paths_again_with_the_next_run() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        invalidate(&world, &site).run().exits(0);
        invalidate(&world, &site).run().exits(0);
        let made = world.cloud.invalidations(DISTRIBUTION);
        assert_eq!(made.len(), 2);
        assert!(made.iter().all(|made| made.caller_reference.starts_with("acme-website-42-")), "{made:?}");
    }
}

mod waiting {
    use super::*;

    #[test]
    fn a_full_queue_is_waited_out_under_one_reference() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        world.cloud.fail("CreateInvalidation").with("TooManyInvalidationsInProgress").times(2);
        let ended = invalidate(&world, &site).set("DEBUG", "true").run().exits(0);
        assert_eq!(requests(&world), 3);
        assert_eq!(
            ended.log.matches("has to wait: too many of its invalidations are still in progress").count(),
            2
        );
        ended.says(&format!("DEBUG: E2EXAMPLE51ABC: caller reference {}\n", only(&world).caller_reference));
    }

    #[test]
    fn more_wildcards_than_fit_follow_as_soon_as_there_is_room() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        let paths: Vec<String> = (0..16).map(|number| format!("/{number}/*")).collect();
        let ended = invalidate(&world, &site).set("PATHS", &paths.join(" ")).run().exits(0);
        let made = world.cloud.invalidations(DISTRIBUTION);
        let [first, second] = &made[..] else { panic!("two invalidations, not {made:?}") };
        assert_eq!((&first.paths[..], &second.paths[..]), paths.split_at(15));
        ended
            .says("INFO: 16 paths are more than CloudFront takes at once: 2 requests follow each other\n")
            .says("has to wait: too many of its invalidations are still in progress")
            .says(&format!(
                "✔ Successfully created a cloudfront invalidation: {}, {}\n",
                first.id, second.id
            ));
    }

    #[test]
    fn trouble_of_cloudfront_itself_is_waited_out() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        world.cloud.fail("CreateInvalidation").with("ServiceUnavailable").times(2);
        invalidate(&world, &site).run().exits(0);
        assert_eq!((requests(&world), only(&world).paths), (3, vec!["/*".to_owned()]));
    }

    #[test]
    fn sigterm_ends_it_at_once() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        world.cloud.fail("CreateInvalidation").with("TooManyInvalidationsInProgress");
        let file = site.clone_folder().join("result.json");
        let step = invalidate(&world, &site).set("RESULT_FILE", "result.json");
        let mut child = step.command().spawn().expect("the program starts");
        let mut log = String::new();
        for line in BufReader::new(child.stdout.take().expect("it is piped")).lines() {
            let line = line.expect("a log is UTF-8");
            if line.contains("has to wait") {
                let killed =
                    std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
                assert!(killed.expect("kill is there").success());
            }
            log = log + &line + "\n";
        }
        let code = child.wait().expect("it ends").code();
        Ended { code, log }
            .exits(143)
            .says("WARNING: stopped by SIGTERM: 0 of 1 invalidation request accepted, 0 without an answer\n")
            .says("✖ Stopped before the end.\n");
        assert_eq!(result(&file)["distributions"][0]["invalidations"][0]["status"], json!("NotSent"));
    }
}

mod access {
    use super::*;

    #[test]
    fn the_token_of_the_step_is_enough() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        invalidate(&world, &site)
            .run()
            .exits(0)
            .says("INFO: Authenticating with a OpenID Connect (OIDC) Web Identity Provider");
        only(&world);
        assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 1);
    }

    #[test]
    fn a_token_that_sts_refuses_invalidates_nothing_and_shows_its_claims() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        let stranger = Workspace::new("stranger", "{11111111-2222-4333-8444-555555555555}");
        let token = StepToken::for_repository(&stranger, local_aws::scenario::REPOSITORY).sign();
        invalidate(&world, &site)
            .set("BITBUCKET_STEP_OIDC_TOKEN", &token)
            .set("RESULT_FILE", "result.json")
            .run()
            .exits(1)
            .says("ERROR: Error creating a cloudfront invalidation: STS refused to let this step assume")
            .says("workspaces/stranger/pipelines-config/identity/oidc")
            .says("\n✖ Failed to create a cloudfront invalidation: STS refused to let this step assume")
            .never_says(&token);
        assert_eq!(requests(&world), 0);
        let result = result(&site.clone_folder().join("result.json"));
        assert!(result["error"].as_str().is_some_and(|error| error.contains("STS refused")), "{result}");
    }

    #[test]
    fn keys_work_and_a_role_without_a_token_falls_back_to_them() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        let key = user(&world);
        let step = with_keys(invalidate(&world, &site), &key);
        step.run()
            .exits(0)
            .says("INFO: Using default authentication with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
            .never_says(&key.secret);
        step.set("AWS_OIDC_ROLE_ARN", ROLE)
            .run()
            .exits(0)
            .says("WARNING: Parameter")
            .says("in the step configuration is required for OIDC authentication")
            .says("INFO: Using default authentication with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
        assert_eq!(world.cloud.invalidations(DISTRIBUTION).len(), 2);
        assert_eq!(world.cloud.count("AssumeRoleWithWebIdentity"), 0);
    }

    #[test]
    fn temporary_keys_work_with_their_session_token_and_only_with_it() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        invalidate(&world, &site).run().exits(0);
        let issued = world.cloud.issued_credentials().remove(0);
        let key = AccessKey { id: issued.id.clone(), secret: issued.secret.clone() };
        let step = with_keys(invalidate(&world, &site), &key);
        step.run()
            .exits(1)
            .says("InvalidClientTokenId")
            .says("\nhint: check AWS_ACCESS_KEY_ID; temporary keys also need their AWS_SESSION_TOKEN\n");
        assert_eq!(world.cloud.invalidations(DISTRIBUTION).len(), 1);
        step.set("AWS_SESSION_TOKEN", &issued.session_token).run().exits(0).never_says(&issued.session_token);
        assert_eq!(world.cloud.invalidations(DISTRIBUTION).len(), 2);
    }

    #[test]
    fn a_missing_permission_is_named_with_the_resource_to_put_it_on() {
        let (world, site) = (World::with_permissions(needed(&["EOTHER"])), Site::empty());
        world.cloud.create_distribution_in(ACCOUNT, DISTRIBUTION, Origin::new(BUCKET, ""));
        invalidate(&world, &site)
            .run()
            .exits(1)
            .says("ERROR: Error creating a cloudfront invalidation: AccessDenied: ")
            .says(
                "\nhint: allow the role or user the permission cloudfront:CreateInvalidation on \
                 arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE51ABC\n",
            )
            .says("\n✖ Failed to create a cloudfront invalidation: AccessDenied: ");
        assert!(world.cloud.invalidations(DISTRIBUTION).is_empty());
    }

    #[test]
    fn no_secret_is_printed_or_written_not_even_with_debug() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        let (token, secret) = (world.token().sign(), "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let ended = invalidate(&world, &site)
            .set("BITBUCKET_STEP_OIDC_TOKEN", &token)
            .set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .set("AWS_SECRET_ACCESS_KEY", secret)
            .set("HOME", site.clone_folder().to_str().expect("UTF-8"))
            .set("RESULT_FILE", "result.json")
            .set("DEBUG", "true")
            .set("RUST_LOG", "trace")
            .run()
            .exits(0)
            .says("DEBUG:");
        let issued = world.cloud.issued_credentials().remove(0);
        let signature = token.rsplit('.').next().expect("a signature");
        for hidden in [&token, signature, secret, &issued.secret, &issued.session_token] {
            assert!(!ended.log.contains(hidden), "a secret is in the log");
            assert!(!is_on_disk(site.clone_folder(), hidden), "a secret is on disk");
        }
    }
}

mod configuration {
    use super::*;

    #[test]
    fn mistakes_are_told_all_at_once_and_nothing_is_sent() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        invalidate(&world, &site)
            .unset("AWS_OIDC_ROLE_ARN")
            .unset("BITBUCKET_STEP_OIDC_TOKEN")
            .set("DISTRIBUTION_ID", " ")
            .set("PATHS", "changed /a*b")
            .run()
            .exits(2)
            .says("ERROR: AWS_OIDC_ROLE_ARN variable missing.")
            .says("`oidc: true`")
            .says("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
            .says("ERROR: DISTRIBUTION_ID variable missing.\n")
            .says("ERROR: PATHS `changed`: this version invalidates the paths it is given")
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
            .says(
                "\nhint: check AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_CLOUDFRONT, HTTPS_PROXY and AWS_CA_BUNDLE",
            );
        assert_eq!(requests(&world), 0);
    }
}

mod the_result_file {
    use super::*;

    #[test]
    fn says_what_became_of_every_request() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        invalidate(&world, &site)
            .set("PATHS", "/a /b")
            .set("RESULT_FILE", "reports/invalidation.json")
            .run()
            .exits(0);
        let made = only(&world);
        assert_eq!(
            result(&site.clone_folder().join("reports/invalidation.json")),
            json!({
                "version": 1,
                "error": null,
                "distributions": [{
                    "id": DISTRIBUTION,
                    "invalidations": [{
                        "id": made.id,
                        "status": "InProgress",
                        "caller_reference": made.caller_reference,
                        "paths": ["/a", "/b"],
                        "error": null,
                    }],
                }],
            })
        );
    }

    #[test]
    fn is_not_worth_a_failure() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        invalidate(&world, &site)
            .set("RESULT_FILE", "/dev/null/result.json")
            .run()
            .exits(0)
            .says("WARNING: cannot write the result to /dev/null/result.json: ");
    }
}

fn result(file: &std::path::Path) -> Value {
    serde_json::from_slice(&fs::read(file).expect("a result file")).expect("JSON")
}
