//! Plans that are refused before anything is written.

pub(crate) mod max_delete;
pub(crate) mod secrets;

use bitbucket_pipe::text::printable;

use crate::plan::Plan;
use max_delete::MaxDelete;
use secrets::Secret;

/// Names that a refusal spells out; a dry run shows them all.
const NAMES_SHOWN: usize = 10;

/// What the user sets against a deploy that is a mistake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guards {
    /// Deploy an empty folder although that deletes everything.
    pub allow_empty: bool,
    /// How much may be deleted.
    pub max_delete: Option<MaxDelete>,
    /// Deploy nothing when something looks like a secret.
    pub refuse_secrets: bool,
}

/// What a plan is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    /// What would be done.
    pub plan: &'a Plan,
    /// How many files the folder has, the excluded ones included.
    pub files: usize,
    /// How many objects the deploy is about: those below the prefix that its filters include. Only `MAX_DELETE` asks.
    pub objects: usize,
    /// What of the folder looks like a secret.
    pub secrets: &'a [Secret],
}

/// Why a plan is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The folder has no files, and deletion is on.
    #[error(
        "LOCAL_PATH has no files, and DELETE_FLAG would delete all {0} objects\n\
         hint: did the build run, and does LOCAL_PATH name its output? ALLOW_EMPTY: 'true' empties the bucket on purpose"
    )]
    Empty(usize),
    /// More would be deleted than the user expects of any deploy.
    #[error(
        "the deploy would delete {deletions} of {objects} objects, and MAX_DELETE allows {allowed}; nothing was written{names}\n\
         hint: is LOCAL_PATH the whole build? DRY_RUN: 'true' shows the whole plan; raise MAX_DELETE if they are to go"
    )]
    TooMany {
        /// How many would go.
        deletions: usize,
        /// Of how many.
        objects: usize,
        /// As the user wrote it.
        allowed: MaxDelete,
        /// The first of them, a line each.
        names: String,
    },
    /// Something must not be published.
    #[error(
        "LOCAL_PATH has what looks like a secret, and REFUSE_SECRETS is on; nothing was written{0}\n\
         hint: keep it out of the build, or out of the deploy with EXTRA_ARGS: '--exclude …'"
    )]
    Secrets(String),
}

/// Judges a plan.
pub(crate) fn judge(case: &Case<'_>, guards: &Guards) -> Result<(), Refusal> {
    let Case { plan, files, objects, secrets } = *case;
    let deletions = plan.deletions.len();
    if guards.refuse_secrets && !secrets.is_empty() {
        return Err(Refusal::Secrets(lines(secrets.iter().map(ToString::to_string))));
    }
    // Those that are kept for a while would go with the others, only later.
    let surplus = deletions + plan.departed.len();
    if surplus > 0 && files == 0 && !guards.allow_empty {
        return Err(Refusal::Empty(surplus));
    }
    match guards.max_delete {
        Some(allowed) if !allowed.allows(deletions, objects) => {
            let names = lines(plan.deletions.iter().cloned());
            Err(Refusal::TooMany { deletions, objects, allowed, names })
        }
        _ => Ok(()),
    }
}

/// A line for each of the first.
fn lines(mut names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMES_SHOWN);
    let shown = names.by_ref().take(NAMES_SHOWN).map(|name| printable(&name).into_owned());
    let rest = (more > 0).then(|| format!("… and {more} more"));
    shown.chain(rest).flat_map(|line| ["\n  ".to_owned(), line]).collect()
}

#[cfg(test)]
mod tests {
    use super::secrets::Kind;
    use super::*;

    fn deleting(count: usize) -> Plan {
        Plan { deletions: (0..count).map(|number| format!("{number}.html")).collect(), ..Plan::default() }
    }

    fn case(plan: &Plan, files: usize) -> Case<'_> {
        Case { plan, files, objects: 20, secrets: &[] }
    }

    #[test]
    fn an_empty_folder_deletes_nothing_unless_told_to() {
        let (emptying, nothing) = (deleting(1), Plan::default());
        let told = Guards { allow_empty: true, ..Guards::default() };
        assert_eq!(judge(&case(&emptying, 0), &Guards::default()), Err(Refusal::Empty(1)));
        assert_eq!(judge(&case(&emptying, 0), &told), Ok(()));
        assert_eq!(judge(&case(&emptying, 1), &Guards::default()), Ok(()));
        assert_eq!(judge(&case(&nothing, 0), &Guards::default()), Ok(()));
    }

    #[test]
    fn too_many_deletions_are_refused_and_the_first_are_named() {
        let guards = |allowed: &str| Guards { max_delete: allowed.parse().ok(), ..Guards::default() };
        let plan = deleting(12);
        for (allowed, is_allowed) in
            [("12", true), ("11", false), ("0", false), ("60%", true), ("59%", false)]
        {
            assert_eq!(judge(&case(&plan, 1), &guards(allowed)).is_ok(), is_allowed, "{allowed}");
        }
        let refusal = judge(&case(&plan, 1), &guards("50%")).expect_err("twelve are too many").to_string();
        assert!(refusal.starts_with("the deploy would delete 12 of 20 objects, and MAX_DELETE allows 50%"));
        assert!(refusal.contains("\n  9.html\n  … and 2 more\nhint: "), "{refusal}");
    }

    #[test]
    fn secrets_are_refused_only_when_asked() {
        let plan = Plan::default();
        let secrets = [Secret { path: "a\n.env".into(), kind: Kind::EnvironmentFile }];
        let case = Case { secrets: &secrets, ..case(&plan, 1) };
        assert_eq!(judge(&case, &Guards::default()), Ok(()));
        let refusing = Guards { refuse_secrets: true, ..Guards::default() };
        let refusal = judge(&case, &refusing).expect_err("refused").to_string();
        assert!(refusal.contains("\n  a\\n.env (an environment file)\nhint: "), "{refusal}");
    }
}
