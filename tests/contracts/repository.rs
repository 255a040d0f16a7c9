//! The files of this repository.

use std::fs;
use std::path::{Path, PathBuf};

/// Cargo's output and what an image is packed from: never committed.
const NOT_COMMITTED: [&str; 2] = ["target", "dist"];

/// Where `Cargo.toml` and `README.md` are.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

/// The text of a file, by its path from the root.
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The paths, from the root, of all files with this ending.
pub(crate) fn files(ending: &str) -> Vec<PathBuf> {
    let root = root();
    let mut found = Vec::new();
    collect(&root, ending, &mut found);
    found.iter().map(|path| path.strip_prefix(&root).expect("it is below the root").to_owned()).collect()
}

/// The names of the folders in a folder, sorted.
pub(crate) fn folders(path: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(path)).expect("a folder").map(|entry| entry.expect("an entry"));
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The account of the images, from the root's `Cargo.toml`: the one place that says it.
pub(crate) fn account() -> String {
    setting("[workspace.metadata.images]", "account")
}

/// The address of the source repository, from the root's `Cargo.toml`: the one place that says it.
pub(crate) fn source() -> &'static str {
    env!("CARGO_PKG_REPOSITORY")
}

/// The version that is built, released and named in every document.
pub(crate) fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The compiler that the project asks for.
pub(crate) fn rust_version() -> &'static str {
    env!("CARGO_PKG_RUST_VERSION")
}

/// Whether a text is a SHA-256, as the digest of an image has it.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A text of the root's `Cargo.toml`, by its table with brackets and its key.
pub(crate) fn setting(table: &str, key: &str) -> String {
    let manifest = read("Cargo.toml");
    let lines = manifest.lines().skip_while(|line| *line != table).skip(1);
    let mut own = lines.take_while(|line| !line.starts_with('['));
    let value = own.find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
    let value = value.unwrap_or_else(|| panic!("Cargo.toml has no `{key}` in {table}"));
    value.trim().trim_matches('"').to_owned()
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("it has a name").to_string_lossy();
        let is_committed = !name.starts_with('.') && !NOT_COMMITTED.contains(&name.as_ref());
        if path.is_dir() && is_committed {
            collect(&path, ending, found);
        } else if path.is_file() && name.ends_with(ending) {
            found.push(path);
        }
    }
}
