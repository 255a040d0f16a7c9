//! What is said about the changes of deploys, before anything is sent.

use bitbucket_pipe::text;

use crate::changes::Revision;
use crate::changes::cover::{Cover, LeftOut, Policy, Widened};
use crate::path::InvalidationPath;
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
        for path in &cover.paths {
            self.0.debug(format_args!("{deploy}: {path}"));
        }
        if revision.is_earlier {
            self.0.debug(format_args!("{deploy}: {}", summary(revision, cover)));
            return;
        }
        if policy.origin_path.is_none() && !revision.prefix.is_empty() && !cover.paths.is_empty() {
            let path = text::printable(revision.prefix.trim_end_matches('/'));
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
    let (bucket, prefix, deploy) = (revision.bucket, revision.prefix, &revision.difference.deploy);
    let address = format!("Deploy {deploy} to s3://{bucket}/{prefix}");
    text::printable(&address).into_owned()
}

fn summary(revision: &Revision, cover: &Cover) -> String {
    let changed = text::plural(revision.difference.paths.len() as u64, "changed key");
    let paths: Vec<&str> = cover.paths.iter().map(InvalidationPath::as_str).collect();
    match &cover.widened {
        Some(widened @ Widened::Unknown(_)) => format!("{widened}; invalidating {} instead", paths.join(" ")),
        Some(widened) => format!("{widened}; invalidating {} for {changed}", paths.join(" ")),
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

fn names(keys: &[String]) -> String {
    let mut names: Vec<String> =
        keys.iter().take(NAMES).map(|key| text::printable(key).into_owned()).collect();
    if keys.len() > NAMES {
        names.push(format!("{} more", keys.len() - NAMES));
    }
    names.join(", ")
}
