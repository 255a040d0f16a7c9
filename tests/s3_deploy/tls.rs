//! Over TLS, as S3 is spoken to.

use std::fs;

use local_aws::Authority;
use local_aws::scenario::{BUCKET, Site, Step, World};

use super::step::deploy;

/// What a signature says of a body that it does not cover.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// A step that reaches everything over TLS, and trusts nobody but the cloud's authority, whose file is in the clone.
fn deploy_over_tls(world: &World, site: &Site) -> Step {
    let authority = Authority::for_server(&["127.0.0.1"]);
    world.cloud.accept_tls(&authority);
    fs::write(site.clone_folder().join("authority.pem"), authority.pem()).expect("a file");
    let step = deploy(world, site).set("AWS_ENDPOINT_URL", &world.cloud.tls_endpoint());
    step.set("AWS_CA_BUNDLE", "authority.pem")
}

/// For each request that carried a file: what its signature says of the bytes, a digest as its length.
fn signed(world: &World) -> Vec<Result<usize, String>> {
    let requests = world.cloud.requests();
    let bodies = requests.iter().filter(|request| ["PutObject", "UploadPart"].contains(&&*request.operation));
    // The record is no file.
    let bodies = bodies.filter(|request| request.key.as_ref().is_some_and(|key| !key.contains(".s3-deploy")));
    let said = bodies.map(|request| request.content_sha256.clone().unwrap_or_default());
    let is_digest = |said: &str| said.bytes().all(|byte| byte.is_ascii_hexdigit());
    said.map(|said| if is_digest(&said) { Ok(said.len()) } else { Err(said) }).collect()
}

/// What TLS protects is hashed once less; what it does not, a signature has to protect.
#[test]
fn bytes_are_signed_where_tls_does_not_protect_them_and_only_there() {
    let world = World::permissive();
    let film: Vec<u8> = (0..=250).cycle().take(9 << 20).collect();
    let site = Site::small().with("film.mp4", &film);
    deploy_over_tls(&world, &site).run().exits(0).says("uploaded 4");
    assert_eq!(signed(&world), vec![Err(UNSIGNED.to_owned()); 5]);
    let object = world.cloud.store().object(BUCKET, "film.mp4").expect("it arrived");
    assert!(*object.body == film, "other bytes");

    world.cloud.clear_requests();
    deploy(&world, &site).set("FORCE", "true").run().exits(0).says("updated 4");
    assert_eq!(signed(&world), vec![Ok(64); 5]);
}

#[test]
fn nothing_is_sent_to_a_server_whose_authority_nobody_knows() {
    let (world, site) = (World::permissive(), Site::small());
    let ended = deploy_over_tls(&world, &site).unset("AWS_CA_BUNDLE").set("DEBUG", "true").run().exits(1);
    assert_eq!(ended.log.matches("STS AssumeRoleWithWebIdentity: no answer").count(), 1, "{}", ended.log);
    ended.says("the certificate of 127.0.0.1 is not accepted: ");
    // The same of S3 alone.
    let ended = deploy_over_tls(&world, &site)
        .unset("AWS_CA_BUNDLE")
        .set("AWS_ENDPOINT_URL", &world.cloud.endpoint())
        .set("AWS_ENDPOINT_URL_S3", &world.cloud.tls_endpoint())
        .set("RECORD", "off")
        .set("DEBUG", "true")
        .run();
    assert_eq!(ended.log.matches("S3 ListObjectsV2: no answer").count(), 1, "{}", ended.log);
    ended
        .exits(1)
        .says("the certificate of 127.0.0.1 is not accepted: ")
        .says("hint: set AWS_CA_BUNDLE to a PEM file with the authority that signed the certificate");
    assert_eq!(world.cloud.count("ListObjectsV2"), 0);
}

#[test]
fn a_connection_that_breaks_is_opened_again() {
    let (world, site) = (World::permissive(), Site::small());
    let step = deploy_over_tls(&world, &site);
    world.cloud.fail("PutObject").reset().times(1);
    world.cloud.fail("ListObjectsV2").torn().times(1);
    step.run().exits(0).says("uploaded 3");
    assert_eq!((world.cloud.struck(), world.keys().len()), (2, 3));
}
