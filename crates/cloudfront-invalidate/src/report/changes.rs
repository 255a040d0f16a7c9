//! What is said about the changes of deploys, before anything is sent.

use std::collections::BTreeSet;

use bitbucket_pipe::changes::Deploy;
use bitbucket_pipe::text;

use crate::changes::cover::{Chosen, Cover, LeftOut, Widened};
use crate::changes::eviction::Eviction;
use crate::changes::viewer::INDEX;
use crate::changes::{Changes, Covered, Portion, Revision};
use crate::distribution_id::DistributionId;
use crate::permissions::{GET_CACHE_POLICY, GET_DISTRIBUTION_CONFIG};
use crate::plan::Batch;
use crate::price::Price;
use crate::report::Report;
use crate::setup::Setup;
use crate::survey::Known;

/// More names than this in one line hide what they say.
const NAMES: usize = 5;

impl Report {
    /// What becomes of the changes of deploys on every distribution.
    pub fn changes(&self, changes: &Changes, portions: &[Portion], known: &[Known]) {
        if !changes.passed_over.is_empty() {
            let targets: Vec<_> = changes.passed_over.iter().map(|target| text::printable(target)).collect();
            self.0.info(format_args!(
                "S3_BUCKET leaves out what was deployed to {}: it needs an invalidation of its own",
                targets.join(", ")
            ));
        }
        for Known { distribution, setup, refusal } in known {
            match (setup, refusal) {
                (Some(setup), _) => {
                    let shown = setup.to_string();
                    self.0.debug(format_args!("{distribution}: {}", text::printable(&shown)));
                    self.contradiction(changes, distribution, setup);
                }
                (None, Some(refusal)) if refusal.wait().is_some() => self.0.warning(format_args!(
                    "{distribution}: how it is set up is not known, and only what the variables say is invalidated: {}",
                    refusal.text()
                )),
                (None, Some(refusal)) => {
                    self.0.debug(format_args!("{distribution}: its configuration: {}", refusal.text()));
                }
                (None, None) => {}
            }
        }
        for Portion { distributions, covered } in portions {
            let names: Vec<&str> = distributions.iter().map(|id| id.as_str()).collect();
            let is_alone = portions.len() == 1;
            let on = if is_alone { String::new() } else { format!(" on {}", names.join(", ")) };
            for covered in covered {
                self.cover(covered, &on);
            }
        }
        self.unknown_addresses(portions, known);
        self.earlier(portions.iter().map(earlier).max().unwrap_or_default());
    }

    /// A distribution puts something else before the key than the variable says.
    fn contradiction(&self, changes: &Changes, distribution: &DistributionId, setup: &Setup) {
        let Some(said) = &changes.policy.origin_paths else { return };
        let buckets: BTreeSet<&str> = changes.deploys.iter().map(|deploy| deploy.bucket.as_str()).collect();
        for bucket in buckets {
            let told = setup.origin_paths_of(bucket).filter(|told| !told.contain(said));
            if let Some(told) = told.map(|told| told.to_string()) {
                self.0.warning(format_args!(
                    "ORIGIN_PATH is {}, but the origin path of {distribution} for {bucket} is {}: leave ORIGIN_PATH out",
                    text::printable(&said.to_string()),
                    text::printable(&told)
                ));
            }
        }
    }

    /// What becomes of one deploy's changes. Deploys before those of the list have been told of when it was their turn.
    fn cover(&self, Covered { revision, policy, cover }: &Covered, on: &str) {
        let deploy = format!("{}{on}", address(revision));
        for (key, why) in &cover.left_out {
            self.0.debug(format_args!("{deploy}: {} {why}", text::printable(key)));
        }
        for Chosen { path, needless } in &cover.paths {
            match needless {
                Some(Eviction { most: 0, .. }) => {
                    self.0.debug(format_args!("{deploy}: {path} evicts nothing needlessly"));
                }
                Some(needless) => self.0.debug(format_args!("{deploy}: {path} evicts {needless} needlessly")),
                None => self.0.debug(format_args!("{deploy}: {path}")),
            }
        }
        if revision.is_earlier {
            self.0.debug(format_args!("{deploy}: {}", summary(revision, cover)));
            return;
        }
        if policy.origin_paths.is_none() && !revision.deploy.prefix.is_empty() && !cover.paths.is_empty() {
            let path = text::printable(revision.deploy.prefix.trim_end_matches('/'));
            self.0.warning(format_args!(
                "{deploy}: viewers are taken to ask for /{path}/…. If the distribution puts /{path} before every path, \
                 say ORIGIN_PATH: '/{path}'; if not, ORIGIN_PATH: '/' silences this"
            ));
        }
        if !cover.fingerprinted.is_empty() {
            self.0.warning(format_args!(
                "{deploy}: the content of {} changed under the same fingerprint. CloudFront forgets it, but browsers \
                 may keep the old one: give changed content a new name",
                names(&cover.fingerprinted)
            ));
        }
        self.0.info(format_args!("{deploy}: {}", summary(revision, cover)));
    }

    /// What a distribution did not tell although it may matter: one line for its pages, one for its query strings.
    fn unknown_addresses(&self, portions: &[Portion], known: &[Known]) {
        let is_about = |known: &&Known, concerns: &dyn Fn(&Covered) -> bool| {
            let portion =
                portions.iter().find(|portion| portion.distributions.contains(&&known.distribution));
            portion.is_some_and(|portion| {
                portion.covered.iter().any(|covered| !covered.revision.is_earlier && concerns(covered))
            })
        };
        let silent = known.iter().filter(|known| known.refusal.is_some());
        let pages =
            |covered: &Covered| covered.policy.fallback_pages.is_none() && covered.cover.has_root_page;
        let silent: Vec<&Known> = silent.filter(|known| is_about(known, &pages)).collect();
        if let [Known { refusal: Some(refusal), .. }, ..] = &silent[..] {
            let ids: Vec<&str> = silent.iter().map(|known| known.distribution.as_str()).collect();
            self.0.info(format_args!(
                "The root page changed. Whether it is also served under other addresses, as in a single-page app, is not \
                 known, because the configuration of {} cannot be read ({}). If it is, say FALLBACK_PAGES: '{INDEX}'; if \
                 not, FALLBACK_PAGES: 'none'; or allow {GET_DISTRIBUTION_CONFIG}",
                ids.join(", "),
                refusal.text()
            ));
        }
        let copies =
            |covered: &Covered| covered.policy.query_strings.is_none() && !covered.cover.paths.is_empty();
        for Known { distribution, setup, .. } in known.iter().filter(|known| is_about(known, &copies)) {
            let Some((id, why)) = setup.iter().flat_map(|setup| &setup.unread_policies).next() else {
                continue;
            };
            self.0.info(format_args!(
                "Whether {distribution} keeps copies apart by query string is not known, because its cache policy {id} \
                 cannot be read ({why}). Say QUERY_STRINGS: 'true' or 'false', or allow {GET_CACHE_POLICY}"
            ));
        }
    }

    /// What an invalidation that was just made costs, beside what the simple choices would have cost.
    pub(super) fn cost(&self, distribution: &DistributionId, batch: &Batch) {
        let paths = batch.paths.len() as u64;
        let deploy =
            batch.deploy.as_deref().map(|deploy| format!(" of the deploy {}", text::printable(deploy)));
        let deploy = deploy.unwrap_or_default();
        let mut line = format!(
            "Cost{deploy} on {distribution}: {} billed, {}",
            text::plural(paths, "path"),
            Price::of(paths)
        );
        let known = batch.cost.and_then(|cost| Some((cost, cost.needless?, cost.everything?)));
        if let Some((cost, needless, everything)) = known {
            let each = text::plural(cost.each as u64, "path");
            line = format!(
                "{line}; {needless} evicted needlessly; /* would have cost 1 path and evicted {everything}, \
                 a path for each address of each changed key {each}"
            );
        }
        self.0.info(line);
    }

    /// These are asked for again.
    fn earlier(&self, count: usize) {
        if count > 0 {
            let deploys = text::plural(count as u64, "earlier deploy");
            self.0.info(format_args!(
                "Asking again for {deploys}, so that what was not invalidated then is invalidated now; \
                 nothing is paid twice"
            ));
        }
    }
}

/// How many deploys of before the list are asked for again.
fn earlier(portion: &Portion) -> usize {
    let again = |covered: &&Covered| covered.revision.is_earlier && !covered.cover.paths.is_empty();
    portion.covered.iter().filter(again).count()
}

fn address(revision: &Revision) -> String {
    let (Deploy { bucket, prefix, .. }, deploy) = (revision.deploy, &revision.difference.deploy);
    let address = format!("Deploy {deploy} to s3://{bucket}/{prefix}");
    text::printable(&address).into_owned()
}

fn summary(revision: &Revision, cover: &Cover) -> String {
    let changed = text::plural(revision.difference.paths.len() as u64, "changed key");
    let paths = &cover.paths;
    match &cover.widened {
        Some(widened @ Widened::Unknown(_)) => format!("{widened}; invalidating {} instead", shown(paths)),
        Some(widened) => format!("{widened}; invalidating {} for {changed}", shown(paths)),
        None if revision.difference.is_empty() => {
            "nothing changed, so there is no invalidation for it".to_owned()
        }
        None if revision.difference.incomplete.is_some() => {
            "lies outside ORIGIN_PATH, so there is no invalidation for it".to_owned()
        }
        None if paths.is_empty() => {
            format!("{changed}, no invalidation for it{}", unreachable(cover))
        }
        None => format!("{changed}, {} to invalidate", text::plural(paths.len() as u64, "path")),
    }
}

/// Said because it may be a mistake.
fn unreachable(cover: &Cover) -> String {
    let outside = cover.left_out.iter().filter(|(_, why)| *why == LeftOut::OutsideOriginPath).count();
    match outside {
        0 => String::new(),
        outside => format!(": {outside} outside ORIGIN_PATH"),
    }
}

/// Wildcards first: they are what a reader has to know of.
fn shown(paths: &[Chosen]) -> String {
    let (wildcards, files): (Vec<_>, Vec<_>) =
        paths.iter().map(|chosen| &chosen.path).partition(|path| path.is_wildcard());
    let names = wildcards.iter().chain(&files).take(NAMES).map(|path| path.as_str());
    let more = paths.len().saturating_sub(NAMES);
    let more = (more > 0).then(|| format!("and {more} more"));
    names.chain(more.as_deref()).collect::<Vec<_>>().join(" ")
}

fn names(keys: &[String]) -> String {
    let mut names: Vec<String> =
        keys.iter().take(NAMES).map(|key| text::printable(key).into_owned()).collect();
    if keys.len() > NAMES {
        names.push(format!("{} more", keys.len() - NAMES));
    }
    names.join(", ")
}
