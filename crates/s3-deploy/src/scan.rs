//! The folder to deploy: which files it has, and what their bytes are.

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

use bitbucket_pipe::storage::GENERATED;
use bitbucket_pipe::text::printable;
use walkdir::{DirEntry, WalkDir};

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
}

/// A file or folder that is not deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// Never part of a site: version control and what Bitbucket generates for pipes.
    Private(PathBuf),
    /// A socket, pipe or device.
    Special(PathBuf),
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

/// Reads the folder, following links; files are hashed on all processors while the walk still goes on.
/// `prefix_length` is that of the keys.
pub(crate) fn scan(folder: &Path, prefix_length: usize) -> Result<Tree, ScanError> {
    let mut left_out = Vec::new();
    let (walked, hashed) = hash::while_found(|found| walk(folder, prefix_length, found, &mut left_out));
    walked?;
    let files = hashed.into_iter().map(|(Found { path, file }, digests)| match digests {
        Ok(digests) => Ok(LocalFile { path, file, digests }),
        Err(source) => Err(ScanError::Unreadable { path: file, source }),
    });
    let mut files = files.collect::<Result<Vec<LocalFile>, _>>()?;
    files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    Ok(Tree { files, left_out })
}

fn walk(
    folder: &Path,
    prefix_length: usize,
    found: &Sender<Found>,
    left_out: &mut Vec<LeftOut>,
) -> Result<(), ScanError> {
    let mut walk = WalkDir::new(folder).follow_links(true).min_depth(1).into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(refused)?;
        let path = key_path(folder, &entry)?;
        if is_private(&path) {
            left_out.push(LeftOut::Private(entry.path().to_owned()));
            if entry.file_type().is_dir() {
                walk.skip_current_dir();
            }
        } else if entry.file_type().is_file() {
            let length = prefix_length + path.len();
            if length > LONGEST_KEY {
                return Err(ScanError::TooLong { path: entry.into_path(), length });
            }
            // Only gone when every hashing thread has panicked, and that ends the scan by itself.
            let _ = found.send(Found { path, file: entry.into_path() });
        } else if !entry.file_type().is_dir() {
            left_out.push(LeftOut::Special(entry.into_path()));
        }
    }
    Ok(())
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

fn key_path(folder: &Path, entry: &DirEntry) -> Result<String, ScanError> {
    let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
    let names: Option<Vec<&str>> = below.iter().map(std::ffi::OsStr::to_str).collect();
    names.map(|names| names.join("/")).ok_or_else(|| ScanError::NotUtf8(entry.path().to_owned()))
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
        let tree = scan(folder.path(), 0).expect("readable");
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
        let tree = scan(folder.path(), 0).expect("readable");
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
        let paths: Vec<String> =
            scan(folder.path(), 0).expect("readable").files.into_iter().map(|file| file.path).collect();
        assert_eq!(paths, ["linked/page.html", "real/page.html"]);

        symlink("nowhere", folder.path().join("broken")).expect("a link");
        assert!(matches!(scan(folder.path(), 0), Err(ScanError::Dangling(_))));
        std::fs::remove_file(folder.path().join("broken")).expect("removable");

        symlink("..", folder.path().join("real/up")).expect("a link");
        assert!(matches!(scan(folder.path(), 0), Err(ScanError::Loop(_))));
    }

    #[test]
    fn a_key_that_is_too_long_is_refused() {
        let folder = tree(&["index.html"]);
        assert!(scan(folder.path(), LONGEST_KEY - 10).is_ok());
        assert!(matches!(scan(folder.path(), LONGEST_KEY - 9), Err(ScanError::TooLong { length: 1025, .. })));
    }
}
