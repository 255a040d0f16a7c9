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
