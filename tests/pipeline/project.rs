//! The project's own pipeline, run as far as it goes without a network: its scripts, their order and what one step leaves
//! to the next are real, and each program that builds, packs or publishes is one of `stand-ins`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const TOKEN: &str = "the-token-of-the-registry";

/// Programs of every machine that the scripts use as they are.
const REAL: [&str; 36] = [
    "awk", "base64", "basename", "bash", "cat", "chmod", "cksum", "cmp", "cp", "cut", "date", "dirname",
    "env", "find", "grep", "gzip", "head", "install", "ln", "ls", "mkdir", "mktemp", "od", "paste", "printf",
    "rm", "sed", "sh", "sort", "tail", "tar", "tee", "test", "touch", "tr", "wc",
];
/// Programs of which only is noted that they were called.
const NOTED: [&str; 3] = ["chromium", "rustup", "sha256sum"];

/// A clone of this repository and a machine with these programs alone.
struct Project(TempDir);

/// How a run ended: the exit code, what was said, and every command that was given.
struct Ended {
    code: Option<i32>,
    log: String,
    commands: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the root")
}

impl Project {
    fn new() -> Self {
        let project = Self(tempfile::tempdir().expect("a folder"));
        let files = Command::new("git").arg("ls-files").current_dir(root()).output().expect("git starts");
        let files = String::from_utf8(files.stdout).expect("names are UTF-8");
        // Each step gets a copy of the clone, and no program here compiles or reads these.
        let is_read = |file: &&str| {
            let is_source = Path::new(file).extension().is_some_and(|ending| ending == "rs");
            !is_source && !["\"", "examples/", "pipes/"].iter().any(|start| file.starts_with(start))
        };
        for file in files.lines().filter(is_read) {
            let target = project.folder("clone").join(file);
            fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
            fs::copy(root().join(file), target).expect("a copy");
        }
        let public_key = rcgen::KeyPair::generate().expect("a key").public_key_pem();
        fs::write(project.folder("clone/docker/cosign.pub"), public_key).expect("a file");
        let programs = project.folder("programs");
        fs::create_dir_all(project.folder("home")).expect("a folder");
        fs::create_dir(&programs).expect("a folder");
        let stand_ins = root().join("tests/pipeline/stand-ins");
        for entry in fs::read_dir(&stand_ins).expect("they are there") {
            let name = entry.expect("an entry").file_name();
            symlink(stand_ins.join(&name), programs.join(name)).expect("a link");
        }
        for name in NOTED {
            symlink(stand_ins.join("noted"), programs.join(name)).expect("a link");
        }
        for name in REAL {
            let folders = std::env::var_os("PATH").expect("a PATH");
            let found =
                std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.exists());
            symlink(found.unwrap_or_else(|| panic!("{name} is not installed")), programs.join(name))
                .expect("a link");
        }
        project.with_new_authorities()
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Lets this command fail.
    fn fail(&self, command: &str) {
        fs::write(self.folder("home/failing"), format!("{command}\n")).expect("a file");
    }

    /// The list of certificate authorities, as if it had been published today.
    fn with_new_authorities(self) -> Self {
        let file = self.folder("clone/Cargo.toml");
        let manifest = fs::read_to_string(&file).expect("a manifest");
        let today = format!("published = \"{}\"", jiff::Timestamp::now().strftime("%F"));
        let lines = manifest.lines().map(|line| if line.starts_with("published = ") { &today } else { line });
        fs::write(file, lines.collect::<Vec<_>>().join("\n")).expect("a manifest");
        self
    }

    fn run(&self, pipeline: &str) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_local-pipeline"))
            .arg(self.folder("clone/bitbucket-pipelines.yml"))
            .args(["--pipeline", pipeline])
            .args(["--variable", "REGISTRY_USER=someone", "--variable", &format!("REGISTRY_TOKEN={TOKEN}")])
            .args(["--variable", "SIGNING_ROLE_ARN=arn:aws:iam::123456789012:role/Sign"])
            .args(["--variable", "SIGNING_REGION=eu-west-1", "--variable", "SIGNING_KEY=alias/images"])
            .env_clear()
            .env("PATH", self.folder("programs"))
            .env("HOME", self.folder("home"))
            .output()
            .expect("local-pipeline starts");
        let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let commands = fs::read_to_string(self.folder("home/commands")).unwrap_or_default();
        Ended { code: output.status.code(), log, commands: commands.lines().map(str::to_owned).collect() }
    }
}

impl Ended {
    /// That commands which begin like these were given in this order, others between them.
    #[track_caller]
    fn gives(&self, expected: &[&str]) {
        let mut commands = self.commands.iter();
        for start in expected {
            let is_given = commands.any(|command| command.starts_with(start));
            assert!(is_given, "`{start}` does not follow in\n{}\n{}", self.commands.join("\n"), self.log);
        }
    }

    /// What follows a start in each command that has it.
    fn all(&self, start: &str) -> Vec<&str> {
        self.commands.iter().filter_map(|command| command.strip_prefix(start)).collect()
    }
}

/// What every push is checked with.
const CHECKS: [&str; 12] = [
    "cargo run --bin local-pipeline",
    "cargo test --workspace",
    "cargo fmt --all --check",
    "cargo clippy --workspace",
    "cargo deny --all-features --offline check bans licenses sources",
    "cargo deny --all-features check advisories",
    "cargo auditable build --locked --profile dist --target x86_64-unknown-linux-gnu -p s3-deploy",
    "cargo auditable build --locked --profile dist --target aarch64-unknown-linux-gnu -p s3-deploy",
    "docker build --quiet --no-cache --platform linux/amd64 ",
    "docker build --quiet --no-cache --platform linux/arm64 ",
    "docker save ",
    "cargo audit bin dist/linux-amd64/s3-deploy dist/linux-arm64/s3-deploy dist/linux-amd64/cloudfront-invalidate",
];

#[test]
fn a_push_is_checked_built_packed_and_weighed_and_nothing_is_published() {
    let ended = Project::new().run("default");
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.commands.join("\n"), ended.log);
    ended.gives(&CHECKS);
    // Three images of each architecture, from programs that other steps have built.
    assert_eq!(ended.all("docker build ").len(), 6, "{:?}", ended.commands);
    assert!(ended.log.contains("  compressed        limit\n"), "{}", ended.log);
    for never in ["docker login", "docker push", "docker manifest", "cosign"] {
        assert!(ended.all(never).is_empty(), "{never} in {:?}", ended.commands);
    }
}

#[test]
fn a_tag_is_published_and_each_of_its_images_signed_once() {
    let project = Project::new();
    let version = env!("CARGO_PKG_VERSION");
    let ended = project.run(&format!("tags.{version}"));
    assert_eq!(ended.code, Some(0), "{}\n{}", ended.commands.join("\n"), ended.log);
    ended.gives(&CHECKS);
    ended.gives(&[
        "cargo cyclonedx --format json",
        "apt-get install --yes --no-install-recommends ca-certificates cosign",
        "git merge-base --is-ancestor HEAD refs/remotes/origin/main",
        "cosign public-key --key awskms:///alias/images",
        "docker login --username someone --password-stdin",
        "cosign login docker.io --username someone --password-stdin",
        "docker build ",
        &format!("docker buildx imagetools inspect docker.io/deploypipes/aws-s3-deploy:{version}"),
        "docker push --quiet docker.io/deploypipes/aws-s3-deploy:",
        &format!("docker manifest create docker.io/deploypipes/aws-s3-deploy:{version}"),
        &format!("docker manifest push --purge docker.io/deploypipes/aws-cloudfront-invalidate:{version}"),
        "cosign sign ",
        "cosign attest ",
        "cosign verify --key docker/cosign.pub docker.io/deploypipes/aws-s3-deploy@sha256:",
        "docker manifest push --purge docker.io/deploypipes/aws-s3-deploy:latest",
        "docker manifest push --purge docker.io/deploypipes/aws-cloudfront-invalidate:latest",
    ]);
    let moved = ended.commands.iter().position(|command| command.contains(":latest")).expect("latest");
    let signed = ended.commands.iter().rposition(|command| command.starts_with("cosign ")).expect("cosign");
    assert!(signed < moved, "a moving tag comes before the last signature: {:?}", ended.commands);
    let key = "--yes --key awskms:///alias/images ";
    let signed = ended.all(&format!("cosign sign {key}"));
    let names: BTreeSet<&str> = signed.iter().copied().collect();
    assert_eq!((signed.len(), names.len()), (3, 3), "once each: {signed:?}");
    let digests: BTreeSet<&str> =
        names.iter().filter_map(|name| name.split_once('@')).map(|(_, digest)| digest).collect();
    assert_eq!(digests.len(), 3, "two pipes, and a shell: {names:?}");
    for name in &names {
        let program = if name.contains("/aws-s3-deploy@") { "s3-deploy" } else { "cloudfront-invalidate" };
        let list = format!("--type cyclonedx --predicate crates/{program}/{program}.cdx.json {name}");
        assert!(ended.all(&format!("cosign attest {key}")).contains(&list.as_str()), "{list}");
    }
    // The one stored secret goes where it is needed, by way of an input that no list of processes shows.
    assert_eq!(fs::read_to_string(project.folder("home/password")).expect("it was given"), TOKEN);
    assert!(!ended.log.contains(TOKEN) && !ended.commands.concat().contains(TOKEN), "{}", ended.log);
}

#[test]
fn a_check_that_fails_keeps_all_that_follows_from_running() {
    let project = Project::new();
    project.fail("cargo fmt --all --check");
    let ended = project.run(&format!("tags.{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(ended.code, Some(1), "{}", ended.log);
    ended.gives(&["cargo test --workspace", "cargo fmt --all --check"]);
    for never in ["cargo clippy", "cargo deny", "docker", "cosign"] {
        assert!(ended.all(never).is_empty(), "{never} in {:?}", ended.commands);
    }
}

/// Every refusal comes before anything is pushed or signed.
#[test]
fn a_tag_that_is_not_a_release_publishes_nothing() {
    type Row = (&'static str, &'static str, fn(&Project));
    let version = env!("CARGO_PKG_VERSION");
    let table: [Row; 3] = [
        ("999.0.0", "the tag is '999.0.0', and the version in Cargo.toml is ", |_| ()),
        (version, "cosign.pub differ", |project| {
            let other = rcgen::KeyPair::generate().expect("a key").public_key_pem();
            fs::write(project.folder("home/kms.pub"), other).expect("a file");
        }),
        (version, "is published already: a version never changes", |project| {
            fs::write(project.folder("home/published"), "aws-cloudfront-invalidate\n").expect("a file");
        }),
    ];
    for (tag, expected, prepare) in table {
        let project = Project::new();
        prepare(&project);
        let ended = project.run(&format!("tags.{tag}"));
        assert_eq!(ended.code, Some(1), "{expected}: {}", ended.log);
        assert!(ended.log.contains(expected), "{expected}: {}", ended.log);
        for never in ["docker push", "docker manifest create", "cosign sign", "cosign attest"] {
            assert!(ended.all(never).is_empty(), "{expected}: {never} in {:?}", ended.commands);
        }
    }
}

/// What is not executable is no program.
#[test]
fn every_stand_in_can_be_executed() {
    for entry in fs::read_dir(root().join("tests/pipeline/stand-ins")).expect("they are there") {
        let path = entry.expect("an entry").path();
        let mode = path.metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{}", path.display());
    }
}
