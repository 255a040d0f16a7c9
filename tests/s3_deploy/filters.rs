//! `--exclude` and `--include`: what a deploy is about, and what it leaves to another.

use bitbucket_pipe::changes::{Change, ChangeList};
use local_aws::scenario::{BUCKET, Site, Step, World};

use super::step::{deploy, object};

/// The usual pair: assets that browsers may keep, and pages that they may not.
const ASSETS: &str = "--exclude *.html --cache-control 'public, max-age=31536000'";
const PAGES: &str = "--exclude * --include *.html --cache-control no-cache";

fn both(world: &World, site: &Site) -> [Step; 2] {
    [ASSETS, PAGES].map(|flags| {
        deploy(world, site)
            .set("DELETE_FLAG", "true")
            .set("CHANGES_FILE", "changes.json")
            .set("EXTRA_ARGS", flags)
    })
}

/// What each deploy of the list changed; the list is removed.
fn changes(site: &Site) -> Vec<Vec<(String, Change)>> {
    let file = site.file("../changes.json");
    let text = std::fs::read(&file).expect("a list");
    std::fs::remove_file(file).expect("it was there");
    let list: ChangeList = serde_json::from_slice(&text).expect("the form of the list");
    let difference = |deploy: bitbucket_pipe::changes::Deploy| {
        assert_eq!(deploy.difference.incomplete, None);
        deploy.difference.paths.into_iter().collect()
    };
    list.deploys.into_iter().map(difference).collect()
}

#[test]
fn what_is_excluded_is_neither_uploaded_nor_deleted() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("a/app.js.map", "local");
    for key in ["old.js.map", "b/old.js.map", "old.html"] {
        world.cloud.store().put(BUCKET, key, object("there before"));
    }
    deploy(&world, &site)
        .set("DELETE_FLAG", "true")
        .set("EXTRA_ARGS", "--exclude \"*.map\"")
        .run()
        .exits(0)
        .says("INFO: Excluded by EXTRA_ARGS: 1 file; their objects are left as they are")
        .says("uploaded 3")
        .says("deleted 1");
    assert_eq!(world.body("a/app.js.map"), None);
    assert_eq!(world.body("old.html"), None);
    assert!(world.body("old.js.map").is_some() && world.body("b/old.js.map").is_some());
}

#[test]
fn a_file_that_is_excluded_does_not_replace_its_object() {
    let (world, site) = (World::permissive(), Site::small());
    world.cloud.store().put(BUCKET, "foo/index.html", object("there before"));
    deploy(&world, &site)
        .set("S3_BUCKET", &format!("{BUCKET}/foo"))
        .set("EXTRA_ARGS", "--exclude=*.html --exclude=*.svg --include=images/*")
        .run()
        .exits(0)
        .says("uploaded 2");
    assert_eq!(world.body("foo/index.html").as_deref(), Some(&b"there before"[..]));
}

#[test]
fn filters_that_leave_nothing_are_doubted_aloud() {
    let (world, site) = (World::permissive(), Site::small());
    deploy(&world, &site)
        .set("EXTRA_ARGS", "--include *.html --exclude *")
        .run()
        .exits(0)
        .says("WARNING: EXTRA_ARGS excludes every file of LOCAL_PATH");
    assert_eq!(world.keys(), Vec::<String>::new());
}

#[test]
fn two_deploys_that_share_a_prefix_agree_and_repeated_send_nothing() {
    let (world, site) = (World::permissive(), Site::small());
    let [assets, pages] = both(&world, &site);
    assets.run().exits(0).says("uploaded 2");
    pages.run().exits(0).says("uploaded 1");
    let header = |key| world.cloud.store().object(BUCKET, key).and_then(|object| object.cache_control);
    assert_eq!(header("index.html").as_deref(), Some("no-cache"));
    assert_eq!(header("assets/site.1a2b3c4d.css").as_deref(), Some("public, max-age=31536000"));
    std::fs::remove_file(site.file("../changes.json")).expect("a list");
    for _ in 0..2 {
        world.cloud.clear_requests();
        assets.run().exits(0).says("unchanged 2");
        pages.run().exits(0).says("unchanged 1");
        assert_eq!(
            (world.writes(), world.cloud.count("PutObject"), world.cloud.count("HeadObject")),
            (0, 0, 0)
        );
        assert_eq!(changes(&site), [vec![], vec![]]);
    }
}

#[test]
fn each_of_them_lists_its_own_changes_and_leaves_the_others_to_the_other() {
    let (world, site) = (World::permissive(), Site::small());
    let [assets, pages] = both(&world, &site);
    site.write("old.html", "old");
    assets.run().exits(0);
    pages.run().exits(0);
    std::fs::remove_file(site.file("../changes.json")).expect("a list");

    site.write("index.html", "changed");
    site.write("new.css", "new");
    site.remove("old.html");
    // By hand, where only the deploy of the pages looks.
    world.cloud.store().put(BUCKET, "by-hand.html", object("by hand"));
    assets.run().exits(0).says("uploaded 1").says("deleted 0");
    pages.run().exits(0).says("updated 1").says("deleted 2");
    let of = |change: (&str, Change)| (change.0.to_owned(), change.1);
    let [of_assets, of_pages]: [Vec<_>; 2] = changes(&site).try_into().expect("two deploys");
    assert_eq!(of_assets, [of(("new.css", Change::New))]);
    let expected =
        [("by-hand.html", Change::Deleted), ("index.html", Change::Content), ("old.html", Change::Deleted)];
    assert_eq!(of_pages, expected.map(of));

    // In the other order as well.
    site.write("index.html", "changed again");
    site.remove("new.css");
    pages.run().exits(0);
    assets.run().exits(0);
    let expected = [vec![of(("index.html", Change::Content))], vec![of(("new.css", Change::Deleted))]];
    assert_eq!(changes(&site), expected);
}

#[test]
fn the_first_record_lets_the_other_deploy_tell_what_changed() {
    let (world, site) = (World::permissive(), Site::small());
    let [assets, pages] = both(&world, &site);
    for key in ["index.html", "old.html"] {
        world.cloud.store().put(BUCKET, key, object("of the official pipe"));
    }
    assets.run().exits(0);
    std::fs::remove_file(site.file("../changes.json")).expect("a list");
    pages.run().exits(0).says("updated 1").says("deleted 1");
    let expected = [("index.html", Change::Content), ("old.html", Change::Deleted)];
    assert_eq!(changes(&site), [expected.map(|(path, change)| (path.to_owned(), change)).to_vec()]);
}
