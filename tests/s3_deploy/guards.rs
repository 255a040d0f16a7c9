//! What is refused before anything is written, each with its own words.

use local_aws::Service;
use local_aws::s3::DEFAULT_OWNER;
use local_aws::scenario::{BUCKET, Ended, Site, Step, World};
use oidc_auth::policy::Statement;
use serde_json::json;

use super::step::{deploy, object};

/// The digits of a key that is none, long enough to look like one.
const DIGITS: &str = "MC4CAQAwBQYDK2VwBCIEIHNvbWUgYnl0ZXMgdGhhdCBhcmUgbm8ga2V5IGF0IGFsbA";

/// Runs a deploy that is refused: nothing that it asks of S3 writes, not even the record.
pub(super) fn refused(world: &World, step: &Step) -> Ended {
    const READING: [&str; 4] = ["ListObjectsV2", "GetObject", "HeadObject", "HeadBucket"];
    world.cloud.clear_requests();
    let ended = step.run().exits(1).says("✖ Deployment failed.");
    let requests = world.cloud.requests().into_iter().filter(|request| request.service == Service::S3);
    let writing: Vec<_> = requests.filter(|request| !READING.contains(&request.operation.as_str())).collect();
    assert!(writing.is_empty(), "{writing:?}");
    ended
}

/// A file with a private key in it. Put together here, so that no file of the repository has one.
fn key() -> String {
    format!("{}PRIVATE KEY-----\n{DIGITS}\n", "-----BEGIN ")
}

#[test]
fn a_plan_that_deletes_more_than_max_delete_is_refused_whole() {
    let (world, site) = (World::permissive(), Site::small());
    for number in 0..7 {
        site.write(&format!("{number}.html"), "page");
    }
    let step = deploy(&world, &site).set("DELETE_FLAG", "true");
    step.run().exits(0);
    (0..4).for_each(|number| site.remove(&format!("{number}.html")));
    site.write("index.html", "changed, and not uploaded either");
    let before = world.cloud.store().objects(BUCKET);
    for (allowed, told) in [("3", "MAX_DELETE allows 3;"), ("0", "allows 0;"), ("39%", "allows 39%;")] {
        refused(&world, &step.clone().set("MAX_DELETE", allowed))
            .says("the deploy would delete 4 of 10 objects")
            .says(told)
            .says("\n  0.html\n  1.html\n")
            .says("hint: is LOCAL_PATH the whole build?");
    }
    // The result file has the whole plan, and a dry run shows it in the log too.
    let limited = step.clone().set("MAX_DELETE", "3").set("RESULT_FILE", "result.json");
    refused(&world, &limited).says("to delete: 4");
    let result = super::plan::result(&site);
    assert_eq!(result["plan"]["deletions"].as_array().map(Vec::len), Some(4), "{result}");
    assert_eq!((&result["successful"], &result["unchanged"]), (&json!(false), &json!(5)));
    assert!(result["error"].as_str().is_some_and(|error| error.contains("MAX_DELETE allows 3")), "{result}");
    let dry = limited.set("DRY_RUN", "true");
    refused(&world, &dry)
        .says("(dryrun) delete: s3://site-bucket/3.html")
        .says("would delete 4 of 10 objects");
    assert_eq!(world.cloud.store().objects(BUCKET), before);
    step.clone().set("MAX_DELETE", "40%").run().exits(0).says("updated 1").says("deleted 4");
    step.set("MAX_DELETE", "0").run().exits(0).says("deleted 0");
}

#[test]
fn the_share_is_of_what_the_deploy_is_about() {
    let (world, site) = (World::permissive(), Site::small());
    for key in ["other/1", "other/2", "foo/skipped/1", "foo/skipped/2", "foo/.git/x", "foo/old.html"] {
        world.cloud.store().put(BUCKET, key, object("someone else's"));
    }
    let step = deploy(&world, &site)
        .set("S3_BUCKET", &format!("{BUCKET}/foo"))
        .set("DELETE_FLAG", "true")
        .set("EXTRA_ARGS", "--exclude 'skipped/*'");
    refused(&world, &step.clone().set("MAX_DELETE", "99%")).says("would delete 1 of 1 objects");
    step.set("MAX_DELETE", "100%").run().exits(0).says("deleted 1");
}

#[test]
fn the_expected_owner_goes_with_every_request() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("large.bin", vec![7; (8 << 20) + 1]);
    site.write("old.html", "old");
    let step = deploy(&world, &site).set("EXPECTED_BUCKET_OWNER", DEFAULT_OWNER).set("DELETE_FLAG", "true");
    step.run().exits(0);
    site.remove("old.html");
    site.write("index.html", "changed");
    let without_region =
        step.unset("AWS_DEFAULT_REGION").unset("AWS_ENDPOINT_URL").set("CACHE_CONTROL", "no-cache");
    without_region
        .set("AWS_ENDPOINT_URL_S3", &world.cloud.endpoint())
        .set("AWS_ENDPOINT_URL_STS", &world.cloud.endpoint())
        .run()
        .exits(0)
        .says("deleted 1");
    let requests = world.cloud.requests();
    let asked: Vec<_> = requests.iter().filter(|request| request.service == Service::S3).collect();
    for operation in ["ListObjectsV2", "GetObject", "PutObject", "UploadPart", "CopyObject", "DeleteObjects"]
    {
        assert!(asked.iter().any(|request| request.operation == operation), "{operation}: {asked:?}");
    }
    for request in asked {
        assert_eq!(request.expected_owner.as_deref(), Some(DEFAULT_OWNER), "{request}");
    }
}

#[test]
fn a_bucket_of_another_account_is_refused_by_name() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.store().set_owner(BUCKET, "999988887777");
    let step = deploy(&world, &site).set("EXPECTED_BUCKET_OWNER", DEFAULT_OWNER);
    refused(&world, &step)
        .says("the bucket `site-bucket` does not belong to the account 111122223333 that EXPECTED_BUCKET_OWNER names")
        .never_says("s3:ListBucket");
    step.set("EXPECTED_BUCKET_OWNER", "999988887777").run().exits(0).says("uploaded 3");
}

#[test]
fn where_nothing_may_be_listed_both_reasons_are_named() {
    let deny = Statement::deny(&["s3:ListBucket"], &["*"]);
    let world = World::with_permissions(vec![Statement::allow(&["*"], &["*"]), deny]);
    refused(&world, &deploy(&world, &Site::small()).set("EXPECTED_BUCKET_OWNER", DEFAULT_OWNER))
        .says("allow the role or user `s3:ListBucket`")
        .says("hint: S3 says the same where EXPECTED_BUCKET_OWNER is not the bucket's owner");
}

#[test]
fn what_looks_like_a_secret_is_warned_of_and_refused_when_asked() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("config/.env", "DATABASE=x");
    site.write("keys/deploy.txt", key());
    site.write("app.js", format!("{}\nconst key = `{}`", "x".repeat(600_000), key()));
    site.write("docs/keys.html", format!("<pre>{}PRIVATE KEY-----</pre> begins a key", "-----BEGIN "));
    site.write(".env.example", "DATABASE=");
    let step = deploy(&world, &site);
    let all = step.clone().set("REFUSE_SECRETS", "true");
    refused(&world, &all)
        .says("LOCAL_PATH has what looks like a secret, and REFUSE_SECRETS is on; nothing was written")
        .says("\n  app.js (a private key)\n  config/.env (an environment file)\n  keys/deploy.txt (a private key)\nhint: ")
        .never_says("docs/keys.html")
        .never_says(".env.example");
    assert_eq!(world.keys(), Vec::<String>::new());
    all.set("EXTRA_ARGS", "--exclude '*.env' --exclude 'keys/*' --exclude app.js")
        .run()
        .exits(0)
        .says("uploaded 5");
    step.run()
        .exits(0)
        .says("WARNING: These may hold secrets, and are deployed like any other: app.js (a private key), config")
        .says("config/.env (an environment file), keys/deploy.txt (a private key)")
        .says("uploaded 3");
}
