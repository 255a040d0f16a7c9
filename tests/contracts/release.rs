//! `.ci/release`, in a copy of this repository.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rcgen::KeyPair;
use tempfile::TempDir;

use super::pipe;
use super::repository;

/// Where `Cargo.toml` has the dates of the certificate authorities.
const AUTHORITIES: &str = "[workspace.metadata.authorities]";

/// A public key as `cosign public-key` prints that of KMS.
fn public_key() -> String {
    KeyPair::generate().expect("a key").public_key_pem().replace("\r\n", "\n")
}

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
        copy.write("docker/cosign.pub", &public_key());
        // Whether the list of authorities is new enough today has tests of its own.
        let today = format!("published = \"{}\"", jiff::Timestamp::now().strftime("%F"));
        let published = format!("published = \"{}\"", repository::setting(AUTHORITIES, "published"));
        copy.edit("Cargo.toml", |text| text.replace(&published, &today));
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
        self.script(".ci/release", &[version])
    }

    /// Whether a script of the copy succeeds; where it fails, what it prints of the reason.
    fn script(&self, script: &str, arguments: &[&str]) -> Result<(), String> {
        let output = self.run(&self.path(script), arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(told) }
    }

    fn path(&self, file: &str) -> String {
        self.0.path().join(file).display().to_string()
    }

    fn read(&self, file: impl AsRef<Path>) -> String {
        fs::read_to_string(self.0.path().join(file)).expect("readable")
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).expect("writable");
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
        ("999.0", "is not a version", |_| ()),
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

/// A key that `cosign verify` could not use, or none.
#[test]
fn without_a_public_key_there_is_no_release() {
    let copy = Copy::new().with_news();
    let certificate = public_key().replace("PUBLIC KEY", "CERTIFICATE");
    let ed25519 = KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key").public_key_pem();
    let two = public_key() + &public_key();
    let crlf = public_key().replace('\n', "\r\n");
    let private = KeyPair::generate().expect("a key").serialize_pem();
    let both = public_key() + &private;
    let table = [
        (Some(""), "is not a public key in PEM form"),
        (Some(certificate.as_str()), "is not a public key in PEM form"),
        (Some("-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n"), "is not base64"),
        (Some(ed25519.as_str()), "is not a public key of the curve P-256"),
        (Some(two.as_str()), "is not base64"),
        (Some(crlf.as_str()), "has line ends of Windows (CRLF)"),
        (Some(private.as_str()), "holds a private key: remove it"),
        (Some(both.as_str()), "holds a private key: remove it"),
        (None, "there is no docker/cosign.pub"),
    ];
    for (key, expected) in table {
        match key {
            Some(text) => copy.write("docker/cosign.pub", text),
            None => fs::remove_file(copy.path("docker/cosign.pub")).expect("it was there"),
        }
        copy.git(&["commit", "--quiet", "--all", "--message", "Another key"]);
        let refusal = copy.release(NEXT).expect_err(expected);
        assert!(refusal.contains(expected), "{refusal}");
        assert!(refusal.contains("nobody could verify the images"), "{refusal}");
        let secret = private.lines().nth(1).expect("the key itself");
        assert!(!refusal.contains(secret), "a private key is printed");
    }
    copy.write("docker/cosign.pub", &public_key());
    copy.commit();
    copy.release(NEXT).expect("a release");
}

#[test]
fn an_old_list_of_authorities_stops_a_release() {
    let copy = Copy::new().with_news();
    copy.edit("Cargo.toml", |text| {
        let lines = text
            .lines()
            .map(|line| if line.starts_with("published = ") { "published = \"2020-01-31\"" } else { line });
        lines.collect::<Vec<_>>().join("\n") + "\n"
    });
    copy.commit();
    let refusal = copy.release(NEXT).expect_err("an old list");
    assert!(refusal.contains("days old, and at most"), "{refusal}");
}

/// `.ci/check-tag`, before anything is published.
#[test]
fn only_a_tag_of_main_with_its_version_is_published() {
    let copy = Copy::new().with_news();
    copy.release(NEXT).expect("a release");
    let folder = tempfile::tempdir().expect("a folder");
    let origin = folder.path().to_str().expect("UTF-8");
    copy.git(&["clone", "--quiet", "--bare", ".", origin]);
    copy.git(&["remote", "add", "origin", origin]);
    let check = |tag: &str| {
        let command = format!("BITBUCKET_TAG={tag} .ci/check-tag");
        let output = copy.run("sh", &["-c", &command]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(told) }
    };
    check(NEXT).expect("a release on main");
    let refusal = check("999.0.1").expect_err("another version");
    assert!(refusal.contains("the tag is '999.0.1', and the version in Cargo.toml is 999.0.0"), "{refusal}");
    let refusal = check("").expect_err("no tag");
    assert!(refusal.contains("the tag is ''"), "{refusal}");
    copy.write("new", "");
    copy.commit();
    let refusal = check(NEXT).expect_err("a commit that is not on main");
    assert!(refusal.contains("is not on main, and only commits of main are published"), "{refusal}");
    copy.git(&["push", "--quiet", "origin", "HEAD:main"]);
    check(NEXT).expect("main has it now");
    fs::remove_file(copy.path("docker/cosign.pub")).expect("it was there");
    let refusal = check(NEXT).expect_err("no key");
    assert!(refusal.contains("there is no docker/cosign.pub"), "{refusal}");
    copy.git(&["checkout", "--quiet", "docker/cosign.pub"]);
    let newer = |text: String| text.replacen(&format!("version = \"{NEXT}\""), "version = \"999.0.1\"", 1);
    copy.edit("Cargo.toml", newer);
    copy.commit();
    copy.git(&["push", "--quiet", "origin", "HEAD:main"]);
    copy.git(&["checkout", "--quiet", "HEAD~"]);
    let refusal = check(NEXT).expect_err("an older version");
    assert!(
        refusal.contains("main is at version 999.0.1, and only the version of main is published"),
        "{refusal}"
    );
    copy.git(&["remote", "set-url", "origin", "/nowhere"]);
    let refusal = check(NEXT).expect_err("main cannot be asked for");
    assert!(refusal.contains("cannot fetch main"), "{refusal}");
}
