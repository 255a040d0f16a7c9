//! What is said about the changes of deploys, before anything is sent.

use bitbucket_pipe::changes::Deploy;
use bitbucket_pipe::text;

use crate::changes::Revision;
use crate::changes::cover::{Chosen, Cover, LeftOut, Policy, Widened};
use crate::changes::eviction::Eviction;
use crate::distribution_id::DistributionId;
use crate::plan::Batch;
use crate::report::Report;

/// More names than this in one line hide what they say.
const NAMES: usize = 5;

impl Report {
    /// What becomes of one deploy's changes. Deploys before those of the list have been told of when it was their turn.
    pub fn cover(&self, revision: &Revision, cover: &Cover, policy: &Policy) {
        let deploy = address(revision);
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
        if policy.origin_path.is_none() && !revision.deploy.prefix.is_empty() && !cover.paths.is_empty() {
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

    /// What an invalidation that was just made costs, beside what the simple choices would have cost.
    pub(super) fn cost(&self, distribution: &DistributionId, batch: &Batch) {
        let (Some(deploy), Some(cost)) = (&batch.deploy, &batch.cost) else { return };
        let mut line = format!(
            "Cost of the deploy {} on {distribution}: {} billed",
            text::printable(deploy),
            text::plural(batch.paths.len() as u64, "path")
        );
        if let (Some(needless), Some(everything)) = (cost.needless, cost.everything) {
            let each = text::plural(cost.each as u64, "path");
            line = format!(
                "{line}, {needless} evicted needlessly; /* would have cost 1 path and evicted {everything}, \
                 a path for each address of each changed key {each}"
            );
        }
        self.0.info(line);
    }

    /// These are asked for again.
    pub fn earlier(&self, count: usize) {
        if count > 0 {
            let deploys = text::plural(count as u64, "earlier deploy");
            self.0.info(format_args!(
                "Asking again for {deploys}, so that what was not invalidated then is invalidated now; \
                 nothing is paid twice"
            ));
        }
    }
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
