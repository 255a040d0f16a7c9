//! How each program is told to do the same thing: its whole command, with its whole environment.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::case::Case;
use crate::floor;
use crate::program::Program;
use crate::server::{Access, Place};
use crate::tree::Tree;
use crate::workload::Workload;

/// The first argument that makes this program `s3-deploy`.
pub(crate) const PIPE: &str = "__s3-deploy";

/// How many requests the tuned peers have in flight.
const IN_FLIGHT: &str = "64";

/// What a program is to do, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task<'a> {
    pub case: Case,
    pub tree: &'a Tree,
    pub place: &'a Place,
    pub access: &'a Access,
    /// How many requests the floor has in flight.
    pub in_flight: usize,
    /// A folder for what the program wants to have in files.
    pub scratch: &'a Path,
}

impl Task<'_> {
    /// The command of a program that makes the place what the tree is.
    pub(crate) fn command(&self, program: Program, executable: &Path) -> anyhow::Result<Command> {
        let mut command = self.started(executable);
        match program {
            Program::S3Deploy => self.deploy(&mut command, executable, self.tree.path())?,
            Program::AwsCli => self.aws(&mut command, "10")?,
            Program::AwsCliTuned => self.aws(&mut command, IN_FLIGHT)?,
            Program::Rclone => self.rclone(&mut command),
            Program::RcloneNoHead => {
                self.rclone(&mut command);
                command.arg("--s3-no-head");
            }
            Program::S5cmd => {
                command.args(["--endpoint-url", &self.access.endpoint, "--numworkers", IN_FLIGHT, "sync"]);
                command.arg(format!("{}/", self.tree.path().display())).arg(self.url());
            }
            Program::S3sync => self.s3sync(&mut command),
            Program::BarePut => {
                let files = self.scratch.join("files");
                let only_changed = self.case.workload == Workload::OnePercent;
                let sent: Vec<_> = if only_changed {
                    self.tree.changed().collect()
                } else {
                    self.tree.files().iter().collect()
                };
                floor::write_names(&files, &sent)?;
                command.args([floor::ARGUMENT, "put"]).arg(self.tree.path()).arg(files);
                command.arg(self.bucket()).arg(self.in_flight.to_string());
            }
            Program::BareList => {
                command.args([floor::ARGUMENT, "list"]).arg(self.bucket());
            }
            Program::BareHash => {
                let files = self.scratch.join("files");
                floor::write_names(&files, &self.tree.files().iter().collect::<Vec<_>>())?;
                command.args([floor::ARGUMENT, "hash"]).arg(files);
            }
            Program::AwsVersion => {
                command.arg("--version");
            }
            Program::Boto3 => {
                command.args(["-c", "import boto3"]);
            }
        }
        Ok(command)
    }

    /// Our program, told to delete all that is there.
    pub(crate) fn emptying(&self, executable: &Path) -> anyhow::Result<Command> {
        let mut command = self.started(executable);
        let folder = self.scratch.join("empty");
        fs::create_dir_all(&folder)?;
        self.deploy(&mut command, executable, &folder)?;
        command.envs([("DELETE_FLAG", "true"), ("ALLOW_EMPTY", "true")]);
        Ok(command)
    }

    /// Our program, told to say what is missing, wrong or too much there, by sizes.
    pub(crate) fn comparing(&self, executable: &Path, result: &Path) -> anyhow::Result<Command> {
        let mut command = self.started(executable);
        self.deploy(&mut command, executable, self.tree.path())?;
        let flags = [("DRY_RUN", "true"), ("DELETE_FLAG", "true"), ("COMPARE", "size"), ("RECORD", "off")];
        command.envs(flags).env("RESULT_FILE", result);
        Ok(command)
    }

    /// With an environment that has what all programs need, and nothing else.
    fn started(&self, executable: &Path) -> Command {
        let mut command = Command::new(executable);
        command.env_clear().current_dir(self.scratch);
        // An interpreter of a peer may be found by it.
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("NO_COLOR", "1").env("LC_ALL", "C.UTF-8").env("HOME", self.scratch);
        command.envs(self.access.authorities.as_ref().map(|file| ("SSL_CERT_FILE", file)));
        command.env("AWS_ACCESS_KEY_ID", &self.access.key_id);
        command.env("AWS_SECRET_ACCESS_KEY", &self.access.secret);
        command.env("AWS_DEFAULT_REGION", &self.access.region);
        command.envs(self.access.session_token.as_ref().map(|token| ("AWS_SESSION_TOKEN", token)));
        command
    }

    fn deploy(&self, command: &mut Command, executable: &Path, folder: &Path) -> anyhow::Result<()> {
        if std::env::current_exe().is_ok_and(|own| own == executable) {
            command.arg(PIPE);
        }
        // A container of a pipe has no PATH that leads anywhere, but for the image's own.
        command.env_remove("PATH").env_remove("HOME").env_remove("LC_ALL");
        let storage = self.scratch.join("storage");
        fs::create_dir_all(&storage)?;
        command.env("BITBUCKET_CLONE_DIR", self.scratch).env("BITBUCKET_BUILD_NUMBER", "1");
        command.env("BITBUCKET_PIPE_SHARED_STORAGE_DIR", &storage);
        command.env("AWS_ENDPOINT_URL_S3", &self.access.endpoint);
        if !self.is_aws() {
            command.env("S3_FORCE_PATH_STYLE", "true");
        }
        command.env("S3_BUCKET", self.url()).env("LOCAL_PATH", folder);
        Ok(())
    }

    fn aws(&self, command: &mut Command, flights: &str) -> anyhow::Result<()> {
        let config = self.scratch.join("aws.conf");
        fs::write(&config, format!("[default]\ns3 =\n  max_concurrent_requests = {flights}\n"))?;
        // It brings its own authorities, and does not read the other variable.
        command.envs(self.access.authorities.as_ref().map(|file| ("AWS_CA_BUNDLE", file)));
        command.env("AWS_CONFIG_FILE", config).env("AWS_ENDPOINT_URL_S3", &self.access.endpoint);
        command.args(["s3", "sync"]).arg(self.tree.path()).arg(self.url()).arg("--no-progress");
        Ok(())
    }

    fn rclone(&self, command: &mut Command) {
        command.env("RCLONE_CONFIG", self.scratch.join("rclone.conf"));
        // Told that it speaks to AWS, it sends nothing over plain HTTP, and is a little slower over TLS.
        let provider = if self.is_aws() { "AWS" } else { "Minio" };
        command.env("RCLONE_S3_PROVIDER", provider).env("RCLONE_S3_ENV_AUTH", "true");
        command.env("RCLONE_S3_REGION", &self.access.region).env("RCLONE_S3_ENDPOINT", &self.access.endpoint);
        command.env("RCLONE_S3_FORCE_PATH_STYLE", "true");
        command.arg("sync").arg(self.tree.path());
        command.arg(format!(":s3:{}/{}", self.place.bucket, self.place.prefix));
        command.args(["--checksum", "--fast-list", "--transfers", IN_FLIGHT, "--checkers", IN_FLIGHT]);
        // Its own backing off after a SlowDown is part of what is measured; asking for the bucket is not.
        command.arg("--s3-no-check-bucket");
    }

    fn s3sync(&self, command: &mut Command) {
        command.args(["--target-endpoint-url", &self.access.endpoint, "--target-force-path-style"]);
        command.args(["--target-region", &self.access.region]);
        command.env("TARGET_ACCESS_KEY", &self.access.key_id);
        command.env("TARGET_SECRET_ACCESS_KEY", &self.access.secret);
        command.envs(self.access.session_token.as_ref().map(|token| ("TARGET_SESSION_TOKEN", token)));
        command.args(["--worker-size", IN_FLIGHT, "--check-etag"]).arg(self.tree.path()).arg(self.url());
    }

    fn is_aws(&self) -> bool {
        self.access.endpoint.contains("amazonaws.com")
    }

    fn url(&self) -> String {
        format!("s3://{}/{}", self.place.bucket, self.place.prefix)
    }

    /// The bucket's own URL, for a client that knows no S3.
    fn bucket(&self) -> String {
        format!("{}/{}", self.access.endpoint, self.place.bucket)
    }
}
