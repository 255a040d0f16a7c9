//! Plans that are refused before anything is written.

mod emptying;
pub(crate) mod max_delete;
#[cfg(test)]
mod property_tests;
mod scope;
pub(crate) mod secrets;
mod trailing_slash;

use bitbucket_pipe::text::{plural, printable};

use crate::plan::Plan;
use crate::plan::objects::Objects;
use crate::target::TrailingSlash;
use max_delete::MaxDelete;
use secrets::Secret;

pub(crate) use emptying::is_content;
pub(crate) use scope::Scope;

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
    /// How many of them are deployed, changed or not: those that are [content](is_content).
    pub deployed: usize,
    /// How many objects the deploy is about: those below the prefix that its filters include. Counted for `MAX_DELETE` and
    /// for a trailing slash.
    pub objects: usize,
    /// What the bucket holds below the prefix.
    pub listed: &'a Objects,
    /// What is before every key.
    pub prefix: &'a str,
    /// `S3_BUCKET`, if it ends in a slash.
    pub trailing_slash: Option<&'a TrailingSlash>,
    /// A deploy to this prefix has left its record there.
    pub is_recorded: bool,
    /// What of the folder looks like a secret.
    pub secrets: &'a [Secret],
}

/// Why a plan is not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The folder has no files, and deletion is on.
    #[error(
        "LOCAL_PATH has no files, and the deploy would delete {}; nothing was written\n\
         hint: did the build run, and does LOCAL_PATH name its output? ALLOW_EMPTY: 'true' deletes them on purpose",
        plural(*.0 as u64, "object")
    )]
    Empty(usize),
    /// No file of the folder is deployed, and deletion would leave nothing below the prefix.
    #[error(
        "LOCAL_PATH has {}, excluded by EXTRA_ARGS or a placeholder such as .gitkeep, and the deploy would delete all {}; \
         nothing was written\n\
         hint: did the build run, and are the filters in the right order? The last one that matches a path decides. \
         ALLOW_EMPTY: 'true' deletes them on purpose",
        plural(*.files as u64, "file"),
        plural(*.objects as u64, "object")
    )]
    NothingLeft {
        /// What the folder has.
        files: usize,
        /// What would go.
        objects: usize,
    },
    /// A variable after the last slash of `S3_BUCKET` may be undefined.
    #[error(
        "S3_BUCKET is `{written}`: nothing follows the slash, no deploy is recorded there, and this one would delete \
         {loss}; nothing was written{names}\n\
         hint: is the variable after the slash defined for this step? For {meant} write `{without}`"
    )]
    NothingFollows {
        /// As the user wrote it.
        written: String,
        /// Without the slash.
        without: String,
        /// What is deployed to.
        meant: String,
        /// How many would go, of how many, and whose.
        loss: String,
        /// The first of them, a line each.
        names: String,
    },
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

#[cfg(test)]
impl<'a> Case<'a> {
    /// A deploy of one file that no guard without a variable refuses.
    fn harmless(plan: &'a Plan, listed: &'a Objects) -> Self {
        Self {
            plan,
            files: 1,
            deployed: 1,
            objects: 20,
            listed,
            prefix: "",
            trailing_slash: None,
            is_recorded: true,
            secrets: &[],
        }
    }
}

/// Judges a plan.
pub(crate) fn judge(case: &Case<'_>, guards: &Guards) -> Result<(), Refusal> {
    let Case { plan, objects, secrets, .. } = *case;
    if guards.refuse_secrets && !secrets.is_empty() {
        return Err(Refusal::Secrets(lines(secrets.iter().map(ToString::to_string))));
    }
    trailing_slash::check(case)?;
    if !guards.allow_empty {
        emptying::check(case)?;
    }
    let deletions = plan.deletions.len();
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

    #[test]
    fn too_many_deletions_are_refused_and_the_first_are_named() {
        let guards = |allowed: &str| Guards { max_delete: allowed.parse().ok(), ..Guards::default() };
        let (plan, listed) = (deleting(12), Objects::default());
        let case = Case::harmless(&plan, &listed);
        for (allowed, is_allowed) in
            [("12", true), ("11", false), ("0", false), ("60%", true), ("59%", false)]
        {
            assert_eq!(judge(&case, &guards(allowed)).is_ok(), is_allowed, "{allowed}");
        }
        let refusal = judge(&case, &guards("50%")).expect_err("twelve are too many").to_string();
        assert!(refusal.starts_with("the deploy would delete 12 of 20 objects, and MAX_DELETE allows 50%"));
        assert!(refusal.contains("\n  9.html\n  … and 2 more\nhint: "), "{refusal}");
    }

    #[test]
    fn secrets_are_refused_only_when_asked() {
        let (plan, listed) = (Plan::default(), Objects::default());
        let secrets = [Secret { path: "a\n.env".into(), kind: Kind::EnvironmentFile }];
        let case = Case { secrets: &secrets, ..Case::harmless(&plan, &listed) };
        assert_eq!(judge(&case, &Guards::default()), Ok(()));
        let refusing = Guards { refuse_secrets: true, ..Guards::default() };
        let refusal = judge(&case, &refusing).expect_err("refused").to_string();
        assert!(refusal.contains("\n  a\\n.env (an environment file)\nhint: "), "{refusal}");
    }
}
