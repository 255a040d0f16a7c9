//! The deploy record, and the list of changes that is made from it.

use std::path::PathBuf;

use bitbucket_pipe::Environment;
use bitbucket_pipe::changes::{Change, ChangeList, Deploy};
use local_aws::s3::Object;
use local_aws::scenario::{BUCKET, Site, Step, World};
use oidc_auth::policy::Statement;

use super::step::{deploy, object};

const RECORD: &str = ".s3-deploy/record";

fn file(site: &Site) -> PathBuf {
    site.clone_folder().join("changes.json")
}

/// A deploy whose list of changes is looked at.
fn listed(world: &World, site: &Site) -> Step {
    deploy(world, site)
        .set("CHANGES_FILE", "changes.json")
        .set("DELETE_FLAG", "true")
        .set("BITBUCKET_BUILD_NUMBER", "7")
}

fn list(site: &Site) -> ChangeList {
    let build = [("BITBUCKET_BUILD_NUMBER".into(), "7".into())];
    ChangeList::read(&file(site), &Environment::from_pairs(build)).expect("a list")
}

/// What the last deploy of the list says, and the list is removed.
fn last(site: &Site) -> Deploy {
    let deploy = list(site).deploys.pop().expect("a deploy");
    std::fs::remove_file(file(site)).expect("it was there");
    deploy
}

fn changed(deploy: &Deploy) -> Vec<(&str, Change)> {
    assert_eq!(deploy.difference.incomplete, None);
    deploy.difference.paths.iter().map(|(path, change)| (path.as_str(), *change)).collect()
}

fn record(world: &World) -> Option<Object> {
    world.cloud.store().object(BUCKET, RECORD)
}

#[test]
fn the_first_deploy_leaves_a_record_and_a_list_that_is_not_complete() {
    let (world, site) = (World::permissive(), Site::small());
    listed(&world, &site).run().exits(0);
    let record = record(&world).expect("a record");
    assert_eq!((record.acl, record.cache_control.as_deref()), (None, Some("no-store")));
    assert_eq!(record.storage_class, "STANDARD");
    let deploy = last(&site);
    assert_eq!((deploy.bucket.as_str(), deploy.prefix.as_str()), (BUCKET, ""));
    assert!(deploy.difference.incomplete.is_some_and(|why| why.contains("no deploy")));
}

#[test]
fn the_list_says_what_changed_and_how_much_did_not() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("blog/one.html", "1");
    site.write("blog/two.html", "2");
    listed(&world, &site).run().exits(0);
    last(&site);
    site.write("blog/two.html", "changed");
    site.write("blog/three.html", "3");
    site.write("assets/site.9f8e7d6c.css", "new");
    site.write("assets/site.1a2b3c4d.css", "other bytes under the same name");
    site.remove("blog/one.html");
    listed(&world, &site).run().exits(0);
    let deploy = last(&site);
    assert_eq!(
        changed(&deploy),
        [
            ("assets/site.1a2b3c4d.css", Change::ContentFingerprinted),
            ("assets/site.9f8e7d6c.css", Change::NewFingerprinted),
            ("blog/one.html", Change::Deleted),
            ("blog/three.html", Change::New),
            ("blog/two.html", Change::Content),
        ]
    );
    let unchanged: Vec<(&str, u64)> =
        deploy.unchanged.iter().map(|(directory, count)| (directory.as_str(), *count)).collect();
    assert_eq!(unchanged, [("", 1), ("images", 1)]);
    let beside = ["assets", "blog"].map(|directory| deploy.beside.get(directory));
    assert_eq!(beside, [Some(&0), Some(&0)]);
    assert_eq!(deploy.earlier.len(), 1);
}

#[test]
fn nothing_changed_writes_nothing_and_says_so_and_earlier_deploys_stay_listed() {
    let (world, site) = (World::permissive(), Site::small());
    listed(&world, &site).run().exits(0);
    let first = last(&site).difference.deploy;
    site.write("index.html", "changed");
    listed(&world, &site).run().exits(0);
    let second = last(&site).difference.deploy;
    let before = record(&world);
    for _ in 0..4 {
        world.cloud.clear_requests();
        listed(&world, &site).run().exits(0);
        assert_eq!((world.cloud.count("PutObject"), world.cloud.count("GetObject")), (0, 1));
        let deploy = last(&site);
        assert!(deploy.difference.is_empty());
        let earlier: Vec<&str> = deploy.earlier.iter().map(|earlier| earlier.deploy.as_str()).collect();
        assert_eq!(earlier, [second.as_str(), first.as_str()]);
    }
    assert_eq!(record(&world), before);
}

#[test]
fn a_deploy_that_failed_half_way_and_its_repetition_list_what_either_changed() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("a.css", "1");
    site.write("z.css", "1");
    listed(&world, &site).run().exits(0);
    last(&site);
    site.write("a.css", "2");
    site.write("z.css", "2");
    world.cloud.fail("PutObject").on("z.css").with("AccessDenied");
    listed(&world, &site).run().exits(1);
    let both = [("a.css", Change::Content), ("z.css", Change::Content)];
    // Whether the refused one was written is not for a client to know.
    assert_eq!(changed(&last(&site)), both);
    world.cloud.heal();
    listed(&world, &site).run().exits(0).says("updated 1");
    assert_eq!(changed(&last(&site)), both);
    listed(&world, &site).run().exits(0);
    assert!(last(&site).difference.is_empty());
}

#[test]
fn a_killed_deletion_is_listed_by_the_next_run() {
    let (world, site) = (World::permissive(), Site::small());
    site.write("old.html", "old");
    listed(&world, &site).run().exits(0);
    last(&site);
    // As if the process had died between the deletion and the record.
    site.remove("old.html");
    world.cloud.store().remove(BUCKET, "old.html");
    listed(&world, &site).run().exits(0).says("deleted 0");
    assert_eq!(changed(&last(&site)), [("old.html", Change::Deleted)]);
}

#[test]
fn what_somebody_else_changed_is_listed_too() {
    let (world, site) = (World::permissive(), Site::small());
    listed(&world, &site).run().exits(0);
    last(&site);
    world.cloud.store().put(BUCKET, "index.html", object("edited by hand"));
    let step = listed(&world, &site).unset("DELETE_FLAG");
    world.cloud.store().put(BUCKET, "by-hand.html", object("by hand"));
    step.run().exits(0).says("updated 1");
    let deploy = last(&site);
    // The page is what it was before, but the edge may hold what it was in between.
    assert_eq!(changed(&deploy), [("by-hand.html", Change::New), ("index.html", Change::Content)]);
}

#[test]
fn deploys_of_a_step_are_appended() {
    let (world, site) = (World::permissive(), Site::small());
    listed(&world, &site).set("S3_BUCKET", &format!("{BUCKET}/one")).run().exits(0);
    listed(&world, &site).set("S3_BUCKET", &format!("{BUCKET}/two")).run().exits(0);
    let prefixes: Vec<String> = list(&site).deploys.into_iter().map(|deploy| deploy.prefix).collect();
    assert_eq!(prefixes, ["one/", "two/"]);
    assert!(world.cloud.store().object(BUCKET, "one/.s3-deploy/record").is_some());
}

#[test]
fn a_record_that_cannot_be_used_costs_a_complete_list_and_nothing_else() {
    let (world, site) = (World::permissive(), Site::small());
    listed(&world, &site).run().exits(0);
    last(&site);
    let whole = record(&world).expect("a record").body;
    for (body, why) in [
        (whole[..whole.len() / 2].to_vec(), "torn"),
        (b"<html>not a record</html>".to_vec(), "not one of this pipe"),
        (b"s3-deploy record 99\nfrom the future".to_vec(), "another version"),
    ] {
        let object = Object::new(body, jiff::Timestamp::now());
        world.cloud.store().put(BUCKET, RECORD, object);
        world.cloud.clear_requests();
        listed(&world, &site).run().exits(0).says("unchanged 3");
        assert_eq!(world.writes(), 0);
        assert!(last(&site).difference.incomplete.is_some_and(|reason| reason.contains(why)), "{why}");
        listed(&world, &site).run().exits(0);
        assert!(last(&site).difference.is_empty(), "the record is whole again");
    }
}

#[test]
fn a_role_without_the_record_deploys_all_the_same_and_is_told_once() {
    let world = World::with_permissions(vec![
        Statement::allow(&["s3:ListBucket"], &["arn:aws:s3:::site-bucket"]),
        Statement::allow(&["s3:PutObject"], &["arn:aws:s3:::site-bucket/*"]),
    ]);
    let site = Site::small();
    let ended = deploy(&world, &site).set("CHANGES_FILE", "changes.json").run().exits(0);
    assert_eq!(ended.log.matches("The deploy record").count(), 1, "{}", ended.log);
    assert!(record(&world).is_none());
    deploy(&world, &site).set("RECORD", "off").run().exits(0).never_says("The deploy record");
}

#[test]
fn a_deploy_that_was_overtaken_keeps_what_the_other_recorded() {
    let (world, site) = (World::permissive(), Site::small());
    listed(&world, &site).run().exits(0);
    last(&site);
    site.write("index.html", "changed");
    world.cloud.fail("PutObject").on(RECORD).with("PreconditionFailed").times(1);
    listed(&world, &site).run().exits(0);
    last(&site);
    world.cloud.clear_requests();
    listed(&world, &site).run().exits(0);
    assert!(last(&site).difference.is_empty());
    assert_eq!(world.cloud.count("PutObject"), 0);
}

#[test]
fn a_lost_reply_of_the_record_lists_the_deploy_once() {
    let (world, site) = (World::permissive(), Site::small());
    listed(&world, &site).run().exits(0);
    last(&site);
    site.write("index.html", "changed");
    world.cloud.fail("PutObject").on(RECORD).after_work().times(1);
    listed(&world, &site).run().exits(0);
    let second = last(&site).difference.deploy;
    listed(&world, &site).run().exits(0);
    let earlier: Vec<String> = last(&site).earlier.into_iter().map(|earlier| earlier.deploy).collect();
    assert_eq!(earlier.len(), 2, "{earlier:?}");
    assert_eq!(earlier[0], second);
}

#[test]
fn a_list_that_can_be_neither_written_nor_removed_fails_the_deploy() {
    let (world, site) = (World::permissive(), Site::small());
    std::fs::create_dir(file(&site)).expect("a folder in its place");
    listed(&world, &site)
        .run()
        .exits(1)
        .says("cannot write the list of changes")
        .says("can be neither replaced nor removed")
        .says("hint: `PATHS: changed` would take it for that of this deploy");
    assert_eq!(world.keys().len(), 3, "the files themselves have arrived");
}
