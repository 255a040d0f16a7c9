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
            ended.log.matches("WARNING: The headers of 1 object stay as they are").count(),
            1,
            "{}",
            ended.log
        );
        assert_eq!(stored(&world, PAGE), before);
        let pages = world.cloud.requests().into_iter().filter(|request| request.key.as_deref() == Some(PAGE));
        let wrote: Vec<_> = pages.map(|request| request.operation).collect();
        assert_eq!(wrote, ["CopyObject"]);
        // It is not forgotten.
        step.run().exits(0).says("WARNING: The headers of 1 object stay as they are").says("unchanged 3");
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
        .says("The headers of 1 object stay as they are");
    assert_eq!(tags(&world, PAGE), ["owner=finance"]);
}
