//! What scenarios are written with: a world of one account and one repository, sites on disk, and runs of a real binary.
//!
//! Everything here panics when the scenario itself cannot be set up, and [`Ended`] when an expectation is not met.

#![expect(clippy::missing_panics_doc, reason = "panicking is how a test fails")]
#![expect(
    clippy::return_self_not_must_use,
    clippy::must_use_candidate,
    reason = "an expectation may end a sentence"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use oidc_auth::policy::{PolicyDocument, Statement};
use tempfile::TempDir;

use crate::{Cloud, Role, StepToken, Workspace};

/// The account that owns everything.
pub const ACCOUNT: &str = "123456789012";
/// The role that steps assume.
pub const ROLE: &str = "arn:aws:iam::123456789012:role/Deploy";
/// Where the bucket is.
pub const REGION: &str = "eu-west-1";
/// The UUID of the repository that the role trusts.
pub const REPOSITORY: &str = "{9e6d9b2e-3b1c-4b56-a7b5-0c1f8d3a5e77}";
/// The bucket.
pub const BUCKET: &str = "site-bucket";

/// An account whose role `Deploy` trusts one Bitbucket repository, and a bucket.
#[derive(Debug)]
pub struct World {
    /// The AWS it runs on.
    pub cloud: Cloud,
    /// The workspace of the repository.
    pub workspace: Workspace,
}

impl World {
    /// The role may do everything.
    #[must_use]
    pub fn permissive() -> Self {
        Self::with_permissions(vec![Statement::allow(&["*"], &["*"])])
    }

    /// The role may do what these statements allow.
    #[must_use]
    pub fn with_permissions(permissions: Vec<Statement>) -> Self {
        let workspace = Workspace::new("acme", "{84c08677-e352-4a1c-a107-6df387cfeef7}");
        let cloud = Cloud::start();
        let audiences = [workspace.audience()];
        cloud.create_oidc_provider(ACCOUNT, &workspace.issuer_url(), &audiences);
        let provider = workspace.provider_arn("aws", ACCOUNT);
        cloud.create_role(Role {
            arn: ROLE.to_owned(),
            trust: workspace.trust_policy(&provider, REPOSITORY, &audiences),
            permissions: vec![PolicyDocument::new(permissions)],
            max_session: Duration::from_hours(1),
        });
        cloud.store().create_bucket(BUCKET, REGION);
        Self { cloud, workspace }
    }

    /// The token of a step of the repository.
    #[must_use]
    pub fn token(&self) -> StepToken {
        StepToken::for_repository(&self.workspace, REPOSITORY)
    }

    /// The body of an object.
    #[must_use]
    pub fn body(&self, key: &str) -> Option<Vec<u8>> {
        self.cloud.store().object(BUCKET, key).map(|object| object.body.to_vec())
    }

    /// The keys in the bucket, deploy records left out.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let keys = self.cloud.store().objects(BUCKET).into_keys();
        keys.filter(|key| !is_record(key)).collect()
    }

    /// How many requests tried to write or delete something, deploy records left out.
    #[must_use]
    pub fn writes(&self) -> usize {
        const WRITING: [&str; 7] = [
            "PutObject",
            "CreateMultipartUpload",
            "UploadPart",
            "DeleteObjects",
            "DeleteObject",
            "CopyObject",
            "UploadPartCopy",
        ];
        let requests = self.cloud.requests();
        let writes = requests.iter().filter(|request| WRITING.contains(&request.operation.as_str()));
        writes.filter(|request| !request.key.as_deref().is_some_and(is_record)).count()
    }

    /// A step with `oidc: true` that runs `program` in `folder`.
    #[must_use]
    pub fn step(&self, program: &str, folder: &Path) -> Step {
        Step::new(program, folder)
            .set("AWS_ENDPOINT_URL", &self.cloud.endpoint())
            .set("AWS_DEFAULT_REGION", REGION)
            .set("AWS_OIDC_ROLE_ARN", ROLE)
            .set("BITBUCKET_STEP_OIDC_TOKEN", &self.token().sign())
            .set("BITBUCKET_WORKSPACE", "acme")
            .set("BITBUCKET_REPO_SLUG", "website")
            .set("BITBUCKET_BUILD_NUMBER", "42")
    }
}

/// One run of a pipe: the program, where it stands, and its whole environment.
#[derive(Clone, Debug)]
pub struct Step {
    program: String,
    arguments: Vec<String>,
    folder: PathBuf,
    variables: BTreeMap<String, String>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` when a signal killed it.
    pub code: Option<i32>,
    /// Everything it said, without colours.
    pub log: String,
}

impl Step {
    /// A run with an empty environment.
    #[must_use]
    pub fn new(program: &str, folder: &Path) -> Self {
        Self {
            program: program.to_owned(),
            arguments: Vec::new(),
            folder: folder.to_owned(),
            variables: BTreeMap::new(),
        }
    }

    /// With this argument after those it has.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// With this variable.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Without this variable.
    #[must_use]
    pub fn unset(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// Its whole environment.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The run as a command that has not been started; both outputs are piped.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command.env_clear().envs(&self.variables).env("NO_COLOR", "1").current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs to the end.
    #[must_use]
    pub fn run(&self) -> Ended {
        let output = self.command().output().expect("the program starts");
        let mut log = String::from_utf8(output.stdout).expect("a log is UTF-8");
        log.push_str(&String::from_utf8(output.stderr).expect("a log is UTF-8"));
        Ended { code: output.status.code(), log }
    }
}

impl Ended {
    /// The run exited with this code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "the log says:\n{}", self.log);
        self
    }

    /// The log has these words.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.log.contains(words), "`{words}` is not in the log:\n{}", self.log);
        self
    }

    /// The log does not have these words.
    #[track_caller]
    pub fn never_says(self, words: &str) -> Self {
        assert!(!self.log.contains(words), "`{words}` is in the log:\n{}", self.log);
        self
    }
}

/// A folder with files, in a folder of its own.
#[derive(Debug)]
pub struct Site(TempDir);

impl Site {
    /// A `build` without files.
    #[must_use]
    pub fn empty() -> Self {
        let site = Self(tempfile::tempdir().expect("a temporary folder"));
        fs::create_dir(site.clone_folder().join("build")).expect("a folder");
        site
    }

    /// A page, an asset it refers to, and a picture.
    #[must_use]
    pub fn small() -> Self {
        Self::empty()
            .with("index.html", "<link rel=stylesheet href=assets/site.1a2b3c4d.css><h1>Hello</h1>")
            .with("assets/site.1a2b3c4d.css", "h1 { color: teal }")
            .with("images/Caf\u{e9} + 100%.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    }

    /// With this file in `build`.
    #[must_use]
    pub fn with(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// Writes a file of `build`.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let file = self.file(path);
        fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(file, content).expect("a file");
    }

    /// Removes a file of `build`.
    pub fn remove(&self, path: &str) {
        fs::remove_file(self.file(path)).expect("it was there");
    }

    /// Where a file of `build` is.
    #[must_use]
    pub fn file(&self, path: &str) -> PathBuf {
        self.clone_folder().join("build").join(path)
    }

    /// The step's clone: `build` is in it.
    #[must_use]
    pub fn clone_folder(&self) -> &Path {
        self.0.path()
    }
}

/// Whether a key is that of a deploy record.
fn is_record(key: &str) -> bool {
    key.ends_with(".s3-deploy/record")
}

/// A policy that allows everything.
#[must_use]
pub fn may_do_everything() -> PolicyDocument {
    PolicyDocument::new(vec![Statement::allow(&["*"], &["*"])])
}

/// Whether a needle is in any file below a folder.
#[must_use]
pub fn is_on_disk(folder: &Path, needle: &str) -> bool {
    fs::read_dir(folder).expect("a folder").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            return is_on_disk(&path, needle);
        }
        let mut content = Vec::new();
        fs::File::open(&path).and_then(|mut file| file.read_to_end(&mut content)).expect("readable");
        content.windows(needle.len()).any(|window| window == needle.as_bytes())
    })
}
