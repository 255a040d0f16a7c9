//! Deletions where nothing follows the last slash of `S3_BUCKET`, as nothing does when a variable after it is not defined.

use bitbucket_pipe::text::printable;

use super::{Case, Refusal, lines};
use crate::record::{PATH, is_record};

/// Refuses a plan that deletes too much of a place that no deploy has recorded: of a whole bucket, more than half or what
/// another deploy has recorded; below a prefix, where a slash at the end is usual, everything.
pub(super) fn check(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(slash) = case.trailing_slash.filter(|_| !case.is_recorded) else { return Ok(()) };
    let (surplus, objects) = (case.plan.surplus(), case.objects);
    let is_whole_bucket = case.prefix.is_empty();
    let owner = if is_whole_bucket { owner_of_surplus(case) } else { None };
    let is_too_much =
        if is_whole_bucket { surplus * 2 > objects || owner.is_some() } else { surplus == objects };
    if surplus == 0 || !is_too_much {
        return Ok(());
    }
    let meant =
        if is_whole_bucket { "the whole bucket".to_owned() } else { format!("all of `{}`", case.prefix) };
    let of_owner = |prefix: &str| format!(", among them those of the deploy to `{}`", printable(prefix));
    Err(Refusal::NothingFollows {
        written: slash.written().to_owned(),
        without: slash.without().to_owned(),
        meant,
        loss: format!("{surplus} of {objects} objects{}", owner.map_or_else(String::new, of_owner)),
        names: lines(case.plan.deletions.iter().cloned()),
    })
}

/// The prefix of another deploy of which the plan deletes something: one that has left its record below the prefix.
fn owner_of_surplus<'a>(case: &Case<'a>) -> Option<&'a str> {
    let records = case.listed.iter().filter(|object| is_record(object.path));
    let mut prefixes = records.filter_map(|object| object.path.strip_suffix(PATH));
    let departed = case.plan.departed.iter().map(|object| &object.path);
    let surplus: Vec<&String> = case.plan.deletions.iter().chain(departed).collect();
    prefixes.find(|prefix| surplus.iter().any(|path| path.starts_with(prefix)))
}

#[cfg(test)]
mod tests {
    use super::super::{Guards, judge};
    use super::*;
    use crate::plan::Plan;
    use crate::plan::etag::ETag;
    use crate::plan::objects::{Objects, RemoteObject};
    use crate::target::TrailingSlash;

    #[test]
    fn too_much_goes_where_nothing_is_recorded() {
        for (value, deletions, objects, is_recorded, is_allowed) in [
            ("prod/", 5, 10, false, true),
            ("prod/", 6, 10, false, false),
            ("prod/", 1, 1, false, false),
            ("prod/", 0, 0, false, true),
            ("prod/", 6, 10, true, true),
            ("prod", 10, 10, false, true),
            ("prod/docs/", 9, 10, false, true),
            ("prod/docs/", 10, 10, false, false),
            ("prod/docs/", 10, 10, true, true),
            ("prod/docs", 10, 10, false, true),
        ] {
            let deletions = (0..deletions).map(|number| format!("{number}.html")).collect();
            let (plan, listed) = (Plan { deletions, ..Plan::default() }, Objects::default());
            let slash = TrailingSlash::of(value);
            let prefix = if value.contains("docs") { "docs/" } else { "" };
            let case = Case {
                objects,
                prefix,
                trailing_slash: slash.as_ref(),
                is_recorded,
                ..Case::harmless(&plan, &listed)
            };
            let judged = judge(&case, &Guards { allow_empty: true, ..Guards::default() });
            assert_eq!(judged.is_ok(), is_allowed, "{value}: {judged:?}");
        }
    }

    #[test]
    fn nothing_of_another_deploy_goes() {
        let record = RemoteObject {
            path: "docs/.s3-deploy/record",
            size: 1,
            etag: ETag::Single([1; 16]),
            last_modified: None,
        };
        let (listed, slash) = ([record].into_iter().collect(), TrailingSlash::of("prod/"));
        for (deleted, is_allowed) in [("docs/a.html", false), ("docs2/a.html", true), ("docs", true)] {
            let plan = Plan { deletions: vec![deleted.to_owned()], ..Plan::default() };
            let case = Case {
                objects: 10,
                trailing_slash: slash.as_ref(),
                is_recorded: false,
                ..Case::harmless(&plan, &listed)
            };
            let judged = judge(&case, &Guards::default());
            assert_eq!(judged.is_ok(), is_allowed, "{deleted}: {judged:?}");
            let told = judged.map_or_else(|refusal| refusal.to_string(), |()| String::new());
            assert!(
                is_allowed || told.contains("1 of 10 objects, among them those of the deploy to `docs/`;")
            );
        }
    }

    #[test]
    fn the_refusal_says_what_to_write() {
        let plan = Plan { deletions: vec!["a.html".into(), "b.html".into()], ..Plan::default() };
        let (listed, slash) = (Objects::default(), TrailingSlash::of("s3://prod/"));
        let case = Case {
            objects: 3,
            trailing_slash: slash.as_ref(),
            is_recorded: false,
            ..Case::harmless(&plan, &listed)
        };
        assert_eq!(
            judge(&case, &Guards::default()).expect_err("two of three").to_string(),
            "S3_BUCKET is `s3://prod/`: nothing follows the slash, no deploy is recorded there, and this one would delete \
             2 of 3 objects; nothing was written\n  a.html\n  b.html\n\
             hint: is the variable after the slash defined for this step? For the whole bucket write `s3://prod`"
        );
    }
}
