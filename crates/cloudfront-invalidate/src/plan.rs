//! What will be sent: for each distribution, batches that CloudFront can take, each under its own caller reference.

use crate::changes::cover::Cost;
use crate::changes::{Covered, Portion};
use crate::distribution_id::DistributionId;
use crate::path::InvalidationPath;
use crate::reference::{CallerReference, Run};

/// Paths in progress at once on one distribution: CloudFront Developer Guide, "Quotas on invalidations". The guide
/// counts files and wildcards apart; counting both here costs nothing and fits either reading.
pub const MAX_PATHS: usize = 3000;
/// Paths with a wildcard in progress at once on one distribution, by the same page.
pub const MAX_WILDCARDS: usize = 15;

/// All requests of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// In the order in which the distributions were given.
    pub distributions: Vec<Share>,
}

/// What one distribution gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The distribution.
    pub distribution: DistributionId,
    /// Sent one after the other: the next may have to wait until the one before is through.
    pub batches: Vec<Batch>,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The deploy whose changes these are; `None` for paths that were given.
    pub deploy: Option<String>,
    /// What the paths of the deploy cost; `None` for paths that were given.
    pub cost: Option<Cost>,
    /// Reused by every retry of this batch, by every run that asks for the same deploy, and by nothing else.
    pub reference: CallerReference,
    /// At most [`MAX_PATHS`], of them at most [`MAX_WILDCARDS`] wildcards; no path twice.
    pub paths: Vec<InvalidationPath>,
}

impl Plan {
    /// Gives every distribution all paths. Neither may hold anything twice.
    #[must_use]
    pub fn of_paths(distributions: &[DistributionId], paths: &[InvalidationPath], run: &Run) -> Self {
        let batches = batches(paths);
        let share = |distribution: &DistributionId| {
            let batch = |paths: &Vec<InvalidationPath>| Batch {
                deploy: None,
                cost: None,
                reference: CallerReference::of_run(run, distribution, paths),
                paths: paths.clone(),
            };
            Share { distribution: distribution.clone(), batches: batches.iter().map(batch).collect() }
        };
        Self { distributions: distributions.iter().map(share).collect() }
    }

    /// Gives each distribution the paths of its portion, in their order. No deploy may be there twice. The reference of a
    /// deploy is made from what changed: how that is covered depends on all the deploys after it.
    #[must_use]
    pub fn of_deploys(distributions: &[DistributionId], portions: &[Portion]) -> Self {
        let batch = |distribution: &DistributionId, covered: &Covered| {
            let (deploy, cover) = (&covered.revision.difference.deploy, &covered.cover);
            Batch {
                deploy: Some(deploy.clone()),
                cost: Some(cover.cost()),
                reference: CallerReference::of_deploy(deploy, distribution, &cover.changed),
                paths: cover.paths.iter().map(|chosen| chosen.path.clone()).collect(),
            }
        };
        let share = |distribution: &DistributionId| {
            let portion = portions.iter().find(|portion| portion.distributions.contains(&distribution));
            let covered = portion.iter().flat_map(|portion| &portion.covered);
            let batches = covered.filter(|covered| !covered.cover.paths.is_empty());
            Share {
                distribution: distribution.clone(),
                batches: batches.map(|covered| batch(distribution, covered)).collect(),
            }
        };
        Self { distributions: distributions.iter().map(share).collect() }
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.distributions.iter().all(|share| share.batches.is_empty())
    }
}

/// Puts each path into the first batch that has room for it, which makes as few batches as the limits allow.
fn batches(paths: &[InvalidationPath]) -> Vec<Vec<InvalidationPath>> {
    let mut batches: Vec<Vec<InvalidationPath>> = Vec::new();
    let mut wildcards: Vec<usize> = Vec::new();
    for path in paths {
        let wildcard = usize::from(path.is_wildcard());
        let room = (0..batches.len())
            .find(|&index| batches[index].len() < MAX_PATHS && wildcards[index] + wildcard <= MAX_WILDCARDS);
        if let Some(index) = room {
            batches[index].push(path.clone());
            wildcards[index] += wildcard;
        } else {
            batches.push(vec![path.clone()]);
            wildcards.push(wildcard);
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};
    use std::time::SystemTime;

    use bitbucket_pipe::changes::{Deploy, Difference};
    use oidc_auth::session_name::SessionName;
    use proptest::prelude::*;

    use super::*;
    use crate::changes::Revision;
    use crate::changes::cover::{Chosen, Cover};
    use crate::changes::policy::Policy;

    fn files(count: usize) -> impl Iterator<Item = InvalidationPath> {
        (0..count).map(|number| format!("/{number}").parse().expect("a path"))
    }

    fn wildcards(count: usize) -> impl Iterator<Item = InvalidationPath> {
        (0..count).map(|number| format!("/{number}/*").parse().expect("a path"))
    }

    fn plan(distributions: &[&str], paths: &[InvalidationPath]) -> Plan {
        let distributions: Vec<_> = distributions.iter().map(|id| id.parse().expect("an id")).collect();
        Plan::of_paths(
            &distributions,
            paths,
            &Run::new(&SessionName::of_build(None, None, None), SystemTime::UNIX_EPOCH, 1),
        )
    }

    #[test]
    fn batches_hold_what_cloudfront_takes() {
        for (file_count, wildcard_count, sizes) in [
            (1, 0, vec![1]),
            (3000, 0, vec![3000]),
            (3001, 0, vec![3000, 1]),
            (0, 15, vec![15]),
            (0, 16, vec![15, 1]),
            (2990, 15, vec![3000, 5]),
            (100, 31, vec![115, 15, 1]),
        ] {
            let paths: Vec<_> = files(file_count).chain(wildcards(wildcard_count)).collect();
            let plan = plan(&["E1"], &paths);
            let planned: Vec<_> =
                plan.distributions[0].batches.iter().map(|batch| batch.paths.len()).collect();
            assert_eq!(planned, sizes, "{file_count} files and {wildcard_count} wildcards");
        }
    }

    #[test]
    fn every_distribution_gets_all_paths_under_a_reference_of_its_own() {
        let paths: Vec<_> = wildcards(16).collect();
        let plan = plan(&["E1", "E2"], &paths);
        let references: HashSet<_> = plan
            .distributions
            .iter()
            .flat_map(|share| &share.batches)
            .map(|batch| batch.reference.clone())
            .collect();
        assert_eq!(references.len(), 4);
        assert_eq!(plan.distributions[0].batches[0].paths, plan.distributions[1].batches[0].paths);
    }

    fn cover(changed: impl IntoIterator<Item = InvalidationPath>, paths: &[&str]) -> Cover {
        let paths = paths.iter().map(|path| path.parse().expect("a path"));
        let chosen = |path| Chosen { path, needless: None };
        Cover {
            changed: changed.into_iter().collect(),
            paths: paths.map(chosen).collect(),
            ..Cover::default()
        }
    }

    /// What two distributions that are set up alike get for these deploys.
    fn of_deploys(deploys: &[(&str, Cover)]) -> Plan {
        let distributions = ["E1", "E2"].map(|id| id.parse().expect("an id"));
        let deploy = |(id, cover): &(&str, Cover)| {
            let difference = Difference { deploy: (*id).to_owned(), ..Difference::default() };
            let deploy = Deploy {
                bucket: "site".into(),
                prefix: String::new(),
                unchanged: BTreeMap::new(),
                beside: BTreeMap::new(),
                difference,
                earlier: Vec::new(),
            };
            (deploy, cover.clone())
        };
        let deploys: Vec<(Deploy, Cover)> = deploys.iter().map(deploy).collect();
        let covered = deploys.iter().map(|(deploy, cover)| Covered {
            revision: Revision { deploy, difference: &deploy.difference, is_earlier: false },
            policy: Policy::default(),
            cover: cover.clone(),
        });
        let portion = Portion { distributions: distributions.iter().collect(), covered: covered.collect() };
        Plan::of_deploys(&distributions, &[portion])
    }

    #[test]
    fn every_deploy_is_asked_for_on_its_own_whoever_asks() {
        let deploys = [("1", cover(files(3), &["/a/*", "/b*"])), ("2", cover(files(1), &["/1"]))];
        let plan = of_deploys(&deploys);
        assert_eq!(plan, of_deploys(&deploys));
        let planned: Vec<_> = plan.distributions[1]
            .batches
            .iter()
            .map(|batch| (batch.deploy.as_deref(), batch.paths.len()))
            .collect();
        assert_eq!(planned, [(Some("1"), 2), (Some("2"), 1)]);
        let references: HashSet<_> = plan
            .distributions
            .iter()
            .flat_map(|share| &share.batches)
            .map(|batch| &batch.reference)
            .collect();
        assert_eq!(references.len(), 4);
        assert!(!plan.is_empty() && of_deploys(&[("1", cover([], &[]))]).is_empty());
    }

    #[test]
    fn a_deploy_is_named_by_what_changed_and_not_by_how_it_is_covered() {
        let reference = |changed: usize, path: &str| {
            let plan = of_deploys(&[("1", cover(files(changed), &[path]))]);
            plan.distributions[0].batches[0].reference.clone()
        };
        assert_eq!(reference(2, "/a/*"), reference(2, "/*"));
        assert_ne!(reference(2, "/*"), reference(3, "/*"));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_added_or_over_a_limit(kinds in prop::collection::vec(any::<bool>(), 0..200)) {
            let paths: Vec<InvalidationPath> = kinds
                .iter()
                .enumerate()
                .map(|(number, wildcard)| {
                    format!("/{number}{}", if *wildcard { "*" } else { "" }).parse().expect("a path")
                })
                .collect();
            let plan = plan(&["E1"], &paths);
            let batches = &plan.distributions[0].batches;
            let sent: Vec<_> = batches.iter().flat_map(|batch| &batch.paths).collect();
            prop_assert_eq!(sent.len(), paths.len());
            prop_assert_eq!(sent.into_iter().collect::<HashSet<_>>(), paths.iter().collect::<HashSet<_>>());
            for batch in batches {
                let stars = batch.paths.iter().filter(|path| path.is_wildcard()).count();
                prop_assert!(!batch.paths.is_empty() && batch.paths.len() <= MAX_PATHS && stars <= MAX_WILDCARDS);
            }
            let stars = kinds.iter().filter(|wildcard| **wildcard).count();
            prop_assert_eq!(batches.len(), stars.div_ceil(MAX_WILDCARDS).max(usize::from(!paths.is_empty())));
        }
    }
}
