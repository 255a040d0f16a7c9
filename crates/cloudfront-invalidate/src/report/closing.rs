//! How a run ends: the closing line, or every refusal with what to do about it.

use anyhow::anyhow;
use bitbucket_pipe::{Failure, Stop, text};
use oidc_auth::AccessError;

use crate::distribution_id::DistributionId;
use crate::outcome::{Ending, Outcome};
use crate::report::Report;

const ERROR: &str = "Error creating a cloudfront invalidation";
const FAILED: &str = "Failed to create a cloudfront invalidation";
const UNSEEN: &str = "Error waiting for a cloudfront invalidation";
const UNSEEN_FAILED: &str = "Failed to see a cloudfront invalidation completed";

/// The closing line of a run that had nothing to send.
pub const NOTHING: &str = "Nothing to invalidate: nothing has changed that CloudFront may have cached";
/// The closing line of a dry run.
pub const REHEARSED: &str = "Dry run: nothing was invalidated";

impl Report {
    /// How the run ends.
    pub fn close(&self, outcome: &Outcome, stop: &Stop) -> Result<String, Failure> {
        let mut errors = errors(outcome);
        if stop.signal().is_some() && !is_finished(outcome) {
            self.errors(&errors);
            return Err(Failure::Stopped(how_far(outcome)));
        }
        // The frame of the pipe prints the last one with the closing line.
        match errors.pop() {
            Some(last) => {
                self.errors(&errors);
                Err(Failure::Work { error: anyhow!(last), closing: summary(outcome) })
            }
            None => Ok(success(outcome)),
        }
    }

    fn errors(&self, errors: &[String]) {
        for error in errors {
            self.0.error(error);
        }
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

/// Nothing was left to do when the signal came.
fn is_finished(outcome: &Outcome) -> bool {
    outcome.endings().all(|(_, ending)| match ending {
        Ending::Accepted(accepted) => !accepted.awaited,
        Ending::Refused(_) => true,
        Ending::Unanswered | Ending::NotSent => false,
    })
}

fn success(outcome: &Outcome) -> String {
    let created: Vec<&str> = outcome
        .accepted()
        .filter(|accepted| !accepted.is_repetition)
        .filter_map(|accepted| accepted.invalidation.as_ref())
        .map(|invalidation| invalidation.id.as_str())
        .collect();
    if created.is_empty() {
        return "Nothing new to invalidate: all that changed was invalidated before".to_owned();
    }
    format!("Successfully created a cloudfront invalidation: {}", created.join(", "))
}

fn how_far(outcome: &Outcome) -> String {
    let planned = outcome.endings().count() as u64;
    let accepted = outcome.accepted().count();
    let unanswered = outcome.endings().filter(|(_, ending)| matches!(ending, Ending::Unanswered)).count();
    let awaited = outcome.accepted().filter(|accepted| accepted.awaited).count();
    let request = text::plural(planned, "invalidation request");
    let mut how_far = format!("{accepted} of {request} accepted, {unanswered} without an answer");
    if awaited > 0 {
        how_far = format!("{how_far}; CloudFront goes on with {awaited} that the pipe was waiting for");
    }
    how_far
}

/// Every refusal with its hints.
fn errors(outcome: &Outcome) -> Vec<String> {
    let refused = outcome
        .refused()
        .map(|(distribution, refusal)| format!("{ERROR}: {}{refusal}", label(outcome, distribution)));
    let unseen = outcome.unseen().map(|(distribution, invalidation, refusal)| {
        format!("{UNSEEN}: {}{}: {refusal}", label(outcome, distribution), invalidation.id)
    });
    refused.chain(unseen).collect()
}

/// Every refusal in one line.
fn summary(outcome: &Outcome) -> String {
    let refused: Vec<String> = outcome
        .refused()
        .map(|(distribution, refusal)| label(outcome, distribution) + refusal.text())
        .collect();
    let unseen: Vec<String> = outcome
        .unseen()
        .map(|(distribution, invalidation, refusal)| {
            format!("{}{}: {}", label(outcome, distribution), invalidation.id, refusal.text())
        })
        .collect();
    let lines = [(FAILED, refused), (UNSEEN_FAILED, unseen)];
    let lines = lines.iter().filter(|(_, texts)| !texts.is_empty());
    lines.map(|(title, texts)| format!("{title}: {}", texts.join("; "))).collect::<Vec<_>>().join(". ")
}

/// Which distribution is meant; unsaid where there is only one.
fn label(outcome: &Outcome, distribution: &DistributionId) -> String {
    if outcome.distributions.len() > 1 { format!("{distribution}: ") } else { String::new() }
}
