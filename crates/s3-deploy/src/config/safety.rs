//! The variables that keep a deploy from doing harm, and the share of a parallel step.

use bitbucket_pipe::{Fault, Faults};

use crate::grace::Grace;
use crate::guard::Guards;
use crate::owner::BucketOwner;
use crate::shard::Shard;
use crate::variables::Variables;

/// What is refused before anything is written.
pub(super) fn guards(variables: &Variables, faults: &mut Faults) -> Guards {
    let max_delete = variables.max_delete.as_deref();
    Guards {
        allow_empty: faults.boolean("ALLOW_EMPTY", variables.allow_empty.as_deref(), false),
        max_delete: max_delete.and_then(|text| faults.take("MAX_DELETE", text.parse())),
        refuse_secrets: faults.boolean("REFUSE_SECRETS", variables.refuse_secrets.as_deref(), false),
    }
}

/// The official pipe deletes on `true` alone; a word that was harmless there must not start deleting here.
pub(super) fn delete_flag(value: Option<&str>, faults: &mut Faults) -> bool {
    match value {
        None | Some("false") => false,
        Some("true") => true,
        Some(word) => {
            let hint = "the official pipe ignores every other word, so it is not taken for a yes";
            faults.add_with_hint(
                "DELETE_FLAG",
                format!("must be exactly `true` or `false`, not `{word}`"),
                hint,
            );
            false
        }
    }
}

/// The share of a parallel step.
pub(super) fn shard(variables: &Variables, faults: &mut Faults) -> Option<Shard> {
    let [step, steps] = [&variables.bitbucket_parallel_step, &variables.bitbucket_parallel_step_count];
    Shard::read(variables.shard.as_deref(), step.as_deref(), steps.as_deref()).unwrap_or_else(|error| {
        let (message, hint) = (error.to_string(), error.hint().map(str::to_owned));
        faults.push(Fault { variable: "SHARD".to_owned(), message, hint });
        None
    })
}

/// The times that it counts from are kept in the record.
pub(super) fn delete_grace(text: Option<&str>, record: bool, faults: &mut Faults) -> Grace {
    let grace = text.and_then(|text| faults.take("DELETE_GRACE", text.parse::<Grace>())).unwrap_or_default();
    if !grace.is_none() && !record {
        let message = "needs the deploy record, which says when a file left the build, and RECORD is off";
        faults.add_with_hint("DELETE_GRACE", message, "leave RECORD out, or DELETE_GRACE");
    }
    grace
}

/// Whose the bucket must be.
pub(super) fn expected_owner(variables: &Variables, faults: &mut Faults) -> Option<BucketOwner> {
    let text = variables.expected_bucket_owner.as_deref()?;
    faults.take("EXPECTED_BUCKET_OWNER", text.parse())
}
