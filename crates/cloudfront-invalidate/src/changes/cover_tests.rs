//! What each kind of change costs, and that nothing that changed stays uncovered.

use std::collections::BTreeMap;

use bitbucket_pipe::changes::{Deploy, Difference};
use proptest::prelude::*;

use super::*;
use crate::changes::query_strings::{PathPattern, QueryStrings};
use crate::changes::viewer::OriginPath;

fn policy(origin_path: &str, max_paths: usize, invalidate_new: bool) -> Policy {
    Policy {
        origin_paths: origin_path.parse().ok().map(OriginPath::into),
        max_paths,
        invalidate_new,
        ..Policy::default()
    }
}

fn difference<'a>(paths: impl IntoIterator<Item = (&'a str, Change)>) -> Difference {
    let paths = paths.into_iter().map(|(path, change)| (path.to_owned(), change)).collect();
    Difference { deploy: "d".into(), incomplete: None, paths }
}

/// A deploy that left so many objects as they were in each directory.
fn deploy(prefix: &str, unchanged: &[(&str, u64)]) -> Deploy {
    Deploy {
        bucket: "site".into(),
        prefix: prefix.into(),
        unchanged: unchanged.iter().map(|(directory, count)| ((*directory).to_owned(), *count)).collect(),
        beside: BTreeMap::new(),
        difference: Difference::default(),
        earlier: Vec::new(),
    }
}

fn cover_of(deploy: &Deploy, difference: &Difference, policy: &Policy) -> Cover {
    Cover::new(Revision { deploy, difference, is_earlier: false }, policy)
}

fn cover(prefix: &str, difference: &Difference, policy: &Policy) -> Cover {
    cover_of(&deploy(prefix, &[("", 1), ("b", 2)]), difference, policy)
}

fn texts(cover: &Cover) -> Vec<&str> {
    cover.paths.iter().map(|chosen| chosen.path.as_str()).collect()
}

#[test]
fn a_deleted_file_that_is_not_part_of_pages_is_invalidated() {
    for (path, is_left_out) in [
        ("app.3f9a1c07.js", true),
        ("app.3f9a1c07.css.map", true),
        ("inter-D1wRgT4a.woff2", true),
        ("photo-D1wRgT4a.jpg", false),
        ("report-2024ABCD.pdf", false),
    ] {
        let cover = cover("", &difference([(path, Change::DeletedFingerprinted)]), &policy("", 30, true));
        assert_eq!(cover.paths.is_empty(), is_left_out, "{path}");
    }
}

#[test]
fn each_change_has_its_price() {
    for (change, new, path, left_out) in [
        (Change::New, true, true, None),
        (Change::New, false, false, Some(LeftOut::New)),
        (Change::NewFingerprinted, true, false, Some(LeftOut::NewFingerprinted)),
        (Change::Content, false, true, None),
        (Change::ContentFingerprinted, false, true, None),
        (Change::Headers, false, true, None),
        (Change::Deleted, false, true, None),
        (Change::DeletedFingerprinted, true, false, Some(LeftOut::DeletedFingerprinted)),
    ] {
        let cover = cover("", &difference([("a.js", change)]), &policy("", 30, new));
        assert_eq!(texts(&cover), ["/a.js"][..usize::from(path)], "{change:?}");
        assert_eq!(cover.left_out.first().map(|(_, why)| *why), left_out, "{change:?}");
        assert_eq!(cover.fingerprinted.is_empty(), change != Change::ContentFingerprinted, "{change:?}");
        assert_eq!(cover.widened, None);
    }
}

#[test]
fn paths_are_as_viewers_see_them() {
    let changes =
        difference([("index.html", Change::Content), ("a*b.txt", Change::Content), ("a1", Change::Deleted)]);
    for (prefix, origin_path, expected) in [
        ("", "", vec!["/", "/a*", "/index.html"]),
        ("site/", "", vec!["/site", "/site/", "/site/a*", "/site/index.html"]),
        ("site/", "/site", vec!["/", "/a*", "/index.html"]),
        ("site/en/", "site", vec!["/en", "/en/", "/en/a*", "/en/index.html"]),
        ("other/", "/site", vec![]),
    ] {
        let cover = cover(prefix, &changes, &policy(origin_path, 30, true));
        assert_eq!(texts(&cover), expected, "{prefix} behind {origin_path}");
        assert_eq!(cover.left_out.len(), if expected.is_empty() { 3 } else { 0 });
    }
}

#[test]
fn the_last_resort_and_the_unknown_are_the_whole_deploy() {
    let pages = difference([("index.html", Change::Content), ("b/c.html", Change::New)]);
    let leaves = difference([("a", Change::Content), ("b", Change::Content)]);
    let unknown = Difference::unknown("d".into(), "the record is torn");
    for (prefix, origin_path, max_paths, changes, expected) in [
        ("", "", 3, &pages, vec!["/", "/b/c.html", "/index.html"]),
        ("", "", 2, &pages, vec!["/*"]),
        ("site/", "", 3, &pages, vec!["/site", "/site/*"]),
        ("site/", "", 1, &pages, vec!["/site*"]),
        ("site/", "", 1, &leaves, vec!["/site/*"]),
        ("site/", "/site", 1, &leaves, vec!["/*"]),
        ("site/en/", "/site", 1, &leaves, vec!["/en/*"]),
        ("", "", 30, &unknown, vec!["/*"]),
        ("site/", "", 30, &unknown, vec!["/site", "/site/*"]),
        ("", "/site", 30, &unknown, vec!["/*"]),
        ("~me/", "", 30, &unknown, vec!["/*"]),
        ("other/", "/site", 30, &unknown, vec![]),
    ] {
        let cover = cover(prefix, changes, &policy(origin_path, max_paths, true));
        assert_eq!(texts(&cover), expected, "{prefix} behind {origin_path} for {max_paths}");
        let wildcard = expected.last().is_some_and(|path| path.ends_with('*'));
        assert_eq!(cover.cost().needless.is_none(), changes == &unknown && wildcard);
        assert_eq!(cover.widened.is_some(), wildcard, "{prefix} behind {origin_path} for {max_paths}");
    }
}

#[test]
fn the_budget_is_spent_where_it_spares_most() {
    let policy = |max_paths| policy("/", max_paths, true);
    let pages = ["a/1", "a/2", "b/1", "b/2", "c/index.html"].map(|path| (path, Change::Content));
    let deploy = deploy("site/", &[("", 1), ("a", 10), ("b", 20), ("c", 40), ("cc", 80), ("d", 160)]);
    let whole = Some(311);
    for (max_paths, expected, least, most) in [
        (
            7,
            vec![
                "/site/a/1",
                "/site/a/2",
                "/site/b/1",
                "/site/b/2",
                "/site/c",
                "/site/c/",
                "/site/c/index.html",
            ],
            0,
            0,
        ),
        (6, vec!["/site/a/*", "/site/b/1", "/site/b/2", "/site/c", "/site/c/", "/site/c/index.html"], 10, 10),
        (5, vec!["/site/a/*", "/site/b/*", "/site/c", "/site/c/", "/site/c/index.html"], 30, 30),
        (4, vec!["/site/a/*", "/site/b/*", "/site/c", "/site/c/*"], 70, 70),
        // What is beside the directory is not told here, so that all of the directory around it may be.
        (3, vec!["/site/a/*", "/site/b/*", "/site/c*"], 150, 151),
        (2, vec!["/site/*"], 311, 311),
    ] {
        let cover = cover_of(&deploy, &difference(pages), &policy(max_paths));
        assert_eq!(texts(&cover), expected);
        let cost = cover.cost();
        assert_eq!((cost.everything, cost.each, cover.changed.len()), (whole, 7, 7));
        assert_eq!(cost.needless, Some(Eviction { least, most }), "{max_paths}");
        let widened = (max_paths < 7).then_some(Widened::TooMany { needed: 7, allowed: max_paths });
        assert_eq!(cover.widened, widened);
    }
}

#[test]
fn keys_that_no_path_can_name_have_a_limit_of_their_own() {
    let keys: Vec<String> = (10..26).map(|number| format!("a/{number}*")).collect();
    let changes = difference(keys.iter().map(|key| (key.as_str(), Change::New)));
    let cover = cover("", &changes, &policy("", 30, true));
    assert_eq!((texts(&cover), &cover.widened), (vec!["/a/*"], &Some(Widened::TooManyWildcards(16))));
}

#[test]
fn a_page_that_stands_for_other_addresses_is_everything() {
    let pages = |pages: &[&str]| {
        let fallback_pages = Some(pages.iter().map(|page| (*page).to_owned()).collect());
        Policy { fallback_pages, ..policy("/site", 30, true) }
    };
    let changes = difference([("a.css", Change::Content), ("index.html", Change::Content)]);
    let deploy = deploy("site/", &[("", 3), ("b", 4)]);
    let everything = cover_of(&deploy, &changes, &pages(&["index.html", "404.html"]));
    assert_eq!(texts(&everything), ["/*"]);
    assert_eq!(everything.widened, Some(Widened::Fallback("site/index.html".into())));
    let cost = Cost { needless: Some(Eviction { least: 7, most: 7 }), everything: Some(7), each: 3 };
    assert_eq!(everything.cost(), cost);
    for others in [&["404.html"][..], &["site/index.html"], &[]] {
        assert_eq!(texts(&cover_of(&deploy, &changes, &pages(others))), ["/", "/a.css", "/index.html"]);
    }
    let new = difference([("index.html", Change::New)]);
    let left_alone = Policy { invalidate_new: false, ..pages(&["index.html"]) };
    assert_eq!(cover_of(&deploy, &new, &left_alone).paths, []);
}

#[test]
fn what_is_unknown_of_a_folder_goes_as_far_as_its_pages_are_served() {
    let unknown = Difference::unknown("d".into(), "the record is torn");
    let all = Some(QueryStrings::everywhere(true));
    let plain = || policy("/", 30, true);
    let root = Some("site/index.html".to_owned());
    let fallback = |page: &str| Some(BTreeSet::from([page.to_owned()]));
    for (policy, expected) in [
        (plain(), vec!["/site", "/site/*"]),
        (Policy { query_strings: all.clone(), ..plain() }, vec!["/site", "/site/*", "/site?*"]),
        (Policy { root_page: root.clone(), ..plain() }, vec!["/", "/site", "/site/*"]),
        (Policy { root_page: root.clone(), max_paths: 2, ..plain() }, vec!["/*"]),
        (Policy { query_strings: all, max_paths: 2, ..plain() }, vec!["/site*"]),
        (Policy { fallback_pages: fallback("site/404.html"), ..plain() }, vec!["/*"]),
        (Policy { fallback_pages: fallback("404.html"), ..plain() }, vec!["/site", "/site/*"]),
    ] {
        assert_eq!(texts(&cover("site/", &unknown, &policy)), expected, "{policy:?}");
    }
    assert_eq!(
        texts(&cover("my site/", &unknown, &plain())),
        ["/my%20site", "/my%20site/*", "/my+site", "/my+site/*"]
    );
    // The last resort for what is known goes as far.
    let pages = difference([("index.html", Change::Content), ("a.css", Change::Content)]);
    let policy = Policy { root_page: root, max_paths: 1, ..plain() };
    assert_eq!(texts(&cover("site/", &pages, &policy)), ["/*"]);
}

#[test]
fn copies_by_query_string_are_a_matter_of_the_address() {
    let patterns = vec![(PathPattern::new("blog/*"), true), (PathPattern::new("*.css"), false)];
    let query_strings = Some(QueryStrings::by_pattern(patterns, false));
    let policy = Policy { query_strings, ..policy("/", 30, true) };
    let changes = difference(["a.css", "blog/a.css", "blog/index.html"].map(|path| (path, Change::Content)));
    let cover = cover_of(&deploy("", &[("blog", 5)]), &changes, &policy);
    // The bare directory is none of the pattern's.
    assert_eq!(texts(&cover), ["/a.css", "/blog", "/blog/", "/blog/?*", "/blog/a.css*", "/blog/index.html*"]);
    assert_eq!((cover.cost().each, cover.has_root_page), (5, false));
}

#[test]
fn nothing_changed_is_nothing_to_invalidate() {
    assert_eq!(cover("", &difference([]), &policy("", 1, true)), Cover::default());
}

fn changes() -> impl Strategy<Value = BTreeMap<String, Change>> {
    use Change::{
        Content, ContentFingerprinted, Deleted, DeletedFingerprinted, Headers, New, NewFingerprinted,
    };
    let change = prop::sample::select(vec![
        New,
        NewFingerprinted,
        Content,
        ContentFingerprinted,
        Headers,
        Deleted,
        DeletedFingerprinted,
    ]);
    prop::collection::btree_map("([ab*~]{1,2}/){0,2}(index.html|[ab*%é]{1,3})", change, 0..12)
}

proptest! {
    #[test]
    fn whatever_may_be_stale_is_covered_within_the_budget(
        paths in changes(), prefix in "|a/|a/b/", origin_path in "|a|a/b|b", another in "|a|a/b|b", max_paths in 1_usize..8, new: bool,
        clean_urls: bool, query_strings: bool, fallback in "index.html|a/index.html|none",
    ) {
        let origin_paths = [&origin_path, &another].map(|path| path.parse().expect("one of four"));
        let origin_paths = OriginPaths::new(origin_paths);
        let policy = Policy {
            origin_paths: Some(origin_paths.clone()),
            clean_urls,
            query_strings: Some(QueryStrings::everywhere(query_strings)),
            fallback_pages: Some(BTreeSet::from([fallback])),
            ..policy(&origin_path, max_paths, new)
        };
        let difference = Difference { deploy: "d".into(), incomplete: None, paths };
        let cover = cover(&prefix, &difference, &policy);
        let wildcards = cover.paths.iter().filter(|chosen| chosen.path.is_wildcard()).count();
        prop_assert!(cover.paths.len() <= max_paths && wildcards <= MAX_WILDCARDS, "{cover:?}");
        for (path, change) in &difference.paths {
            let key = format!("{prefix}{path}");
            // Of what the paths may be, all are pages or have no ending.
            let is_spent = matches!(change, Change::NewFingerprinted);
            let skipped = is_spent || !new && matches!(change, Change::New);
            let visible: Vec<&str> = origin_paths.visible(&key).filter(|_| !skipped).collect();
            if visible.iter().any(|visible| policy.is_fallback(visible)) {
                prop_assert_eq!(texts(&cover), ["/*"]);
            }
            for viewed in visible.iter().flat_map(|visible| viewer::paths(visible, &policy)) {
                let covers = |chosen: &Chosen| match chosen.path.as_str().strip_suffix('*') {
                    Some(stem) => viewed.as_str().starts_with(stem),
                    None => chosen.path == viewed,
                };
                prop_assert!(cover.paths.iter().any(covers), "{viewed} of {key} in {cover:?}");
            }
        }
        let paths = texts(&cover);
        for (index, path) in paths.iter().enumerate() {
            let Some(stem) = path.strip_suffix('*') else { continue };
            for (other, text) in paths.iter().enumerate() {
                prop_assert!(other == index || !text.starts_with(stem), "{text} within {path}");
            }
        }
    }
}
