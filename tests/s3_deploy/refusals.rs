//! Refusals, in their own words and in ours: who refused, why, and what to do about it.

use local_aws::impostor::{Impostor, reply};
use local_aws::scenario::{Site, Step, World};

use super::step::deploy;

/// With keys and an S3 that somebody else plays.
fn against(world: &World, site: &Site, endpoint: &str) -> Step {
    deploy(world, site)
        .unset("AWS_OIDC_ROLE_ARN")
        .unset("BITBUCKET_STEP_OIDC_TOKEN")
        .set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .set("AWS_ENDPOINT_URL", endpoint)
}

#[test]
fn the_hint_for_407_says_where_the_login_of_a_proxy_goes() {
    let (world, site) = (World::permissive(), Site::small());
    let proxy = Impostor::answering(|_| reply(407, &[], b""));
    let hint = "\nhint: the proxy demands a login: put a user name and a password into HTTPS_PROXY";
    against(&world, &site, &proxy.endpoint()).run().exits(1).says("HTTP 407").says(hint);
}

#[test]
fn a_page_of_a_proxy_is_not_taken_for_an_answer_of_s3() {
    const HTML: [(&str, &str); 2] = [("content-type", "text/html"), ("server", "nginx/1.27.0")];
    let (world, site) = (World::permissive(), Site::small());
    for status in [302, 403, 413] {
        let proxy = Impostor::answering(move |_| reply(status, &HTML, b"<html><h1>Sign in</h1></html>"));
        against(&world, &site, &proxy.endpoint())
            .run()
            .exits(1)
            .says(&format!("HTTP {status} from nginx/1.27.0, not from the service"))
            .says("\nhint: S3 did not answer, nginx/1.27.0 did: check what is between the step and S3");
    }
}

#[test]
fn an_upload_that_a_gateway_finds_too_large_names_the_gateway() {
    const EMPTY: &[u8] = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
    let (world, site) = (World::permissive(), Site::small());
    let gateway = Impostor::answering(|asked| match asked.line.split(' ').next() {
        Some("PUT") => reply(413, &[("server", "nginx")], b"<html><title>413</title></html>"),
        _ if asked.line.contains("list-type") => reply(200, &[], EMPTY),
        _ => reply(404, &[], b"<Error><Code>NoSuchKey</Code></Error>"),
    });
    against(&world, &site, &gateway.endpoint())
        .run()
        .exits(1)
        .says("HTTP 413 from nginx, not from the service")
        .says("\nhint: S3 did not answer, nginx did")
        .never_says("s3:PutObject");
}

/// The words of S3 when a bucket blocks public ACLs and the role has every permission.
#[test]
fn a_public_acl_that_the_bucket_blocks_is_named() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.fail("PutObject").with("AccessDenied");
    deploy(&world, &site)
        .set("ACL", "public-read")
        .run()
        .exits(1)
        .says("\nhint: the bucket blocks public ACLs, as new buckets do: leave ACL out")
        .never_says("allow the role");
}

#[test]
fn an_expired_session_token_of_a_user_is_not_blamed_on_a_role() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.fail("ListObjectsV2").with("ExpiredToken");
    let keys = against(&world, &site, &world.cloud.endpoint());
    keys.set("AWS_SESSION_TOKEN", "an-old-token")
        .run()
        .exits(1)
        .says("\nhint: the session token in AWS_SESSION_TOKEN has expired")
        .never_says("AWS_ROLE_DURATION_SECONDS");
}
