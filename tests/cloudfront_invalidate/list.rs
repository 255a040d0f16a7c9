//! Where the list of changes comes from, and what is said when it cannot be used.

use std::fs;

use bitbucket_pipe::changes::{Change, ChangeList};
use local_aws::scenario::Site;

use super::step::{
    DISTRIBUTION, build, deploy, difference, invalidate, invalidate_changed, list, only, world,
};

const WAY_OUT: &str = "\nhint: run aws-s3-deploy before this pipe in the same step; from another step";

#[test]
fn is_refused_before_any_request_when_it_cannot_be_used() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    let step = invalidate_changed(&world, &site);
    let refused = |expected: &str| {
        step.run().exits(2).says("ERROR: PATHS `changed`: the list of changes ").says(expected).says(WAY_OUT)
    };
    refused("changes.json cannot be read: No such file");
    ChangeList::append(&list(&site), &build("41"), deploy("", difference("d1", []))).expect("written");
    refused("is of build 41, and this is build 42\n");
    let whole = fs::read_to_string(list(&site)).expect("readable");
    fs::write(list(&site), &whole[..whole.len() / 2]).expect("written");
    refused("is torn or not a list of changes\n");
    fs::write(list(&site), whole.replace("\"version\": 1", "\"version\": 2")).expect("written");
    refused("was written in version 2 of its form, and this pipe reads version 1\n");
    step.unset("BITBUCKET_PIPE_SHARED_STORAGE_DIR").run().exits(2).says(
        "ERROR: PATHS `changed`: there is no list of changes, because this step has no shared storage\n",
    );
    assert!(world.cloud.requests().is_empty());
}

#[test]
fn comes_from_another_step_as_an_artifact() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    let file = site.clone_folder().join("artifacts/changes.json");
    ChangeList::append(&file, &build("42"), deploy("", difference("d1", [("a", Change::Content)])))
        .expect("written");
    let step = invalidate_changed(&world, &site);
    step.clone().set("CHANGES_FILE", "artifacts/changes.json").run().exits(0);
    assert_eq!(only(&world).paths, ["/a"]);
    step.set("CHANGES_FILE", "changes.json")
        .run()
        .exits(2)
        .says("ERROR: CHANGES_FILE `changed`: the list of changes ")
        .says(WAY_OUT);
}

#[test]
fn and_what_belongs_to_it_has_no_effect_on_given_paths() {
    let (world, site) = (world(&[DISTRIBUTION]), Site::empty());
    invalidate(&world, &site)
        .set("PATHS", "/a")
        .set("MAX_PATHS", "1")
        .set("QUERY_STRINGS", "true")
        .run()
        .exits(0)
        .says("INFO: MAX_PATHS has no effect: PATHS is not `changed`\n")
        .says("INFO: QUERY_STRINGS has no effect: PATHS is not `changed`\n");
}
