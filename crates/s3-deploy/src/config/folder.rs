//! Checks `LOCAL_PATH` on the disk: it must be a folder, and if it is not, the hint names what is there.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use bitbucket_pipe::Faults;
use bitbucket_pipe::spelling::nearest;
use bitbucket_pipe::text::{enumerated, printable, unquoted};

/// More names than this make one line unreadable.
const NAMES_SHOWN: usize = 10;

/// Adds an error for a `LOCAL_PATH` that is not a folder, or is a link that is not followed.
pub(super) fn check(name: &str, directory: &Path, no_links: bool, faults: &mut Faults) {
    let folder = directory.join(name);
    let shown = folder.display();
    let is_link = || std::fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_symlink());
    let (problem, hint) = match std::fs::metadata(&folder) {
        Ok(metadata) if metadata.is_dir() && no_links && is_link() => (
            "is a symbolic link, so --no-follow-symlinks would deploy nothing".to_owned(),
            "name the folder that the link leads to, or leave the flag out".to_owned(),
        ),
        Ok(metadata) if metadata.is_dir() => return,
        Ok(_) => (format!("is a file, not a folder: {shown}"), above_file(name)),
        Err(error) => (format!("cannot be read: {shown}: {error}"), hint(name, directory)),
    };
    faults.add_with_hint("LOCAL_PATH", problem, hint);
}

/// The hint for a path that is a file.
fn above_file(name: &str) -> String {
    let folder = Path::new(name).parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    let files = "for single files of it use --exclude and --include in EXTRA_ARGS";
    match printable(&folder) {
        folder if folder.is_empty() => format!("name a folder; {files}"),
        folder => format!("name the folder `{folder}`; {files}"),
    }
}

/// The hint for a path that does not exist.
fn hint(name: &str, directory: &Path) -> String {
    let is_folder = |name: &str| !name.is_empty() && directory.join(name).is_dir();
    let (bare, slashes) = (unquoted(name), name.replace('\\', "/"));
    let relative = name.trim_start_matches('/');
    let there = |name: &str| format!("`{}` is there", printable(name));
    if bare != name {
        let there = if is_folder(bare) { format!(": {}", there(bare)) } else { String::new() };
        return format!("leave out the quotes, which are part of the value{there}");
    }
    if let Some(folder) = before_pattern(name) {
        let way_out = "choose files of a folder with --exclude and --include in EXTRA_ARGS";
        let folder = if is_folder(folder) { format!(": {}", there(folder)) } else { String::new() };
        return format!("LOCAL_PATH takes a folder, not a pattern{folder}; {way_out}");
    }
    if slashes != name && is_folder(&slashes) {
        return format!("write `/` between names: {}", there(&slashes));
    }
    if relative != name && is_folder(relative) {
        return format!(
            "{}, without a slash before it: is the variable before the slash defined?",
            there(relative)
        );
    }
    if name.starts_with('~') {
        return "`~` is not expanded: name a folder relative to the step's working directory".to_owned();
    }
    let missing = Missing::of(name, directory);
    if let Some(likely) = missing.as_ref().and_then(|missing| missing.likely(directory)) {
        return format!("there is `{}`", printable(&likely.to_string_lossy()));
    }
    let artifact = "name the build's output, relative to the step's working directory; declare it under `artifacts:` in \
                    the earlier step that makes it";
    match missing {
        Some(missing) => format!("{missing}; {artifact}"),
        None => artifact.to_owned(),
    }
}

/// The folders of a path before the first name that is a pattern.
fn before_pattern(name: &str) -> Option<&str> {
    let pattern = name.find(['*', '?', '['])?;
    Some(name[..pattern].rsplit_once('/').map_or("", |(folder, _)| folder))
}

/// A path of which only the beginning exists.
struct Missing {
    /// The part that exists.
    known: PathBuf,
    /// The first name that does not.
    name: String,
    /// What follows it.
    rest: PathBuf,
    /// The folders that exist next to it.
    folders: Vec<String>,
}

impl Missing {
    fn of(path: &str, directory: &Path) -> Option<Self> {
        let mut known = PathBuf::new();
        let mut names = Path::new(path).components();
        let name = names.by_ref().find(|component| {
            let next = known.join(component);
            let is_there = directory.join(&next).is_dir();
            if is_there {
                known = next;
            }
            !is_there
        });
        let Some(Component::Normal(name)) = name else { return None };
        let is_root = known.has_root() && known.parent().is_none();
        let folders = folders(&directory.join(&known));
        let (name, rest) = (name.to_string_lossy().into_owned(), names.as_path().to_owned());
        (!is_root).then_some(Self { known, name, rest, folders })
    }

    /// The same name in another case, or one that is nearly the same.
    fn likely(&self, directory: &Path) -> Option<PathBuf> {
        let is_same = |folder: &&String| folder.to_lowercase() == self.name.to_lowercase();
        let near = || nearest(&self.name, self.folders.iter().map(String::as_str));
        let found = self.folders.iter().find(is_same).map(String::as_str).or_else(near)?;
        let found = self.known.join(found);
        if self.rest.as_os_str().is_empty() {
            return Some(found);
        }
        let whole = found.join(&self.rest);
        Some(if directory.join(&whole).is_dir() { whole } else { found })
    }
}

/// Reads on from `hint: `.
impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match printable(&self.known.to_string_lossy()) {
            known if known.is_empty() => f.write_str("the step's working directory has ")?,
            known => write!(f, "`{known}` has ")?,
        }
        let names =
            enumerated(self.folders.iter().map(|folder| format!("`{}`", printable(folder))), NAMES_SHOWN);
        match self.folders.len() {
            0 => f.write_str("no folders"),
            1 => write!(f, "the folder {names}"),
            _ => write!(f, "the folders {names}"),
        }
    }
}

/// The folders in a folder that a build may have made, sorted.
fn folders(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| !name.starts_with('.') && name != "node_modules").collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_names_what_is_there() {
        let clone = tempfile::tempdir().expect("a temporary folder");
        for folder in ["public/Blog/en", "dist", "node_modules", ".git", "empty"] {
            std::fs::create_dir_all(clone.path().join(folder)).expect("a folder");
        }
        for file in ["readme.md", "dist/index.html"] {
            std::fs::write(clone.path().join(file), "").expect("a file");
        }
        for (name, words) in [
            ("readme.md", "hint: name a folder; for single files"),
            ("dist/index.html", "hint: name the folder `dist`; for single files"),
            ("dist/*", "hint: LOCAL_PATH takes a folder, not a pattern: `dist` is there; choose files"),
            (
                "dist/**/*.html",
                "hint: LOCAL_PATH takes a folder, not a pattern: `dist` is there; choose files",
            ),
            ("*", "hint: LOCAL_PATH takes a folder, not a pattern; choose files"),
            ("'dist'", "hint: leave out the quotes, which are part of the value: `dist` is there"),
            ("\u{201c}dist\u{201d}", "part of the value: `dist` is there"),
            ("\"nope\"", "hint: leave out the quotes, which are part of the value"),
            ("/dist", "hint: `dist` is there, without a slash before it: is the variable"),
            ("public\\Blog", "hint: write `/` between names: `public/Blog` is there"),
            ("~/dist", "hint: `~` is not expanded"),
            ("Dist", "hint: there is `dist`"),
            ("./PUBLIC", "hint: there is `./public`"),
            ("public/blog/en", "hint: there is `public/Blog/en`"),
            ("public/blog/de", "hint: there is `public/Blog`"),
            ("publik", "hint: there is `public`"),
            ("pubilc/Blog/en", "hint: there is `public/Blog/en`"),
            ("build", "hint: the step's working directory has the folders `dist`, `empty`, `public`; name"),
            ("public/nope", "hint: `public` has the folder `Blog`; "),
            ("empty/nope", "hint: `empty` has no folders; "),
            ("empty/../build", "hint: `empty/..` has the folders `dist`, `empty`, `public`; "),
            ("/no-such-folder/x", "hint: "),
        ] {
            let mut faults = Faults::default();
            check(name, clone.path(), false, &mut faults);
            let told = faults.to_string();
            assert!(told.starts_with("LOCAL_PATH ") && told.contains(words), "{name}: {told}");
        }
        let mut faults = Faults::default();
        check("public/Blog/../../dist", clone.path(), false, &mut faults);
        assert!(faults.is_empty(), "{faults}");
    }

    #[test]
    fn names_cannot_forge_a_line() {
        let clone = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(clone.path().join("a\nhint: b")).expect("a folder");
        let mut faults = Faults::default();
        check("nope", clone.path(), false, &mut faults);
        assert!(faults.to_string().contains("has the folder `a\\nhint: b`"), "{faults}");
    }
}
