//! What `PATHS: changed` makes of more changes than `MAX_PATHS` pays for.

use bitbucket_pipe::changes::{Change, Deploy};
use jiff::Timestamp;
use local_aws::s3::Object;
use local_aws::scenario::{BUCKET, Site, World};
use serde_json::json;

use super::step::{
    DISTRIBUTION, deploy, deploy_beside, deployed, difference, invalidate_changed, invalidated, only, result,
    storage, world,
};

/// Two directories: in `blog` nearly everything changed, in `shop` little.
const CHANGED: [&str; 6] =
    ["blog/1.html", "blog/2.html", "blog/3.html", "blog/index.html", "shop/1.html", "shop/2.html"];
const UNCHANGED: [&str; 5] = ["about.html", "blog/0.html", "blogroll.html", "shop/3.html", "shop/4.html"];

fn two_directories() -> Deploy {
    let changed = difference("d1", CHANGED.map(|path| (path, Change::Content)));
    deploy_beside(&[("", 2), ("blog", 1), ("shop", 2)], &[("blog", 1), ("shop", 0)], changed)
}

#[test]
fn it_is_spent_where_it_spares_most() {
    for (max_paths, expected, needless) in [
        (
            "8",
            vec![
                "/blog",
                "/blog/",
                "/blog/1.html",
                "/blog/2.html",
                "/blog/3.html",
                "/blog/index.html",
                "/shop/1.html",
                "/shop/2.html",
            ],
            0,
        ),
        ("7", vec!["/blog", "/blog/*", "/shop/1.html", "/shop/2.html"], 1),
        ("3", vec!["/blog*", "/shop/1.html", "/shop/2.html"], 2),
        ("2", vec!["/blog*", "/shop/*"], 4),
        ("1", vec!["/*"], 5),
    ] {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        deployed(&site, two_directories());
        let ended = invalidate_changed(&world, &site).set("MAX_PATHS", max_paths).run().exits(0);
        assert_eq!(only(&world).paths, expected);
        let result = result(&storage(&site).join("aws-deploy/cloudfront-invalidate.json"));
        assert_eq!(result["distributions"][0]["invalidations"][0]["evicted_needlessly"], json!(needless));
        if max_paths == "3" {
            ended
                .says(
                    "INFO: Deploy d1 to s3://site-bucket/: what changed needs 8 paths, more than MAX_PATHS (3); \
                     invalidating /blog* /shop/1.html /shop/2.html for 6 changed keys\n",
                )
                .says(&format!(
                    "INFO: Cost of the deploy d1 on {DISTRIBUTION}: 3 paths billed, 0.015 USD after the account's 1000 free paths of the month; 2 unchanged objects evicted \
                     needlessly; /* would have cost 1 path and evicted 5, a path for each address of each changed key 8 paths\n"
                ));
        }
    }
}

fn put(world: &World, key: &str, text: &'static str) {
    world.cloud.store().put(BUCKET, key, Object::new(text, Timestamp::UNIX_EPOCH));
}

/// Whether the edge answers from its cache.
fn is_cached(world: &World, path: &str) -> bool {
    world.cloud.visit(DISTRIBUTION, &format!("/{path}")).from_cache
}

#[test]
fn whatever_it_is_the_edge_forgets_all_that_changed_and_keeps_what_it_can() {
    for (max_paths, kept) in [
        ("30", &UNCHANGED[..]),
        ("7", &["about.html", "blogroll.html", "shop/3.html", "shop/4.html"]),
        ("3", &["about.html", "shop/3.html", "shop/4.html"]),
        ("2", &["about.html"]),
        ("1", &[]),
    ] {
        let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
        for path in CHANGED.iter().chain(&UNCHANGED) {
            put(&world, path, "old");
            let _ = world.cloud.visit(DISTRIBUTION, &format!("/{path}"));
            assert!(is_cached(&world, path), "{path}");
        }
        for path in CHANGED {
            put(&world, path, "new");
        }
        deployed(&site, two_directories());
        invalidate_changed(&world, &site).set("MAX_PATHS", max_paths).run().exits(0);
        world.cloud.complete_invalidations();
        for path in CHANGED {
            let visit = world.cloud.visit(DISTRIBUTION, &format!("/{path}"));
            assert_eq!(visit.text(), "new", "{path} for {max_paths}");
        }
        let still: Vec<&str> = UNCHANGED.into_iter().filter(|path| is_cached(&world, path)).collect();
        assert_eq!(still, kept, "{max_paths}");
    }
}

#[test]
fn another_budget_is_another_cover_of_what_was_invalidated_and_is_not_paid_again() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    deployed(&site, two_directories());
    let step = invalidate_changed(&world, &site);
    step.run().exits(0);
    step.set("MAX_PATHS", "1")
        .run()
        .exits(0)
        .says("was invalidated before for the deploy d1, with other paths than the 1 path of this run that cover the same changes\n")
        .never_says("Cost of the deploy");
    assert_eq!(only(&world).paths.len(), 8);
}

#[test]
fn each_deploy_has_its_own_and_goes_no_further_than_it_must() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    let pages: Vec<String> = (0..31).map(|number| format!("{number}.html")).collect();
    let paths = || pages.iter().map(|page| (page.as_str(), Change::Content));
    let blog = |difference| Deploy { prefix: "blog/".into(), ..deploy_beside(&[("", 1)], &[], difference) };
    deployed(&site, deploy("", difference("d1", paths())));
    deployed(&site, blog(difference("d2", paths().take(30))));
    deployed(&site, blog(difference("d3", paths().chain([("index.html", Change::New)]))));
    invalidate_changed(&world, &site)
        .set("ORIGIN_PATH", "/")
        .run()
        .exits(0)
        .says(
            "INFO: Deploy d1 to s3://site-bucket/: what changed needs 31 paths, more than MAX_PATHS (30); \
             invalidating /* for 31 changed keys\n",
        )
        .says("needs 34 paths, more than MAX_PATHS (30); invalidating /blog/* /blog for 32 changed keys\n");
    let [root, exact, blog] = &invalidated(&world)[..] else { panic!("three invalidations") };
    assert_eq!((root, exact.len()), (&vec!["/*".to_owned()], 30));
    assert_eq!(blog, &["/blog", "/blog/*"]);
}
