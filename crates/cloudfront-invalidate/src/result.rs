//! The result file: what became of every request, as JSON for whatever comes after this pipe.

use serde::Serialize;

use crate::outcome::{Ending, Outcome};
use crate::path::InvalidationPath;

/// Changes when a reader of the old form would misread the new one.
const VERSION: u32 = 1;

/// The document.
#[derive(Clone, Debug, Serialize)]
pub struct RunResult<'a> {
    /// Version of this form.
    version: u32,
    /// Why nothing at all was sent; `null` otherwise.
    error: Option<String>,
    /// In the order of `DISTRIBUTION_ID`.
    distributions: Vec<DistributionResult<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct DistributionResult<'a> {
    id: &'a str,
    /// One for each request; more than one only where the paths are more than CloudFront takes at once.
    invalidations: Vec<InvalidationResult<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct InvalidationResult<'a> {
    id: Option<&'a str>,
    /// CloudFront's word (`InProgress`, `Completed`), or `Failed`, `Unknown`, `NotSent`.
    status: &'a str,
    caller_reference: &'a str,
    paths: Vec<&'a str>,
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
                        Ending::Created(made) => (Some(made.id.as_str()), made.status.as_str(), None),
                        Ending::Refused(refusal) => (None, "Failed", Some(refusal.text())),
                        Ending::Unanswered => (None, "Unknown", None),
                        Ending::NotSent => (None, "NotSent", None),
                    };
                    InvalidationResult {
                        id,
                        status,
                        caller_reference: batch.reference.as_str(),
                        paths: batch.paths.iter().map(InvalidationPath::as_str).collect(),
                        error,
                    }
                })
                .collect(),
        });
        Self { version: VERSION, error, distributions: distributions.collect() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use oidc_auth::session_name::SessionName;
    use serde_json::json;

    use super::*;
    use crate::distribution::Invalidation;
    use crate::plan::Plan;
    use crate::reference::Run;
    use crate::refusal::Refusal;

    #[test]
    fn every_request_is_in_it_whatever_became_of_it() {
        let ids = ["E1", "E2", "E3", "E4"].map(|id| id.parse().expect("an id"));
        let path = "/é".parse().expect("a path");
        let run = Run::new(&SessionName::of_build(None, None, None), SystemTime::UNIX_EPOCH, 1);
        let mut outcome = Outcome::nothing_sent(Plan::new(&ids, &[path], &run));
        let refusal = Refusal::unreadable();
        let created = Invalidation { id: "I1".into(), status: "InProgress".into(), request_id: None };
        outcome.distributions[0].batches[0].1 = Ending::Created(created);
        outcome.distributions[1].batches[0].1 = Ending::Refused(refusal.clone());
        outcome.distributions[2].batches[0].1 = Ending::Unanswered;

        let result = serde_json::to_value(RunResult::new(&outcome, None)).expect("plain data");

        assert_eq!(result["version"], json!(1));
        assert_eq!(result["error"], json!(null));
        let entry = |index: usize| result["distributions"][index]["invalidations"][0].clone();
        let reference = outcome.distributions[0].batches[0].0.reference.as_str();
        assert_eq!(
            entry(0),
            json!({
                "id": "I1", "status": "InProgress", "caller_reference": reference, "paths": ["/%C3%A9"], "error": null
            })
        );
        assert_eq!((&entry(1)["status"], &entry(1)["error"]), (&json!("Failed"), &json!(refusal.text())));
        assert_eq!(entry(2)["status"], json!("Unknown"));
        assert_eq!(entry(3)["status"], json!("NotSent"));
        assert_eq!(result["distributions"][3]["id"], json!("E4"));
    }
}
