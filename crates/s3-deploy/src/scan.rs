//! The folder to deploy: which files it has, and what their bytes are.

#[cfg(all(test, unix))]
mod private_tests;
mod read;
mod site_folder;
mod skipped;
pub(crate) mod spelling;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bitbucket_pipe::text::printable;
use jiff::Timestamp;
use walkdir::{DirEntry, WalkDir};

use crate::filters::Filters;
use crate::filters::unmatched::PatternChecks;
use crate::guard::secrets::Secret;
use crate::hash::{Digests, on_all_processors};
use crate::headers::encoding::Encoding;
use crate::headers::rules::HeaderRules;
use crate::list::outline::Outline;
use crate::private::{Private, Protected, RealPaths, below, is_private};

pub(crate) use site_folder::{INDEX, has_file_in, site_folder};
pub(crate) use skipped::{Skipped, Why};

use read::read;

/// S3's limit for a key, in bytes.
const LONGEST_KEY: usize = 1024;

/// One file of the folder. There may be a million of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreeFile {
    /// Its path below the folder, with `/` between names; the key is the prefix and this. Shared with
    /// the plan, the outcome and the result.
    pub path: Arc<str>,
    /// When it was last written, where the file system tells.
    pub modified: Option<Timestamp>,
    /// What its bytes are.
    pub digests: Digests,
}

/// Everything there is to deploy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    /// Sorted by the bytes of their paths, as S3 lists keys.
    pub files: Vec<TreeFile>,
    /// What was left out, each with the reason.
    pub left_out: Vec<LeftOut>,
    /// Paths whose objects are not deleted either.
    pub protected: Protected,
    /// Patterns that have seen all files, the excluded ones included.
    pub checks: PatternChecks,
    /// What should have been deployed and cannot be.
    pub skipped: Vec<Skipped>,
    /// How many files the filters exclude.
    pub excluded: usize,
    /// What looks like a secret, sorted by path.
    pub secrets: Vec<Secret>,
    /// Files that are not in the encoding that their headers promise, sorted by encoding and path.
    pub mislabelled: Vec<(Encoding, Arc<str>)>,
}

/// A file or folder that is not deployed, on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// Never part of a site: version control and what Bitbucket generates for pipes.
    Private(PathBuf),
    /// A symbolic link, where links are not followed.
    Link(PathBuf),
    /// `HEADERS_FILE`.
    HeadersFile(PathBuf),
    /// `CHANGES_FILE` or `RESULT_FILE`.
    Written(PathBuf),
}

/// The folder itself cannot be read. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", printable(&path.to_string_lossy()))]
pub(crate) struct ScanError {
    path: PathBuf,
    source: std::io::Error,
}

impl TreeFile {
    /// A file of which nothing but the name has been read.
    fn unread(path: String) -> Self {
        Self { path: path.into(), modified: None, digests: Digests::default() }
    }
}

/// Reads the folder, following links or leaving them out; once all names are known, `outlined` hears of them, and the files
/// are hashed on all processors. `prefix_length` is that of the keys. What the filters exclude is neither read nor a reason
/// to skip.
pub(crate) fn scan(
    folder: &Path,
    prefix_length: usize,
    filters: &Filters,
    follow_links: bool,
    rules: &HeaderRules,
    outlined: impl FnOnce(Outline),
) -> Result<Tree, ScanError> {
    let mut tree = walk(folder, prefix_length, filters, follow_links)?;
    tree.files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    outlined(Outline::of(tree.files.len(), tree.files.iter().map(|file| &*file.path)));
    let mut unreadable = BTreeSet::new();
    let has_encodings = rules.has_encodings();
    let encoding_of = |path: &str| has_encodings.then(|| rules.encoding_of(path)).flatten();
    for remarks in on_all_processors(&mut tree.files, |file| read(folder, file, encoding_of)) {
        tree.secrets.extend(remarks.secret);
        tree.mislabelled.extend(remarks.mislabelled);
        unreadable.extend(remarks.unreadable.iter().map(|skipped| skipped.path.clone()));
        tree.skipped.extend(remarks.unreadable);
    }
    if !unreadable.is_empty() {
        tree.files.retain(|file| !unreadable.contains(&*file.path));
    }
    tree.skipped.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    tree.secrets.sort_unstable();
    tree.mislabelled.sort_unstable();
    Ok(tree)
}

fn walk(
    folder: &Path,
    prefix_length: usize,
    filters: &Filters,
    follow_links: bool,
) -> Result<Tree, ScanError> {
    let mut real_paths = RealPaths::new(folder, filters.own_paths());
    let mut tree = Tree { protected: real_paths.own(), checks: filters.checks(), ..Tree::default() };
    let mut walk = WalkDir::new(folder).follow_links(follow_links).min_depth(1).into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.depth() == 0 => return Err(unreadable(folder, error)),
            Err(error) => {
                let is_folder = error.path().is_some_and(Path::is_dir);
                let path = below(folder, error.path().unwrap_or(folder));
                let link = error.path().map(Path::to_owned);
                let why = Why::of(error);
                if let Some(link) = link.filter(|link| why == Why::Dangling && real_paths.is_unwritten(link))
                {
                    tree.protected.insert(path);
                    tree.left_out.push(LeftOut::Written(link));
                    continue;
                }
                // A folder is no object, but has some below it; a link to nothing has none. What is neither may be both.
                let is_excluded = match why {
                    Why::Dangling => !filters.includes(&path),
                    _ if is_folder => filters.exclude_all_below(&path),
                    _ => !filters.includes(&path) && filters.exclude_all_below(&path),
                };
                if is_excluded {
                    tree.excluded += 1;
                } else {
                    tree.skipped.push(Skipped { path, why });
                }
                continue;
            }
        };
        let path = below(folder, entry.path());
        if !entry.file_type().is_dir() {
            tree.checks.see_file(&path);
        }
        let private = if is_private(&path) { Some(Private::Folder) } else { real_paths.private(&entry) };
        if let Some(private) = private {
            tree.protected.insert(path);
            tree.left_out.push(match private {
                Private::Folder => LeftOut::Private(entry.path().to_owned()),
                Private::Written => LeftOut::Written(entry.path().to_owned()),
            });
            if entry.file_type().is_dir() {
                walk.skip_current_dir();
            }
        } else if leads_out(&entry, filters) && !is_excluded(&entry, &path, filters) {
            tree.skipped.push(Skipped { path, why: Why::Outside });
            if entry.file_type().is_dir() {
                walk.skip_current_dir();
            }
        } else if entry.file_type().is_dir() {
            // Folders are no objects; what is in them comes next.
        } else if filters.is_headers_file(&path) {
            tree.left_out.push(LeftOut::HeadersFile(entry.into_path()));
        } else if !filters.includes(&path) {
            tree.excluded += 1;
        } else if entry.file_type().is_symlink() {
            tree.left_out.push(LeftOut::Link(entry.into_path()));
        } else if let Some(why) = obstacle(&entry, prefix_length + path.len()) {
            tree.skipped.push(Skipped { path, why });
        } else {
            tree.files.push(TreeFile::unread(path));
        }
    }
    Ok(tree)
}

/// Whether this is a link that was followed out of where links may lead. Devices are judged as what they are.
fn leads_out(entry: &DirEntry, filters: &Filters) -> bool {
    let is_followed = entry.path_is_symlink() && (entry.file_type().is_dir() || entry.file_type().is_file());
    is_followed && filters.lead_out(entry.path())
}

fn is_excluded(entry: &DirEntry, path: &str, filters: &Filters) -> bool {
    if entry.file_type().is_dir() { filters.exclude_all_below(path) } else { !filters.includes(path) }
}

/// Why an entry that is no folder cannot be an object with a key of that many bytes.
fn obstacle(entry: &DirEntry, length: usize) -> Option<Why> {
    if !entry.file_type().is_file() {
        Some(Why::Special)
    } else if entry.path().to_str().is_none() {
        Some(Why::NotUtf8)
    } else {
        (length > LONGEST_KEY).then_some(Why::TooLong(length))
    }
}

fn unreadable(folder: &Path, error: walkdir::Error) -> ScanError {
    let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other("no reason given"));
    ScanError { path: folder.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for path in paths {
            let file = folder.path().join(path);
            std::fs::create_dir_all(file.parent().expect("below the folder")).expect("a folder");
            std::fs::write(file, path).expect("a file");
        }
        folder
    }

    fn paths(tree: &Tree) -> Vec<&str> {
        tree.files.iter().map(|file| &*file.path).collect()
    }

    #[test]
    fn files_are_sorted_as_s3_lists_keys() {
        let folder = tree(&["b.html", "a/z.css", "a-b.html", "é.html", "B.html"]);
        let tree = scan(folder.path(), 0, &Filters::default(), true, &HeaderRules::default(), |_| {})
            .expect("readable");
        assert_eq!(paths(&tree), ["B.html", "a-b.html", "a/z.css", "b.html", "é.html"]);
        assert_eq!(tree.files[0].digests.size, 6);
    }

    #[test]
    fn private_folders_are_left_out_at_any_depth() {
        let folder = tree(&[
            ".git/config",
            "docs/.git/HEAD",
            ".bitbucket/pipelines/generated/pipeline/pipes/x",
            ".bitbucket/readme",
            ".gitignore",
            "index.html",
        ]);
        let tree = scan(folder.path(), 0, &Filters::default(), true, &HeaderRules::default(), |_| {})
            .expect("readable");
        assert_eq!(paths(&tree), [".bitbucket/readme", ".gitignore", "index.html"]);
        assert_eq!(tree.left_out.len(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_or_left_out() {
        use std::os::unix::fs::symlink;
        let folder = tree(&["real/page.html"]);
        symlink("real", folder.path().join("linked")).expect("a link");
        let followed = scan(folder.path(), 0, &Filters::default(), true, &HeaderRules::default(), |_| {})
            .expect("readable");
        assert_eq!(paths(&followed), ["linked/page.html", "real/page.html"]);
        let unfollowed = scan(folder.path(), 0, &Filters::default(), false, &HeaderRules::default(), |_| {})
            .expect("readable");
        assert_eq!(paths(&unfollowed), ["real/page.html"]);
        assert_eq!(unfollowed.left_out, [LeftOut::Link(folder.path().join("linked"))]);
    }

    /// A folder with one page and everything that cannot be deployed beside it.
    #[cfg(unix)]
    fn awkward() -> tempfile::TempDir {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::symlink;
        let folder = tree(&["index.html", "cache/a.html", "cache/up/b.html"]);
        std::fs::write(folder.path().join(OsStr::from_bytes(b"cache/\xff")), "x").expect("a file");
        symlink("nowhere", folder.path().join("cache/broken")).expect("a link");
        symlink("..", folder.path().join("cache/up/loop")).expect("a link");
        symlink("/proc/self/mem", folder.path().join("cache/unreadable")).expect("a link");
        std::os::unix::net::UnixListener::bind(folder.path().join("cache/socket")).expect("a socket");
        folder
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_cannot_be_deployed_is_skipped_with_the_reason() {
        let folder = awkward();
        let tree = scan(folder.path(), 0, &Filters::default(), true, &HeaderRules::default(), |_| {})
            .expect("readable");
        assert_eq!(paths(&tree), ["cache/a.html", "cache/up/b.html", "index.html"]);
        let [broken, socket, unreadable, up_loop, not_utf8] = &tree.skipped[..] else {
            panic!("{:?}", tree.skipped)
        };
        for (skipped, path, why) in [
            (broken, "cache/broken", Why::Dangling),
            (socket, "cache/socket", Why::Special),
            (up_loop, "cache/up/loop", Why::Loop),
            (not_utf8, "cache/\u{fffd}", Why::NotUtf8),
        ] {
            assert_eq!((skipped.path.as_str(), &skipped.why), (path, &why));
        }
        assert_eq!(unreadable.path, "cache/unreadable");
        assert!(matches!(unreadable.why, Why::Unreadable(_)), "{:?}", unreadable.why);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_excluded_is_neither_read_nor_a_reason_to_skip() {
        use crate::filters::Rule;
        let folder = awkward();
        let all_but_cache = Filters::new(vec![Rule::new("cache/*", false)], folder.path());
        let tree =
            scan(folder.path(), 0, &all_but_cache, true, &HeaderRules::default(), |_| {}).expect("readable");
        assert_eq!((paths(&tree), tree.excluded, &tree.skipped[..]), (vec!["index.html"], 7, &[][..]));
    }

    #[test]
    fn a_key_that_is_too_long_is_skipped() {
        let folder = tree(&["index.html"]);
        let skipped = |prefix_length| {
            scan(folder.path(), prefix_length, &Filters::default(), true, &HeaderRules::default(), |_| {})
                .expect("readable")
                .skipped
        };
        assert_eq!(skipped(LONGEST_KEY - 10), []);
        let why = Why::TooLong(LONGEST_KEY + 1);
        assert_eq!(skipped(LONGEST_KEY - 9), [Skipped { path: "index.html".into(), why }]);
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_an_error() {
        assert!(
            scan(Path::new("/no/such/folder"), 0, &Filters::default(), true, &HeaderRules::default(), |_| {})
                .is_err()
        );
    }
}
