//! The folder that is deployed, as it is on disk. It is read without the pipes' help.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use local_aws::scenario::Site;

/// The file with the header rules, which is not deployed itself.
pub(crate) const HEADERS_FILE: &str = "_headers";

/// What a deploy should leave in the bucket: the content of every file by its path, links followed.
pub(crate) type Files = BTreeMap<String, Bytes>;

/// The folder.
#[derive(Debug)]
pub(crate) struct Tree(Site);

impl Tree {
    pub(crate) fn new() -> Self {
        Self(Site::empty())
    }

    /// The step's clone.
    pub(crate) fn clone_folder(&self) -> &Path {
        self.0.clone_folder()
    }

    /// Where a file is.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.0.file(path)
    }

    /// Writes a file. What stands in its way, a file where a folder has to be or the other way round, is removed.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        for (at, _) in path.match_indices('/') {
            let folder = self.file(&path[..at]);
            if fs::symlink_metadata(&folder).is_ok_and(|found| !found.is_dir()) {
                fs::remove_file(folder).expect("it was there");
            }
        }
        self.remove(path);
        self.0.write(path, content);
    }

    /// Removes a file, a link or a whole folder, if it is there.
    pub(crate) fn remove(&self, path: &str) {
        let file = self.file(path);
        match fs::symlink_metadata(&file) {
            Ok(found) if found.is_dir() => fs::remove_dir_all(file).expect("a folder"),
            Ok(_) => fs::remove_file(file).expect("it was there"),
            Err(_) => {}
        }
    }

    /// The paths of the files that are no links, sorted; without the header rules.
    pub(crate) fn own(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.walk("", &mut |path, file| {
            let is_own = fs::symlink_metadata(file).is_ok_and(|found| found.is_file());
            if is_own {
                paths.push(path.to_owned());
            }
            !fs::symlink_metadata(file).is_ok_and(|found| found.is_symlink())
        });
        paths
    }

    /// Removes the links that lead nowhere.
    pub(crate) fn sweep(&self) {
        let mut dangling = Vec::new();
        self.walk("", &mut |path, file| {
            if fs::metadata(file).is_err() {
                dangling.push(path.to_owned());
            }
            !fs::symlink_metadata(file).is_ok_and(|found| found.is_symlink())
        });
        for path in dangling {
            self.remove(&path);
        }
    }

    /// Everything, links followed.
    pub(crate) fn files(&self) -> Files {
        let mut files = Files::new();
        self.walk("", &mut |path, file| {
            if fs::metadata(file).is_ok_and(|found| found.is_file()) {
                files.insert(path.to_owned(), fs::read(file).expect("readable").into());
            }
            true
        });
        files
    }

    /// Makes the folder hold exactly these files; the header rules stay.
    pub(crate) fn replace(&self, files: &Files) {
        let rules = fs::read(self.file(HEADERS_FILE)).unwrap_or_default();
        fs::remove_dir_all(self.file("")).expect("it was there");
        for (path, content) in files {
            self.0.write(path, content);
        }
        self.0.write(HEADERS_FILE, rules);
    }

    /// Calls `visit` with the path of everything below a folder and where it is; folders that it returns true for are
    /// gone into.
    fn walk(&self, folder: &str, visit: &mut impl FnMut(&str, &Path) -> bool) {
        let mut names: Vec<String> = fs::read_dir(self.file(folder))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
            .collect();
        names.sort();
        for name in names {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if path == HEADERS_FILE {
                continue;
            }
            let file = self.file(&path);
            if visit(&path, &file) && file.is_dir() {
                self.walk(&path, visit);
            }
        }
    }
}
