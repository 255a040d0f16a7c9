//! Refuses deploys of nothing that would leave nothing of a site below their prefix.

use super::{Case, Refusal};
use crate::private::is_private;
use crate::record::is_record;

/// Files whose purpose is to keep an otherwise empty folder in Git.
const PLACEHOLDERS: [&str; 3] = [".gitkeep", ".keep", ".gitignore"];

/// Whether a path is content of a site: not the pipe's own, not private, not a placeholder.
pub(crate) fn is_content(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    !is_private(path) && !is_record(path) && !PLACEHOLDERS.contains(&name)
}

/// Refuses a plan that deletes without a file in the folder, or that leaves nothing while it deploys nothing.
///
/// What is kept for a while counts as deleted: it would go with the others, only later.
pub(super) fn check(case: &Case<'_>) -> Result<(), Refusal> {
    let surplus = case.plan.surplus();
    if surplus == 0 || case.deployed > 0 {
        return Ok(());
    }
    if case.files == 0 {
        return Err(Refusal::Empty(surplus));
    }
    let departed = case.plan.departed.iter().map(|object| &object.path);
    let gone = case.plan.deletions.iter().chain(departed).filter(|path| is_content(path)).count();
    let there = case.listed.iter().filter(|object| is_content(object.path)).count();
    if gone < there { Ok(()) } else { Err(Refusal::NothingLeft { files: case.files, objects: surplus }) }
}

#[cfg(test)]
mod tests {
    use super::super::{Guards, judge};
    use super::*;
    use crate::grace::Departed;
    use crate::plan::Plan;
    use crate::plan::etag::ETag;
    use crate::plan::objects::{Objects, RemoteObject};

    fn objects(paths: &[&'static str]) -> Objects {
        let object = |path: &&'static str| RemoteObject {
            path,
            size: 1,
            etag: ETag::Single([1; 16]),
            last_modified: None,
        };
        paths.iter().map(object).collect()
    }

    /// What becomes of a deploy of these files to a bucket, when it deletes these objects of it and keeps those for a while.
    fn judged(
        (files, deployed): (usize, usize),
        listed: &[&'static str],
        deletions: &[&str],
        departed: &[&str],
    ) -> Result<(), Refusal> {
        let own = |path: &&str| (*path).to_owned();
        let departed = departed.iter().map(|path| Departed { path: own(path), left: None, until: 0 });
        let plan = Plan {
            deletions: deletions.iter().map(own).collect(),
            departed: departed.collect(),
            ..Plan::default()
        };
        let listed = objects(listed);
        let case = Case { files, deployed, ..Case::harmless(&plan, &listed) };
        let told = Guards { allow_empty: true, ..Guards::default() };
        assert_eq!(judge(&case, &told), Ok(()), "ALLOW_EMPTY allows it");
        judge(&case, &Guards::default())
    }

    #[test]
    fn a_deploy_of_nothing_leaves_something_or_is_refused() {
        let all = ["a.html", "b.map"];
        let refused = |objects| Err(Refusal::NothingLeft { files: 1, objects });
        for (folder, listed, deletions, departed, expected) in [
            // There is nothing to lose, or something to deploy.
            ((0, 0), &all[..], &[][..], &[][..], Ok(())),
            ((1, 0), &[], &[], &[], Ok(())),
            ((2, 1), &all, &all, &[], Ok(())),
            // Of an empty folder nothing is deleted, whatever stays.
            ((0, 0), &all, &["b.map"], &[], Err(Refusal::Empty(1))),
            ((0, 0), &all, &[], &["b.map"], Err(Refusal::Empty(1))),
            // A call for maps alone, and a build without one.
            ((1, 0), &all, &["b.map"], &[], Ok(())),
            // Everything is excluded, or a placeholder.
            ((1, 0), &all, &all, &[], refused(2)),
            ((1, 0), &all, &["a.html"], &["b.map"], refused(2)),
            // What stays is not a site.
            ((1, 0), &[".git/x", ".s3-deploy/record", "a.html"], &["a.html"], &[], refused(1)),
            ((1, 0), &[".gitkeep", "a.html", "x/.s3-deploy/record"], &["a.html"], &[], refused(1)),
            // What goes is not a site either, and yet all there is.
            ((1, 0), &[".gitkeep"], &[".gitkeep"], &[], refused(1)),
        ] {
            assert_eq!(
                judged(folder, listed, deletions, departed),
                expected,
                "{listed:?} less {deletions:?}"
            );
        }
    }
}
