//! The folders that are deployed.

use std::fs::File;
use std::time::{Duration, SystemTime};

use local_aws::scenario::Site;

/// What lies in `build` at first, all of it older than any bucket.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tree {
    /// A file for every kind of key, and one that is uploaded in parts.
    EveryKey,
    /// These files; each contains its own path.
    Files(&'static [&'static str]),
    /// Files of so many bytes, by their paths.
    Sized(&'static [(&'static str, usize)]),
}

/// A file for every kind of key that the files of a site have.
const KEYS: &[&str] = &[
    "index.html",
    "folder/index.html",
    "with a space.html",
    "with+plus.css",
    "100%.svg",
    "composed-caf\u{e9}.html",
    "a/b/c/d/e/f/g/h/deep.json",
    ".well-known/security.txt",
    "LICENSE",
];

/// Larger than what goes in one request, and not a multiple of a part.
const FILM: (&str, usize) = ("films/Caf\u{e9} + 100%.mp4", (9 << 20) + 1);

/// When a file was changed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Age {
    /// Before any object was written.
    Older,
    /// After every object was written.
    Newer,
}

impl Tree {
    pub(super) fn plant(self) -> Site {
        let site = Site::empty();
        let write = |paths: &[&str]| {
            for path in paths {
                site.write(path, path);
                touch(&site, path, Age::Older);
            }
        };
        let fill = |files: &[(&str, usize)]| {
            for (path, length) in files {
                site.write(path, filling(*length));
                touch(&site, path, Age::Older);
            }
        };
        match self {
            Self::EveryKey => {
                write(KEYS);
                fill(&[FILM, ("empty.txt", 0)]);
            }
            Self::Files(paths) => write(paths),
            Self::Sized(files) => fill(files),
        }
        site
    }
}

/// Bytes of which no two parts are alike.
pub(super) fn filling(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 8);
    let mut word = 0_u64;
    while bytes.len() < length {
        bytes.extend_from_slice(&word.to_be_bytes());
        word += 0x9e37_79b9;
    }
    bytes.truncate(length);
    bytes
}

/// Sets the time of a file of `build`.
pub(super) fn touch(site: &Site, path: &str, age: Age) {
    let time = match age {
        // In 2020.
        Age::Older => SystemTime::UNIX_EPOCH + Duration::from_hours(50 * 365 * 24 + 1000),
        Age::Newer => SystemTime::now() + Duration::from_hours(1),
    };
    let file = File::options().write(true).open(site.file(path)).expect("it is there");
    file.set_modified(time).expect("its time can be set");
}
