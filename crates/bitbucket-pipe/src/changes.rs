//! The list of changes: what deploys did to a bucket, left by one pipe for the next.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::result;

/// The list's name in the shared storage.
pub const FILE_NAME: &str = "changes.json";

/// Changes when a reader of the old form would misread the new one.
const VERSION: u32 = 1;

/// More files than a directory of a bucket has: what counts more would not be added up.
const MOST_FILES: u64 = 1 << 40;

/// The deploys of one build, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeList {
    /// Version of this form.
    version: u32,
    /// `BITBUCKET_BUILD_NUMBER`; `null` outside Bitbucket.
    pub build: Option<String>,
    /// `BITBUCKET_STEP_UUID` of the step that wrote last.
    pub step: Option<String>,
    /// What was deployed.
    pub deploys: Vec<Deploy>,
}

/// One run of a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deploy {
    /// The bucket.
    pub bucket: String,
    /// What stands before every path: empty, or with its final slash.
    pub prefix: String,
    /// How many files of each directory did not change: the directory's path below the prefix without slashes at its
    /// ends (empty for the prefix itself), and the files directly in it.
    pub unchanged: BTreeMap<String, u64>,
    /// How many files that did not change are beside a directory or a file and begin with its name, as `about.html` does
    /// beside `about`: what a wildcard `/about*` means besides the directory. Known of the files that changed, of pages
    /// among them also without `.html`, and of the directories that hold them; of none in a list that does not have it.
    #[serde(default)]
    pub beside: BTreeMap<String, u64>,
    /// From the last finished deploy to the bucket as it is now, whoever changed it.
    pub difference: Difference,
    /// The differences of the finished deploys before it, newest first: whoever invalidates asks for them again, under
    /// the same reference, so that an invalidation that failed is made good.
    pub earlier: Vec<Difference>,
}

/// What differs between the bucket after one deploy and after the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The deploy that made it. Never used twice.
    pub deploy: String,
    /// Why the difference is not wholly known; everything may have changed then. `null` when it is.
    pub incomplete: Option<String>,
    /// What changed, by its path below the prefix.
    pub paths: BTreeMap<String, Change>,
}

/// What happened to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was not there.
    New,
    /// It was not there, and its name has a digest of its content in it: nothing else can be cached at its URL.
    NewFingerprinted,
    /// Its bytes are others.
    Content,
    /// Its bytes are others although its name has a digest of its content in it.
    ContentFingerprinted,
    /// Its bytes are the same, its headers are not.
    Headers,
    /// It is gone.
    Deleted,
    // New kinds come last: deploy records hold the places of these.
    /// It is gone, and it was code, a style sheet or a font with a digest of its content in its name: what is cached at its
    /// URL stays true, and no page asks for it any more. Any other file is [`Deleted`](Self::Deleted), whatever its name.
    DeletedFingerprinted,
}

/// Why a list cannot be used. Reads on from the file's path.
#[derive(Debug, thiserror::Error)]
pub enum UnusableList {
    /// There is none, or it cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// It is not a whole list.
    #[error("is torn or not a list of changes")]
    Torn(#[source] serde_json::Error),
    /// Another version of the suite wrote it.
    #[error("was written in version {0} of its form, and this pipe reads version {VERSION}")]
    Version(u32),
    /// It counts more files than there can be.
    #[error("is not a list of changes: it counts more files than a bucket holds")]
    Absurd,
    /// It is left over from another build.
    #[error("is of build {found}, and this is build {this}")]
    OtherBuild {
        /// The build that wrote it.
        found: String,
        /// The build that reads it.
        this: String,
    },
}

impl Difference {
    /// A difference of which nothing is known but that it may be anything.
    #[must_use]
    pub fn unknown(deploy: String, reason: impl Into<String>) -> Self {
        Self { deploy, incomplete: Some(reason.into()), paths: BTreeMap::new() }
    }

    /// Whether it is known that nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.incomplete.is_none() && self.paths.is_empty()
    }
}

impl ChangeList {
    /// An empty list of this build.
    #[must_use]
    pub fn of_build(environment: &Environment) -> Self {
        let variable = |name| environment.get(name).map(str::to_owned);
        Self {
            version: VERSION,
            build: variable("BITBUCKET_BUILD_NUMBER"),
            step: variable("BITBUCKET_STEP_UUID"),
            deploys: Vec::new(),
        }
    }

    /// Reads the list that a pipe of the same build left.
    pub fn read(file: &Path, environment: &Environment) -> Result<Self, UnusableList> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let text = std::fs::read(file).map_err(UnusableList::Unreadable)?;
        let Version { version } = serde_json::from_slice(&text).map_err(UnusableList::Torn)?;
        if version != VERSION {
            return Err(UnusableList::Version(version));
        }
        let list: Self = serde_json::from_slice(&text).map_err(UnusableList::Torn)?;
        let mut counts =
            list.deploys.iter().flat_map(|deploy| deploy.unchanged.values().chain(deploy.beside.values()));
        if counts.any(|count| *count > MOST_FILES) {
            return Err(UnusableList::Absurd);
        }
        let this = Self::of_build(environment);
        if list.build != this.build {
            let name = |build: Option<String>| build.unwrap_or_else(|| "none".to_owned());
            return Err(UnusableList::OtherBuild { found: name(list.build), this: name(this.build) });
        }
        Ok(list)
    }

    /// Appends a deploy to the list of this build; a list of another build, or one that is torn, is replaced.
    pub fn append(file: &Path, environment: &Environment, deploy: Deploy) -> io::Result<()> {
        let this = Self::of_build(environment);
        let mut list = Self::read(file, environment).unwrap_or_else(|_| this.clone());
        list.step = this.step;
        list.deploys.push(deploy);
        result::write(file, &list)
    }
}

/// Where the list is: the file that `CHANGES_FILE` names, relative to `directory`, or one in the shared storage.
#[must_use]
pub fn location(changes_file: Option<&str>, environment: &Environment, directory: &Path) -> Option<PathBuf> {
    match changes_file {
        Some(file) => Some(directory.join(file)),
        None => crate::Storage::from_environment(environment).file(FILE_NAME),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn build(number: Option<&str>) -> Environment {
        Environment::from_pairs(number.map(|number| ("BITBUCKET_BUILD_NUMBER".into(), number.into())))
    }

    fn deploy(id: &str) -> Deploy {
        Deploy {
            bucket: "site".into(),
            prefix: "foo/".into(),
            unchanged: BTreeMap::from([(String::new(), 2), ("a/b".into(), 3)]),
            beside: BTreeMap::from([("a".into(), 1)]),
            difference: Difference {
                deploy: id.into(),
                incomplete: None,
                paths: BTreeMap::from([
                    ("new.html".into(), Change::New),
                    ("app.1a2b3c4d.js".into(), Change::NewFingerprinted),
                    ("old.html".into(), Change::Deleted),
                ]),
            },
            earlier: vec![Difference::unknown("before".into(), "the record was torn")],
        }
    }

    #[test]
    fn deploys_of_a_build_are_appended_and_read_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("shared/changes.json");
        let this = build(Some("7"));
        ChangeList::append(&file, &this, deploy("one")).expect("written");
        ChangeList::append(&file, &this, deploy("two")).expect("written");
        let list = ChangeList::read(&file, &this).expect("readable");
        assert_eq!(list.deploys, [deploy("one"), deploy("two")]);
    }

    #[test]
    fn a_list_of_another_build_is_refused_by_readers_and_replaced_by_writers() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("changes.json");
        ChangeList::append(&file, &build(Some("7")), deploy("one")).expect("written");
        for other in [build(Some("8")), build(None)] {
            let error = ChangeList::read(&file, &other).expect_err("another build");
            assert!(error.to_string().starts_with("is of build 7, and this is build "), "{error}");
        }
        ChangeList::append(&file, &build(Some("8")), deploy("two")).expect("written");
        assert_eq!(ChangeList::read(&file, &build(Some("8"))).expect("readable").deploys, [deploy("two")]);
    }

    #[test]
    fn what_is_no_list_is_told_apart() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("changes.json");
        let read = || ChangeList::read(&file, &build(None)).expect_err("unusable");
        assert!(matches!(read(), UnusableList::Unreadable(_)));
        for (text, is_expected) in [
            ("", (|error| matches!(error, UnusableList::Torn(_))) as fn(&UnusableList) -> bool),
            ("{\"version\":1,\"build\":null,\"step\":null,\"deploys\":[", |error| {
                matches!(error, UnusableList::Torn(_))
            }),
            ("{\"version\":1}", |error| matches!(error, UnusableList::Torn(_))),
            ("{\"version\":2}", |error| matches!(error, UnusableList::Version(2))),
            (
                "{\"version\":1,\"build\":null,\"step\":null,\"deploys\":[{\"bucket\":\"b\",\"prefix\":\"\",\"unchanged\":{\"\":\
                 18446744073709551615},\"difference\":{\"deploy\":\"d\",\"incomplete\":null,\"paths\":{}},\"earlier\":[]}]}",
                |error| matches!(error, UnusableList::Absurd),
            ),
        ] {
            std::fs::write(&file, text).expect("written");
            assert!(is_expected(&read()), "{text}: {:?}", read());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// Whatever stands in the file is refused in one line or read, and never a panic.
        #[test]
        fn any_text(place in any::<usize>(), piece in "\\PC{0,8}|[\\[\\]{}\",:0-9e.-]{0,12}|\n\u{1b}\\[2K") {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let file = folder.path().join("changes.json");
            ChangeList::append(&file, &build(None), deploy("one")).expect("written");
            let mut text = std::fs::read_to_string(&file).expect("readable");
            let place = place % text.len();
            if text.is_char_boundary(place) {
                text.replace_range(place..=place, &piece);
            }
            std::fs::write(&file, text).expect("written");
            if let Err(error) = ChangeList::read(&file, &build(None)) {
                prop_assert_eq!(error.to_string().lines().count(), 1, "{}", error);
            }
        }
    }
}
