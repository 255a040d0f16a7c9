//! Tables of names that build tools write and of names that people give, and shares of random digests.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::headers::rules::HeaderRules;

/// Names that build tools wrote: the tool, the path, and where it is not recognised, why. From builds with Vite 7 and 8,
/// Rollup 4, webpack 5, esbuild, Parcel 2, Next.js 15, Nuxt 3, `SvelteKit` 2, Astro 5, Angular 19, Create React App 5, Hugo,
/// `VitePress` and Docusaurus; of Gatsby as published, and of Jekyll as its plugins describe them.
const TOOLS: &str = include_str!("tools.tsv");

/// Names that are not fingerprinted: the kind and the path.
const PEOPLE: &str = include_str!("people.tsv");

fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().map(|line| line.split('\t').collect())
}

fn is_fingerprinted(path: &str) -> bool {
    HeaderRules::default().is_fingerprinted(path)
}

fn fingerprinted(text: &str, path: &str) -> bool {
    let fingerprints = Fingerprints::new(Some(text));
    HeaderRules { fingerprints, ..HeaderRules::default() }.is_fingerprinted(path)
}

#[test]
fn names_of_people_are_never_recognised() {
    let recognised: Vec<&str> =
        rows(PEOPLE).map(|row| row[1]).filter(|path| is_fingerprinted(path)).collect();
    assert!(recognised.is_empty(), "{recognised:#?}");
    assert!(rows(PEOPLE).count() >= 160);
}

#[test]
fn names_of_tools_are_recognised_but_for_those_marked() {
    let wrong: Vec<Vec<&str>> =
        rows(TOOLS).filter(|row| is_fingerprinted(row[1]) == (row.len() > 2)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(rows(TOOLS).count() >= 160);
}

#[test]
fn nineteen_of_twenty_names_of_each_tool_are_recognised() {
    let mut tools: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in rows(TOOLS) {
        let (recognised, all) = tools.entry(row[0]).or_default();
        *recognised += usize::from(row.len() == 2);
        *all += 1;
    }
    for (tool, (recognised, all)) in tools {
        assert!(recognised * 20 >= all * 19, "{tool}: {recognised} of {all}");
    }
}

/// The share of random digests of a length that is recognised after `before` and in front of `after`, in thousandths.
fn recognised_share(alphabet: &str, length: usize, before: &str, after: &str) -> usize {
    const NAMES: usize = 4_000;
    let alphabet = alphabet.as_bytes();
    // The generator of Numerical Recipes: the same names in every run.
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let index = usize::try_from(state >> 33).expect("31 bits");
        char::from(alphabet[index % alphabet.len()])
    };
    let names = std::iter::repeat_with(|| {
        let digest: String = std::iter::repeat_with(&mut next).take(length).collect();
        format!("{before}{digest}{after}")
    });
    names.take(NAMES).filter(|name| is_fingerprinted(name)).count() * 1000 / NAMES
}

#[test]
fn nineteen_of_twenty_random_digests_are_recognised() {
    const HEXADECIMAL: &str = "0123456789abcdef";
    const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const BASE64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (alphabet, length, before, after) in [
        (HEXADECIMAL, 8, "app.", ".js"),
        (HEXADECIMAL, 8, "", ".js"),
        (HEXADECIMAL, 8, "logo.", ".png"),
        (HEXADECIMAL, 16, "main-", ".js"),
        (HEXADECIMAL, 20, "", ".woff2"),
        (HEXADECIMAL, 32, "logo-", ".png"),
        (HEXADECIMAL, 64, "site.min.", ".css"),
        (BASE32, 8, "chunk-", ".js"),
        (BASE64URL, 8, "index-", ".js"),
        (BASE64URL, 8, "index.md.", ".lean.js"),
        (&BASE64URL[..62], 12, "index-", ".js"),
        (&BASE64URL[..62], 20, "index.", ".css"),
    ] {
        let share = recognised_share(alphabet, length, before, after);
        assert!(share >= 950, "{before}…{after}, {length} of {}: {share} of 1000", alphabet.len());
    }
    // A hyphen may also come before an article number, and images may have acronyms in their names.
    for (alphabet, before) in [(HEXADECIMAL, "logo-"), (BASE32, "logo-"), (BASE64URL, "logo-")] {
        let share = recognised_share(alphabet, 8, before, ".png");
        assert!(share >= 850, "{before}, 8 of {}: {share} of 1000", alphabet.len());
    }
}

#[test]
fn patterns_are_added_to_what_is_recognised_or_are_all() {
    for (text, path, expected) in [
        ("assets/*", "assets/app.js", true),
        ("assets/*", "docs/app.js", false),
        ("assets/*", "docs/app.3f9a1c07.js", true),
        ("assets/*\n *.pdf", "docs/report.pdf", true),
        ("assets/*", "assets/index.html", false),
        ("*", "sw.js", false),
        ("none", "app.3f9a1c07.js", false),
        ("None", "_next/static/app.js", false),
        ("none assets/*", "assets/app.js", true),
        ("assets/* none", "docs/app.3f9a1c07.js", false),
        ("none [n]one", "none", true),
    ] {
        assert_eq!(fingerprinted(text, path), expected, "{text}: {path}");
    }
    assert_eq!(Fingerprints::new(None), Fingerprints::default());
}

#[test]
fn a_page_is_never_fingerprinted() {
    let rules = HeaderRules {
        fingerprints: Fingerprints::new(Some("*")),
        pages: crate::headers::page::Pages::new(Some("*.js")),
        ..HeaderRules::default()
    };
    for (path, expected) in
        [("app.3f9a1c07.js", false), ("index.3f9a1c07.html", false), ("site.css", true), ("data.json", true)]
    {
        assert_eq!(rules.is_fingerprinted(path), expected, "{path}");
    }
}

proptest! {
    #[test]
    fn any_path_is_answered(path in "\\PC{0,40}", ending in "(\\.min)?\\.(js|css|png|woff2|html)(\\.gz)?") {
        is_fingerprinted(&path);
        is_fingerprinted(&format!("{path}{ending}"));
    }

    #[test]
    fn documents_are_never_recognised(name in "[a-zA-Z0-9._-]{1,40}", ending in "(html|json|pdf|csv|xml|mp4|txt|zip)") {
        let path = format!("_next/static/{name}.{ending}");
        prop_assert!(!is_fingerprinted(&path), "{path}");
    }

    #[test]
    fn the_folder_changes_nothing_but_for_promised_ones(name in "[a-zA-Z0-9._-]{1,20}", folder in "[a-z]{1,8}") {
        let name = format!("{name}.js");
        prop_assert_eq!(is_fingerprinted(&name), is_fingerprinted(&format!("{folder}/{name}")));
    }
}
