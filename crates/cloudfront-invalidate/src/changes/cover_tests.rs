//! What each kind of change costs, and that nothing that changed stays uncovered.

use std::collections::BTreeMap;

use bitbucket_pipe::changes::Difference;
use proptest::prelude::*;

use super::*;

fn policy(origin_path: &str, max_paths: usize, invalidate_new: bool) -> Policy {
    Policy { origin_path: origin_path.parse().ok(), max_paths, invalidate_new }
}

fn difference<'a>(paths: impl IntoIterator<Item = (&'a str, Change)>) -> Difference {
    let paths = paths.into_iter().map(|(path, change)| (path.to_owned(), change)).collect();
    Difference { deploy: "d".into(), incomplete: None, paths }
}

fn cover(prefix: &str, difference: &Difference, policy: &Policy) -> Cover {
    Cover::new(Revision { bucket: "site", prefix, difference, is_earlier: false }, policy)
}

fn texts(cover: &Cover) -> Vec<&str> {
    cover.paths.iter().map(InvalidationPath::as_str).collect()
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
fn more_than_the_budget_or_the_unknown_is_one_wildcard() {
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
        assert_eq!(cover.widened.is_some(), wildcard, "{prefix} behind {origin_path} for {max_paths}");
    }
}

#[test]
fn nothing_changed_is_nothing_to_invalidate() {
    assert_eq!(cover("", &difference([]), &policy("", 1, true)), Cover::default());
}

fn changes() -> impl Strategy<Value = BTreeMap<String, Change>> {
    use Change::{Content, ContentFingerprinted, Deleted, Headers, New, NewFingerprinted};
    let change =
        prop::sample::select(vec![New, NewFingerprinted, Content, ContentFingerprinted, Headers, Deleted]);
    prop::collection::btree_map("([ab*~]{1,2}/){0,2}(index.html|[ab*%é]{1,3})", change, 0..12)
}

proptest! {
    #[test]
    fn whatever_may_be_stale_is_covered_within_the_budget(
        paths in changes(), prefix in "|a/|a/b/", origin_path in "|a|a/b|b", max_paths in 1_usize..8, new: bool,
    ) {
        let policy = policy(&origin_path, max_paths, new);
        let difference = Difference { deploy: "d".into(), incomplete: None, paths };
        let cover = cover(&prefix, &difference, &policy);
        // Two are needed at most for the whole of a deploy, and they are not taken where one is allowed.
        prop_assert!(cover.paths.len() <= max_paths, "{cover:?}");
        let origin_path: OriginPath = origin_path.parse().expect("one of four");
        for (path, change) in &difference.paths {
            let key = format!("{prefix}{path}");
            let skipped = matches!(change, Change::NewFingerprinted) || !new && matches!(change, Change::New);
            let Some(visible) = origin_path.visible(&key).filter(|_| !skipped) else { continue };
            for viewed in viewer::paths(visible) {
                let covers = |path: &InvalidationPath| match path.as_str().strip_suffix('*') {
                    Some(stem) => viewed.as_str().starts_with(stem),
                    None => *path == viewed,
                };
                prop_assert!(cover.paths.iter().any(covers), "{viewed} of {key} in {cover:?}");
            }
        }
        for (index, path) in cover.paths.iter().enumerate() {
            let Some(stem) = path.as_str().strip_suffix('*') else { continue };
            for (other, text) in cover.paths.iter().enumerate() {
                prop_assert!(other == index || !text.as_str().starts_with(stem), "{text} within {path}");
            }
        }
    }
}
