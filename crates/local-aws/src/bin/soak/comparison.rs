//! Bucket, edge and list of changes against the folder that was deployed.

use std::collections::{BTreeMap, BTreeSet};

use bitbucket_pipe::changes::{Change, Difference};
use bytes::Bytes;
use local_aws::s3::Object;
use local_aws::scenario::World;

use crate::address::address;
use crate::site::{is_asset, is_genuine};
use crate::tree::Files;
use crate::visitor::DISTRIBUTION;

/// The place of the deploy record, which is no part of a site.
pub(crate) const RECORD: &str = ".s3-deploy/record";

/// Everything of a site in a bucket.
pub(crate) type Objects = BTreeMap<String, Object>;

/// The objects of a site, without the record.
pub(crate) fn objects(world: &World, bucket: &str) -> Objects {
    let mut objects = world.cloud.store().objects(bucket);
    objects.remove(RECORD);
    objects
}

/// The bucket has the bytes of the folder, with the headers that a first deploy to an empty bucket sends; besides, under a
/// grace, fingerprinted assets of former builds.
pub(crate) fn of_bucket(files: &Files, found: &Objects, first: &Objects, has_grace: bool) -> Vec<String> {
    let mut differences = Vec::new();
    for (path, content) in files {
        match (found.get(path), first.get(path)) {
            (None, _) => differences.push(format!("bucket: {path:?} is missing")),
            (Some(object), _) if *object.body != *content => {
                let (has, should) = (excerpt(&object.body), excerpt(content));
                differences.push(format!("bucket: {path:?} holds {has} instead of {should}"));
            }
            (Some(object), Some(first)) if headers(object) != headers(first) => {
                let (has, should) = (headers(object), headers(first));
                differences.push(format!("bucket: {path:?} has the headers {has} instead of {should}"));
            }
            (_, None) => differences.push(format!("bucket: a first deploy leaves {path:?} out")),
            _ => {}
        }
    }
    let surplus = found.iter().filter(|(path, _)| !files.contains_key(*path));
    for (path, object) in surplus {
        if !(has_grace && is_asset(path) && is_genuine(path, &object.body)) {
            differences.push(format!("bucket: {path:?} should be gone"));
        }
    }
    differences
}

/// The edge serves what the bucket has, at every address that was ever one.
pub(crate) fn of_edge(world: &World, found: &Objects, ever: &BTreeSet<String>) -> Vec<String> {
    let mut differences = Vec::new();
    let root = found.get("index.html").map(|index| (String::from("/"), index));
    for (at, object) in found.iter().map(|(path, object)| (address(path), object)).chain(root) {
        let seen = world.cloud.visit(DISTRIBUTION, &at);
        let served = (seen.status, &seen.body, seen.header("content-type"), seen.header("cache-control"));
        let kind = object.content_type.as_deref().unwrap_or("binary/octet-stream");
        let should = (200, &*object.body, Some(kind), object.cache_control.as_deref());
        if served != should {
            let (status, body, kind, control) = served;
            differences.push(format!(
                "edge: {at} is {status} {kind:?} {control:?} {} instead of {:?} {:?} {}{}",
                excerpt(body),
                should.2,
                should.3,
                excerpt(&object.body),
                if seen.from_cache { ", from the cache" } else { "" },
            ));
        }
    }
    for path in ever.iter().filter(|path| !found.contains_key(*path)) {
        let seen = world.cloud.visit(DISTRIBUTION, &address(path));
        // Nobody pays for the end of an asset: no page refers to it, and what is cached stays true.
        let is_spared = is_asset(path) && is_genuine(path, &seen.body);
        if seen.status < 400 && !is_spared {
            differences.push(format!("edge: {path:?} is gone and still served: {}", excerpt(&seen.body)));
        }
    }
    differences
}

/// The list names what differs between the bucket when the record was written and now, and nothing else unless a run
/// failed in between.
pub(crate) fn of_list(
    list: &Difference,
    files: &Files,
    (before, now): (Option<&Objects>, &Objects),
    was_calm: bool,
    is_direct: bool,
) -> Vec<String> {
    if let Some(why) = &list.incomplete {
        let is_unexpected = was_calm && before.is_some();
        return is_unexpected.then(|| format!("list: it is not complete: {why}")).into_iter().collect();
    }
    let Some(before) = before else {
        return vec!["list: it claims to be complete, and there was no record".to_owned()];
    };
    let paths: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let mut differences = Vec::new();
    for path in paths {
        let changed = change(before.get(path), now.get(path));
        match (changed, list.paths.get(path).copied().map(plain)) {
            (Some(change), Some(listed)) if is_told(change, listed, is_direct) => {}
            (None, None) => {}
            // Copied by a run that was stopped, in the second in which its content came, and of no page since.
            (Some(Change::Headers), None) if !is_direct && is_asset(path) && !files.contains_key(path) => {}
            // What came and went, or was written again, may have been seen in between.
            (None, Some(_)) if !is_direct => {}
            (change, listed) => {
                differences.push(format!("list: {path:?} is listed as {listed:?} and is {change:?}"));
            }
        }
    }
    let nowhere = |path: &&String| !before.contains_key(*path) && !now.contains_key(*path);
    if is_direct {
        let surplus = list.paths.keys().filter(nowhere);
        differences.extend(surplus.map(|path| format!("list: {path:?} was never there")));
    }
    differences
}

/// Whether the kind that is listed is the kind that it is; where runs failed, that anything may have been there is enough.
fn is_told(change: Change, listed: Change, is_direct: bool) -> bool {
    listed == change || (!is_direct && listed == Change::Content)
}

fn change(before: Option<&Object>, now: Option<&Object>) -> Option<Change> {
    match (before, now) {
        (None, None) => None,
        (None, Some(_)) => Some(Change::New),
        (Some(_), None) => Some(Change::Deleted),
        (Some(before), Some(now)) if before.body != now.body => Some(Change::Content),
        (Some(before), Some(now)) => (headers(before) != headers(now)).then_some(Change::Headers),
    }
}

/// The kind, fingerprinted or not.
fn plain(change: Change) -> Change {
    match change {
        Change::NewFingerprinted => Change::New,
        Change::ContentFingerprinted => Change::Content,
        Change::DeletedFingerprinted => Change::Deleted,
        other => other,
    }
}

/// Everything that a deploy may send besides the bytes.
fn headers(object: &Object) -> String {
    format!(
        "{:?}",
        (
            (&object.content_type, &object.cache_control, &object.content_encoding),
            (&object.content_disposition, &object.content_language, &object.expires),
            (&object.website_redirect_location, &object.metadata, &object.acl, &object.grants),
            (&object.storage_class, &object.tags, &object.encryption),
        )
    )
}

fn excerpt(body: &Bytes) -> String {
    const SHOWN: usize = 40;
    let text = String::from_utf8_lossy(&body[..body.len().min(SHOWN)]);
    format!("{text:?} ({} bytes)", body.len())
}
