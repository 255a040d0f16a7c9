//! Syncs that follow each other: what is sent again, what is deleted, and what is left alone.

use super::case::Edit::{Fill, Folder, Link, Put, Remove, RemoveFolder, Touch, Write};
use super::case::{Case, Step};
use super::tree::Age::{Newer, Older};

const SITE: &[&str] = &["about.html", "assets/app.css", "docs/index.html", "index.html"];

macro_rules! hundred {
    () => {
        "a hundred letters with blanks and 1234567890 and more until there are as many as the title says, so."
    };
}

/// As long as a key can be: 1024 bytes.
const LONGEST: &str = concat!(
    hundred!(),
    hundred!(),
    "/",
    hundred!(),
    hundred!(),
    "/",
    hundred!(),
    hundred!(),
    "/",
    hundred!(),
    hundred!(),
    "/",
    hundred!(),
    hundred!(),
    "/",
    "the-end-of-it.html!"
);

/// A byte more.
const TOO_LONG: &str = concat!(
    hundred!(),
    hundred!(),
    "/",
    hundred!(),
    hundred!(),
    "/",
    hundred!(),
    hundred!(),
    "/",
    hundred!(),
    hundred!(),
    "/",
    hundred!(),
    hundred!(),
    "/",
    "the-end-of-it.html!!"
);

pub(super) const CASES: &[Case] = &[
    Case::new("names that nobody expects", "").of(&[
        "#hash ?query.txt",
        ".htaccess",
        "PHOTO.JPG",
        "\"quoted\" <tag>.txt",
        "back\\slash.txt",
        "decomposed-cafe\u{301}.html",
        "it's (1) & more, =;:@!$~.txt",
        "looks%20encoded.txt",
        "st*r [set].txt",
        "two.dots.pdf",
        "unknown.unknown-extension",
        "v1.2/README",
        "\u{65e5}\u{672c}/\u{1f389}.png",
    ]),
    Case::new("edits", "")
        .of(SITE)
        .steps(&[
            Step(&[], ""),
            Step(
                &[
                    Write("index.html", "longer than it was", Newer),
                    Write("about.html", "ABOUT.HTML", Newer),
                    Write("docs/new.html", "new", Older),
                    Remove("assets/app.css"),
                ],
                "",
            ),
        ])
        .leaves(&["about.html", "assets/app.css", "docs/index.html", "docs/new.html", "index.html"]),
    Case::new("deletion", "--delete")
        .of(SITE)
        .steps(&[
            Step(&[Put("by-hand.html", "x"), Put("docs/by-hand/a+b.html", "x")], ""),
            Step(&[Remove("assets/app.css"), RemoveFolder("docs")], ""),
        ])
        .leaves(&["about.html", "index.html"]),
    Case::new("what is excluded is not deleted", "--delete --exclude '*.keep' --exclude 'docs/*'")
        .of(SITE)
        .steps(&[
            Step(
                &[Put("a.keep", "x"), Put("x/b.keep", "x"), Put("docs/c.html", "x"), Put("gone.html", "x")],
                "",
            ),
            Step(&[Remove("about.html")], ""),
        ])
        .leaves(&["a.keep", "assets/app.css", "docs/c.html", "index.html", "x/b.keep"]),
    Case::new("only what is included is deleted", "--delete --exclude * --include *.css")
        .of(SITE)
        .steps(&[Step(&[Put("old.css", "x"), Put("old.html", "x")], "")])
        .leaves(&["assets/app.css", "old.html"]),
    Case::new("filters are about what follows the prefix", "--delete --exclude 'docs/*'")
        .of(SITE)
        .below("/docs")
        .steps(&[Step(&[Put("docs/docs/keep.html", "x"), Put("docs/gone.html", "x")], "")])
        .leaves(&["docs/about.html", "docs/assets/app.css", "docs/docs/keep.html", "docs/index.html"]),
    Case::new("by size an edit of the same length is not seen", "--size-only").of(SITE).steps(&[
        Step(&[], ""),
        Step(
            &[Write("index.html", "INDEX.HTML", Newer), Write("about.html", "longer than before", Older)],
            "",
        ),
    ]),
    Case::new("exact timestamps are for downloads", "--exact-timestamps").of(SITE).by_time().steps(&[
        Step(&[], ""),
        Step(&[Write("index.html", "INDEX.HTML", Older), Write("about.html", "ABOUT.HTML", Newer)], ""),
    ]),
    Case::new("by time an older edit of the same length is not seen", "").of(SITE).by_time().steps(&[
        Step(&[], ""),
        Step(
            &[Write("index.html", "INDEX.HTML", Older), Write("about.html", "longer than before", Older)],
            "",
        ),
    ]),
    Case::new("by time what is newer gets the headers of the day", "").of(SITE).by_time().steps(&[
        Step(&[], "--cache-control no-cache"),
        Step(&[Touch("index.html", Newer)], "--cache-control no-store"),
    ]),
    Case::new("a prefix without a slash", "--delete")
        .of(SITE)
        .below("/site")
        .steps(&[Step(
            &[Put("site", "x"), Put("site2/a.html", "x"), Put("site/gone.html", "x"), Put("a.html", "x")],
            "",
        )])
        .leaves(&[
            "a.html",
            "site",
            "site/about.html",
            "site/assets/app.css",
            "site/docs/index.html",
            "site/index.html",
            "site2/a.html",
        ]),
    Case::new("a prefix with a slash", "--delete")
        .of(SITE)
        .below("/site/")
        .steps(&[Step(
            &[Put("site2/a.html", "x"), Put("site/gone.html", "x"), Put("site/index.html", "old")],
            "",
        )])
        .leaves(&[
            "site/about.html",
            "site/assets/app.css",
            "site/docs/index.html",
            "site/index.html",
            "site2/a.html",
        ]),
    Case::new("a deep prefix with every sign", "--delete")
        .of(SITE)
        .below("/a b/c+d/100%/\u{e9}")
        .steps(&[Step(&[Put("a b/c+d/100%/\u{e9}/gone.html", "x"), Put("a b/c+d/100%/e.html", "x")], "")]),
    Case::new("a slash behind the bucket", "").of(SITE).below("/"),
    Case::new("a slash behind the folder", "").of(SITE).from("build/"),
    Case::new("a folder by a roundabout way", "--exclude docs/*").of(SITE).from("./build/../build/."),
    Case::new("a file becomes a folder", "--delete")
        .of(&["docs", "index.html"])
        .steps(&[Step(&[], ""), Step(&[Remove("docs"), Write("docs/index.html", "x", Older)], "")])
        .leaves(&["docs/index.html", "index.html"]),
    Case::new("a folder becomes a file", "--delete")
        .of(SITE)
        .steps(&[Step(&[], ""), Step(&[RemoveFolder("docs"), Write("docs", "x", Older)], "")])
        .leaves(&["about.html", "assets/app.css", "docs", "index.html"]),
    Case::new("names that sort around a folder", "--delete --page-size 2")
        .of(&["docs!/a", "docs-old/a", "docs.html", "docs/a", "docs0", "docs/b-c", "docs/b/c", "docs/b.html"])
        .steps(&[
            Step(&[], ""),
            Step(&[Remove("docs/a"), Remove("docs.html"), Write("docs/b/d", "x", Older)], ""),
            Step(&[Write("docs/b/c", "longer than it was before", Newer)], ""),
        ])
        .leaves(&["docs!/a", "docs-old/a", "docs/b-c", "docs/b.html", "docs/b/c", "docs/b/d", "docs0"]),
    Case::new("folders without files", "--delete")
        .of(SITE)
        .steps(&[Step(&[Folder("empty"), Folder("docs/empty/deep")], "")])
        .leaves(SITE),
    Case::new("objects that stand for folders", "--delete")
        .of(SITE)
        .steps(&[Step(&[Put("docs/", ""), Put("gone/", ""), Put("full/", "x")], "")]),
    Case::new("links are followed", "")
        .of(SITE)
        .steps(&[Step(
            &[Link("linked.html", "index.html"), Link("linked", "docs"), Link("a.link", "linked.html")],
            "",
        )])
        .leaves(&[
            "a.link",
            "about.html",
            "assets/app.css",
            "docs/index.html",
            "index.html",
            "linked.html",
            "linked/index.html",
        ]),
    Case::new("links out of the folder", "")
        .of(SITE)
        .steps(&[Step(
            &[Folder("../outside"), Write("../outside/a.html", "x", Older), Link("in", "../outside")],
            "",
        )])
        .leaves(&["about.html", "assets/app.css", "docs/index.html", "in/a.html", "index.html"]),
    Case::new("links are left out, and deleted", "--delete")
        .of(SITE)
        .steps(&[
            Step(&[Link("linked.html", "index.html"), Link("linked", "docs")], ""),
            Step(&[], "--no-follow-symlinks"),
        ])
        .leaves(SITE),
    Case::new("links are followed after all", "--no-follow-symlinks --follow-symlinks")
        .of(SITE)
        .steps(&[Step(&[Link("linked.html", "index.html")], "")]),
    Case::new("links that lead to nothing", "")
        .of(SITE)
        .steps(&[Step(&[Link("broken.html", "nowhere"), Link("docs/itself.html", "itself.html")], "")])
        .ends([2, 1])
        .leaves(SITE),
    Case::new("links that lead to nothing do not matter", "--no-follow-symlinks")
        .of(SITE)
        .steps(&[Step(&[Link("broken.html", "nowhere"), Link("docs/up", "..")], "")])
        .leaves(SITE),
    // `aws s3 sync` looks at files before it looks at filters; here nobody is warned of what is excluded.
    Case::new("an excluded link that leads to nothing", "--exclude broken.*")
        .of(SITE)
        .steps(&[Step(&[Link("broken.html", "nowhere")], "")])
        .ends([2, 0])
        .leaves(SITE),
    Case::new("a name of 1024 bytes", "--delete")
        .of(&[LONGEST, "index.html"])
        .steps(&[Step(&[], ""), Step(&[Write(LONGEST, "another length", Newer), Remove("index.html")], "")])
        .leaves(&[LONGEST]),
    Case::new("a name of 1025 bytes", "")
        .of(&["index.html", TOO_LONG])
        .ends([1, 1])
        .leaves(&["index.html"])
        .not_on_moto("it takes names of any length"),
    Case::new("packed files", "").of(&[
        "archive.tar.gz",
        "archive.tgz",
        "drawing.svgz",
        "DRAWING.SVGZ",
        "index.html.bz2",
        "index.html.gz",
        "index.html.GZ",
        "index.html.xz",
        "nothing.gz",
        ".gz",
        "style.css.Z",
    ]),
    Case::new("two calls share a prefix", "").of(SITE).steps(&[
        Step(&[], "--exclude *.html --cache-control max-age=31536000"),
        Step(&[], "--exclude * --include *.html --cache-control no-cache --delete"),
        Step(
            &[Write("index.html", "longer than before", Newer)],
            "--exclude *.html --cache-control max-age=31536000",
        ),
        Step(&[], "--exclude * --include *.html --cache-control no-cache --delete"),
    ]),
    Case::new("sizes around a part", "").sized(&[
        ("0", 0),
        ("1", 1),
        ("part-1", (8 << 20) - 1),
        ("part", 8 << 20),
        ("part+1", (8 << 20) + 1),
        ("two", 16 << 20),
    ]),
    Case::new("from parts to one piece and back", "").sized(&[("a", (8 << 20) + 1), ("b", 1)]).steps(&[
        Step(&[], ""),
        Step(&[Write("a", "small", Newer), Fill("b", 9 << 20)], "--storage-class STANDARD_IA"),
    ]),
    Case::new("a name with a line break", "--delete")
        .of(&["a\nb.html", "a\tb.html"])
        .steps(&[Step(&[], ""), Step(&[Remove("a\tb.html")], "")])
        .not_on_moto("it takes no key with a line break"),
];
