//! No run deletes an object outside what its configuration names, and none empties a prefix without being told to: the real
//! parsing, filters, plan and guards against a slow model that shares no code with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;

use super::{Case, Guards, Scope, is_content, judge};
use crate::filters::{Filters, Rule};
use crate::hash::Digests;
use crate::headers::rules::HeaderRules;
use crate::plan::etag::ETag;
use crate::plan::objects::{Objects, RemoteObject};
use crate::plan::stored::Known;
use crate::plan::{Compare, Plan};
use crate::private::{Protected, is_private};
use crate::scan::TreeFile;
use crate::target::{Target, TrailingSlash};

/// The folder that is deployed.
const FOLDER: &str = "/clone/build";

/// Objects by bucket and key.
type World = BTreeSet<(&'static str, String)>;

/// Everything that a run depends on.
#[derive(Clone, Debug)]
struct Run {
    value: String,
    filters: Vec<(&'static str, bool)>,
    files: BTreeSet<String>,
    world: World,
    deletes: bool,
    allow_empty: bool,
}

/// What a run deletes and writes; `None` when it is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Done {
    deleted: BTreeSet<(String, String)>,
    written: BTreeSet<(String, String)>,
}

/// The program: it parses, lists, plans and judges.
fn program(run: &Run) -> Option<Done> {
    let target: Target = run.value.parse().ok()?;
    let (bucket, prefix) = (target.bucket.as_str(), target.prefix.as_str());
    let keys = run.world.iter().filter(|(name, _)| *name == bucket);
    let below: BTreeSet<&str> = keys.filter_map(|(_, key)| key.strip_prefix(prefix)).collect();
    let object = |path| RemoteObject { path, size: 1, etag: ETag::Single([1; 16]), last_modified: None };
    let listed: Objects = below.into_iter().map(object).collect();
    let rules = run.filters.iter().map(|(pattern, includes)| Rule::new(pattern, *includes)).collect();
    let filters = Filters::new(rules, Path::new(FOLDER));
    let found: Vec<&String> = run.files.iter().filter(|path| !is_private(path)).collect();
    let deployed: Vec<&String> = found.iter().copied().filter(|path| filters.includes(path)).collect();
    let file =
        |path: &&String| TreeFile { path: path.as_str().into(), modified: None, digests: Digests::default() };
    let protected = Protected::default();
    let scope = Scope { filters: &filters, protected: &protected, deletes: run.deletes };
    let plan = Plan::new(
        deployed.iter().map(file).collect(),
        &listed,
        &Known::default(),
        &BTreeMap::new(),
        |path| scope.may_delete(path),
        &HeaderRules::default(),
        Compare::Content,
    );
    let slash = TrailingSlash::of(&run.value);
    let case = Case {
        plan: &plan,
        files: found.len(),
        deployed: deployed.iter().filter(|path| is_content(path)).count(),
        objects: scope.count(&listed),
        listed: &listed,
        prefix,
        trailing_slash: slash.as_ref(),
        is_recorded: listed.at(crate::record::PATH).is_some(),
        secrets: &[],
    };
    judge(&case, &Guards { allow_empty: run.allow_empty, ..Guards::default() }).ok()?;
    let at = |path: &str| (bucket.to_owned(), target.key(path));
    Some(Done {
        deleted: plan.deletions.iter().map(|path| at(path)).collect(),
        written: plan.uploads().map(|upload| at(&upload.file.path)).collect(),
    })
}

/// The bucket and the folders of a value, read by hand.
fn place(value: &str) -> Option<(&str, Vec<&str>)> {
    let mut names: Vec<&str> = value.trim_start_matches("s3://").split('/').collect();
    if value.starts_with("s3://s3://") {
        return None;
    }
    if names.len() > 1 && names.last() == Some(&"") {
        names.pop();
    }
    let is_wrong = |name: &&str| name.contains('$') || ["", " ", ".", ".."].contains(name);
    let bucket = names.remove(0);
    (!is_wrong(&bucket) && bucket.len() > 2 && !names.iter().any(is_wrong)).then_some((bucket, names))
}

/// Whether a pattern of `*` and `?` stands for a text, by trying everything.
fn stands_for(pattern: &str, text: &str) -> bool {
    let mut characters = text.chars();
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => (0..=text.len())
            .filter(|end| text.is_char_boundary(*end))
            .any(|end| stands_for(&pattern[1..], &text[end..])),
        Some(first) => characters.next().is_some_and(|own| {
            (first == '?' || first == own) && stands_for(&pattern[1..], characters.as_str())
        }),
    }
}

/// What the user asks for, object by object; `None` when it has to be refused.
fn model(run: &Run) -> Option<Done> {
    let (bucket, folders) = place(&run.value)?;
    let below = |key: &str| -> Option<String> {
        let names: Vec<&str> = key.split('/').collect();
        (names.len() > folders.len() && names[..folders.len()] == folders[..])
            .then(|| names[folders.len()..].join("/"))
    };
    let included = |path: &str| {
        let mut is_included = true;
        for (pattern, includes) in &run.filters {
            let whole = if pattern.starts_with('/') { format!("{FOLDER}/{path}") } else { path.to_owned() };
            if stands_for(pattern, &whole) {
                is_included = *includes;
            }
        }
        is_included
    };
    let is_pipes_own =
        |path: &str| path.starts_with(".s3-deploy/") || path.split('/').any(|name| name == ".git");
    let is_of_site =
        |path: &str| !is_pipes_own(path) && !path.ends_with(".gitkeep") && !path.ends_with("/record");
    let files: Vec<&String> = run.files.iter().filter(|path| !is_pipes_own(path)).collect();
    let written: Vec<&String> = files.iter().copied().filter(|path| included(path)).collect();
    let there: Vec<String> =
        run.world.iter().filter(|(name, _)| *name == bucket).filter_map(|(_, key)| below(key)).collect();
    let about: Vec<&String> = there.iter().filter(|path| !is_pipes_own(path) && included(path)).collect();
    let deleted: Vec<&String> =
        about.iter().copied().filter(|path| run.deletes && !run.files.contains(*path)).collect();
    let is_recorded = there.iter().any(|path| path == ".s3-deploy/record");
    let stays = there.iter().any(|path| is_of_site(path) && !deleted.contains(&path));
    let deploys = written.iter().any(|path| is_of_site(path));
    let is_emptying = !deploys && (files.is_empty() || !stays);
    let records = there.iter().filter_map(|path| path.strip_suffix("/.s3-deploy/record")).collect::<Vec<_>>();
    let is_of_other_deploy = |path: &&String| {
        let names: Vec<&str> = path.split('/').collect();
        (1..names.len()).any(|count| records.contains(&names[..count].join("/").as_str()))
    };
    let is_wide = match folders.len() {
        0 => deleted.len() * 2 > about.len() || deleted.iter().any(is_of_other_deploy),
        _ => deleted.len() == about.len(),
    };
    let is_unsure = run.value.ends_with('/') && !is_recorded && is_wide;
    if !deleted.is_empty() && (is_unsure || (is_emptying && !run.allow_empty)) {
        return None;
    }
    let at = |path: &&String| {
        let names: Vec<&str> = folders.iter().copied().chain([path.as_str()]).collect();
        (bucket.to_owned(), names.join("/"))
    };
    Some(Done { deleted: deleted.iter().map(at).collect(), written: written.iter().map(at).collect() })
}

fn value() -> impl Strategy<Value = String> {
    let name =
        select(vec!["docs", "prod", "prod", "prod", "", "$NOPE", "s3://prod", "s3://", "s3://docs", "ab"]);
    let rest = select(vec!["", "", "docs", "docs", "a", "docs2", ".", "..", "$X", "${X}", " "]);
    (name, prop::collection::vec(rest, 0..3), any::<bool>()).prop_map(|(name, rest, slash)| {
        let mut value = rest.iter().fold(name.to_owned(), |value, segment| format!("{value}/{segment}"));
        if slash && !value.ends_with('/') {
            value.push('/');
        }
        value
    })
}

fn path() -> impl Strategy<Value = String> {
    let folder = select(vec!["docs/", "docs/", "docs2/", "a/", ".git/"]);
    let file = select(vec!["index.html", "a.map", "b.map", "docs", ".gitkeep", ".s3-deploy/record", "é"]);
    (prop::collection::vec(folder, 0..3), file).prop_map(|(folders, file)| folders.concat() + file)
}

fn run() -> impl Strategy<Value = Run> {
    let pattern = select(vec![
        "*",
        "*",
        "docs/*",
        "*.map",
        "a*",
        "index.html",
        ".gitkeep",
        "/*",
        "/clone/build/a*",
        "?",
    ]);
    let filters = prop::collection::vec((pattern, any::<bool>()), 0..4);
    // A record is in no folder: the scan and the pipe of another prefix are not what is tested here.
    let files =
        prop::collection::btree_set(path().prop_filter("a record", |path| !path.ends_with("/record")), 0..4);
    let world = prop::collection::btree_set((select(vec!["prod", "docs"]), path()), 0..12);
    (value(), filters, files, world, any::<bool>(), prop::bool::weighted(0.2)).prop_map(
        |(value, filters, files, world, deletes, allow_empty)| Run {
            value,
            filters,
            files,
            world,
            deletes,
            allow_empty,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn a_run_does_what_its_configuration_names(run in run()) {
        prop_assert_eq!(program(&run), model(&run));
    }
}

/// The model itself: one that refuses everything would agree with a program that does.
#[test]
fn the_model_by_hand() {
    let run = |value: &str, filters: &[(&'static str, bool)], files: &[&str]| {
        let keys = ["docs/index.html", "docs2/index.html", "index.html"];
        let run = Run {
            value: value.to_owned(),
            filters: filters.to_vec(),
            files: files.iter().map(|path| (*path).to_owned()).collect(),
            world: keys.map(|key| ("prod", key.to_owned())).into(),
            deletes: true,
            allow_empty: false,
        };
        assert_eq!(program(&run), model(&run), "{run:?}");
        model(&run).map(|done| done.deleted.into_iter().map(|(_, key)| key).collect::<Vec<_>>())
    };
    let keys = |keys: &[&str]| Some(keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>());
    assert_eq!(run("prod", &[], &["index.html"]), keys(&["docs/index.html", "docs2/index.html"]));
    assert_eq!(run("prod/", &[], &["index.html"]), None);
    assert_eq!(run("prod/", &[], &["index.html", "docs2/index.html"]), keys(&["docs/index.html"]));
    assert_eq!(run("/docs", &[], &["index.html"]), None);
    assert_eq!(run("prod/docs", &[], &["a"]), keys(&["docs/index.html"]));
    assert_eq!(run("prod/docs/", &[], &["a"]), None);
    assert_eq!(run("prod/docs", &[("*", false)], &["a"]), keys(&[]));
    assert_eq!(run("prod/docs", &[("a", false)], &["a"]), None);
    assert_eq!(run("prod", &[("*", false), ("docs/*", true)], &["a"]), keys(&["docs/index.html"]));
}
