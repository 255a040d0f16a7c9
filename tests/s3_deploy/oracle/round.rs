//! One case on one account: both programs sync, and their buckets are compared after every step.

use std::fs;

use local_aws::scenario::{Ended, Site};

use super::account::Account;
use super::bucket::{Bucket, Facets, Objects, UNANSWERED};
use super::case::{Case, Edit, Step};
use super::differences;
use super::installation::Installation;
use super::tree::{self, Age};

/// Everything in which the two differ.
pub(super) fn run(case: &Case, account: &Account, installation: &Installation) -> Vec<String> {
    let (site, reading) = (case.tree.plant(), case.reading());
    if let Some(cloud) = account.cloud.as_ref().filter(|_| reading.pays) {
        for bucket in [&account.theirs, &account.ours] {
            cloud.store().set_requester_pays(&bucket.name);
        }
    }
    let mut faults = Vec::new();
    let mut last = Objects::new();
    for (number, Step(edits, flags)) in case.steps.iter().enumerate() {
        for edit in *edits {
            edit.apply(&site, account);
        }
        let here = site.clone_folder().to_str().expect("it is UTF-8");
        let flags = format!("{} {flags}", case.flags).replace("{here}", here);
        let ended = [
            theirs(case, &flags, &site, account, &account.theirs, installation),
            ours(case, &flags, &site, account),
        ];
        let stored = [&account.theirs, &account.ours].map(|bucket| bucket.objects(reading));
        let step = format!("{}, sync {}", case.name, number + 1);
        faults.extend(ends(case, &ended).into_iter().map(|fault| format!("{step}: {fault}")));
        faults.extend(compare(case, &stored).into_iter().map(|fault| format!("{step}: {fault}")));
        let [theirs, ours] = stored;
        if account.cloud.is_none() && number + 1 == case.steps.len() {
            account.theirs.delete(&theirs);
            account.ours.delete(&ours);
        }
        if account.cloud.is_some() && theirs.values().any(|facets| facets["grants"] == UNANSWERED) {
            faults.push(format!("{step}: the embedded AWS fails to answer for an ACL"));
        }
        last = theirs;
    }
    faults.extend(absent(case, &last).into_iter().map(|fault| format!("{}: {fault}", case.name)));
    faults
}

/// Runs the AWS CLI.
pub(super) fn theirs(
    case: &Case,
    flags: &str,
    site: &Site,
    account: &Account,
    to: &Bucket,
    installation: &Installation,
) -> Ended {
    let arguments =
        format!("s3 sync {} 's3://{}{}' --no-progress {flags}", case.source, to.name, case.prefix);
    installation.aws.run(&arguments, site.clone_folder(), &account.step("aws", site.clone_folder()))
}

/// Runs this pipe.
pub(super) fn ours(case: &Case, flags: &str, site: &Site, account: &Account) -> Ended {
    account
        .step(env!("CARGO_BIN_EXE_s3-deploy"), site.clone_folder())
        .set("S3_BUCKET", &format!("{}{}", account.ours.name, case.prefix))
        .set("LOCAL_PATH", case.source)
        .set("COMPARE", if case.by_time { "mtime" } else { "content" })
        .set("EXTRA_ARGS", flags)
        .run()
}

/// Both have to end as they should: what neither did would be the same, too.
fn ends(case: &Case, ended: &[Ended; 2]) -> Vec<String> {
    let programs = ended.iter().zip(case.ends).zip(["aws s3 sync", "this pipe"]);
    let wrong = programs.filter(|((ended, code), _)| ended.code != Some(*code));
    wrong
        .map(|((ended, _), program)| format!("{program} ended with {:?}:\n{}", ended.code, ended.log))
        .collect()
}

fn compare(case: &Case, [theirs, ours]: &[Objects; 2]) -> Vec<String> {
    let mut faults = Vec::new();
    for key in theirs.keys().filter(|key| !ours.contains_key(*key)) {
        faults.push(format!("only aws s3 sync left {key:?}"));
    }
    for (key, ours) in ours {
        match theirs.get(key) {
            Some(theirs) => faults.extend(compare_facets(case, key, theirs, ours)),
            None => faults.push(format!("only this pipe left {key:?}")),
        }
    }
    faults
}

fn compare_facets(case: &Case, key: &str, theirs: &Facets, ours: &Facets) -> Vec<String> {
    let names = theirs.keys().chain(ours.keys().filter(|name| !theirs.contains_key(*name)));
    // The AWS CLI sends the checksum that its version prefers, unless it is told which.
    let names =
        names.filter(|name| case.flags.contains("--checksum-algorithm") || !name.starts_with("checksum"));
    names
        .map(|name| (name, [theirs, ours].map(|facets| facets.get(name).map(String::as_str))))
        .filter(|(name, [theirs, ours])| theirs != ours && !differences::is_meant(key, name, *theirs, *ours))
        .map(|(name, [theirs, ours])| {
            format!(
                "{key:?} has the {name} {} from aws s3 sync and {} from this pipe",
                theirs.unwrap_or("(none)"),
                ours.unwrap_or("(none)"),
            )
        })
        .collect()
}

/// What the objects of `aws s3 sync` should show and do not: then the case proves nothing.
fn absent(case: &Case, theirs: &Objects) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, value) in case.shows {
        for (key, facets) in theirs {
            let found = facets.get(*name).map(String::as_str);
            if found != Some(*value) {
                faults.push(format!("aws s3 sync left {key:?} with the {name} {found:?} instead of {value}"));
            }
        }
    }
    if let Some(keys) = case.keys.filter(|keys| !keys.iter().eq(theirs.keys())) {
        faults.push(format!("aws s3 sync left {:?} instead of {keys:?}", theirs.keys()));
    }
    if theirs.is_empty() && case.keys.is_none() {
        faults.push("aws s3 sync left nothing".to_owned());
    }
    faults
}

impl Edit {
    fn apply(self, site: &Site, account: &Account) {
        match self {
            Self::Write(path, content, age) => {
                site.write(path, content);
                tree::touch(site, path, age);
            }
            Self::Fill(path, length) => {
                site.write(path, tree::filling(length));
                tree::touch(site, path, Age::Newer);
            }
            Self::Touch(path, age) => tree::touch(site, path, age),
            Self::Remove(path) => site.remove(path),
            Self::RemoveFolder(path) => fs::remove_dir_all(site.file(path)).expect("it is there"),
            Self::Folder(path) => fs::create_dir_all(site.file(path)).expect("there is nothing in its way"),
            Self::Link(path, to) => {
                std::os::unix::fs::symlink(to, site.file(path)).expect("there is nothing in its way");
            }
            Self::Put(key, body) => {
                for bucket in [&account.theirs, &account.ours] {
                    bucket.put(key, body);
                }
            }
        }
    }
}
