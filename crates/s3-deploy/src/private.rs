//! What is never deployed, by where it really is: the name of a link does not show where it leads.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bitbucket_pipe::storage::GENERATED;
use bitbucket_pipe::{Environment, changes};
use walkdir::DirEntry;

/// The folder of the deploy record, below the prefix.
const RECORDS: &str = ".s3-deploy/";
/// As many links as Linux follows one after the other.
const LONGEST_CHAIN: usize = 40;

/// The files that this pipe writes, and the folders that pipes share. None of them needs to exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnPaths {
    /// `CHANGES_FILE` and `RESULT_FILE`.
    pub(crate) files: Vec<PathBuf>,
    /// The storage folders of a step's pipes.
    pub(crate) folders: Vec<PathBuf>,
}

/// Why an entry of the folder is never deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Private {
    /// It is in a `.git` folder or in the pipes' storage.
    Folder,
    /// This pipe writes it.
    Written,
}

/// Paths below the folder that are never deployed: their objects are not deleted either.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Protected(BTreeSet<String>);

/// Where the entries of a walk really are.
#[derive(Debug)]
pub(crate) struct RealPaths {
    /// The folder as it is walked, and with its links resolved.
    folder: PathBuf,
    root: PathBuf,
    /// All resolved.
    own: OwnPaths,
    /// The links to folders that lead to the current entry.
    followed: Vec<Followed>,
}

/// A link to a folder.
#[derive(Debug)]
struct Followed {
    depth: usize,
    link: PathBuf,
    target: PathBuf,
}

/// Whether a path below the prefix is never deployed and never deleted: at any depth; of the
/// records' folders, only this prefix's own is left alone whole.
#[must_use]
pub(crate) fn is_private(path: &str) -> bool {
    path.starts_with(RECORDS) || has_folder(path, ".git") || has_folder(path, GENERATED)
}

/// Whether these names follow each other in a path.
fn has_folder(path: &str, names: &str) -> bool {
    path.match_indices(names).any(|(start, _)| {
        let (before, after) = (&path[..start], &path[start + names.len()..]);
        (before.is_empty() || before.ends_with('/')) && (after.is_empty() || after.starts_with('/'))
    })
}

impl OwnPaths {
    /// `changes_file` is what the variable says, `result_file` where the result goes.
    pub(crate) fn new(
        changes_file: Option<&str>,
        result_file: Option<&Path>,
        environment: &Environment,
        directory: &Path,
    ) -> Self {
        let changes_file = changes::location(changes_file, environment, directory);
        let storage = ["BITBUCKET_PIPE_STORAGE_DIR", "BITBUCKET_PIPE_SHARED_STORAGE_DIR"];
        Self {
            files: changes_file.into_iter().chain(result_file.map(Path::to_owned)).collect(),
            folders: storage.iter().filter_map(|name| environment.get(name)).map(PathBuf::from).collect(),
        }
    }
}

impl Protected {
    pub(crate) fn insert(&mut self, path: String) {
        self.0.insert(path);
    }

    /// Whether this path, or a folder above it, is one of them.
    pub(crate) fn has(&self, path: &str) -> bool {
        let above = || path.match_indices('/').any(|(end, _)| self.0.contains(&path[..end]));
        !self.0.is_empty() && (self.0.contains(path) || above())
    }
}

impl RealPaths {
    pub(crate) fn new(folder: &Path, own: &OwnPaths) -> Self {
        let root = resolved(folder);
        let files = own.files.iter().map(|file| located(file)).collect();
        // A site may be built in the storage folder itself.
        let folders = own.folders.iter().map(|folder| resolved(folder));
        let folders = folders.filter(|folder| !root.starts_with(folder)).collect();
        Self { folder: folder.to_owned(), root, own: OwnPaths { files, folders }, followed: Vec::new() }
    }

    /// What of the pipe's own is in the folder, or will be.
    pub(crate) fn own(&self) -> Protected {
        let own = self.own.files.iter().chain(&self.own.folders);
        Protected(own.filter_map(|path| path.strip_prefix(&self.root).ok()).map(names).collect())
    }

    /// Whether the next entry of the walk must not be deployed, whatever its name is.
    pub(crate) fn private(&mut self, entry: &DirEntry) -> Option<Private> {
        while self.followed.last().is_some_and(|link| entry.depth() <= link.depth) {
            self.followed.pop();
        }
        let is_followed = entry.path_is_symlink() && !entry.file_type().is_symlink();
        if !is_followed && self.followed.is_empty() && !self.may_be_own(entry) {
            return None;
        }
        let real = if is_followed { resolved(entry.path()) } else { self.unlinked(entry) };
        // A link in the place of a file that the pipe writes is replaced by it.
        let is_own = is_followed && self.own.files.contains(&self.unlinked(entry));
        let private = if is_own { Some(Private::Written) } else { self.kind(&real) };
        if private.is_none() && is_followed && entry.file_type().is_dir() {
            let link = entry.path().to_owned();
            self.followed.push(Followed { depth: entry.depth(), link, target: real });
        }
        private
    }

    /// Whether a link that leads to nothing leads to a file that this pipe is about to write.
    pub(crate) fn is_unwritten(&self, link: &Path) -> bool {
        !self.own.files.is_empty()
            && [located(link), resolved(link)].iter().any(|file| self.own.files.contains(file))
    }

    /// By the name alone, which is cheap.
    fn may_be_own(&self, entry: &DirEntry) -> bool {
        let mut own = self.own.files.iter().chain(&self.own.folders);
        own.any(|path| path.file_name() == Some(entry.file_name()))
    }

    /// Where an entry is, whatever it leads to.
    fn unlinked(&self, entry: &DirEntry) -> PathBuf {
        let (link, target) =
            self.followed.last().map_or((&self.folder, &self.root), |last| (&last.link, &last.target));
        target.join(entry.path().strip_prefix(link).unwrap_or(entry.path()))
    }

    fn kind(&self, real: &Path) -> Option<Private> {
        if self.own.files.iter().any(|file| file == real) {
            return Some(Private::Written);
        }
        // A clone, and so the folder itself, may be in a `.git` folder.
        let path = below(&self.root, real);
        let is_in = |folder: &PathBuf| real.starts_with(folder);
        (is_private(&path) || self.own.folders.iter().any(is_in)).then_some(Private::Folder)
    }
}

/// Where a file is, or will be, whatever it leads to.
fn located(file: &Path) -> PathBuf {
    match (file.parent(), file.file_name()) {
        (Some(folder), Some(name)) => resolved(folder).join(name),
        _ => file.to_owned(),
    }
}

/// Where a path leads, its links resolved, although the file may not be there yet.
fn resolved(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LONGEST_CHAIN {
        if let Ok(real) = path.canonicalize() {
            return real;
        }
        let Ok(target) = fs::read_link(&path) else { break };
        path = path.parent().map_or(target.clone(), |folder| folder.join(&target));
    }
    located(&path)
}

/// The path below the folder, with `/` between names; what is not UTF-8 in it is replaced.
pub(crate) fn below(folder: &Path, path: &Path) -> String {
    names(path.strip_prefix(folder).unwrap_or(path))
}

fn names(path: &Path) -> String {
    let mut names = String::new();
    for name in path {
        if !names.is_empty() {
            names.push('/');
        }
        names.push_str(&name.to_string_lossy());
    }
    names
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_loop_of_links_ends() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (target, link) in [("b", "a"), ("a", "b")] {
            symlink(target, folder.path().join(link)).expect("a link");
        }
        assert!(
            resolved(&folder.path().join("a"))
                .starts_with(folder.path().canonicalize().expect("it is there"))
        );
    }
}
