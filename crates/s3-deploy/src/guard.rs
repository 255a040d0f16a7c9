//! Plans that are refused before anything is written.

use crate::plan::Plan;

/// Why a plan is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The folder has no files, and deletion is on.
    #[error(
        "LOCAL_PATH has no files, and DELETE_FLAG would delete all {0} objects\n\
         hint: did the build run, and does LOCAL_PATH name its output? ALLOW_EMPTY: 'true' empties the bucket on purpose"
    )]
    Empty(usize),
}

/// Judges a plan for a folder of `files` files.
pub(crate) fn judge(plan: &Plan, files: usize, allow_empty: bool) -> Result<(), Refusal> {
    match plan.deletions.len() {
        deletions if deletions > 0 && files == 0 && !allow_empty => Err(Refusal::Empty(deletions)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_folder_deletes_nothing_unless_told_to() {
        let emptying = Plan { deletions: vec!["index.html".into()], ..Plan::default() };
        assert_eq!(judge(&emptying, 0, false), Err(Refusal::Empty(1)));
        assert_eq!(judge(&emptying, 0, true), Ok(()));
        assert_eq!(judge(&emptying, 1, false), Ok(()));
        assert_eq!(judge(&Plan::default(), 0, false), Ok(()));
    }
}
