//! The folder to deploy: which files it has, and what their bytes are.

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

use bitbucket_pipe::storage::GENERATED;
use bitbucket_pipe::text::printable;
use jiff::Timestamp;
use walkdir::{DirEntry, WalkDir};

use crate::filters::Filters;
use crate::hash::{self, Digests, Found};
use crate::record;

/// S3's limit for a key, in bytes.
const LONGEST_KEY: usize = 1024;

/// One file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalFile {
    /// Its path below the folder, with `/` between names; the key is the prefix and this.
    pub path: String,
    /// Where it is.
    pub file: PathBuf,
    /// When it was last written, where the file system tells.
    pub modified: Option<Timestamp>,
    /// What its bytes are.
    pub digests: Digests,
}

/// Everything there is to deploy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    /// Sorted by the bytes of their paths, as S3 lists keys.
    pub files: Vec<LocalFile>,
    /// What was left out, each with the reason.
    pub left_out: Vec<LeftOut>,
    /// How many files the filters exclude.
    pub excluded: usize,
}

/// A file or folder that is not deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// Never part of a site: version control and what Bitbucket generates for pipes.
    Private(PathBuf),
    /// A socket, pipe or device.
    Special(PathBuf),
    /// A symbolic link, where links are not followed.
    Link(PathBuf),
    /// `HEADERS_FILE`.
    HeadersFile(PathBuf),
}

/// Why a folder cannot be deployed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScanError {
    /// A file or folder cannot be read.
    #[error("cannot read {}", shown(path))]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A link leads to nothing.
    #[error(
        "the link {} leads to nothing\nhint: remove it, or build what it stands for; leaving it out could delete the \
         object it once was", shown(.0)
    )]
    Dangling(PathBuf),
    /// A link leads back to a folder above it.
    #[error("the link {} leads back to a folder above it\nhint: links are followed; remove this one", shown(.0))]
    Loop(PathBuf),
    /// A name S3 cannot have.
    #[error("the name of {} is not UTF-8, so it cannot be a key\nhint: rename it", shown(.0))]
    NotUtf8(PathBuf),
    /// A name that is too long.
    #[error(
        "the key of {} has {length} bytes, but S3 takes at most {LONGEST_KEY}\nhint: shorten its path, or the path in \
         S3_BUCKET",
        shown(path)
    )]
    TooLong {
        /// Which.
        path: PathBuf,
        /// Bytes of the key, the prefix included.
        length: usize,
    },
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy()).into_owned()
}

/// Whether a path below the prefix is never deployed and never deleted: at any depth; of the
/// records' folders, only this prefix's own is left alone whole.
#[must_use]
pub(crate) fn is_private(path: &str) -> bool {
    let slashed = format!("/{path}/");
    path.starts_with(record::FOLDER)
        || slashed.contains("/.git/")
        || slashed.contains(&format!("/{GENERATED}/"))
}

/// Reads the folder, following links or leaving them out; files are hashed on all processors while the walk still goes on.
/// `prefix_length` is that of the keys. What the filters exclude is neither read nor a reason to fail.
pub(crate) fn scan(
    folder: &Path,
    prefix_length: usize,
    filters: &Filters,
    follow_links: bool,
) -> Result<Tree, ScanError> {
    let (walked, hashed) =
        hash::while_found(|found| walk(folder, prefix_length, filters, follow_links, found));
    let (left_out, excluded) = walked?;
    let files = hashed.into_iter().map(|(Found { path, file, modified }, digests)| match digests {
        Ok(digests) => Ok(LocalFile { path, file, modified, digests }),
        Err(source) => Err(ScanError::Unreadable { path: file, source }),
    });
    let mut files = files.collect::<Result<Vec<LocalFile>, _>>()?;
    files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    Ok(Tree { files, left_out, excluded })
}

fn walk(
    folder: &Path,
    prefix_length: usize,
    filters: &Filters,
    follow_links: bool,
    found: &Sender<Found>,
) -> Result<(Vec<LeftOut>, usize), ScanError> {
    let (mut left_out, mut excluded) = (Vec::new(), 0);
    let mut walk = WalkDir::new(folder).follow_links(follow_links).min_depth(1).into_iter();
    while let Some(entry) = walk.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.path().is_some_and(|path| filters.exclude_all_of(&below(folder, path))) => {
                excluded += 1;
                continue;
            }
            Err(error) => return Err(refused(error)),
        };
        let path = below(folder, entry.path());
        if is_private(&path) {
            left_out.push(LeftOut::Private(entry.path().to_owned()));
            if entry.file_type().is_dir() {
                walk.skip_current_dir();
            }
        } else if entry.file_type().is_dir() {
            // Folders are no objects; what is in them comes next.
        } else if filters.is_headers_file(&path) {
            left_out.push(LeftOut::HeadersFile(entry.into_path()));
        } else if !filters.includes(&path) {
            excluded += 1;
        } else if entry.file_type().is_symlink() {
            left_out.push(LeftOut::Link(entry.into_path()));
        } else if !entry.file_type().is_file() {
            left_out.push(LeftOut::Special(entry.into_path()));
        } else {
            let path = key_path(path, &entry, prefix_length)?;
            let modified = entry.metadata().ok().and_then(|metadata| metadata.modified().ok());
            let modified = modified.and_then(|time| Timestamp::try_from(time).ok());
            // Only gone when every hashing thread has panicked, and that ends the scan by itself.
            let _ = found.send(Found { path, file: entry.into_path(), modified });
        }
    }
    Ok((left_out, excluded))
}

fn refused(error: walkdir::Error) -> ScanError {
    let path = error.path().unwrap_or(Path::new("")).to_owned();
    if error.loop_ancestor().is_some() {
        return ScanError::Loop(path);
    }
    let source = error.into_io_error().unwrap_or_else(|| std::io::Error::other("no reason given"));
    let is_link = std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink());
    if is_link && source.kind() == std::io::ErrorKind::NotFound {
        return ScanError::Dangling(path);
    }
    ScanError::Unreadable { path, source }
}

/// The path below the folder, with `/` between names; what is not UTF-8 in it is replaced.
fn below(folder: &Path, path: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    let names: Vec<_> = below.iter().map(std::ffi::OsStr::to_string_lossy).collect();
    names.join("/")
}

/// The path, if it can be a key.
fn key_path(path: String, entry: &DirEntry, prefix_length: usize) -> Result<String, ScanError> {
    let length = prefix_length + path.len();
    if entry.path().to_str().is_none() {
        return Err(ScanError::NotUtf8(entry.path().to_owned()));
    }
    if length > LONGEST_KEY {
        return Err(ScanError::TooLong { path: entry.path().to_owned(), length });
    }
    Ok(path)
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

    #[test]
    fn files_are_sorted_as_s3_lists_keys() {
        let folder = tree(&["b.html", "a/z.css", "a-b.html", "é.html", "B.html"]);
        let tree = scan(folder.path(), 0, &Filters::default(), true).expect("readable");
        let paths: Vec<&str> = tree.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["B.html", "a-b.html", "a/z.css", "b.html", "é.html"]);
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
        let tree = scan(folder.path(), 0, &Filters::default(), true).expect("readable");
        let paths: Vec<&str> = tree.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, [".bitbucket/readme", ".gitignore", "index.html"]);
        assert_eq!(tree.left_out.len(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_loops_and_broken_ones_are_refused() {
        use std::os::unix::fs::symlink;
        let folder = tree(&["real/page.html"]);
        symlink("real", folder.path().join("linked")).expect("a link");
        let paths: Vec<String> = scan(folder.path(), 0, &Filters::default(), true)
            .expect("readable")
            .files
            .into_iter()
            .map(|file| file.path)
            .collect();
        assert_eq!(paths, ["linked/page.html", "real/page.html"]);
        let unfollowed = scan(folder.path(), 0, &Filters::default(), false).expect("readable");
        let paths: Vec<&str> = unfollowed.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["real/page.html"]);
        assert_eq!(unfollowed.left_out, [LeftOut::Link(folder.path().join("linked"))]);

        symlink("nowhere", folder.path().join("broken")).expect("a link");
        assert!(matches!(scan(folder.path(), 0, &Filters::default(), true), Err(ScanError::Dangling(_))));
        std::fs::remove_file(folder.path().join("broken")).expect("removable");

        symlink("..", folder.path().join("real/up")).expect("a link");
        assert!(matches!(scan(folder.path(), 0, &Filters::default(), true), Err(ScanError::Loop(_))));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_excluded_is_neither_read_nor_a_reason_to_fail() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::symlink;

        use crate::filters::Rule;

        let folder = tree(&["index.html", "cache/a.html", "cache/up/b.html"]);
        std::fs::write(folder.path().join(OsStr::from_bytes(b"cache/\xff")), "x").expect("a file");
        symlink("nowhere", folder.path().join("cache/broken")).expect("a link");
        symlink("..", folder.path().join("cache/up/loop")).expect("a link");
        let all_but_cache = Filters::new(vec![Rule::new("cache/*", false)], folder.path());
        let tree = scan(folder.path(), 0, &all_but_cache, true).expect("readable");
        let paths: Vec<&str> = tree.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!((paths, tree.excluded), (vec!["index.html"], 5));
        assert!(scan(folder.path(), 0, &Filters::default(), true).is_err());
    }

    #[test]
    fn a_key_that_is_too_long_is_refused() {
        let folder = tree(&["index.html"]);
        assert!(scan(folder.path(), LONGEST_KEY - 10, &Filters::default(), true).is_ok());
        assert!(matches!(
            scan(folder.path(), LONGEST_KEY - 9, &Filters::default(), true),
            Err(ScanError::TooLong { length: 1025, .. })
        ));
    }
}
