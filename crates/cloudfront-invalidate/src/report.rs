//! Every line of this pipe, in the words of the official one where it has any.

mod changes;
mod closing;

use std::path::Path;
use std::time::Duration;

use bitbucket_pipe::{Log, text};
use oidc_auth::{Access, Level, Notice};

use crate::distribution_id::DistributionId;
use crate::outcome::{Accepted, Ending};
use crate::path::InvalidationPath;
use crate::plan::{Batch, MAX_PATHS, MAX_WILDCARDS, Plan, Share};
use crate::refusal::{Refusal, Wait};
use crate::result::RunResult;

pub use closing::{NOTHING, REHEARSED, no_access, reason};

/// More lines than this tell a reader nothing.
const LINES_SHOWN: usize = 200;

/// Where the lines go.
#[derive(Clone, Debug)]
pub struct Report(Log);

/// One line about the way to AWS.
pub(crate) fn notice(log: &Log, notice: &Notice) {
    match notice.level {
        Level::Debug => log.debug(&notice.text),
        Level::Info => log.info(&notice.text),
        Level::Warning => log.warning(&notice.text),
    }
}

impl Report {
    /// Lines go to `log`.
    #[must_use]
    pub fn new(log: &Log) -> Self {
        Self(log.clone())
    }

    /// Which way to AWS was chosen.
    pub fn access(&self, access: &Access) {
        access.notices().iter().for_each(|each| notice(&self.0, each));
    }

    /// Paths that may not do what is expected of them.
    pub fn doubts(&self, paths: &[InvalidationPath]) {
        for (path, doubt) in paths.iter().filter_map(|path| path.doubt().map(|doubt| (path, doubt))) {
            self.0.warning(format_args!("PATHS `{path}`: {doubt}"));
        }
    }

    /// Variables that are given for nothing.
    pub fn idle(&self, variables: &[(&str, &str)]) {
        for (variable, reason) in variables {
            self.0.info(format_args!("{variable} has no effect: {reason}"));
        }
    }

    /// Every path of a plan that is not sent.
    pub fn rehearsed(&self, plan: &Plan) {
        for Share { distribution, batches } in &plan.distributions {
            let paths = || batches.iter().flat_map(|batch| &batch.paths);
            for path in paths().take(LINES_SHOWN) {
                self.0.plain(format_args!("(dryrun) invalidate: {path} of {distribution}"));
            }
            let more = paths().count().saturating_sub(LINES_SHOWN);
            if more > 0 {
                let paths = text::plural(more as u64, "more path");
                self.0.plain(format_args!(
                    "\u{2026} and {paths} of {distribution}; the result file has them all"
                ));
            }
        }
    }

    /// The first request is about to be sent.
    pub fn start(&self) {
        self.0.info("Sending a cloudfront invalidation request");
    }

    /// It is the turn of this distribution.
    pub fn sending(&self, share: &Share, console_url: Option<&str>) {
        let id = &share.distribution;
        self.0.info(format_args!("Sending an invalidation request for the distribution id: {id}"));
        if let Some(url) = console_url {
            self.0.info(format_args!("Distribution URL: {url}"));
        }
        for batches in share.batches.chunk_by(|one, next| one.deploy == next.deploy) {
            if batches.len() > 1 {
                let paths: usize = batches.iter().map(|batch| batch.paths.len()).sum();
                let requests = batches.len();
                self.0.info(format_args!(
                    "{paths} paths go in {requests} requests that follow each other: CloudFront has at most {MAX_PATHS} \
                     paths in progress, of them {MAX_WILDCARDS} with a wildcard"
                ));
            }
        }
        for batch in &share.batches {
            self.0.debug(format_args!("{id}: caller reference {}", batch.reference));
            for path in &batch.paths {
                self.0.debug(format_args!("{id}: path {path}"));
            }
        }
    }

    /// The request will be sent again after `wait`.
    pub fn waiting(
        &self,
        distribution: &DistributionId,
        reason: Wait,
        refusal: &str,
        wait: Duration,
        longest: Duration,
    ) {
        self.0.info(format_args!(
            "The distribution {distribution} has to wait: {reason}. The same request is sent again in {:.1} seconds, \
             for at most {} seconds in all",
            wait.as_secs_f64(),
            longest.as_secs()
        ));
        self.0.debug(format_args!("{distribution}: {refusal}"));
    }

    /// A request has come to its end.
    pub fn ended(&self, distribution: &DistributionId, batch: &Batch, ending: &Ending) {
        let paths = text::plural(batch.paths.len() as u64, "path");
        match ending {
            Ending::Accepted(accepted) => self.accepted(distribution, batch, accepted),
            Ending::NotSent => self.0.warning(format_args!("{distribution}: {paths} not sent")),
            // These are told at the end, with what to do about them.
            Ending::Refused(_) | Ending::Unanswered => {}
        }
    }

    fn accepted(&self, distribution: &DistributionId, batch: &Batch, accepted: &Accepted) {
        let paths = text::plural(batch.paths.len() as u64, "path");
        let deploy =
            batch.deploy.as_deref().map(|deploy| format!(" for the deploy {}", text::printable(deploy)));
        let deploy = deploy.unwrap_or_default();
        let Some(invalidation) = &accepted.invalidation else {
            self.0.info(format_args!(
                "The distribution {distribution} was invalidated before{deploy}, with other paths than the {paths} of \
                 this run that cover the same changes"
            ));
            return;
        };
        let (id, status) = (&invalidation.id, &invalidation.status);
        if accepted.is_repetition {
            self.0.info(format_args!(
                "The distribution {distribution} was invalidated before{deploy}: {id}, {paths}, {status}"
            ));
        } else {
            self.0.info(format_args!(
                "Created the invalidation {id} of the distribution {distribution}{deploy}: {paths}, {status}"
            ));
            self.cost(distribution, batch);
        }
        let request_id = invalidation.request_id.as_deref().unwrap_or("unknown");
        self.0.debug(format_args!("{distribution}: request id {request_id}"));
    }

    /// Leaves the result where the step looks for it.
    pub fn leave(&self, file: Option<&Path>, result: &RunResult) {
        let Some(file) = file else { return };
        match bitbucket_pipe::result::leave(file, result, &self.0) {
            Ok(()) => self.0.debug(format_args!("the result is in {}", file.display())),
            Err(error) => {
                self.0.warning(format_args!("cannot write the result to {}: {error}", file.display()));
            }
        }
    }

    /// CloudFront does not name this invalidation, so that its end cannot be seen.
    pub fn cannot_wait(&self, distribution: &DistributionId, batch: &Batch) {
        let deploy = batch.deploy.as_deref().unwrap_or("these paths");
        self.0.info(format_args!(
            "{distribution}: not waiting for the invalidation of {}, because CloudFront does not name it",
            text::printable(deploy)
        ));
    }

    /// Waiting begins.
    pub fn waiting_for(&self, count: usize, longest: Duration) {
        let invalidations = text::plural(count as u64, "invalidation");
        self.0.info(format_args!(
            "Waiting until CloudFront has completed {invalidations}, for at most {} seconds",
            longest.as_secs()
        ));
    }

    /// Waiting goes on.
    pub fn still_waiting(&self, left: usize, elapsed: Duration) {
        let invalidations = text::plural(left as u64, "invalidation");
        self.0.info(format_args!("Waiting: {invalidations} in progress after {} seconds", elapsed.as_secs()));
    }

    /// CloudFront did not say how far it is, but will.
    pub fn unseen_for_now(&self, distribution: &DistributionId, refusal: &Refusal) {
        self.0.debug(format_args!("{distribution}: {}", refusal.text()));
    }

    /// An invalidation has reached every edge.
    pub fn completed(&self, distribution: &DistributionId, invalidation: &str, waited: Duration) {
        self.0.info(format_args!(
            "Completed the invalidation {invalidation} of the distribution {distribution} after {:.1} seconds",
            waited.as_secs_f64()
        ));
    }
}
