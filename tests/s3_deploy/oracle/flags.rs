//! How flags are written, and flags that change nothing about an object.

use super::case::Case;

/// Small, because these cases are not about kinds of keys.
const FILES: &[&str] = &["index.html", "assets/app.css", "LICENSE"];

pub(super) const CASES: &[Case] = &[
    Case::new("a value behind an equals sign", "--cache-control='a=b, c'")
        .of(FILES)
        .shows(&[("cache-control", "a=b, c")]),
    Case::new("shortened flags", "--cache-c no-store --content-l de")
        .of(FILES)
        .shows(&[("cache-control", "no-store"), ("content-language", "de")]),
    Case::new("the last of several counts", "--acl public-read --storage-class GLACIER_IR --acl private")
        .of(FILES)
        .shows(&[("grants", "owner FULL_CONTROL"), ("storage-class", "GLACIER_IR")]),
    Case::new("quotes within quotes", "--content-disposition \"inline; filename=\\\"it's.txt\\\"\"")
        .of(FILES)
        .shows(&[("content-disposition", "inline; filename=\"it's.txt\"")]),
    Case::new("an empty value", "--cache-control '' --content-language de").of(FILES),
    Case::new("flags of the listing", "--page-size 2 --source-region eu-west-1").of(FILES),
    Case::new("flags of downloads", "--exact-timestamps --ignore-glacier-warnings --metadata-directive COPY")
        .of(FILES),
    Case::new("quiet", "--quiet").of(FILES),
    Case::new("only errors", "--only-show-errors --output json --color off").of(FILES),
    Case::new("a dry run", "--dryrun --delete").of(FILES).leaves(&[]),
];
