//! The program that runs containers here.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

/// The engines that are looked for, in this order.
const ENGINES: [&str; 2] = ["podman", "docker"];

/// A program with the command line of `docker`.
#[derive(Debug, Clone)]
pub(crate) struct Engine(OsString);

/// Why no pipe can run in a container here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Lack {
    /// Neither is installed, or what was asked for is not.
    #[error("{0} cannot be started\nhint: --images needs podman or docker")]
    Engine(String),
    /// It is installed, and what it commands does not run.
    #[error("{0} has no daemon that answers\nhint: start it, or install podman, which needs none")]
    Daemon(String),
    /// An image is not on this machine. It is not fetched, so that nobody else's image runs by mistake.
    #[error(
        "there is no image {0} on this machine\nhint: build both with docker/dist and docker/images pack, as docker/README.md says"
    )]
    Image(String),
}

impl Engine {
    /// The program of this name or path.
    pub(crate) fn called(name: &str) -> Self {
        Self(name.into())
    }

    /// The one that was asked for, or the first that can run something when that is empty.
    pub(crate) async fn find(asked: &str) -> Result<Self, Lack> {
        let names = if asked.is_empty() { ENGINES.to_vec() } else { vec![asked] };
        let mut idle = None;
        for name in &names {
            let engine = Self::called(name);
            if !engine.succeeds(&["--version"]).await {
                continue;
            }
            if engine.succeeds(&["info"]).await {
                return Ok(engine);
            }
            idle.get_or_insert(engine.name());
        }
        Err(idle.map_or_else(|| Lack::Engine(names.join(" and ")), Lack::Daemon))
    }

    /// What it is called.
    pub(crate) fn name(&self) -> String {
        Path::new(&self.0).file_name().unwrap_or(&self.0).to_string_lossy().into_owned()
    }

    /// That every pipe's image is on this machine.
    pub(crate) async fn check(&self, images: impl Iterator<Item = &str>) -> Result<(), Lack> {
        for image in images {
            if !self.succeeds(&["image", "inspect", image]).await {
                return Err(Lack::Image(image.to_owned()));
            }
        }
        Ok(())
    }

    /// The program, without arguments.
    pub(crate) fn command(&self) -> Command {
        Command::new(&self.0)
    }

    /// Whether it does what these arguments say; nothing of what it says is shown.
    pub(crate) async fn succeeds(&self, arguments: &[&str]) -> bool {
        let status = self
            .command()
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.await.is_ok_and(|status| status.success())
    }
}
