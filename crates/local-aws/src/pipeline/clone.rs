//! The clone a step works in: a fresh copy of a directory, so that nothing a step does reaches the original.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context as _;

/// The history, left out at any depth: a step has no use for it, and a site must not publish it.
const HISTORY: &str = ".git";

/// Cargo's build output, left out at the top: it is never committed, and may be gigabytes.
const BUILD_OUTPUT: &str = "target";

/// Copies `from` into `to`, which must not exist. Symbolic links stay links and permissions stay; times are new, as
/// after `git clone`. `without` is a folder that is not copied although it may lie inside `from`.
pub(crate) fn copy(from: &Path, to: &Path, without: &Path) -> anyhow::Result<()> {
    folder(from, to, &|path| {
        path.file_name().is_some_and(|name| name == HISTORY)
            || path == from.join(BUILD_OUTPUT)
            || path == without
    })
}

fn folder(from: &Path, to: &Path, is_left_out: &dyn Fn(&Path) -> bool) -> anyhow::Result<()> {
    let cannot_read = || format!("cannot read {}", from.display());
    fs::create_dir(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(cannot_read)? {
        let entry = entry.with_context(cannot_read)?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if is_left_out(&source) {
            continue;
        }
        let kind = entry.file_type().with_context(cannot_read)?;
        if kind.is_dir() {
            folder(&source, &target, is_left_out)?;
        } else {
            file(&source, &target, kind.is_symlink())
                .with_context(|| format!("cannot copy {}", source.display()))?;
        }
    }
    Ok(())
}

fn file(from: &Path, to: &Path, is_link: bool) -> io::Result<()> {
    if is_link {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    if fs::metadata(from)?.is_file() {
        fs::copy(from, to)?;
    }
    // A socket or a named pipe is no part of a repository.
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::copy;

    #[test]
    fn a_clone_is_the_directory_without_history_and_build_output() {
        let scratch = tempfile::tempdir().expect("a folder");
        let from = scratch.path().join("from");
        for folder in ["build/target", ".git", "module/.git", "target", "empty", "inside"] {
            fs::create_dir_all(from.join(folder)).expect("a folder");
            fs::write(from.join(folder).join("file"), folder).expect("a file");
        }
        std::os::unix::fs::symlink("build/target", from.join("link")).expect("a link");
        let to = scratch.path().join("to");
        copy(&from, &to, &from.join("inside")).expect("a copy");
        let expected = [
            ("build/target/file", true),
            ("empty/file", true),
            (".git", false),
            ("module/.git", false),
            ("module", true),
            ("target", false),
            ("inside", false),
            ("link/file", true),
        ];
        for (path, exists) in expected {
            assert_eq!(to.join(path).exists(), exists, "{path}");
        }
        assert!(to.join("link").is_symlink());
    }
}
