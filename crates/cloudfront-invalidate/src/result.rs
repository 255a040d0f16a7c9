//! The result file: what became of every request, as JSON for whatever comes after this pipe.

use serde::Serialize;

use crate::outcome::{Accepted, Ending, Outcome};
use crate::path::InvalidationPath;
use crate::refusal::Refusal;

/// Changes when a reader of the old form would misread the new one.
const VERSION: u32 = 1;

/// The document.
#[derive(Clone, Debug, Serialize)]
pub struct RunResult<'a> {
    /// Version of this form.
    version: u32,
    /// Why nothing at all was sent; `null` otherwise.
    error: Option<String>,
    /// Nothing was to be sent.
    dry_run: bool,
    /// In the order of `DISTRIBUTION_ID`.
    distributions: Vec<DistributionResult<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct DistributionResult<'a> {
    id: &'a str,
    /// One for each request: for each deploy, and more where the paths are more than CloudFront takes at once.
    invalidations: Vec<InvalidationResult<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct InvalidationResult<'a> {
    id: Option<&'a str>,
    /// CloudFront's word (`InProgress`, `Completed`), or `Failed`, `Unknown`, `NotSent`, and `AlreadyExists` where
    /// CloudFront does not name the invalidation that another run has asked for.
    status: &'a str,
    /// Whether another run had asked for it.
    already_existed: bool,
    /// The deploy whose changes these are; `null` for paths that were given.
    deploy: Option<&'a str>,
    caller_reference: &'a str,
    paths: Vec<&'a str>,
    /// Unchanged objects of the deploy that the paths evict, at most; `null` where it is not known what changed, and for
    /// paths that were given.
    evicted_needlessly: Option<u64>,
    error: Option<&'a str>,
}

impl<'a> RunResult<'a> {
    /// `error` says why nothing was sent, if nothing was.
    #[must_use]
    pub fn new(outcome: &'a Outcome, error: Option<String>) -> Self {
        let distributions = outcome.distributions.iter().map(|delivery| DistributionResult {
            id: delivery.distribution.as_str(),
            invalidations: delivery
                .batches
                .iter()
                .map(|(batch, ending)| {
                    let (id, status, error) = match ending {
                        Ending::Accepted(Accepted { invalidation: Some(made), unseen, .. }) => {
                            let error = unseen.as_ref().map(Refusal::text);
                            (Some(made.id.as_str()), made.status.as_str(), error)
                        }
                        Ending::Accepted(_) => (None, "AlreadyExists", None),
                        Ending::Refused(refusal) => (None, "Failed", Some(refusal.text())),
                        Ending::Unanswered => (None, "Unknown", None),
                        Ending::NotSent => (None, "NotSent", None),
                    };
                    InvalidationResult {
                        id,
                        status,
                        already_existed: ending.accepted().is_some_and(|accepted| accepted.is_repetition),
                        deploy: batch.deploy.as_deref(),
                        caller_reference: batch.reference.as_str(),
                        paths: batch.paths.iter().map(InvalidationPath::as_str).collect(),
                        evicted_needlessly: batch
                            .cost
                            .and_then(|cost| cost.needless)
                            .map(|evicted| evicted.most),
                        error,
                    }
                })
                .collect(),
        });
        Self { version: VERSION, error, dry_run: false, distributions: distributions.collect() }
    }

    /// The same, of a dry run.
    #[must_use]
    pub fn rehearsed(self) -> Self {
        Self { dry_run: true, ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use oidc_auth::session_name::SessionName;
    use serde_json::json;

    use super::*;
    use crate::changes::cover::Cost;
    use crate::changes::eviction::Eviction;
    use crate::distribution::Invalidation;
    use crate::plan::Plan;
    use crate::reference::Run;

    #[test]
    fn every_request_is_in_it_whatever_became_of_it() {
        let ids = ["E1", "E2", "E3", "E4", "E5", "E6"].map(|id| id.parse().expect("an id"));
        let path = "/é".parse().expect("a path");
        let run = Run::new(&SessionName::of_build(None, None, None), SystemTime::UNIX_EPOCH, 1);
        let mut outcome = Outcome::nothing_sent(Plan::of_paths(&ids, &[path], &run));
        let refusal = Refusal::unreadable();
        let created = Invalidation {
            id: "I1".into(),
            status: "InProgress".into(),
            created: SystemTime::UNIX_EPOCH,
            request_id: None,
        };
        let overdue = Accepted { unseen: Some(Refusal::overdue(5, None)), ..Accepted::new(created.clone()) };
        outcome.distributions[0].batches[0].1 = Ending::Accepted(Accepted::new(created));
        outcome.distributions[1].batches[0].1 = Ending::Refused(refusal.clone());
        outcome.distributions[2].batches[0].1 = Ending::Unanswered;
        outcome.distributions[4].batches[0].1 = Ending::Accepted(overdue);
        let needless = Some(Eviction { least: 2, most: 3 });
        outcome.distributions[5].batches[0].0.deploy = Some("d".into());
        outcome.distributions[5].batches[0].0.cost = Some(Cost { needless, everything: Some(9), each: 7 });
        outcome.distributions[5].batches[0].1 = Ending::Accepted(Accepted::repeated(None));

        let result = serde_json::to_value(RunResult::new(&outcome, None)).expect("plain data");

        assert_eq!(result["version"], json!(1));
        assert_eq!(result["error"], json!(null));
        let entry = |index: usize| result["distributions"][index]["invalidations"][0].clone();
        let reference = outcome.distributions[0].batches[0].0.reference.as_str();
        assert_eq!(
            entry(0),
            json!({
                "id": "I1", "status": "InProgress", "already_existed": false, "deploy": null,
                "caller_reference": reference, "paths": ["/%C3%A9"],
                "evicted_needlessly": null, "error": null
            })
        );
        assert_eq!((&entry(1)["status"], &entry(1)["error"]), (&json!("Failed"), &json!(refusal.text())));
        assert_eq!(entry(2)["status"], json!("Unknown"));
        assert_eq!(entry(3)["status"], json!("NotSent"));
        assert_eq!(result["distributions"][3]["id"], json!("E4"));
        assert_eq!(
            (&entry(4)["id"], &entry(4)["error"]),
            (&json!("I1"), &json!("not completed within 5 seconds"))
        );
        let repeated = entry(5);
        assert_eq!(
            [&repeated["id"], &repeated["status"], &repeated["already_existed"], &repeated["deploy"]],
            [&json!(null), &json!("AlreadyExists"), &json!(true), &json!("d")]
        );
        assert_eq!(repeated["evicted_needlessly"], json!(3));
    }
}
