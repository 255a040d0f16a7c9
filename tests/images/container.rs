//! One run of an image, with the clone mounted as Bitbucket mounts it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use local_aws::scenario::{BUCKET, Ended, Site, Step, World};

/// Where Bitbucket puts the clone in every container.
pub(crate) const CLONE: &str = "/opt/atlassian/pipelines/agent/build";

/// The program with the command line of `docker` that runs the images.
pub(crate) fn engine() -> OsString {
    let is_installed = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    env::var_os("ENGINE")
        .unwrap_or_else(|| ["podman"].iter().find(|name| is_installed(name)).unwrap_or(&"docker").into())
}

/// The image of a pipe, of this version: what its pipe.yml names.
pub(crate) fn image(pipe: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipes").join(pipe).join("pipe.yml");
    let manifest = fs::read_to_string(file).expect("a pipe.yml");
    manifest.lines().find_map(|line| line.strip_prefix("image: ")).expect("an image").to_owned()
}

/// One run: the image, how its container is made, and the step it stands for.
pub(crate) struct Container {
    image: String,
    options: Vec<String>,
    arguments: Vec<String>,
    clone: PathBuf,
    step: Step,
}

/// The pipe that deploys a site to the bucket of a world.
pub(crate) fn deploy(world: &World, site: &Site) -> Container {
    Container::new(&image("aws-s3-deploy"), world, site.clone_folder())
        .set("S3_BUCKET", BUCKET)
        .set("LOCAL_PATH", "build")
}

impl Container {
    /// A step of the world's repository in this clone.
    pub(crate) fn new(image: &str, world: &World, clone: &Path) -> Self {
        let step = world.step("", clone).set("NO_COLOR", "1");
        Self {
            image: image.to_owned(),
            options: Vec::new(),
            arguments: Vec::new(),
            clone: clone.to_owned(),
            step,
        }
    }

    /// With this variable.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.step = self.step.set(name, value);
        self
    }

    /// With this option of the engine.
    pub(crate) fn option(mut self, option: &str) -> Self {
        self.options.push(option.to_owned());
        self
    }

    /// With this argument for what the image starts.
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// The run as a command that has not been started.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(engine());
        command.args(["container", "run", "--rm", "--pull=never", "--network=host"]);
        command.arg(format!("--volume={}:{CLONE}", self.clone.display())).arg(format!("--workdir={CLONE}"));
        for (name, value) in self.step.variables() {
            command.arg(format!("--env={name}")).env(name, value);
        }
        command.args(&self.options).arg(&self.image).args(&self.arguments);
        command
    }

    /// Runs to the end.
    pub(crate) fn run(&self) -> Ended {
        let output = self.command().output().expect("the engine starts");
        let log = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        Ended { code: output.status.code(), log }
    }
}
