//! Values of `S3_BUCKET` in which a variable is not defined: no run writes to a place that nobody meant.

use local_aws::scenario::{BUCKET, Site, Step, World};

use super::guards::refused;
use super::step::{deploy, object};

/// A bucket with these objects, and a site of one page.
fn world(keys: &[&str]) -> (World, Site) {
    let world = World::permissive();
    for key in keys {
        world.cloud.store().put(BUCKET, key, object("an earlier one"));
    }
    (world, Site::empty().with("index.html", "new"))
}

/// A step whose `S3_BUCKET` is the bucket with this after it, and which deletes.
fn deleting(world: &World, site: &Site, rest: &str) -> Step {
    deploy(world, site).set("S3_BUCKET", &format!("{BUCKET}{rest}")).set("DELETE_FLAG", "true")
}

#[test]
fn a_value_with_a_hole_is_refused_before_the_first_request() {
    let (world, site) = world(&["index.html"]);
    world.cloud.store().create_bucket("docs", "eu-west-1");
    let empty = "the bucket's name is empty\nhint: is the variable before the slash defined for this step?";
    let between = "there is nothing between two slashes\nhint: is the variable between them defined";
    for (value, words) in [
        ("/docs", empty),
        ("/docs/", empty),
        ("//docs", empty),
        ("/", empty),
        ("s3:///docs", empty),
        ("s3://", empty),
        ("site-bucket//x", between),
        ("site-bucket//", between),
        ("site-bucket/x//", between),
        ("site-bucket/$NOPE", "has `$NOPE`, which is not expanded\nhint: "),
        ("${NOPE}/docs", "has `${NOPE}`, which is not expanded\nhint: "),
        ("site-bucket/../docs", "S3 does not resolve `.` and `..` in a key\nhint: "),
        ("arn:aws:s3:eu-west-1:123456789012:accesspoint//docs", "is an ARN, but not one of an access point"),
    ] {
        deploy(&world, &site)
            .set("S3_BUCKET", value)
            .set("DELETE_FLAG", "true")
            .run()
            .exits(2)
            .says("ERROR: S3_BUCKET ")
            .says(words);
    }
    assert!(world.cloud.requests().is_empty());
}

#[test]
fn a_bucket_and_a_slash_does_not_delete_most_of_the_bucket() {
    let (world, site) = world(&["a/index.html", "b/index.html", "index.html"]);
    let before = world.cloud.store().objects(BUCKET);
    let step = deleting(&world, &site, "/");
    refused(&world, &step)
        .says("S3_BUCKET is `site-bucket/`: nothing follows the slash, no deploy is recorded there, and this one ")
        .says("would delete 2 of 3 objects; nothing was written\n  a/index.html\n  b/index.html\nhint: ")
        .says("For the whole bucket write `site-bucket`");
    for (name, value) in [
        ("DRY_RUN", "true"),
        ("RECORD", "off"),
        ("ALLOW_EMPTY", "true"),
        ("MAX_DELETE", "100%"),
        ("S3_BUCKET", "s3://site-bucket/"),
    ] {
        refused(&world, &step.clone().set(name, value))
            .says("nothing follows the slash, no deploy is recorded");
    }
    assert_eq!(world.cloud.store().objects(BUCKET), before);
    deleting(&world, &site, "").run().exits(0).says("deleted 2").never_says("nothing follows");
    // From here on a deploy is recorded there.
    site.write("about.html", "a page");
    site.remove("index.html");
    step.run()
        .exits(0)
        .says("deleted 1")
        .says("WARNING: S3_BUCKET is `site-bucket/`: nothing follows the slash");
    assert_eq!(world.keys(), ["about.html"]);
}

#[test]
fn a_bucket_and_a_slash_is_a_warning_where_little_goes() {
    let words = "WARNING: S3_BUCKET is `site-bucket/`: nothing follows the slash, so this deploy goes to the whole bucket";
    let (world, site) = world(&["a.html", "b.html", "index.html"]);
    deploy(&world, &site).set("S3_BUCKET", "site-bucket/").run().exits(0).says(words).says("deleted 0");
    let (world, site) = self::world(&["index.html", "old.html"]);
    deleting(&world, &site, "/").run().exits(0).says(words).says("deleted 1");
}

#[test]
fn a_bucket_and_a_slash_deletes_nothing_of_another_deploy() {
    let (world, site) = world(&["a.html", "b.html", "c.html"]);
    let docs = Site::empty().with("guide.html", "a guide");
    deploy(&world, &docs).set("S3_BUCKET", "site-bucket/docs").run().exits(0);
    for name in ["a.html", "b.html", "c.html"] {
        site.write(name, "a page");
    }
    refused(&world, &deleting(&world, &site, "/"))
        .says("of 5 objects, among them those of the deploy to `docs/`; nothing was written\n")
        .says("\n  docs/guide.html\n");
}

#[test]
fn excluded_objects_are_not_among_those_that_could_go() {
    let (world, site) = world(&["a.html", "b.html", "index.html", "kept/1", "kept/2", "kept/3", "kept/4"]);
    let step = deleting(&world, &site, "/").set("EXTRA_ARGS", "--exclude 'kept/*'");
    refused(&world, &step).says("would delete 2 of 3 objects");
}

#[test]
fn a_prefix_and_a_slash_deletes_unless_all_below_it_would_go() {
    let (world, site) = world(&["previews/1/index.html", "previews/2/index.html", "other.html"]);
    refused(&world, &deleting(&world, &site, "/previews/"))
        .says("would delete 2 of 2 objects; nothing was written\n  1/index.html\n  2/index.html\nhint: ")
        .says("For all of `previews/` write `site-bucket/previews`");
    world.cloud.store().put(BUCKET, "previews/index.html", object("an overview"));
    deleting(&world, &site, "/previews/").run().exits(0).says("deleted 2").never_says("WARNING");
    assert_eq!(world.keys(), ["other.html", "previews/index.html"]);
}

#[test]
fn files_of_the_pipe_are_not_written_where_nobody_finds_them() {
    let (world, site) = world(&[]);
    for name in ["RESULT_FILE", "CHANGES_FILE"] {
        let unexpanded = "has `$OUT`, which is not expanded\nhint: ";
        let root = "a file in the root of the file system, where no later step finds it\nhint: ";
        for (value, words) in [("$OUT/x.json", unexpanded), ("/s3-deploy-test-x.json", root)] {
            deploy(&world, &site)
                .set(name, value)
                .run()
                .exits(2)
                .says(&format!("ERROR: {name} "))
                .says(words);
        }
    }
    assert!(world.cloud.requests().is_empty());
}

#[test]
fn patterns_that_protect_nothing_are_refused() {
    let (world, site) = world(&["uploads/a.png"]);
    for (flags, words) in [
        ("--exclude ''", "has an empty pattern for --exclude"),
        ("--exclude '$KEEP/*'", "has `$KEEP` in a pattern for --exclude, which is not expanded"),
        (
            "--exclude '*' --include '/*'",
            "has `--include /*`, which includes files and objects of every folder",
        ),
    ] {
        let step = deleting(&world, &site, "").set("EXTRA_ARGS", flags);
        step.run().exits(2).says("ERROR: EXTRA_ARGS ").says(words);
    }
    assert!(world.cloud.requests().is_empty());
}

#[test]
fn a_guard_without_a_value_is_a_warning() {
    let (world, site) = world(&[]);
    let step = deploy(&world, &site);
    step.run().exits(0).never_says("WARNING");
    for name in
        ["AWS_ALLOWED_ACCOUNT_IDS", "DELETE_GRACE", "EXPECTED_BUCKET_OWNER", "MAX_DELETE", "REFUSE_SECRETS"]
    {
        let words = format!("WARNING: {name} is given without a value and has no effect: is the variable");
        step.clone().set(name, " ").run().exits(0).says(&words);
    }
}
