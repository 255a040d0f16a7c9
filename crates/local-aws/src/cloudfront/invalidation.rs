//! Invalidations: caller references, limits in progress, and the passing of time.

use std::time::Duration;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};

use super::batch::{Batch, MAX_PATHS, is_wildcard};
use crate::random;
use crate::refusal::Refusal;

/// Wildcard paths of one distribution that may be in progress, from the developer guide.
const MAX_WILDCARDS: usize = 15;

/// An invalidation as CloudFront tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalidation {
    /// `I…`.
    pub id: String,
    /// The paths, as sent.
    pub paths: Vec<String>,
    /// What makes its repetition harmless.
    pub caller_reference: String,
    /// How far it is.
    pub status: InvalidationStatus,
    /// When it was created.
    pub created: Timestamp,
}

/// How far an invalidation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidationStatus {
    /// Some edges may still serve what is invalidated.
    InProgress,
    /// No edge does.
    Completed,
}

impl InvalidationStatus {
    /// The name in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Completed => "Completed",
        }
    }
}

/// What CloudFront answers when a caller reference comes again with other paths. Both are on record; which one a
/// distribution gives today only AWS can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReferenceReuse {
    /// `InvalidationBatchAlreadyExists` with status 409, as the service model has it.
    #[default]
    AlreadyExists,
    /// `InvalidArgument` with status 400 and the same sentence, as issue reports of 2019 show it.
    InvalidArgument,
}

impl ReferenceReuse {
    fn refusal(self) -> Refusal {
        let (status, code) = match self {
            Self::AlreadyExists => (StatusCode::CONFLICT, "InvalidationBatchAlreadyExists"),
            Self::InvalidArgument => (StatusCode::BAD_REQUEST, "InvalidArgument"),
        };
        let message = "Your request contains a caller reference that was used for a previous invalidation batch for the \
                       same distribution.";
        Refusal::new(status, code, message)
    }
}

/// All invalidations of a distribution, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Invalidations {
    all: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    id: String,
    batch: Batch,
    created: Timestamp,
    completes: Timestamp,
}

impl Invalidations {
    pub(super) fn all(&self, now: Timestamp) -> Vec<Invalidation> {
        self.all.iter().map(|entry| entry.at(now)).collect()
    }

    /// Whether this caller reference was used.
    pub(super) fn knows(&self, caller_reference: &str) -> bool {
        self.all.iter().any(|known| known.batch.caller_reference == caller_reference)
    }

    /// Creates an invalidation that takes `time`.
    ///
    /// | caller reference | paths | result |
    /// |---|---|---|
    /// | new | – | a new invalidation, if the limits allow it |
    /// | known | the same | the existing one, whatever the limits |
    /// | known | others | refused, as `reuse` says |
    pub(super) fn create(
        &mut self,
        batch: Batch,
        time: Duration,
        reuse: ReferenceReuse,
        now: Timestamp,
    ) -> Result<Invalidation, Refusal> {
        let known = self.all.iter().find(|known| known.batch.caller_reference == batch.caller_reference);
        if let Some(known) = known {
            return if known.batch == batch { Ok(known.at(now)) } else { Err(reuse.refusal()) };
        }
        self.check_limits(&batch, now)?;
        let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        let completes = now.checked_add(time).unwrap_or(Timestamp::MAX);
        let entry = Entry { id: random::identifier("I", 14), batch, created: now, completes };
        // Even one that takes no time is not yet completed in the answer that creates it.
        let answer = Invalidation { status: InvalidationStatus::InProgress, ..entry.at(now) };
        self.all.push(entry);
        Ok(answer)
    }

    /// Completes what is in progress.
    pub(super) fn complete(&mut self, now: Timestamp) {
        for entry in &mut self.all {
            entry.completes = entry.completes.min(now);
        }
    }

    /// How many batches are in progress.
    pub(super) fn in_progress(&self, now: Timestamp) -> usize {
        self.all.iter().filter(|entry| now < entry.completes).count()
    }

    fn check_limits(&self, batch: &Batch, now: Timestamp) -> Result<(), Refusal> {
        let open = self.all.iter().filter(|entry| now < entry.completes).flat_map(|entry| &entry.batch.paths);
        let (wildcards, files): (Vec<&String>, Vec<&String>) =
            open.chain(&batch.paths).partition(|path| is_wildcard(path));
        let too_many = |what: &str| {
            let message = format!(
                "Processing your request will cause you to exceed the maximum number of in-progress {what}."
            );
            Err(Refusal::bad_request("TooManyInvalidationsInProgress", message))
        };
        if wildcards.len() > MAX_WILDCARDS {
            return too_many("wildcard invalidations");
        }
        if files.len() > MAX_PATHS { too_many("invalidations") } else { Ok(()) }
    }
}

impl Entry {
    fn at(&self, now: Timestamp) -> Invalidation {
        let status =
            if now < self.completes { InvalidationStatus::InProgress } else { InvalidationStatus::Completed };
        Invalidation {
            id: self.id.clone(),
            paths: self.batch.paths.clone(),
            caller_reference: self.batch.caller_reference.clone(),
            status,
            created: self.created,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(reference: &str, paths: &[&str]) -> Batch {
        Batch { caller_reference: reference.into(), paths: paths.iter().map(ToString::to_string).collect() }
    }

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    const MINUTE: Duration = Duration::from_mins(1);
    const REUSE: ReferenceReuse = ReferenceReuse::AlreadyExists;

    #[test]
    fn a_caller_reference_makes_repetition_harmless() {
        let mut all = Invalidations::default();
        let first = all.create(batch("a", &["/x"]), MINUTE, REUSE, second(0)).expect("new");
        assert_eq!(first.status, InvalidationStatus::InProgress);
        let again = all.create(batch("a", &["/x"]), MINUTE, REUSE, second(60)).expect("the same");
        assert_eq!(
            (again.id, again.created, again.status),
            (first.id, second(0), InvalidationStatus::Completed)
        );
        for (reuse, status, code) in [
            (ReferenceReuse::AlreadyExists, 409, "InvalidationBatchAlreadyExists"),
            (ReferenceReuse::InvalidArgument, 400, "InvalidArgument"),
        ] {
            let refusal = all.create(batch("a", &["/y"]), MINUTE, reuse, second(0)).expect_err("other paths");
            assert_eq!((refusal.status.as_u16(), refusal.code.as_ref()), (status, code));
            assert!(refusal.message.contains("a caller reference that was used"), "{}", refusal.message);
        }
        assert_eq!(all.all(second(0)).len(), 1);
    }

    #[test]
    fn limits_count_what_is_in_progress() {
        let wildcards: Vec<String> = (0..15).map(|number| format!("/{number}/*")).collect();
        let wildcards: Vec<&str> = wildcards.iter().map(String::as_str).collect();
        let files = vec!["/a"; 2999];
        let mut all = Invalidations::default();
        all.create(batch("files", &files), MINUTE, REUSE, second(0)).expect("below the limit");
        all.create(batch("wildcards", &wildcards), MINUTE, REUSE, second(0)).expect("a limit of their own");
        for (reference, paths, expected) in [
            ("w", vec!["/x/*"], Some("maximum number of in-progress wildcard invalidations.")),
            ("one", vec!["/x"], None),
            ("two", vec!["/x"], Some("maximum number of in-progress invalidations.")),
            ("wildcards", wildcards.clone(), None),
        ] {
            let message = all
                .create(batch(reference, &paths), MINUTE, REUSE, second(59))
                .err()
                .map(|refusal| refusal.message);
            assert_eq!(message.is_some(), expected.is_some(), "{reference}: {message:?}");
            assert!(message.unwrap_or_default().ends_with(expected.unwrap_or_default()), "{reference}");
        }
        assert_eq!((all.in_progress(second(59)), all.in_progress(second(60))), (3, 1));
        assert!(all.create(batch("w", &["/x/*"]), MINUTE, REUSE, second(60)).is_ok());
    }

    #[test]
    fn time_passes_or_is_made_to() {
        let mut all = Invalidations::default();
        all.create(batch("never", &["/x"]), Duration::MAX, REUSE, second(0)).expect("new");
        assert_eq!(all.all(second(1_000_000_000))[0].status, InvalidationStatus::InProgress);
        all.complete(second(5));
        assert_eq!(all.all(second(5))[0].status, InvalidationStatus::Completed);
        let instant = all.create(batch("now", &["/x"]), Duration::ZERO, REUSE, second(6)).expect("new");
        assert_eq!(instant.status, InvalidationStatus::InProgress);
        assert_eq!(all.all(second(6))[1].status, InvalidationStatus::Completed);
    }
}
