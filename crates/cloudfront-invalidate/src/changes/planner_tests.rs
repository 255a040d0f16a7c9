//! That no cover is better than the planner's: against every cover there is, of small trees.

use std::collections::{BTreeMap, BTreeSet};

use bitbucket_pipe::changes::{Deploy, Difference};
use proptest::prelude::*;

use super::*;
use crate::changes::origin_paths::OriginPaths;
use crate::changes::policy::Policy;
use crate::changes::query_strings::QueryStrings;
use crate::changes::viewer;

/// What a cover is judged by: less is better.
type Judgement = (u64, usize, usize, Reverse<usize>);

const AMPLE: Budget = Budget { paths: 3000, wildcards: 15 };

fn directories(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices('/').map(|(place, _)| &key[..place])
}

/// A file, and a page without its ending.
fn spoken_of(key: &str) -> impl Iterator<Item = &str> {
    std::iter::once(key).chain(key.strip_suffix(".html"))
}

/// What a deploy tells of these unchanged objects.
fn unchanged(files: &BTreeSet<String>, changed: &BTreeSet<String>) -> Unchanged {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for file in files {
        let directory = file.rsplit_once('/').map_or("", |(directory, _)| directory);
        *counts.entry(directory.to_owned()).or_default() += 1;
    }
    let beside = |directory: &str| {
        let begins = |file: &&String| file.starts_with(directory) && !file[directory.len()..].contains('/');
        (directory.to_owned(), files.iter().filter(begins).count() as u64)
    };
    let deploy = Deploy {
        bucket: "site".into(),
        prefix: String::new(),
        unchanged: counts,
        beside: changed.iter().flat_map(|key| directories(key).chain(spoken_of(key))).map(beside).collect(),
        difference: Difference::default(),
        earlier: Vec::new(),
    };
    Unchanged::of_deploy(&deploy, &OriginPaths::default())
}

fn needed(changed: &BTreeSet<String>) -> Vec<InvalidationPath> {
    needed_by(changed, &Policy::default())
}

/// None within another, as the planner asks for.
fn needed_by(changed: &BTreeSet<String>, policy: &Policy) -> Vec<InvalidationPath> {
    let paths: BTreeSet<_> = changed.iter().flat_map(|key| viewer::paths(key, policy)).collect();
    let is_within = |path: &InvalidationPath| {
        let others = paths.iter().filter(|other| *other != path && other.is_wildcard());
        others
            .filter_map(|other| other.as_str().strip_suffix('*'))
            .any(|stem| path.as_str().starts_with(stem))
    };
    paths.iter().filter(|path| !is_within(path)).cloned().collect()
}

fn is_covered(path: &InvalidationPath, cover: &[InvalidationPath]) -> bool {
    cover.iter().any(|other| match other.as_str().strip_suffix('*') {
        Some(stem) => path.as_str().starts_with(stem),
        None => path == other,
    })
}

/// Counts the objects themselves, each once.
fn judged(cover: &[InvalidationPath], files: &BTreeSet<String>) -> Judgement {
    let wildcards: Vec<&str> = cover.iter().filter_map(|path| path.as_str().strip_suffix('*')).collect();
    let is_evicted = |file: &&String| {
        wildcards.iter().any(|stem| InvalidationPath::of_key(file).as_str().starts_with(stem))
    };
    let evicted = files.iter().filter(is_evicted).count() as u64;
    let length = wildcards.iter().map(|stem| stem.len()).sum();
    (evicted, cover.len(), wildcards.len(), Reverse(length))
}

/// A path that may be part of a cover; sets of needed paths and of unchanged files are bits.
#[derive(Clone, Copy)]
struct Candidate {
    covers: u32,
    evicts: u32,
    wildcards: usize,
    length: usize,
}

/// For each needed path what covers it: itself, the wildcards of all directories but the root, and those of paths that
/// others begin with.
fn candidates(needed: &[InvalidationPath], files: &BTreeSet<String>) -> Vec<Vec<Candidate>> {
    let stems = needed.iter().map(InvalidationPath::as_str).flat_map(|path| {
        let slashes = path.match_indices('/').map(|(place, _)| place).filter(|place| *place > 0);
        let is_beginning =
            needed.iter().any(|other| other.as_str() != path && other.as_str().starts_with(path));
        let page = (is_beginning && path.len() > 1).then_some(path);
        slashes.flat_map(move |slash| [&path[..slash], &path[..=slash]]).chain(page)
    });
    let paths: BTreeSet<_> = stems.map(InvalidationPath::of_stem).chain(needed.iter().cloned()).collect();
    let bits = |bits: &mut dyn Iterator<Item = bool>| {
        bits.enumerate().fold(0, |set, (place, bit)| set | u32::from(bit) << place)
    };
    let files: Vec<InvalidationPath> = files.iter().map(|file| InvalidationPath::of_key(file)).collect();
    let candidate = |path: InvalidationPath| {
        let path = std::slice::from_ref(&path);
        let wildcard = path[0].as_str().strip_suffix('*');
        Candidate {
            covers: bits(&mut needed.iter().map(|needed| is_covered(needed, path))),
            evicts: bits(&mut files.iter().map(|file| wildcard.is_some() && is_covered(file, path))),
            wildcards: usize::from(wildcard.is_some()),
            length: wildcard.map_or(0, str::len),
        }
    };
    let candidates: Vec<Candidate> = paths.into_iter().map(candidate).collect();
    let covering = |place: usize| {
        candidates.iter().filter(move |candidate| candidate.covers & 1 << place != 0).copied().collect()
    };
    (0..needed.len()).map(covering).collect()
}

/// The best of all covers in which each path covers the first one that those before it do not.
fn best(
    candidates: &[Vec<Candidate>],
    budget: Budget,
    left: u32,
    evicted: u32,
    cover: Judgement,
) -> Option<Judgement> {
    let (_, paths, wildcards, Reverse(length)) = cover;
    if paths + usize::from(left != 0) > budget.paths || wildcards > budget.wildcards {
        return None;
    }
    if left == 0 {
        return Some((evicted.count_ones().into(), paths, wildcards, Reverse(length)));
    }
    let covering = &candidates[left.trailing_zeros() as usize];
    let covers = covering.iter().map(|more| {
        let cover = (0, paths + 1, wildcards + more.wildcards, Reverse(length + more.length));
        best(candidates, budget, left & !more.covers, evicted | more.evicts, cover)
    });
    covers.flatten().min()
}

fn set(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|&key| key.to_owned()).collect()
}

#[test]
fn the_fewest_unchanged_objects_are_evicted_then_the_fewest_paths_spent() {
    let index = set(&["blog/index.html"]);
    let two = set(&["a/1", "a/2", "b/1", "b/2"]);
    let nested = set(&["a/b/1", "a/b/2"]);
    for (changed, files, paths, expected) in [
        // Single paths evict nothing, and are dearer only where a wildcard evicts nothing either.
        (&index, set(&["blog/one.html"]), 3, Some(vec!["/blog", "/blog/", "/blog/index.html"])),
        (&index, set(&["blog.html"]), 3, Some(vec!["/blog", "/blog/*"])),
        (&index, set(&["about.html"]), 3, Some(vec!["/blog*"])),
        // `/blog*` is one path for the price of what is beside the directory.
        (&index, set(&["blog/one.html"]), 2, Some(vec!["/blog*"])),
        (&index, set(&["blog.html", "blog/one.html"]), 2, Some(vec!["/blog", "/blog/*"])),
        (&index, set(&["blog.html", "blogroll/one.html"]), 1, Some(vec!["/blog*"])),
        // The directory with less in it that did not change is given up.
        (&two, set(&["a/3", "b/3", "b/4"]), 4, Some(vec!["/a/1", "/a/2", "/b/1", "/b/2"])),
        (&two, set(&["a/3", "b/3", "b/4"]), 3, Some(vec!["/a/*", "/b/1", "/b/2"])),
        (&two, set(&["a/3", "b/3", "b/4"]), 2, Some(vec!["/a/*", "/b/*"])),
        (&two, set(&["a/3", "b/3", "b/4"]), 1, None),
        // No wider than it has to be.
        (&nested, set(&[]), 4, Some(vec!["/a/b/*"])),
        (&nested, set(&["a/b/3"]), 2, Some(vec!["/a/b/1", "/a/b/2"])),
        (&set(&["a/b/1", "a/c/1"]), set(&["a/b/2"]), 1, Some(vec!["/a/*"])),
        // A directory's wildcard without a slash takes its neighbours along.
        (&set(&["a/1", "ab/1", "abc"]), set(&[]), 1, Some(vec!["/a*"])),
        (&set(&["a/1", "a/2", "a-b/1"]), set(&["a-b/2", "a/3"]), 2, Some(vec!["/a-b/1", "/a/*"])),
        // Keys that no path can name are wildcards from the start.
        (&set(&["a/b*c", "a/b~", "d"]), set(&[]), 2, Some(vec!["/a/b*", "/d"])),
    ] {
        let planned = plan(&needed(changed), &unchanged(&files, changed), "/", Budget { paths, ..AMPLE });
        let texts = planned.as_ref().map(|paths| paths.iter().map(InvalidationPath::as_str).collect());
        assert_eq!(texts, expected, "{changed:?} beside {files:?} for {paths}");
    }
}

#[test]
fn copies_by_query_string_are_covered_one_by_one_or_with_their_directory() {
    let policy = Policy { query_strings: Some(QueryStrings::everywhere(true)), ..Policy::default() };
    let index = set(&["blog/index.html"]);
    let page = set(&["a/1.html"]);
    for (changed, files, paths, wildcards, expected) in [
        (&page, set(&["a/2.html"]), 1, 15, Some(vec!["/a/1.html*"])),
        // Something is left of the directory: it is spared for two paths more.
        (
            &index,
            set(&["blog/one.html"]),
            5,
            15,
            Some(vec!["/blog", "/blog/", "/blog/?*", "/blog/index.html*", "/blog?*"]),
        ),
        (&index, set(&["blog/one.html"]), 4, 15, Some(vec!["/blog*"])),
        (&index, set(&["blog.html"]), 5, 15, Some(vec!["/blog", "/blog/*", "/blog?*"])),
        (&index, set(&["other.html"]), 5, 15, Some(vec!["/blog*"])),
        // Wildcards are what is short here.
        (&index, set(&["blog/one.html"]), 5, 2, Some(vec!["/blog*"])),
        (&set(&["index.html"]), set(&["a.html"]), 3, 15, Some(vec!["/", "/?*", "/index.html*"])),
        (&set(&["index.html"]), set(&["a.html"]), 2, 15, None),
    ] {
        let needed = needed_by(changed, &policy);
        let planned = plan(&needed, &unchanged(&files, changed), "/", Budget { paths, wildcards });
        let texts = planned.as_ref().map(|paths| paths.iter().map(InvalidationPath::as_str).collect());
        assert_eq!(texts, expected, "{changed:?} beside {files:?} for {paths}");
    }
}

#[test]
fn a_page_under_several_addresses_is_one_wildcard_where_nothing_else_begins_so() {
    let changed = set(&["about.html", "team.html"]);
    let files = set(&["about-us.html", "a.css"]);
    for (by_query, paths, expected) in [
        (true, 30, &["/about", "/about.html*", "/about?*", "/team*"][..]),
        (true, 3, &["/about*", "/team*"]),
        (false, 30, &["/about", "/about.html", "/team*"]),
    ] {
        let query_strings = Some(QueryStrings::everywhere(by_query));
        let needed = needed_by(&changed, &Policy { query_strings, clean_urls: true, ..Policy::default() });
        let planned = plan(&needed, &unchanged(&files, &changed), "/", Budget { paths, ..AMPLE });
        let planned = planned.expect("it is possible");
        assert_eq!(planned.iter().map(InvalidationPath::as_str).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn wildcards_have_a_budget_of_their_own() {
    let changed: BTreeSet<String> = (10..26).map(|number| format!("all/{number}*")).collect();
    let files = set(&["all/1", "b"]);
    for (wildcards, expected) in [(16, 16), (15, 1), (1, 1)] {
        let budget = Budget { wildcards, ..AMPLE };
        let planned =
            plan(&needed(&changed), &unchanged(&files, &changed), "/", budget).expect("it is possible");
        assert_eq!(planned.len(), expected, "{planned:?}");
    }
    assert_eq!(
        plan(&needed(&changed), &unchanged(&files, &changed), "/", Budget { wildcards: 0, ..AMPLE }),
        None
    );
}

#[test]
fn it_reaches_no_further_than_it_is_told_to() {
    let changed = set(&["site/a", "site/b", "site/index.html"]);
    let plan = |reach, paths| {
        plan(&needed(&changed), &unchanged(&set(&[]), &changed), reach, Budget { paths, ..AMPLE })
    };
    let spelt = |paths: Option<Vec<InvalidationPath>>| {
        paths.map(|paths| paths.iter().map(ToString::to_string).collect())
    };
    assert_eq!(spelt(plan("/site/", 2)), Some(vec!["/site".to_owned(), "/site/*".to_owned()]));
    assert_eq!(plan("/site/", 1), None);
    assert_eq!(spelt(plan("/", 1)), Some(vec!["/site*".to_owned()]));
}

fn keys(most: usize) -> impl Strategy<Value = BTreeSet<String>> {
    const DIRECTORIES: [&str; 4] = ["a/", "ab/", "a-/", "b/"];
    const NAMES: [&str; 7] = ["a", "a-", "a.html", "ab", "b", "c.html", "index.html"];
    let directories = prop::collection::vec(prop::sample::select(&DIRECTORIES[..]), 0..=2);
    let key = (directories, prop::sample::select(&NAMES[..]));
    let key = key.prop_map(|(directories, name)| directories.concat() + name);
    prop::collection::btree_set(key, 0..=most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Trees of at most three levels, at most eight changed keys, and a budget of one to five.
    #[test]
    fn no_cover_is_better(
        changed in keys(8), files in keys(12), paths in 1_usize..=5,
        wildcards in prop::sample::select(vec![0_usize, 1, 2, 15]), by_query: bool, clean_urls: bool,
    ) {
        let files: BTreeSet<String> = files.difference(&changed).cloned().collect();
        let query_strings = Some(QueryStrings::everywhere(by_query));
        let needed = needed_by(&changed, &Policy { clean_urls, query_strings, ..Policy::default() });
        prop_assume!(needed.len() <= 24, "the search would take too long");
        let budget = Budget { paths, wildcards };
        let planned = plan(&needed, &unchanged(&files, &changed), "/", budget);
        let judgement = planned.as_ref().map(|cover| judged(cover, &files));
        let all = (1 << needed.len()) - 1;
        let none = (0, 0, 0, Reverse(0));
        let best = best(&candidates(&needed, &files), budget, all, 0, none);
        prop_assert_eq!(judgement, best, "{:?}", planned);
        if let Some(cover) = planned {
            prop_assert!(cover.len() <= paths);
            prop_assert!(needed.iter().all(|path| is_covered(path, &cover)), "{:?}", cover);
            let promised: u64 = cover
                .iter()
                .filter_map(|path| path.as_str().strip_suffix('*'))
                .map(|stem| unchanged(&files, &changed).evicted_by(stem).most)
                .sum();
            prop_assert_eq!(promised, judged(&cover, &files).0);
        }
    }
}
