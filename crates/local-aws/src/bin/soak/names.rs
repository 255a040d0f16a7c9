//! What files of the site may be called: much of what has once been a defect somewhere.

/// Pages.
pub(crate) const PAGES: [&str; 9] = [
    "index.html",
    "about.html",
    "guide/index.html",
    "guide/first steps.html",
    "guide/caf\u{e9}.html",
    "blog/2024/index.html",
    "blog/100%.html",
    "a&b/c=d.html",
    "404.html",
];

/// Files that are neither pages nor assets.
pub(crate) const FILES: [&str; 28] = [
    "plain.txt",
    "Plain.txt",
    "data/numbers.json",
    "data/Numbers.json",
    "data/a b+c.csv",
    "data/a%20b+c.csv",
    "data/%41.txt",
    "data/caf\u{e9}.txt",
    "data/cafe\u{301}.txt",
    "data/\u{65e5}\u{672c}\u{8a9e}.txt",
    "data/\u{1f980}.txt",
    "data/star*.txt",
    "data/question?.txt",
    "data/hash#tag.txt",
    "data/quote\"'.txt",
    "data/back\\slash.txt",
    "data/line\nbreak.txt",
    "data/bell\u{7}.txt",
    "data/escape\u{1b}[2J.txt",
    "data/right\u{202e}txt.to.left",
    "data/~tilde;semi,comma.txt",
    "data/(round)[square]{curly}.txt",
    "data/<angle>.xml",
    ".well-known/security.txt",
    "no-extension",
    "data.txt",
    "data-/minus.txt",
    "sitemap.xml",
];

/// Links.
pub(crate) const LINKS: [&str; 3] = ["link.txt", "linked", "data/link to"];

/// A file, and another that is in a folder of its name: only one of both can be there.
pub(crate) const EITHER: [(&str, &str); 2] =
    [("either", "either/below.txt"), ("data/fork", "data/fork/deep/below.txt")];
