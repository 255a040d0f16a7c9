//! Where this pipe means to differ from `aws s3 sync`.

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;

use local_aws::Request;
use local_aws::scenario::Site;

use super::account::Account;
use super::bucket::Bucket;
use super::case::{Case, Reading};
use super::installation::Installation;
use super::round;
use super::tree::{self, Age, Tree};

/// Content types by extension: what Python guesses, and what is sent here.
const TYPES: &[(&str, &str, &str)] = &[
    // No guess. A source map is JSON (ECMA-426).
    ("map", "binary/octet-stream", "application/json"),
];

const PLAIN: Case = Case::new("no flag", "");

/// Whether this pipe is meant to leave something else.
pub(super) fn is_meant(key: &str, facet: &str, theirs: Option<&str>, ours: Option<&str>) -> bool {
    let is_row = |(extension, their_type, our_type): &(&str, &str, &str)| {
        key.rsplit('.').next() == Some(extension) && theirs == Some(their_type) && ours == Some(our_type)
    };
    facet == "content-type" && TYPES.iter().any(is_row)
}

/// How many requests wrote or deleted something in a bucket, deploy records left out.
fn writes(account: &Account, bucket: &str) -> usize {
    let is_write = |request: &&Request| {
        !matches!(
            request.operation.as_str(),
            "ListObjectsV2" | "HeadObject" | "GetObject" | "HeadBucket" | "GetObjectAcl"
        ) && request.bucket.as_deref() == Some(bucket)
            && request.key.as_deref() != Some(".s3-deploy/record")
    };
    account.cloud.as_ref().expect("it is embedded").requests().iter().filter(is_write).count()
}

/// Both sync, and both end well.
fn sync(site: &Site, account: &Account, installation: &Installation) {
    let _ = round::theirs(&PLAIN, "", site, account, &account.theirs, installation).exits(0);
    let _ = round::ours(&PLAIN, "", site, account).exits(0);
}

fn body(account: &Account, bucket: &str, key: &str) -> Vec<u8> {
    let cloud = account.cloud.as_ref().expect("it is embedded");
    cloud.store().object(bucket, key).expect("it arrived").body.to_vec()
}

#[test]
fn unchanged_content_with_a_newer_time_is_sent_again_by_aws_s3_sync_alone() {
    let Some(installation) = Installation::find() else { return };
    let (account, site) = (Account::embedded(), Tree::EveryKey.plant());
    sync(&site, &account, &installation);
    let objects = account.theirs.objects(Reading::PLAIN);
    for path in objects.keys() {
        tree::touch(&site, path, Age::Newer);
    }
    account.cloud.as_ref().expect("it is embedded").clear_requests();
    sync(&site, &account, &installation);
    assert!(writes(&account, "theirs") >= objects.len(), "{}", writes(&account, "theirs"));
    assert_eq!(writes(&account, "ours"), 0);
}

#[test]
fn an_edit_of_the_same_length_with_an_older_time_is_sent_by_this_pipe_alone() {
    let Some(installation) = Installation::find() else { return };
    let (account, site) = (Account::embedded(), Tree::Files(&["index.html"]).plant());
    sync(&site, &account, &installation);
    site.write("index.html", "INDEX.HTML");
    tree::touch(&site, "index.html", Age::Older);
    sync(&site, &account, &installation);
    assert_eq!(body(&account, "theirs", "index.html"), b"index.html");
    assert_eq!(body(&account, "ours", "index.html"), b"INDEX.HTML");
}

#[test]
fn what_aws_s3_sync_has_uploaded_is_recognised() {
    let Some(installation) = Installation::find() else { return };
    let (account, site) = (Account::embedded(), Tree::EveryKey.plant());
    let _ = round::theirs(&PLAIN, "", &site, &account, &account.ours, &installation).exits(0);
    account.cloud.as_ref().expect("it is embedded").clear_requests();
    let _ = round::ours(&PLAIN, "", &site, &account).exits(0);
    assert_eq!(writes(&account, "ours"), 0);
}

#[test]
fn headers_of_unchanged_files_are_changed_by_this_pipe_alone_and_by_a_copy() {
    let Some(installation) = Installation::find() else { return };
    let (account, site) = (Account::embedded(), Tree::EveryKey.plant());
    sync(&site, &account, &installation);
    let cloud = account.cloud.as_ref().expect("it is embedded");
    cloud.clear_requests();
    let flags = "--cache-control no-cache";
    let _ = round::theirs(&PLAIN, flags, &site, &account, &account.theirs, &installation).exits(0);
    let _ = round::ours(&PLAIN, flags, &site, &account).exits(0);
    let cached = |bucket: &Bucket| {
        let objects = bucket.objects(Reading::PLAIN).into_values();
        objects.map(|facets| facets.get("cache-control").cloned()).collect::<BTreeSet<_>>()
    };
    assert_eq!(cached(&account.theirs), BTreeSet::from([None]));
    assert_eq!(cached(&account.ours), BTreeSet::from([Some("no-cache".to_owned())]));
    assert_eq!(writes(&account, "theirs"), 0);
    let copies = cloud.count("CopyObject");
    assert!(copies > 0 && copies == writes(&account, "ours"), "{copies} of {}", writes(&account, "ours"));
}

#[test]
fn while_a_file_is_skipped_objects_are_deleted_by_aws_s3_sync_alone() {
    let Some(installation) = Installation::find() else { return };
    let (account, site) = (Account::embedded(), Tree::Files(&["index.html"]).plant());
    symlink("nowhere", site.file("broken.html")).expect("a link");
    for bucket in [&account.theirs, &account.ours] {
        bucket.put("by-hand.html", "x");
    }
    let flags = "--delete";
    let _ = round::theirs(&PLAIN, flags, &site, &account, &account.theirs, &installation).exits(2);
    let _ = round::ours(&PLAIN, flags, &site, &account).exits(1).says("nothing is deleted");
    assert!(account.theirs.objects(Reading::PLAIN).keys().eq(["index.html"]));
    assert!(account.ours.objects(Reading::PLAIN).keys().eq(["by-hand.html", "index.html"]));
}

#[test]
fn what_an_absolute_pattern_excludes_is_deleted_by_aws_s3_sync_alone() {
    let Some(installation) = Installation::find() else { return };
    let (account, site) = (Account::embedded(), Tree::Files(&["index.html"]).plant());
    for bucket in [&account.theirs, &account.ours] {
        bucket.put("docs/by-hand.html", "x");
    }
    let flags = format!("--delete --exclude '{}/*'", site.file("docs").display());
    let _ = round::theirs(&PLAIN, &flags, &site, &account, &account.theirs, &installation).exits(0);
    let _ = round::ours(&PLAIN, &flags, &site, &account).exits(0);
    assert!(account.theirs.objects(Reading::PLAIN).keys().eq(["index.html"]));
    assert!(account.ours.objects(Reading::PLAIN).keys().eq(["docs/by-hand.html", "index.html"]));
}

#[test]
fn a_link_to_a_folder_above_it_is_entered_by_aws_s3_sync_alone() {
    let Some(installation) = Installation::find() else { return };
    let (account, site) = (Account::embedded(), Tree::Files(&["docs/index.html"]).plant());
    symlink("..", site.file("docs/up")).expect("a link");
    let _ = round::theirs(&PLAIN, "", &site, &account, &account.theirs, &installation).exits(2);
    let _ = round::ours(&PLAIN, "", &site, &account).exits(1).says("docs/up: the link leads back");
    assert!(account.theirs.objects(Reading::PLAIN).contains_key("docs/up/docs/up/docs/index.html"));
    assert!(account.ours.objects(Reading::PLAIN).keys().eq(["docs/index.html"]));
}

#[test]
fn the_history_of_the_repository_is_uploaded_by_aws_s3_sync_alone() {
    let Some(installation) = Installation::find() else { return };
    let (account, site) = (Account::embedded(), Tree::Files(&[".git/config", "index.html"]).plant());
    sync(&site, &account, &installation);
    assert!(account.theirs.objects(Reading::PLAIN).keys().eq([".git/config", "index.html"]));
    assert!(account.ours.objects(Reading::PLAIN).keys().eq(["index.html"]));
}
