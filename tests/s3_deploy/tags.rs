//! Tags of objects: those that others set stay when headers change.

use local_aws::s3::Object;
use local_aws::scenario::{BUCKET, Site, World};
use oidc_auth::policy::Statement;

use super::step::deploy;

const PAGE: &str = "index.html";

fn stored(world: &World, path: &str) -> Object {
    world.cloud.store().object(BUCKET, path).unwrap_or_else(|| panic!("no {path}"))
}

/// The tags of an object, as `key=value`.
fn tags(world: &World, path: &str) -> Vec<String> {
    stored(world, path).tags.iter().map(|(key, value)| format!("{key}={value}")).collect()
}

/// Somebody else sets a tag; the object stays the same one.
fn tag(world: &World, path: &str, key: &str, value: &str) {
    let mut object = stored(world, path);
    object.tags.insert(key.to_owned(), value.to_owned());
    world.cloud.store().put(BUCKET, path, object);
}

/// A role that may do what a deploy needs, but for these actions.
fn world_without(denied: &[&str]) -> World {
    World::with_permissions(vec![
        Statement::allow(&["s3:*"], &["*"]),
        Statement { effect: oidc_auth::policy::Effect::Deny, ..Statement::allow(denied, &["*"]) },
    ])
}

#[test]
fn tags_that_others_set_survive_another_cache_control() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).run().exits(0);
    tag(&world, PAGE, "owner", "finance");
    deploy(&world, &site).set("CACHE_CONTROL", "no-cache").run().exits(0).says("other headers 3");
    assert_eq!(tags(&world, PAGE), ["owner=finance"]);
    assert_eq!(stored(&world, PAGE).cache_control.as_deref(), Some("no-cache"));
}

/// An upload would lose the tags, so it is not tried; objects without tags are copied all the same.
#[test]
fn without_the_permission_a_tagged_object_stays_as_it_is() {
    for denied in ["s3:GetObjectTagging", "s3:PutObjectTagging"] {
        let (world, site) = (world_without(&[denied]), Site::small());
        deploy(&world, &site).run().exits(0);
        tag(&world, PAGE, "owner", "finance");
        let before = stored(&world, PAGE);
        world.cloud.clear_requests();
        let step = deploy(&world, &site).set("CACHE_CONTROL", "no-cache");
        let ended = step
            .run()
            .exits(0)
            .says("other headers 2, unchanged 1")
            .says(&format!("not authorized to perform: {denied}"))
            .says("allow the role or user `s3:GetObjectTagging` and `s3:PutObjectTagging` on `arn:aws:s3:::site-bucket/*`");
        assert_eq!(
            ended.log.matches("WARNING: The headers and tags of 1 object stay as they are").count(),
            1,
            "{}",
            ended.log
        );
        assert_eq!(stored(&world, PAGE), before);
        let pages = world.cloud.requests().into_iter().filter(|request| request.key.as_deref() == Some(PAGE));
        let wrote: Vec<_> = pages.map(|request| request.operation).collect();
        assert_eq!(wrote, ["CopyObject"]);
        // It is not forgotten.
        step.run()
            .exits(0)
            .says("WARNING: The headers and tags of 1 object stay as they are")
            .says("unchanged 3");
    }
}

/// `Access Denied` alone does not say whether the tags are the reason.
#[test]
fn a_copy_refused_without_a_reason_is_an_upload_only_where_no_tags_are_lost() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).run().exits(0);
    tag(&world, PAGE, "owner", "finance");
    world.cloud.fail("CopyObject").with("AccessDenied");
    deploy(&world, &site)
        .set("CACHE_CONTROL", "no-cache")
        .run()
        .exits(0)
        .says("updated 2, unchanged 1")
        .says("2 files were uploaded for the sake of their headers")
        .says("The headers and tags of 1 object stay as they are");
    assert_eq!(tags(&world, PAGE), ["owner=finance"]);
}

#[test]
fn every_object_gets_the_tags_and_a_second_run_sends_nothing() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("film.mp4", vec![7; 9 << 20]);
    let step = deploy(&world, &site).set("OBJECT_TAGS", "team=web&note=a%20b%2Fc");
    step.run().exits(0).says("uploaded 4");
    for path in [PAGE, "film.mp4", ".s3-deploy/record"] {
        assert_eq!(tags(&world, path), ["note=a b/c", "team=web"], "{path}");
    }
    world.cloud.clear_requests();
    step.run().exits(0).says("unchanged 4");
    assert_eq!((world.writes(), world.cloud.count("GetObjectTagging")), (0, 0));
}

#[test]
fn changed_tags_are_merged_with_those_of_others() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).set("OBJECT_TAGS", "team=web&stage=test").run().exits(0);
    tag(&world, PAGE, "owner", "finance");
    let step = deploy(&world, &site).set("OBJECT_TAGS", "team=shop");
    world.cloud.clear_requests();
    step.run()
        .exits(0)
        .says("s3://site-bucket/index.html (tags \"stage=test&team=web\" -> \"team=shop\")")
        .says("other headers 3");
    assert_eq!(tags(&world, PAGE), ["owner=finance", "team=shop"]);
    assert_eq!(world.cloud.count("PutObject"), 1, "the record alone");
    world.cloud.clear_requests();
    step.run().exits(0).says("unchanged 3");
    assert_eq!(world.writes(), 0);
    // Other headers alone leave all of them to S3.
    step.set("CACHE_CONTROL", "no-cache").run().exits(0).says("other headers 3");
    assert_eq!((tags(&world, PAGE).len(), world.cloud.count("GetObjectTagging")), (2, 0));
}

#[test]
fn objects_that_the_record_does_not_know_get_the_tags_once() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).set("RECORD", "off").run().exits(0);
    tag(&world, PAGE, "owner", "finance");
    let step = deploy(&world, &site).set("OBJECT_TAGS", "team=web");
    step.run().exits(0).says("(tags unknown -> \"team=web\")").says("other headers 3");
    assert_eq!(tags(&world, PAGE), ["owner=finance", "team=web"]);
    step.run().exits(0).says("unchanged 3");
}

#[test]
fn without_the_permission_changed_tags_leave_every_object_alone() {
    for (denied, asked) in
        [("s3:GetObjectTagging", "GetObjectTagging"), ("s3:PutObjectTagging", "CopyObject")]
    {
        let (world, site) = (world_without(&[denied]), Site::small());
        deploy(&world, &site).run().exits(0);
        let before = stored(&world, PAGE);
        world.cloud.clear_requests();
        let ended = deploy(&world, &site).set("OBJECT_TAGS", "team=web").run();
        let ended = ended
            .exits(0)
            .says("WARNING: The headers and tags of 3 objects stay as they are")
            .says("`s3:GetObjectTagging` and `s3:PutObjectTagging` on `arn:aws:s3:::site-bucket/*`")
            .says("unchanged 3");
        assert_eq!(ended.log.matches("WARNING").count(), 1, "{}", ended.log);
        assert_eq!((stored(&world, PAGE), world.writes() - world.cloud.count("CopyObject")), (before, 0));
        // The page comes after, when it is known already.
        assert!((1..=2).contains(&world.cloud.count(asked)), "{}", world.cloud.count(asked));
    }
}

#[test]
fn an_upload_without_the_permission_names_it() {
    let (world, site) = (world_without(&["s3:PutObjectTagging"]), Site::small());
    deploy(&world, &site)
        .set("OBJECT_TAGS", "team=web")
        .run()
        .exits(1)
        .says("\nhint: allow the role or user `s3:PutObjectTagging` on `arn:aws:s3:::site-bucket/*`");
}

#[test]
fn an_object_with_too_many_tags_keeps_them() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site).run().exits(0);
    (0..10).for_each(|number| tag(&world, PAGE, &format!("k{number}"), "v"));
    deploy(&world, &site)
        .set("OBJECT_TAGS", "team=web")
        .run()
        .exits(0)
        .says("WARNING: The headers and tags of 1 object stay as they are")
        .says("with OBJECT_TAGS it would have 11 tags, and S3 takes at most 10)");
    assert_eq!(tags(&world, PAGE).len(), 10);
}

#[test]
fn the_flag_wins_over_the_variable() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .set("OBJECT_TAGS", "team=web&stage=test")
        .set("EXTRA_ARGS", "--tags team shop --tags 'cost centre' 42")
        .run()
        .exits(0);
    assert_eq!(tags(&world, PAGE), ["cost centre=42", "team=shop"]);
}

#[test]
fn tags_that_s3_would_refuse_are_told_before_anything_is_sent() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .set("OBJECT_TAGS", "aws:team=web")
        .set("EXTRA_ARGS", "--tags a 1 --tags a 2")
        .run()
        .exits(2)
        .says("OBJECT_TAGS has the key `aws:team`, which begins with `aws:`")
        .says("EXTRA_ARGS has the key `a` twice (--tags)");
    assert_eq!(world.cloud.requests().len(), 0);
}
