//! `cloudfront-invalidate` through its front door: the real binary with a step's environment, and what CloudFront then
//! has to do.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use bitbucket_pipe::Environment;
use bitbucket_pipe::changes::{Change, ChangeList, Deploy, Difference};
use cloudfront_invalidate::permissions;
use local_aws::iam::AccessKey;
use local_aws::issuer::{StepToken, Workspace};
use local_aws::scenario::{ACCOUNT, BUCKET, Ended, ROLE, Site, Step, World, is_on_disk};
use local_aws::{Invalidation, InvalidationStatus, Origin};
use oidc_auth::Partition;
use oidc_auth::policy::{PolicyDocument, Statement};
use serde_json::{Value, json};

const DISTRIBUTION: &str = "E2EXAMPLE51ABC";

/// What the pipe itself says that it needs for these distributions: every scenario runs with exactly that.
fn needed(distributions: &[&str]) -> Vec<Statement> {
    let distributions: Vec<_> = distributions.iter().map(|id| id.parse().expect("an id")).collect();
    permissions::statements(&distributions, permissions::Extras::default(), Partition::Aws, "*")
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

/// A run that gets SIGTERM as soon as it says these words.
fn terminated_at(step: &Step, words: &str) -> Ended {
    let mut child = step.command().spawn().expect("the program starts");
    let mut log = String::new();
    for line in BufReader::new(child.stdout.take().expect("it is piped")).lines() {
        let line = line.expect("a log is UTF-8");
        if line.contains(words) {
            let killed = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            assert!(killed.expect("kill is there").success());
        }
        log = log + &line + "\n";
    }
    Ended { code: child.wait().expect("it ends").code(), log }
}

/// The number of a build, as the pipes of its steps see it.
fn build(number: &str) -> Environment {
    Environment::from_pairs([("BITBUCKET_BUILD_NUMBER".into(), number.into())])
}

fn difference<'a>(deploy: &str, paths: impl IntoIterator<Item = (&'a str, Change)>) -> Difference {
    let paths = paths.into_iter().map(|(path, change)| (path.to_owned(), change)).collect();
    Difference { deploy: deploy.into(), incomplete: None, paths }
}

/// A deploy to a prefix of the bucket.
fn deploy(prefix: &str, difference: Difference) -> Deploy {
    Deploy {
        bucket: BUCKET.into(),
        prefix: prefix.into(),
        unchanged: BTreeMap::new(),
        difference,
        earlier: Vec::new(),
    }
}

/// Where the pipes of a step find the list of changes.
fn list(site: &Site) -> PathBuf {
    storage(site).join("aws-deploy/changes.json")
}

fn storage(site: &Site) -> PathBuf {
    site.clone_folder().join("storage")
}

/// A deploy of build 42 has left this in the step.
fn deployed(site: &Site, deploy: Deploy) {
    ChangeList::append(&list(site), &build("42"), deploy).expect("the list is written");
}

/// A step that invalidates what its deploys changed.
fn invalidate_changed(world: &World, site: &Site) -> Step {
    invalidate(world, site)
        .set("PATHS", "changed")
        .set("BITBUCKET_PIPE_SHARED_STORAGE_DIR", storage(site).to_str().expect("UTF-8"))
}

/// The paths of every invalidation of `DISTRIBUTION`.
fn invalidated(world: &World) -> Vec<Vec<String>> {
    world.cloud.invalidations(DISTRIBUTION).into_iter().map(|made| made.paths).collect()
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

mod what_deploys_changed {
    use super::*;

    #[test]
    fn is_one_path_for_each_address_of_each_key_that_may_be_cached() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        let paths = [
            ("404.html", Change::New),
            ("assets/app.1a2b3c4d.js", Change::NewFingerprinted),
            ("blog/index.html", Change::Content),
            ("images/Caf\u{e9} + 100%.svg", Change::Headers),
            ("index.html", Change::Content),
            ("old.html", Change::Deleted),
            ("what?.txt", Change::Content),
            ("x*y.txt", Change::Content),
        ];
        deployed(&site, deploy("", difference("d1", paths)));
        let ended = invalidate_changed(&world, &site).set("DEBUG", "true").run().exits(0);
        let made = only(&world);
        assert_eq!(
            made.paths,
            [
                "/",
                "/404.html",
                "/blog",
                "/blog/",
                "/blog/index.html",
                "/images/Caf%C3%A9%20+%20100%25.svg",
                "/index.html",
                "/old.html",
                "/what%3F.txt",
                "/x*",
            ]
        );
        ended
            .says("INFO: Deploy d1 to s3://site-bucket/: 8 changed keys, 10 paths to invalidate\n")
            .says("DEBUG: Deploy d1 to s3://site-bucket/: assets/app.1a2b3c4d.js is new and fingerprinted")
            .says(&format!(
                "INFO: Created the invalidation {} of the distribution {DISTRIBUTION} for the deploy d1: ",
                made.id
            ))
            .says(&format!("\n✔ Successfully created a cloudfront invalidation: {}\n", made.id));
    }

    #[test]
    fn leaves_new_keys_alone_when_told_to() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(
            &site,
            deploy("", difference("d1", [("new.html", Change::New), ("old.html", Change::Content)])),
        );
        invalidate_changed(&world, &site).set("INVALIDATE_NEW", "false").run().exits(0);
        assert_eq!(only(&world).paths, ["/old.html"]);
    }

    #[test]
    fn names_what_changed_under_its_fingerprint() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, deploy("", difference("d1", [("app.1a2b3c4d.js", Change::ContentFingerprinted)])));
        invalidate_changed(&world, &site).run().exits(0).says(
            "WARNING: Deploy d1 to s3://site-bucket/: the content of app.1a2b3c4d.js changed under the same",
        );
        assert_eq!(only(&world).paths, ["/app.1a2b3c4d.js"]);
    }

    #[test]
    fn is_seen_from_behind_the_origin_path() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, deploy("site/", difference("d1", [("index.html", Change::Content)])));
        deployed(&site, deploy("sites/", difference("d2", [("a.html", Change::Content)])));
        let ended = invalidate_changed(&world, &site)
            .set("ORIGIN_PATH", "/site/")
            .set("DEBUG", "true")
            .run()
            .exits(0);
        assert_eq!(only(&world).paths, ["/", "/index.html"]);
        ended
            .says("DEBUG: Deploy d2 to s3://site-bucket/sites/: sites/a.html lies outside ORIGIN_PATH")
            .says("INFO: Deploy d2 to s3://site-bucket/sites/: 1 changed key, no invalidation for it: 1 outside ORIGIN_PATH\n")
            .never_says("WARNING");
    }

    #[test]
    fn may_lie_behind_an_origin_path_that_nobody_told_of() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, deploy("site/", difference("d1", [("a.html", Change::Content)])));
        let step = invalidate_changed(&world, &site);
        step.run()
            .exits(0)
            .says("If the distribution puts /site before every path, say ORIGIN_PATH: '/site'");
        step.set("ORIGIN_PATH", "/").run().exits(0).never_says("WARNING");
        assert_eq!(only(&world).paths, ["/site/a.html"]);
    }

    #[test]
    fn beyond_the_budget_is_everything_of_the_deploy() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        let pages: Vec<String> = (0..31).map(|number| format!("{number}.html")).collect();
        let paths = || pages.iter().map(|page| (page.as_str(), Change::Content));
        deployed(&site, deploy("", difference("d1", paths())));
        deployed(&site, deploy("blog/", difference("d2", paths().take(30))));
        deployed(&site, deploy("blog/", difference("d3", paths().chain([("index.html", Change::New)]))));
        invalidate_changed(&world, &site)
            .set("ORIGIN_PATH", "/")
            .run()
            .exits(0)
            .says(
                "INFO: Deploy d1 to s3://site-bucket/: what changed needs 31 paths, more than MAX_PATHS (30); \
                 invalidating /* for 31 changed keys\n",
            )
            .says("needs 34 paths, more than MAX_PATHS (30); invalidating /blog /blog/* for 32 changed keys\n");
        let [root, exact, blog] = &invalidated(&world)[..] else { panic!("three invalidations") };
        assert_eq!((root, exact.len()), (&vec!["/*".to_owned()], 30));
        assert_eq!(blog, &["/blog", "/blog/*"]);
    }

    #[test]
    fn unknown_is_everything_and_says_why() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, deploy("", Difference::unknown("d1".into(), "there is no record yet")));
        invalidate_changed(&world, &site).run().exits(0).says(
            "INFO: Deploy d1 to s3://site-bucket/: it is not known what changed (there is no record yet); \
             invalidating /* instead\n",
        );
        assert_eq!(only(&world).paths, ["/*"]);
    }

    #[test]
    fn may_be_nothing() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, deploy("", difference("d1", [])));
        deployed(&site, deploy("", difference("d2", [("app.1a2b3c4d.js", Change::NewFingerprinted)])));
        invalidate_changed(&world, &site)
            .run()
            .exits(0)
            .says(
                "INFO: Deploy d1 to s3://site-bucket/: nothing changed, so there is no invalidation for it\n",
            )
            .says("INFO: Deploy d2 to s3://site-bucket/: 1 changed key, no invalidation for it\n")
            .says("\n✔ Nothing to invalidate: nothing has changed that CloudFront may have cached\n");
        assert!(world.cloud.requests().is_empty());
        let result = result(&storage(&site).join("aws-deploy/cloudfront-invalidate.json"));
        assert_eq!(result["distributions"], json!([{ "id": DISTRIBUTION, "invalidations": [] }]));
    }

    #[test]
    fn goes_to_every_distribution_even_if_one_does_not_exist() {
        let (world, site) = (world(&["E1", "E2", "E3"]), Site::empty());
        world.cloud.create_distribution_in("999999999999", "E2", Origin::new(BUCKET, ""));
        deployed(&site, deploy("", difference("d1", [("a", Change::Content)])));
        invalidate_changed(&world, &site)
            .set("DISTRIBUTION_ID", "E1 E2 E3")
            .run()
            .exits(1)
            .says("ERROR: Error creating a cloudfront invalidation: E2: NoSuchDistribution: ");
        for distribution in ["E1", "E3"] {
            let made = world.cloud.invalidations(distribution);
            assert_eq!(
                made.iter().map(|made| &made.paths[..]).collect::<Vec<_>>(),
                [["/a"]],
                "{distribution}"
            );
        }
    }

    #[test]
    fn is_restricted_to_one_target() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, deploy("", difference("d1", [("a", Change::Content)])));
        deployed(&site, deploy("blog/", difference("d2", [("b", Change::Content)])));
        let step = invalidate_changed(&world, &site).set("ORIGIN_PATH", "/");
        step.clone().set("S3_BUCKET", "s3://site-bucket/blog/").run().exits(0);
        step.clone().set("S3_BUCKET", BUCKET).run().exits(0);
        assert_eq!(invalidated(&world), [["/blog/b"], ["/a"]]);
        world.cloud.clear_requests();
        step.set("S3_BUCKET", "other")
            .run()
            .exits(2)
            .says("ERROR: S3_BUCKET `other`: nothing was deployed there in this build\n")
            .says("hint: the list of changes has `site-bucket`, `site-bucket/blog`\n");
        assert!(world.cloud.requests().is_empty());
    }
}

mod the_list_of_changes {
    use super::*;

    const WAY_OUT: &str = "\nhint: run aws-s3-deploy before this pipe in the same step; from another step";

    #[test]
    fn is_refused_before_any_request_when_it_cannot_be_used() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        let step = invalidate_changed(&world, &site);
        let refused = |expected: &str| {
            step.run()
                .exits(2)
                .says("ERROR: PATHS `changed`: the list of changes ")
                .says(expected)
                .says(WAY_OUT)
        };
        refused("changes.json cannot be read: No such file");
        ChangeList::append(&list(&site), &build("41"), deploy("", difference("d1", []))).expect("written");
        refused("is of build 41, and this is build 42\n");
        let whole = fs::read_to_string(list(&site)).expect("readable");
        fs::write(list(&site), &whole[..whole.len() / 2]).expect("written");
        refused("is torn or not a list of changes\n");
        fs::write(list(&site), whole.replace("\"version\": 1", "\"version\": 2")).expect("written");
        refused("was written in version 2 of its form, and this pipe reads version 1\n");
        step.unset("BITBUCKET_PIPE_SHARED_STORAGE_DIR").run().exits(2).says(
            "ERROR: PATHS `changed`: there is no list of changes, because this step has no shared storage\n",
        );
        assert!(world.cloud.requests().is_empty());
    }

    #[test]
    fn comes_from_another_step_as_an_artifact() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        let file = site.clone_folder().join("artifacts/changes.json");
        ChangeList::append(&file, &build("42"), deploy("", difference("d1", [("a", Change::Content)])))
            .expect("written");
        let step = invalidate_changed(&world, &site);
        step.clone().set("CHANGES_FILE", "artifacts/changes.json").run().exits(0);
        assert_eq!(only(&world).paths, ["/a"]);
        step.set("CHANGES_FILE", "changes.json")
            .run()
            .exits(2)
            .says("ERROR: CHANGES_FILE `changed`: the list of changes ")
            .says(WAY_OUT);
    }

    #[test]
    fn and_what_belongs_to_it_has_no_effect_on_given_paths() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        invalidate(&world, &site)
            .set("PATHS", "/a")
            .set("MAX_PATHS", "1")
            .set("WAIT_TIMEOUT", "5")
            .run()
            .exits(0)
            .says("INFO: MAX_PATHS has no effect: PATHS is not `changed`\n")
            .says("INFO: WAIT_TIMEOUT has no effect: WAIT is off\n");
    }
}

mod once_and_never_lost {
    use super::*;

    fn page(deploy: &str) -> Difference {
        difference(deploy, [("page.html", Change::Content)])
    }

    fn references(world: &World, distribution: &str) -> Vec<String> {
        world.cloud.invalidations(distribution).into_iter().map(|made| made.caller_reference).collect()
    }

    #[test]
    fn a_second_run_asks_again_and_pays_nothing() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, deploy("", page("d1")));
        let step = invalidate_changed(&world, &site);
        step.run().exits(0);
        world.cloud.complete_invalidations();
        let made = only(&world);
        step.run()
            .exits(0)
            .says(&format!(
                "INFO: The distribution {DISTRIBUTION} was invalidated before for the deploy d1: {}, 1 path, Completed\n",
                made.id
            ))
            .says("\n✔ Nothing new to invalidate: all that changed was invalidated before\n");
        assert_eq!((requests(&world), only(&world).id), (2, made.id));
        let result = result(&storage(&site).join("aws-deploy/cloudfront-invalidate.json"));
        let entry = &result["distributions"][0]["invalidations"][0];
        assert_eq!((&entry["already_existed"], &entry["deploy"]), (&json!(true), &json!("d1")));
    }

    #[test]
    fn other_paths_for_the_same_deploy_count_as_done() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, deploy("", difference("d1", [("a", Change::Content), ("b", Change::Content)])));
        let step = invalidate_changed(&world, &site);
        step.run().exits(0);
        let again = step.set("MAX_PATHS", "1").set("WAIT", "true");
        again
            .run()
            .exits(0)
            .says("was invalidated before for the deploy d1, with other paths than the 1 path of this run: if ORIGIN_PATH")
            .says("not waiting for the invalidation of d1, because CloudFront does not name it")
            .says("✔ Nothing new to invalidate");
        world.cloud.fail("CreateInvalidation").with_error(
            400,
            "InvalidArgument",
            "Your request contains a caller reference that was used for a previous invalidation batch for the same \
             distribution.",
        );
        again.run().exits(0).says("✔ Nothing new to invalidate");
        assert_eq!(only(&world).paths, ["/a", "/b"]);
        let result = result(&storage(&site).join("aws-deploy/cloudfront-invalidate.json"));
        assert_eq!(result["distributions"][0]["invalidations"][0]["status"], json!("AlreadyExists"));
    }

    #[test]
    fn a_failed_invalidation_is_made_good_by_the_next_run() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, deploy("", page("d1")));
        let step = invalidate_changed(&world, &site);
        world.cloud.fail("CreateInvalidation").with("AccessDenied").times(1);
        step.run().exits(1);
        assert!(world.cloud.invalidations(DISTRIBUTION).is_empty());
        step.run().exits(0);
        assert_eq!(only(&world).paths, ["/page.html"]);
    }

    #[test]
    fn a_later_build_makes_good_what_was_never_invalidated_and_only_that() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, deploy("", page("d1")));
        invalidate_changed(&world, &site).run().exits(0);
        world.cloud.complete_invalidations();
        fs::remove_file(list(&site)).expect("the storage of a step is its own");
        let lost = difference("d2", [("lost.html", Change::Content)]);
        let third = Deploy {
            earlier: vec![lost, page("d1")],
            ..deploy("", difference("d3", [("new", Change::Content)]))
        };
        deployed(&site, third);
        world.cloud.clear_requests();
        let ended = invalidate_changed(&world, &site).run().exits(0);
        assert_eq!(invalidated(&world), [["/page.html"], ["/lost.html"], ["/new"]]);
        assert_eq!(requests(&world), 3);
        let made = world.cloud.invalidations(DISTRIBUTION);
        ended
            .says("INFO: 2 earlier deploys are asked for again")
            .says("was invalidated before for the deploy d1: ")
            .says(&format!(
                "✔ Successfully created a cloudfront invalidation: {}, {}\n",
                made[1].id, made[2].id
            ));
    }

    #[test]
    fn two_deploys_and_two_invalidations_in_one_step() {
        let (world, site) = (world(&["E1", "E2"]), Site::empty());
        deployed(&site, deploy("", page("d1")));
        invalidate_changed(&world, &site).set("DISTRIBUTION_ID", "E1").run().exits(0);
        deployed(
            &site,
            Deploy { earlier: vec![page("d1")], ..deploy("", difference("d2", [("b", Change::New)])) },
        );
        let both = invalidate_changed(&world, &site).set("DISTRIBUTION_ID", "E1 E2");
        both.run().exits(0);
        both.run().exits(0);
        for distribution in ["E1", "E2"] {
            let made = world.cloud.invalidations(distribution);
            let paths: Vec<_> = made.into_iter().map(|made| made.paths).collect();
            assert_eq!(paths, [["/page.html"], ["/b"]], "{distribution}");
        }
        let (first, second) = (references(&world, "E1"), references(&world, "E2"));
        assert!(first.iter().all(|reference| !second.contains(reference)), "{first:?} {second:?}");
        assert_eq!(requests(&world), 1 + 4 + 4);
    }

    #[test]
    fn a_deploy_that_cloudfront_does_not_take_keeps_no_other_back() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(
            &site,
            Deploy { earlier: vec![page("d1")], ..deploy("", difference("d2", [("b", Change::New)])) },
        );
        world.cloud.fail("CreateInvalidation").with("InvalidArgument").times(1);
        invalidate_changed(&world, &site).run().exits(1).says("InvalidArgument");
        assert_eq!(only(&world).paths, ["/b"]);
    }

    #[test]
    fn trouble_of_cloudfront_is_waited_out_under_the_same_reference() {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, deploy("", page("d1")));
        world.cloud.fail("CreateInvalidation").with("ServiceUnavailable").times(2);
        let ended = invalidate_changed(&world, &site).set("DEBUG", "true").run().exits(0);
        assert_eq!(requests(&world), 3);
        ended.says(&format!("DEBUG: E2EXAMPLE51ABC: caller reference {}\n", only(&world).caller_reference));
    }
}

mod waiting_for_the_end {
    use super::*;

    /// A world whose role may also look at invalidations.
    fn world() -> World {
        let distribution = DISTRIBUTION.parse().expect("an id");
        let extras = permissions::Extras { wait: true };
        let world =
            World::with_permissions(permissions::statements(&[distribution], extras, Partition::Aws, "*"));
        world.cloud.create_distribution(DISTRIBUTION, Origin::new(BUCKET, ""));
        world
    }

    #[test]
    fn looks_until_cloudfront_has_completed_it() {
        let (world, site) = (world(), Site::empty());
        let ended =
            invalidate(&world, &site).set("WAIT", "yes").set("RESULT_FILE", "result.json").run().exits(0);
        let made = only(&world);
        assert_eq!(made.status, InvalidationStatus::Completed);
        assert!(world.cloud.count("GetInvalidation") > 0);
        ended
            .says("INFO: Waiting until CloudFront has completed 1 invalidation, for at most 600 seconds\n")
            .says(&format!(
                "INFO: Completed the invalidation {} of the distribution {DISTRIBUTION} after ",
                made.id
            ))
            .says(&format!("✔ Successfully created a cloudfront invalidation: {}\n", made.id));
        let result = result(&site.clone_folder().join("result.json"));
        assert_eq!(result["distributions"][0]["invalidations"][0]["status"], json!("Completed"));
    }

    #[test]
    fn gives_up_in_time_and_says_that_cloudfront_does_not() {
        let (world, site) = (world(), Site::empty());
        world.cloud.invalidation_time(Duration::MAX);
        let ended = invalidate(&world, &site).set("WAIT", "true").set("WAIT_TIMEOUT", "6").run().exits(1);
        let id = only(&world).id;
        ended
            .says("INFO: Waiting: 1 invalidation in progress after 5 seconds\n")
            .says(&format!("ERROR: Error waiting for a cloudfront invalidation: {id}: not completed within 6 seconds\n"))
            .says("\nhint: CloudFront goes on with it, and nothing has to be sent again; to wait longer, raise WAIT_TIMEOUT\n")
            .says(&format!("✖ Failed to see a cloudfront invalidation completed: {id}: not completed within 6 seconds\n"));
    }

    #[test]
    fn sits_out_trouble_of_cloudfront() {
        let (world, site) = (world(), Site::empty());
        // As often as the SDK asks by itself, so that the pipe has to ask once more.
        world.cloud.fail("GetInvalidation").with("ServiceUnavailable").times(3);
        invalidate(&world, &site)
            .set("WAIT", "true")
            .run()
            .exits(0)
            .says("INFO: Completed the invalidation ");
    }

    #[test]
    fn needs_a_permission_of_its_own() {
        let (world, site) = (super::world(&[DISTRIBUTION]), Site::empty());
        invalidate(&world, &site)
            .set("WAIT", "true")
            .run()
            .exits(1)
            .says("ERROR: Error waiting for a cloudfront invalidation: ")
            .says(
                "\nhint: allow the role or user the permission cloudfront:GetInvalidation on \
                 arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE51ABC\n",
            );
        only(&world);
    }

    #[test]
    fn ends_at_once_with_sigterm() {
        let (world, site) = (world(), Site::empty());
        world.cloud.invalidation_time(Duration::MAX);
        let step = invalidate(&world, &site).set("WAIT", "true");
        terminated_at(&step, "INFO: Waiting until").exits(143).says(
            "WARNING: stopped by SIGTERM: 1 of 1 invalidation request accepted, 0 without an answer; \
             CloudFront goes on with 1 that the pipe was waiting for\n",
        );
        only(&world);
    }

    #[test]
    fn has_nothing_to_do_for_what_is_completed() {
        let (world, site) = (world(), Site::empty());
        deployed(&site, deploy("", difference("d1", [("a", Change::Content)])));
        let step = invalidate_changed(&world, &site).set("WAIT", "true");
        step.run().exits(0);
        world.cloud.clear_requests();
        step.run().exits(0).says("✔ Nothing new to invalidate").never_says("Waiting until");
        assert_eq!(world.cloud.count("GetInvalidation"), 0);
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
        terminated_at(&step, "has to wait")
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
                        "already_existed": false,
                        "deploy": null,
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

fn result(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).expect("a result file")).expect("JSON")
}
