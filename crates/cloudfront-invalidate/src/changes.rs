//! What the deploys of a list changed, in the order in which it is invalidated.

pub mod cover;
pub mod eviction;
pub mod list;
pub mod origin_paths;
pub mod planner;
pub mod policy;
pub mod query_strings;
pub mod viewer;

use std::collections::HashSet;

use bitbucket_pipe::changes::{Deploy, Difference};

use crate::changes::cover::Cover;
use crate::changes::policy::Policy;
use crate::distribution_id::DistributionId;
use crate::setup::Setup;
use crate::survey::Known;

/// `PATHS: changed`, checked: which deploys, and how they are invalidated.
#[derive(Clone, Debug)]
pub struct Changes {
    /// In the order of the list.
    pub deploys: Vec<Deploy>,
    /// How their differences become paths.
    pub policy: Policy,
    /// Where the other deploys of the list went, which `S3_BUCKET` leaves out.
    pub passed_over: Vec<String>,
}

/// One difference, and the paths that cover it on a distribution.
#[derive(Clone, Debug)]
pub struct Covered<'a> {
    /// The difference.
    pub revision: Revision<'a>,
    /// How it became paths.
    pub policy: Policy,
    /// The paths.
    pub cover: Cover,
}

/// What distributions that are set up alike get.
#[derive(Clone, Debug)]
pub struct Portion<'a> {
    /// The distributions.
    pub distributions: Vec<&'a DistributionId>,
    /// Every difference, in the order in which they are invalidated.
    pub covered: Vec<Covered<'a>>,
}

impl Changes {
    /// What each distribution gets, those that are set up alike together.
    #[must_use]
    pub fn portions<'a>(&'a self, known: &'a [Known]) -> Vec<Portion<'a>> {
        let mut alike: Vec<(Option<&Setup>, Vec<&DistributionId>)> = Vec::new();
        for Known { distribution, setup, .. } in known {
            match alike.iter_mut().find(|(other, _)| *other == setup.as_ref()) {
                Some((_, distributions)) => distributions.push(distribution),
                None => alike.push((setup.as_ref(), vec![distribution])),
            }
        }
        let portion = |(setup, distributions)| Portion { distributions, covered: self.covered(setup) };
        alike.into_iter().map(portion).collect()
    }

    /// Whether nothing is to be invalidated, however a distribution is set up.
    #[must_use]
    pub fn is_needless(&self) -> bool {
        revisions(&self.deploys).into_iter().all(|revision| Cover::is_needless(revision, &self.policy))
    }

    fn covered(&self, setup: Option<&Setup>) -> Vec<Covered<'_>> {
        let revisions = revisions(&self.deploys).into_iter().map(|revision| {
            let policy = match setup {
                Some(setup) => self.policy.completed(setup, &revision.deploy.bucket),
                None => self.policy.clone(),
            };
            Covered { cover: Cover::new(revision, &policy), revision, policy }
        });
        revisions.collect()
    }
}

/// One difference, and where it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision<'a> {
    /// The deploy that knows of it: what it says of unchanged objects is so after the last of its differences.
    pub deploy: &'a Deploy,
    /// What differs.
    pub difference: &'a Difference,
    /// Whether it was made before the deploys of the list: it is only asked for again.
    pub is_earlier: bool,
}

/// The differences that each deploy knows of, oldest first and the deploy's own last; each once, although a deploy knows
/// also of those before it.
#[must_use]
pub fn revisions(deploys: &[Deploy]) -> Vec<Revision<'_>> {
    let own: HashSet<&str> = deploys.iter().map(|deploy| deploy.difference.deploy.as_str()).collect();
    let mut seen = HashSet::new();
    let all = deploys.iter().flat_map(|deploy| {
        let differences = deploy.earlier.iter().rev().chain([&deploy.difference]);
        differences.map(|difference| Revision {
            deploy,
            difference,
            is_earlier: !own.contains(difference.deploy.as_str()),
        })
    });
    all.filter(|revision| seen.insert(revision.difference.deploy.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn deploy(prefix: &str, id: &str, earlier: &[&str]) -> Deploy {
        let difference = |id: &str| Difference { deploy: id.into(), ..Difference::default() };
        Deploy {
            bucket: "site".into(),
            prefix: prefix.into(),
            unchanged: BTreeMap::new(),
            beside: BTreeMap::new(),
            difference: difference(id),
            earlier: earlier.iter().map(|id| difference(id)).collect(),
        }
    }

    #[test]
    fn each_difference_comes_once_after_those_before_it() {
        let deploys =
            [deploy("", "3", &["2", "1"]), deploy("blog/", "b", &["a"]), deploy("", "4", &["3", "2", "1"])];
        let order: Vec<_> = revisions(&deploys)
            .iter()
            .map(|revision| {
                (revision.deploy.prefix.as_str(), revision.difference.deploy.as_str(), revision.is_earlier)
            })
            .collect();
        assert_eq!(
            order,
            [
                ("", "1", true),
                ("", "2", true),
                ("", "3", false),
                ("blog/", "a", true),
                ("blog/", "b", false),
                ("", "4", false),
            ]
        );
    }
}
