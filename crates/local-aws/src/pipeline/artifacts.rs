//! Artifacts: files and links of one step's clone that the steps after it find in theirs. Empty folders are lost.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::glob::fits;

/// Copies the files of `clone` that fit one of the patterns to the same places below `store`.
pub(crate) fn keep(clone: &Path, patterns: &[String], store: &Path) -> anyhow::Result<()> {
    if patterns.is_empty() {
        return Ok(());
    }
    for file in files(clone)? {
        let path = file.to_string_lossy();
        if patterns.iter().any(|pattern| fits(pattern, &path)) {
            copy(&clone.join(&file), &store.join(&file))?;
        }
    }
    Ok(())
}

/// Copies everything below `store`, which may be absent, to the same places in `clone`.
pub(crate) fn place(store: &Path, clone: &Path) -> anyhow::Result<()> {
    if !store.exists() {
        return Ok(());
    }
    files(store)?.iter().try_for_each(|file| copy(&store.join(file), &clone.join(file)))
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let cannot = || format!("cannot copy the artifact {}", from.display());
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).with_context(cannot)?;
    }
    if !from.is_symlink() {
        fs::copy(from, to).with_context(cannot)?;
        return Ok(());
    }
    // A later step may have made it anew.
    if to.is_symlink() {
        fs::remove_file(to).with_context(cannot)?;
    }
    let target = fs::read_link(from).with_context(cannot)?;
    std::os::unix::fs::symlink(target, to).with_context(cannot)
}

/// The files and links below a folder, relative to it.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut left = vec![PathBuf::new()];
    while let Some(below) = left.pop() {
        let place = folder.join(&below);
        let cannot = || format!("cannot read {}", place.display());
        for entry in fs::read_dir(&place).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let (path, kind) = (below.join(entry.file_name()), entry.file_type().with_context(cannot)?);
            if kind.is_dir() {
                left.push(path);
            } else if kind.is_file() || kind.is_symlink() {
                found.push(path);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_step_keeps_another_finds() {
        let scratch = tempfile::tempdir().expect("a folder");
        let [one, two, store] = ["one", "two", "store"].map(|name| scratch.path().join(name));
        for folder in [&one, &two] {
            fs::create_dir_all(folder.join("dist/a")).expect("a folder");
        }
        for file in ["dist/a/b.txt", "c.txt"] {
            fs::write(one.join(file), file).expect("a file");
        }
        place(&store, &two).expect("nothing is there yet");
        std::os::unix::fs::symlink("b.txt", one.join("dist/a/link")).expect("a link");
        keep(&one, &["dist/**".to_owned()], &store).expect("copied");
        for _ in 0..2 {
            place(&store, &two).expect("copied");
        }
        assert_eq!(fs::read_to_string(two.join("dist/a/b.txt")).expect("a file"), "dist/a/b.txt");
        assert_eq!(fs::read_link(two.join("dist/a/link")).expect("a link"), Path::new("b.txt"));
        assert!(!two.join("c.txt").exists());
    }
}
