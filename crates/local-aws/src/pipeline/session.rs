//! One shell session: the script of a step in one `sh -e`, with the runner answering its calls for pipes.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tokio::net::{UnixListener, UnixStream};
use tokio::process::Command;

use super::call::{self, Call};
use super::definition::{Item, Pipe};
use super::process::{Group, Stop};
use super::script;

/// Where and with what a script runs.
pub(crate) struct Session<'a> {
    /// The clone, in which every script begins.
    pub(crate) directory: &'a Path,
    /// A folder outside the clone for the script itself and the socket.
    pub(crate) scratch: &'a Path,
    /// All of the shell's environment.
    pub(crate) environment: Vec<(String, String)>,
}

impl Session<'_> {
    /// Runs `items` until the first failure and returns the exit code. `launch` runs one pipe.
    pub(crate) async fn run(
        &self,
        items: &[Item],
        stop: &mut Stop,
        mut launch: impl AsyncFnMut(&Pipe, Call) -> anyhow::Result<u8>,
    ) -> anyhow::Result<u8> {
        if items.is_empty() {
            return Ok(0);
        }
        let files = tempfile::tempdir_in(self.scratch).context("cannot make a folder for the script")?;
        let socket = files.path().join("pipes");
        let listener = UnixListener::bind(&socket).context("cannot listen for the script's pipes")?;
        let path = write(items, files.path(), &socket)?;
        let mut shell = Command::new("sh");
        shell.arg("-e").arg(path).current_dir(self.directory);
        shell.env_clear().envs(self.environment.iter().cloned());
        let mut group = Group::spawn(&mut shell).context("cannot start sh")?;
        let code = loop {
            tokio::select! {
                code = group.wait() => break code.context("cannot wait for sh")?,
                () = stop.told() => {
                    break group.stop().await.context("cannot wait for sh")?;
                }
                connection = listener.accept() => {
                    let (stream, _) = connection.context("cannot hear the script's call for a pipe")?;
                    if let Err(error) = serve(stream, items, &mut launch).await {
                        group.stop().await.context("cannot wait for sh")?;
                        return Err(error);
                    }
                }
            }
        };
        // What a line left running in the background would end with the step's container.
        group.terminate().await;
        Ok(code)
    }
}

fn write(items: &[Item], folder: &Path, socket: &Path) -> anyhow::Result<PathBuf> {
    let runner = std::env::current_exe().context("cannot find this program's own file")?;
    let path = folder.join("script");
    let text = script::text(items, &runner, socket);
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

async fn serve(
    mut stream: UnixStream,
    items: &[Item],
    launch: &mut impl AsyncFnMut(&Pipe, Call) -> anyhow::Result<u8>,
) -> anyhow::Result<()> {
    let call = call::receive(&mut stream).await.context("cannot read the script's call for a pipe")?;
    let Some(call) = call else {
        return Ok(());
    };
    let Some(Item::Pipe(pipe)) = items.get(call.item) else {
        return Ok(());
    };
    let code = launch(pipe, call).await?;
    // A shell that has gone meanwhile needs no answer.
    let _ = call::answer(&mut stream, code).await;
    Ok(())
}
