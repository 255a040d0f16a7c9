//! What is invalidated: the paths that were given, on every distribution.

use local_aws::Origin;
use local_aws::scenario::{BUCKET, Site};

use super::step::{DISTRIBUTION, invalidate, only, result, world};

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
        .says(
            "\nhint: check DISTRIBUTION_ID `E2`, and that the credentials (account 123456789012) belong to ",
        )
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
