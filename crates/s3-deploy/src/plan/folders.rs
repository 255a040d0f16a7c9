//! A large plan by folders: few enough lines to be read.

use std::collections::BTreeMap;
use std::fmt;

use super::{Plan, Reason};

/// How many lines are read.
const FOLDERS_SHOWN: usize = 20;

/// What happens in one folder and below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    new: u64,
    changed: u64,
    headers: u64,
    deleted: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [
            (self.new, "new"),
            (self.changed, "changed"),
            (self.headers, "other headers"),
            (self.deleted, "to delete"),
        ];
        let told =
            kinds.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}"));
        f.write_str(&told.collect::<Vec<_>>().join(", "))
    }
}

impl Counts {
    fn total(&self) -> u64 {
        self.new + self.changed + self.headers + self.deleted
    }

    fn add(&mut self, other: &Self) {
        self.new += other.new;
        self.changed += other.changed;
        self.headers += other.headers;
        self.deleted += other.deleted;
    }
}

/// Each folder with what happens in it, and how many more folders there are with how many changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Folders {
    /// Sorted by name; the empty one is the root.
    pub(crate) shown: Vec<(String, Counts)>,
    pub(crate) more: usize,
    pub(crate) changes_in_more: u64,
}

impl Plan {
    /// The changes by the deepest folders that are few enough; if there are too many at the top, the fullest of those.
    #[must_use]
    pub(crate) fn folders(&self) -> Folders {
        let mut groups = self.by_folder();
        while groups.len() > FOLDERS_SHOWN {
            let deepest = groups.keys().map(|folder| depth(folder)).max().unwrap_or_default();
            if deepest <= 1 {
                break;
            }
            let mut merged: BTreeMap<String, Counts> = BTreeMap::new();
            for (folder, counts) in groups {
                let folder = if depth(&folder) == deepest { parent(&folder).to_owned() } else { folder };
                merged.entry(folder).or_default().add(&counts);
            }
            groups = merged;
        }
        let mut shown: Vec<(String, Counts)> = groups.into_iter().collect();
        shown.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.total()));
        let more = shown.split_off(FOLDERS_SHOWN.min(shown.len()));
        shown.sort_by(|one, other| one.0.cmp(&other.0));
        let changes_in_more = more.iter().map(|(_, counts)| counts.total()).sum();
        Folders { shown, more: more.len(), changes_in_more }
    }

    fn by_folder(&self) -> BTreeMap<String, Counts> {
        let mut folders: BTreeMap<String, Counts> = BTreeMap::new();
        for upload in self.uploads() {
            let counts = folders.entry(parent(&upload.file.path).to_owned()).or_default();
            match upload.reason {
                Reason::New => counts.new += 1,
                Reason::Headers { .. } => counts.headers += 1,
                _ => counts.changed += 1,
            }
        }
        for path in &self.deletions {
            folders.entry(parent(path).to_owned()).or_default().deleted += 1;
        }
        folders
    }
}

/// The folder that a path, or a folder without its slash, is in.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn depth(folder: &str) -> usize {
    if folder.is_empty() { 0 } else { 1 + folder.matches('/').count() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deleting(paths: impl Iterator<Item = String>) -> Folders {
        Plan { deletions: paths.collect(), ..Plan::default() }.folders()
    }

    fn names(folders: &Folders) -> Vec<(&str, u64)> {
        folders.shown.iter().map(|(folder, counts)| (folder.as_str(), counts.total())).collect()
    }

    #[test]
    fn few_folders_are_shown_as_they_are() {
        let folders = deleting(["index.html", "a/x", "a/y", "a/b/z"].into_iter().map(str::to_owned));
        assert_eq!(names(&folders), [("", 1), ("a", 2), ("a/b", 1)]);
        assert_eq!(folders.shown[1].1.to_string(), "2 to delete");
        assert_eq!((folders.more, folders.changes_in_more), (0, 0));
    }

    #[test]
    fn deep_folders_are_counted_with_the_one_they_are_in() {
        let folders =
            deleting((0..10_000).map(|number| format!("blog/{}/{}/{number}", number % 10, number % 1000)));
        let expected: Vec<String> = (0..10).map(|year| format!("blog/{year}")).collect();
        let names = names(&folders);
        assert_eq!(names.iter().map(|(name, _)| *name).collect::<Vec<_>>(), expected);
        assert!(names.iter().all(|(_, count)| *count == 1000));
    }

    #[test]
    fn of_too_many_at_the_top_the_fullest_are_shown() {
        let few = (0..50).map(|number| format!("folder{number}/only"));
        let many = (0..7).map(|number| format!("full/{number}"));
        let folders = deleting(few.chain(many));
        assert_eq!((folders.shown.len(), folders.more, folders.changes_in_more), (FOLDERS_SHOWN, 31, 31));
        assert!(names(&folders).contains(&("full", 7)));
    }
}
