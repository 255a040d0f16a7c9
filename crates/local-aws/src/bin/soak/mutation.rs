//! What happens to the folder between two builds.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::{Duration, SystemTime};

use crate::chance::Chance;
use crate::names;
use crate::site::{is_asset, is_page, remove_unused_assets, write_page};
use crate::tree::{Files, HEADERS_FILE, Tree};

/// From this size on a file is uploaded in parts.
const LARGE: usize = 8 << 20;

/// The one file that is large.
const FILM: &str = "film.mp4";

/// `CACHE_CONTROL`, or that there is none.
const CACHE_CONTROLS: [Option<&str>; 4] =
    [None, Some("auto"), Some("max-age=60"), Some("public, max-age=86400")];

/// What a build is told besides the folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `CACHE_CONTROL`.
    pub(crate) cache_control: Option<&'static str>,
}

/// Writes the first version.
pub(crate) fn found(tree: &Tree, chance: &mut Chance) {
    for page in names::PAGES.iter().take(5) {
        write_page(tree, chance, page, 2);
    }
    for name in names::FILES.iter().step_by(2) {
        write_file(tree, chance, name);
    }
    tree.write(HEADERS_FILE, "");
}

/// Changes a few things, now and then none, now and then everything back to a former version; says what.
pub(crate) fn mutate(
    tree: &Tree,
    settings: &mut Settings,
    former: &[Files],
    chance: &mut Chance,
) -> Vec<String> {
    if chance.once_in(12) {
        return vec!["nothing".to_owned()];
    }
    if chance.once_in(12)
        && let Some(files) = chance.pick(former)
    {
        tree.replace(files);
        return vec!["back to a former version".to_owned()];
    }
    let changes = (0..=chance.below(5)).map(|_| change(tree, settings, chance)).collect();
    remove_unused_assets(tree);
    tree.sweep();
    changes
}

fn change(tree: &Tree, settings: &mut Settings, chance: &mut Chance) -> String {
    match chance.below(16) {
        0..=2 => {
            let page = chance.pick(&names::PAGES).copied().unwrap_or("index.html");
            let new = chance.below(3);
            write_page(tree, chance, page, new);
            format!("{page:?} has other words and {new} new assets")
        }
        3 | 4 => edit_alike(tree, chance),
        5 => {
            let Some(path) = some_file(tree, chance) else { return "nothing".to_owned() };
            let target = chance.pick(&names::FILES).copied().unwrap_or("plain.txt");
            let content = fs::read(tree.file(&path)).expect("readable");
            tree.remove(&path);
            tree.write(target, content);
            format!("{path:?} is called {target:?}")
        }
        6 | 7 => {
            let Some(path) = some_file(tree, chance) else { return "nothing".to_owned() };
            tree.remove(&path);
            format!("{path:?} is gone")
        }
        8 | 9 => {
            let path = chance.pick(&names::FILES).copied().unwrap_or("plain.txt");
            write_file(tree, chance, path);
            format!("{path:?} is new or other")
        }
        10 => {
            let rules = rules(chance);
            tree.write(HEADERS_FILE, &rules);
            format!("the header rules are {rules:?}")
        }
        11 => {
            settings.cache_control = chance.pick(&CACHE_CONTROLS).copied().flatten();
            format!("CACHE_CONTROL is {:?}", settings.cache_control)
        }
        12 => touch(tree, chance),
        13 => link(tree, chance),
        14 => {
            let (file, below) =
                chance.pick(&names::EITHER).copied().unwrap_or(("either", "either/below.txt"));
            let path = if tree.file(file).is_dir() { file } else { below };
            write_file(tree, chance, path);
            format!("{path:?} stands where a file or a folder was")
        }
        _ => film(tree, chance),
    }
}

/// An edit that neither length nor time tell of.
fn edit_alike(tree: &Tree, chance: &mut Chance) -> String {
    let Some(path) = some_file(tree, chance) else { return "nothing".to_owned() };
    let file = tree.file(&path);
    let time = fs::metadata(&file).and_then(|found| found.modified()).expect("a time");
    let mut content = fs::read(&file).expect("readable");
    // The end of a page is words; its beginning names assets.
    if let Some(last) = content.last_mut() {
        *last = if *last == b'x' { b'y' } else { b'x' };
    }
    tree.write(&path, content);
    fs::File::options().write(true).open(file).and_then(|file| file.set_modified(time)).expect("its own");
    format!("{path:?} has another letter, and the same length and time")
}

/// Another time and other permissions, which are no change.
fn touch(tree: &Tree, chance: &mut Chance) -> String {
    let mode = [0o600, 0o644, 0o755, 0o444][chance.below(4)];
    let past = SystemTime::now() - Duration::from_secs(chance.next() % 1_000_000_000);
    for path in tree.own().iter().filter(|_| chance.once_in(2)) {
        let file = fs::File::options().read(true).open(tree.file(path)).expect("readable");
        file.set_modified(past).expect("its own");
        file.set_permissions(Permissions::from_mode(mode)).expect("its own");
    }
    format!("half of the files have the mode {mode:o} and another time")
}

/// A link to a file or to a folder, or none where one was.
fn link(tree: &Tree, chance: &mut Chance) -> String {
    let name = *chance.pick(&names::LINKS).unwrap_or(&"link");
    let is_there = fs::symlink_metadata(tree.file(name)).is_ok();
    tree.remove(name);
    if is_there {
        return format!("the link {name:?} is gone");
    }
    let targets = tree.own();
    let target = if chance.once_in(3) { Some("guide") } else { chance.pick(&targets).map(String::as_str) };
    let Some(target) = target.filter(|target| tree.file(target).exists()) else {
        return "nothing".to_owned();
    };
    symlink(tree.file(target), tree.file(name)).expect("a link");
    format!("{name:?} is a link to {target:?}")
}

/// The large file comes, goes, or is edited in one place.
fn film(tree: &Tree, chance: &mut Chance) -> String {
    let path = tree.file(FILM);
    if !chance.once_in(3) {
        return "nothing".to_owned();
    }
    match fs::read(&path) {
        Ok(_) if chance.once_in(2) => {
            tree.remove(FILM);
            format!("{FILM:?} is gone")
        }
        Ok(mut content) => {
            let at = chance.below(content.len());
            content[at] ^= 1;
            tree.write(FILM, content);
            format!("{FILM:?} has another bit at {at}")
        }
        Err(_) => {
            let pattern = chance.letters(1000);
            let length = LARGE + chance.below(LARGE);
            tree.write(FILM, pattern.bytes().cycle().take(length).collect::<Vec<u8>>());
            format!("{FILM:?} is new, and has {length} bytes")
        }
    }
}

fn rules(chance: &mut Chance) -> String {
    const RULES: [&str; 6] = [
        "/*.html\n  Cache-Control: max-age=5\n",
        "/assets/*\n  Cache-Control: public, max-age=31536000, immutable\n  x-amz-meta-kind: asset\n",
        "/data/*\n  Content-Disposition: attachment\n",
        "/guide/*\n  Content-Language: en\n  Cache-Control: no-cache\n",
        "/*.txt\n  Content-Type: text/plain; charset=utf-8\n",
        "/index.html\n  x-amz-meta-version: two\n",
    ];
    RULES.iter().filter(|_| chance.once_in(3)).copied().collect()
}

fn write_file(tree: &Tree, chance: &mut Chance, path: &str) {
    let length = if chance.once_in(6) { 0 } else { chance.below(3000) };
    tree.write(path, chance.letters(length));
}

/// A file that is no asset, nor the root page, nor large.
fn some_file(tree: &Tree, chance: &mut Chance) -> Option<String> {
    let files = tree.own().into_iter().filter(|path| !is_asset(path) && path != "index.html" && path != FILM);
    let files: Vec<String> = files.filter(|path| !is_page(path) || chance.once_in(2)).collect();
    chance.pick(&files).cloned()
}
