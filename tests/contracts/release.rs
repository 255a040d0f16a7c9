//! `.ci/release`, in a copy of this repository.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::pipe;
use super::repository;

/// A repository of its own with the files of this one, committed on `main`.
struct Copy(TempDir);

impl Copy {
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().expect("a folder"));
        let files = Command::new("git").arg("ls-files").current_dir(repository::root()).output();
        let files = String::from_utf8(files.expect("git starts").stdout).expect("names are UTF-8");
        assert!(!files.is_empty(), "this is no clone");
        // Pictures and pages are not asked about versions.
        for file in files.lines().filter(|file| !file.starts_with('"') && !file.contains("/build/")) {
            let target = copy.0.path().join(file);
            fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
            fs::copy(repository::root().join(file), target).expect("a copy");
        }
        copy.git(&["init", "--quiet", "--initial-branch=main"]);
        copy.commit();
        copy
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let person = ["AUTHOR", "COMMITTER"].map(|role| {
            [(format!("GIT_{role}_NAME"), "A test"), (format!("GIT_{role}_EMAIL"), "test@example.org")]
        });
        Command::new(program)
            .args(arguments)
            .current_dir(self.0.path())
            .envs(person.into_iter().flatten())
            .output()
            .expect("it starts")
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        let output = self.run("git", arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "A copy"]);
    }

    fn release(&self, version: &str) -> Result<(), String> {
        let output = self.run(&self.path(".ci/release"), &[version]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(told) }
    }

    fn path(&self, file: &str) -> String {
        self.0.path().join(file).display().to_string()
    }

    fn read(&self, file: impl AsRef<Path>) -> String {
        fs::read_to_string(self.0.path().join(file)).expect("readable")
    }

    fn edit(&self, file: &str, edit: impl FnOnce(String) -> String) {
        fs::write(self.path(file), edit(self.read(file))).expect("writable");
    }

    /// Something that is new, in the project's changelog.
    fn with_news(self) -> Self {
        let unreleased = "## [Unreleased]\n";
        self.edit("CHANGELOG.md", |text| {
            text.replacen(unreleased, &format!("{unreleased}\n### Added\n\n- Something.\n"), 1)
        });
        self.commit();
        self
    }
}

/// Newer than any version of this project.
const NEXT: &str = "999.0.0";

#[test]
fn a_state_that_is_not_clean_is_refused_and_left_alone() {
    type Row = (&'static str, &'static str, fn(&Copy));
    let table: [Row; 6] = [
        ("v999.0.0", "without a v", |_| ()),
        ("999.0", "is no version", |_| ()),
        ("0.0.0", "is older than", |_| ()),
        (NEXT, "not committed", |copy| fs::write(copy.path("new"), "").expect("writable")),
        (NEXT, "this is work", |copy| drop(copy.git(&["checkout", "--quiet", "-b", "work"]))),
        (NEXT, "the tag 999.0.0 exists", |copy| drop(copy.git(&["tag", NEXT]))),
    ];
    let copy = Copy::new().with_news();
    for (version, expected, prepare) in table {
        prepare(&copy);
        let before =
            (copy.git(&["rev-parse", "HEAD"]), copy.git(&["status", "--porcelain"]), copy.git(&["tag"]));
        let refusal = copy.release(version).expect_err(expected);
        assert!(refusal.contains(expected), "{refusal}");
        let after =
            (copy.git(&["rev-parse", "HEAD"]), copy.git(&["status", "--porcelain"]), copy.git(&["tag"]));
        assert_eq!(after, before, "{expected}");
        copy.git(&["clean", "--quiet", "--force"]);
        copy.git(&["checkout", "--quiet", "main"]);
    }
}

#[test]
fn without_news_there_is_no_release() {
    let copy = Copy::new().with_news();
    copy.release(NEXT).expect("a release");
    let refusal = copy.release("999.0.1").expect_err("nothing is new");
    assert!(refusal.contains("CHANGELOG.md says nothing"), "{refusal}");
    let refusal = copy.release(NEXT).expect_err("it has been released");
    assert!(refusal.contains("the tag 999.0.0 exists"), "{refusal}");
}

#[test]
fn a_release_is_one_commit_and_one_tag_that_name_the_version_everywhere() {
    let copy = Copy::new().with_news();
    copy.release(NEXT).expect("a release");
    assert_eq!(copy.git(&["log", "-1", "--format=%s"]), format!("Release {NEXT}"));
    assert_eq!(copy.git(&["describe", "--exact-match"]), NEXT);
    assert_eq!(copy.git(&["rev-list", "--count", "HEAD"]), "3");
    assert_eq!(copy.git(&["status", "--porcelain"]), "");
    assert!(!copy.read("README.md").contains("Not in this version yet"), "the images are published now");
    let old = repository::version();
    for pipe in pipe::all() {
        let image = format!("{}/{}", repository::account(), pipe.image);
        assert!(copy.read(pipe.file("pipe.yml")).contains(&format!("image: {image}:{NEXT}\n")));
        let changelog = copy.read(pipe.file("CHANGELOG.md"));
        assert!(changelog.contains(&format!("\n## {NEXT} - 2")), "{changelog}");
    }
    let left = copy.run("git", &["grep", "--fixed-strings", old, "--", "*.md", "*.yml", ":!*CHANGELOG.md"]);
    let left = String::from_utf8_lossy(&left.stdout).into_owned();
    let left: Vec<&str> = left.lines().filter(|line| !line.contains("atlassian/")).collect();
    assert_eq!(left, [""; 0], "the old version is still named");
    let changelog = copy.read("CHANGELOG.md");
    assert!(changelog.contains(&format!("## [Unreleased]\n\n## [{NEXT}] - 2")), "{changelog}");
    assert!(!changelog.contains("To become"), "{changelog}");
    let locked = copy.read("Cargo.lock");
    assert!(
        locked.contains(&format!("name = \"s3-deploy\"\nversion = \"{NEXT}\"")),
        "Cargo.lock is of {old}"
    );
}
