//! Objects that S3 encrypts with a KMS key: what the role and the run's own session policy must allow for them.

use local_aws::s3::Encryption;
use local_aws::scenario::{BUCKET, Site, World};
use oidc_auth::policy::Statement;

use super::step::deploy;

const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// A bucket that encrypts all that comes with the key.
fn encrypting(world: World) -> World {
    let key = Some(KEY.to_owned());
    let encryption = Encryption::Kms { key, dual_layer: false, bucket_key: true, context: None };
    world.cloud.store().set_encryption(BUCKET, encryption);
    world
}

/// A world whose role may do all in S3, and of KMS what these actions say.
fn allowing(actions: &[&str]) -> World {
    let mut permissions = vec![Statement::allow(&["s3:*"], &["*"])];
    if !actions.is_empty() {
        permissions.push(Statement::allow(actions, &[KEY]).when("StringLike", "kms:ViaService", &["s3.*"]));
    }
    World::with_permissions(permissions)
}

/// Small files and one that is large enough for parts.
fn site() -> Site {
    Site::small().with("film.bin", vec![7; 9 << 20])
}

#[test]
fn a_deploy_with_a_key_works_within_its_own_policy() {
    let by_header = format!("--sse aws:kms --sse-kms-key-id {KEY}");
    for (world, arguments) in
        [(encrypting(World::permissive()), ""), (World::permissive(), by_header.as_str())]
    {
        let site = site();
        let step = deploy(&world, &site).set("EXTRA_ARGS", arguments);
        step.run().exits(0).says("uploaded 4").never_says("session policy");
        site.write("index.html", "<link rel=stylesheet href=assets/site.1a2b3c4d.css><h1>Again</h1>");
        let copying = step.set("CACHE_CONTROL", "no-cache");
        copying.run().exits(0).never_says("session policy").never_says("would");
        copying.set("RECORD", "off").set("FORCE", "true").run().exits(0).never_says("session policy");
        let encrypted = world.cloud.store().objects(BUCKET).into_values();
        let keys: Vec<_> = encrypted.map(|object| object.encryption).collect();
        assert!(
            keys.iter().all(|kind| matches!(kind, Encryption::Kms { key: Some(key), .. } if key == KEY)),
            "{keys:?}"
        );
        let counts = ["CopyObject", "CreateMultipartUpload", "AssumeRoleWithWebIdentity"];
        assert_eq!(counts.map(|operation| world.cloud.count(operation)), [3, 2, 3], "{arguments}");
    }
}

#[test]
fn a_role_without_the_key_is_told_which_permission_it_lacks() {
    for (actions, lacks) in [(&[][..], "kms:GenerateDataKey"), (&["kms:GenerateDataKey"], "kms:Decrypt")] {
        let (world, site) = (encrypting(allowing(actions)), site());
        deploy(&world, &site)
            .run()
            .exits(1)
            .says(&format!("because no identity-based policy allows the {lacks} action"))
            .says(KEY)
            .never_says("session policy");
        assert!(!world.keys().contains(&"index.html".to_owned()), "no page after a failure");
    }
    let (world, site) = (encrypting(allowing(&["kms:GenerateDataKey", "kms:Decrypt"])), site());
    deploy(&world, &site).run().exits(0);
}

/// As it would be if our own policy left the key out.
#[test]
fn a_session_policy_without_the_key_refuses_what_the_role_may() {
    let (world, site) = (encrypting(World::permissive()), site());
    deploy(&world, &site)
        .set("AWS_SESSION_POLICY", r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#)
        .run()
        .exits(1)
        .says("because no session policy allows the kms:GenerateDataKey action");
    assert_eq!(world.keys(), [""; 0]);
}

/// The key that AWS keeps for S3 lets in everybody of the account by its own policy.
#[test]
fn the_key_that_aws_keeps_for_s3_needs_no_permission() {
    let (world, site) = (allowing(&[]), site());
    deploy(&world, &site).set("EXTRA_ARGS", "--sse aws:kms").run().exits(0).never_says("session policy");
}
