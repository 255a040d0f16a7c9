//! `EXTRA_ARGS`: the flags of `aws s3 sync` on top of the variables.

use local_aws::scenario::{BUCKET, REGION, Site, World};

use super::step::{deploy, object};

#[test]
fn a_flag_wins_over_the_variable_of_the_same_meaning() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.store().set_acls_enabled(BUCKET, true);
    world.cloud.store().put(BUCKET, "old.html", object("old"));
    deploy(&world, &site)
        .set("ACL", "public-read")
        .set("CACHE_CONTROL", "no-store")
        .set("CONTENT_ENCODING", "gzip")
        .set("STORAGE_CLASS", "STANDARD_IA")
        .set("DELETE_FLAG", "false")
        .set(
            "EXTRA_ARGS",
            "--acl private --cache-control='public, max-age=60' --content-encoding '' --delete",
        )
        .run()
        .exits(0);
    let page = world.cloud.store().object(BUCKET, "index.html").expect("it arrived");
    assert_eq!(page.acl.as_deref(), Some("private"));
    assert_eq!(page.cache_control.as_deref(), Some("public, max-age=60"));
    assert_eq!(page.content_encoding, None);
    assert_eq!(page.storage_class, "STANDARD_IA");
    assert_eq!(world.body("old.html"), None);
}

#[test]
fn a_list_keeps_its_values_whole() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .set("EXTRA_ARGS_COUNT", "3")
        .set("EXTRA_ARGS_0", "--cache-control")
        .set("EXTRA_ARGS_1", "public, max-age=60")
        .set("EXTRA_ARGS_2", "--storage-class STANDARD_IA")
        .run()
        .exits(0);
    let page = world.cloud.store().object(BUCKET, "index.html").expect("it arrived");
    assert_eq!(page.cache_control.as_deref(), Some("public, max-age=60"));
    assert_eq!(page.storage_class, "STANDARD_IA");
}

#[test]
fn flags_without_meaning_are_named_in_one_line_and_mistakes_end_it_before_the_first_request() {
    let (world, site) = (World::permissive(), Site::small());
    let step = deploy(&world, &site);
    step.clone().set("EXTRA_ARGS", "--no-verify-ssl").run().exits(2).says("hint: AWS_CA_BUNDLE");
    step.clone().set("EXTRA_ARGS", "--region nowhere!").run().exits(2).says("ERROR: EXTRA_ARGS: --region ");
    step.clone()
        .set("EXTRA_ARGS", "build s3://elsewhere")
        .run()
        .exits(2)
        .says("`build`, which belongs to no flag");
    assert!(world.cloud.requests().is_empty());
    let ended = step.set("EXTRA_ARGS", "--exact-timestamps --page-size 5").run().exits(0);
    let line = "INFO: Without meaning for this pipe, so left aside: --page-size, --exact-timestamps";
    assert_eq!(ended.log.matches(line).count(), 1, "{}", ended.log);
}

#[test]
fn region_and_debug_reach_the_way_to_aws() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .set("AWS_DEFAULT_REGION", "us-east-1")
        .set("EXTRA_ARGS", &format!("--region {REGION} --debug"))
        .run()
        .exits(0)
        .never_says("not in us-east-1")
        .says("DEBUG: ");
}

#[test]
fn the_endpoint_and_the_authorities_of_flags_win_over_those_of_variables() {
    let (world, site) = (World::permissive(), Site::small());
    let nowhere = "http://127.0.0.1:1";
    let step = deploy(&world, &site).set("AWS_ENDPOINT_URL_S3", nowhere).set("AWS_CA_BUNDLE", "no-such.pem");
    step.clone().run().exits(2).says("ERROR: AWS_CA_BUNDLE ");
    step.clone()
        .set("EXTRA_ARGS", "--ca-bundle nor-this.pem")
        .run()
        .exits(2)
        .says("ERROR: EXTRA_ARGS: --ca-bundle ");
    step.clone()
        .set("EXTRA_ARGS", "--endpoint-url nowhere")
        .run()
        .exits(2)
        .says("ERROR: EXTRA_ARGS: --endpoint-url ");
    let flags = format!("--endpoint-url {}", world.cloud.endpoint());
    step.unset("AWS_CA_BUNDLE").set("EXTRA_ARGS", &flags).run().exits(0).says("uploaded 3");
}

#[test]
fn what_s3_writes_otherwise_than_the_user_is_the_same_header_also_without_a_record() {
    for (flags, expires) in [
        ("--expires 0 --metadata Owner=Web", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("--expires -1 --metadata OWNER=Web", "Wed, 31 Dec 1969 23:59:59 GMT"),
        ("--expires 1893553445 --metadata owner=Web", "Wed, 02 Jan 2030 03:04:05 GMT"),
    ] {
        let (world, site) = (World::permissive(), Site::small());
        let step = deploy(&world, &site).set("EXTRA_ARGS", flags);
        step.run().exits(0);
        let page = world.cloud.store().object(BUCKET, "index.html").expect("it arrived");
        assert_eq!(page.expires.as_deref(), Some(expires), "{flags}");
        assert_eq!(page.metadata.get("owner").map(String::as_str), Some("Web"), "{flags}");
        world.cloud.store().remove(BUCKET, ".s3-deploy/record").expect("a record");
        world.cloud.clear_requests();
        step.run().exits(0).says("3 files unchanged");
        assert_eq!((world.writes(), world.cloud.count("HeadObject")), (0, 3), "{flags}");
    }
}
