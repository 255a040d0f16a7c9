//! `--exclude` and `--include`: what is sent.

use super::case::Case;

const FILES: &[&str] = &[
    ".hidden/notes.txt",
    "Cafe.HTML",
    "LICENSE",
    "[set].txt",
    "about.html",
    "assets/app.css",
    "assets/app.css.map",
    "assets/img/a b.png",
    "caf\u{e9}.html",
    "docs/draft/index.html",
    "docs/index.html",
    "index.html",
];

pub(super) const CASES: &[Case] = &[
    Case::new("an exclusion at any depth", "--exclude *.map").of(FILES),
    Case::new("a folder", "--exclude 'docs/*'").of(FILES),
    Case::new("a folder's name alone", "--exclude docs --exclude ./assets/*").of(FILES),
    Case::new("all but", "--exclude * --include *.html").of(FILES).leaves(&[
        "about.html",
        "caf\u{e9}.html",
        "docs/draft/index.html",
        "docs/index.html",
        "index.html",
    ]),
    Case::new("an inclusion that comes too early", "--include *.html --exclude *").of(FILES).leaves(&[]),
    Case::new("three that overrule each other", "--exclude * --include=docs/* --exclude 'docs/draft/*'")
        .of(FILES)
        .leaves(&["docs/index.html"]),
    Case::new(
        "sets of characters",
        "--exclude * --include '[!a-z]*' --include '[[]set].t?t' --exclude '[.]*'",
    )
    .of(FILES)
    .leaves(&["Cafe.HTML", "LICENSE", "[set].txt"]),
    Case::new("absolute patterns", "--exclude '{here}/build/docs/*' --exclude /index.html").of(FILES),
    Case::new("an absolute pattern of everything", "--exclude * --include '{here}/build/assets/*'")
        .of(FILES)
        .leaves(&["assets/app.css", "assets/app.css.map", "assets/img/a b.png"]),
    Case::new("characters beyond ASCII", "--exclude * --include caf?.html")
        .of(FILES)
        .leaves(&["caf\u{e9}.html"]),
];
