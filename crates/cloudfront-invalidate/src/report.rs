//! Every line of this pipe, in the words of the official one where it has any.

use std::path::Path;
use std::time::Duration;

use anyhow::anyhow;
use bitbucket_pipe::{Failure, Log, Stop, text};
use oidc_auth::{Access, AccessError, Level};

use crate::backoff::PATIENCE;
use crate::distribution_id::DistributionId;
use crate::outcome::{Ending, Outcome};
use crate::path::InvalidationPath;
use crate::plan::{Batch, Share};
use crate::refusal::Wait;
use crate::result::RunResult;

const ERROR: &str = "Error creating a cloudfront invalidation";
const FAILED: &str = "Failed to create a cloudfront invalidation";

/// Where the lines go.
#[derive(Clone, Debug)]
pub struct Report(Log);

impl Report {
    /// Lines go to `log`.
    #[must_use]
    pub fn new(log: &Log) -> Self {
        Self(log.clone())
    }

    /// Which way to AWS was chosen.
    pub fn access(&self, access: &Access) {
        for notice in access.notices() {
            match notice.level {
                Level::Info => self.0.info(notice.text),
                Level::Warning => self.0.warning(notice.text),
            }
        }
    }

    /// Paths that may not do what is expected of them.
    pub fn doubts(&self, paths: &[InvalidationPath]) {
        for (path, doubt) in paths.iter().filter_map(|path| path.doubt().map(|doubt| (path, doubt))) {
            self.0.warning(format_args!("PATHS `{path}`: {doubt}"));
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
        if share.batches.len() > 1 {
            let paths: usize = share.batches.iter().map(|batch| batch.paths.len()).sum();
            let requests = share.batches.len();
            self.0.info(format_args!(
                "{paths} paths are more than CloudFront takes at once: {requests} requests follow each other"
            ));
        }
        for batch in &share.batches {
            self.0.debug(format_args!("{id}: caller reference {}", batch.reference));
            for path in &batch.paths {
                self.0.debug(format_args!("{id}: path {path}"));
            }
        }
    }

    /// The request will be sent again after `wait`.
    pub fn waiting(&self, distribution: &DistributionId, reason: Wait, refusal: &str, wait: Duration) {
        self.0.info(format_args!(
            "The distribution {distribution} has to wait: {reason}. The same request is sent again in {:.1} seconds, \
             for at most {} seconds in all",
            wait.as_secs_f64(),
            PATIENCE.as_secs()
        ));
        self.0.debug(format_args!("{distribution}: {refusal}"));
    }

    /// A request has come to its end.
    pub fn ended(&self, distribution: &DistributionId, batch: &Batch, ending: &Ending) {
        let paths = text::plural(batch.paths.len() as u64, "path");
        match ending {
            Ending::Created(invalidation) => {
                let (id, status) = (&invalidation.id, &invalidation.status);
                self.0.info(format_args!(
                    "Created the invalidation {id} of the distribution {distribution}: {paths}, {status}"
                ));
                let request_id = invalidation.request_id.as_deref().unwrap_or("unknown");
                self.0.debug(format_args!("{distribution}: request id {request_id}"));
            }
            Ending::NotSent => self.0.warning(format_args!("{distribution}: {paths} not sent")),
            // These are told at the end, with what to do about them.
            Ending::Refused(_) | Ending::Unanswered => {}
        }
    }

    /// Leaves the result where the step looks for it.
    pub fn leave(&self, file: Option<&Path>, result: &RunResult) {
        let Some(file) = file else { return };
        match bitbucket_pipe::result::write(file, result) {
            Ok(()) => self.0.debug(format_args!("the result is in {}", file.display())),
            Err(error) => {
                self.0.warning(format_args!("cannot write the result to {}: {error}", file.display()));
            }
        }
    }

    fn refused(&self, refusals: &[String]) {
        for refusal in refusals {
            self.0.error(format_args!("{ERROR}: {refusal}"));
        }
    }

    /// How the run ends.
    pub fn close(&self, outcome: &Outcome, stop: &Stop) -> Result<String, Failure> {
        let created: Vec<&str> = outcome.created().map(|invalidation| invalidation.id.as_str()).collect();
        let planned = outcome.endings().count();
        if created.len() == planned {
            return Ok(format!("Successfully created a cloudfront invalidation: {}", created.join(", ")));
        }
        let mut refusals = refusals(outcome);
        if stop.signal().is_none() {
            // The frame of the pipe prints the last one with the closing line.
            let last = refusals.pop().unwrap_or_default();
            self.refused(&refusals);
            let closing = format!("{FAILED}: {}", summary(outcome));
            return Err(Failure::Work { error: anyhow!(last).context(ERROR), closing });
        }
        self.refused(&refusals);
        let unanswered = outcome.endings().filter(|ending| matches!(ending, Ending::Unanswered)).count();
        Err(Failure::Stopped(format!(
            "{} of {} accepted, {unanswered} without an answer",
            created.len(),
            text::plural(planned as u64, "invalidation request")
        )))
    }
}

/// The step has no access to AWS.
#[must_use]
pub fn no_access(error: AccessError) -> Failure {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    let said = error.failure().map(ToString::to_string).filter(|said| !first.contains(said));
    let summary: Vec<&str> = std::iter::once(first).chain(said.as_deref()).collect();
    let closing = format!("{FAILED}: {}", summary.join(": "));
    Failure::Work { error: anyhow::Error::new(error).context(ERROR), closing }
}

/// A failure in one line, for the result file.
#[must_use]
pub fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Configuration(faults) => faults.to_string(),
        Failure::Work { closing, .. } => closing.clone(),
        Failure::Stopped(how_far) => how_far.clone(),
    }
}

/// All refusals with their hints.
fn refusals(outcome: &Outcome) -> Vec<String> {
    let refusals = outcome.refused();
    refusals.map(|(distribution, refusal)| format!("{}{refusal}", label(outcome, distribution))).collect()
}

/// All refusals in one line.
fn summary(outcome: &Outcome) -> String {
    let refusals = outcome.refused();
    let texts = refusals.map(|(distribution, refusal)| label(outcome, distribution) + refusal.text());
    texts.collect::<Vec<_>>().join("; ")
}

/// Which distribution is meant; unsaid where there is only one.
fn label(outcome: &Outcome, distribution: &DistributionId) -> String {
    if outcome.distributions.len() > 1 { format!("{distribution}: ") } else { String::new() }
}
