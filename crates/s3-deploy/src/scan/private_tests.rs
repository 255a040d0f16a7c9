//! What a walk leaves out by where it really is.

use std::os::unix::fs::symlink;

use std::fs;
use std::path::Path;

use super::{LeftOut, Tree, scan};
use crate::filters::Filters;
use crate::headers::rules::HeaderRules;
use crate::private::OwnPaths;

/// A clone with a `build`, a `.git` folder and what pipes share.
fn clone() -> tempfile::TempDir {
    let clone = tempfile::tempdir().expect("a temporary folder");
    for path in [
        "build/index.html",
        "out/changes.json",
        ".git/config",
        ".git/hooks/commit-msg",
        ".bitbucket/pipelines/generated/pipeline/pipes/x.json",
        "shared/aws-deploy/changes.json",
        "module/.git",
        "module/page.html",
    ] {
        let file = clone.path().join(path);
        fs::create_dir_all(file.parent().expect("below the clone")).expect("a folder");
        fs::write(file, path).expect("a file");
    }
    clone
}

fn scanned(clone: &Path, folder: &str) -> Tree {
    let own = OwnPaths {
        files: ["out/changes.json", "build/result.json", "no/where.json"].map(|file| clone.join(file)).into(),
        folders: vec![clone.join("shared")],
    };
    let filters = Filters::default().leaving_out(own);
    scan(&clone.join(folder), 0, &filters, true, &HeaderRules::default(), |_| {}).expect("readable")
}

fn paths(tree: &Tree) -> Vec<&str> {
    tree.files.iter().map(|file| &*file.path).collect()
}

#[test]
fn links_are_what_they_lead_to() {
    let clone = clone();
    let file = |path: &str| clone.path().join(path);
    for (target, link) in [
        ("../.git", "git"),
        ("../.git/config", "config.txt"),
        ("../.git/hooks", "hooks"),
        ("../module", "module"),
        ("../module/.git", "module.txt"),
        ("config.txt", "chain.txt"),
        ("../.bitbucket", "bitbucket"),
        ("../shared/aws-deploy", "shared"),
        ("../out", "out"),
        ("../out/changes.json", "latest.json"),
        // Where the result goes: the link is replaced.
        ("index.html", "result.json"),
    ] {
        symlink(target, file("build").join(link)).expect("a link");
    }
    fs::write(file("out/notes.txt"), "x").expect("a file");
    let tree = scanned(clone.path(), "build");
    assert_eq!(paths(&tree), ["index.html", "module/page.html", "out/notes.txt"]);
    assert_eq!(tree.skipped, []);
    let written = tree.left_out.iter().filter(|item| matches!(item, LeftOut::Written(_))).count();
    assert_eq!((written, tree.left_out.len()), (3, 11));
    for (path, expected) in [
        ("git", true),
        ("git/HEAD", true),
        ("module/.git", true),
        ("bitbucket/pipelines/generated/x", true),
        ("bitbucket/other", false),
        ("latest.json", true),
        ("result.json", true),
        ("result.json.html", false),
        ("index.html", false),
        ("where.json", false),
    ] {
        assert_eq!(tree.protected.has(path), expected, "{path}");
    }
}

#[test]
fn a_file_that_is_not_written_yet_is_no_broken_link() {
    let clone = clone();
    fs::remove_file(clone.path().join("out/changes.json")).expect("it was there");
    for (target, link) in
        [("../out/changes.json", "next.json"), ("next.json", "chain.json"), ("nothing.json", "broken")]
    {
        symlink(target, clone.path().join("build").join(link)).expect("a link");
    }
    let tree = scanned(clone.path(), "build");
    assert_eq!(tree.left_out.len(), 2, "{:?}", tree.left_out);
    let skipped: Vec<&str> = tree.skipped.iter().map(|skipped| skipped.path.as_str()).collect();
    assert_eq!(skipped, ["broken"]);
}

#[test]
fn a_folder_that_is_in_a_private_one_is_deployed() {
    let clone = clone();
    for (folder, expected) in [(".git/hooks", &["commit-msg"][..]), ("shared", &["aws-deploy/changes.json"])]
    {
        symlink(clone.path().join(".git/config"), clone.path().join(folder).join("link")).expect("a link");
        let tree = scanned(clone.path(), folder);
        assert_eq!((paths(&tree), tree.left_out.len()), (expected.to_vec(), 1), "{folder}");
    }
}
