//! A pipe in a container of its own, started as Bitbucket starts it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::engine::Engine;
use super::environment::Context;
use crate::random;

/// Where Bitbucket puts the clone in every container of a step.
const CLONE: &str = "/opt/atlassian/pipelines/agent/build";

/// Where Bitbucket keeps what a step hands to later ones. No container of a pipe is known to have it.
const VARIABLES: &str = "/opt/atlassian/pipelines/agent/tmp/pipeline-variables.env";

/// What Bitbucket marks the containers of its pipes with.
const LABEL: &str = "org.bitbucket.pipelines.system=true";

/// The memory of a step's Docker service, which its pipes share. They run one after another, so each has all of it.
const MEMORY: &str = "1g";

/// What an engine takes from this machine: where its programs, its settings and its service are.
const FROM_THE_MACHINE: [&str; 10] = [
    "CONTAINERS_CONF",
    "CONTAINERS_STORAGE_CONF",
    "CONTAINER_HOST",
    "DBUS_SESSION_BUS_ADDRESS",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_HOST",
    "HOME",
    "PATH",
    "XDG_RUNTIME_DIR",
];

/// One container: what it is made of, and nothing of this machine but the clone.
pub(crate) struct Container<'a> {
    engine: &'a Engine,
    image: &'a str,
    name: String,
    clone: &'a Path,
    directory: PathBuf,
    environment: Vec<(OsString, OsString)>,
}

impl<'a> Container<'a> {
    /// `variables` are the pipe's own; `directory` is where the script stands.
    pub(crate) fn new(
        engine: &'a Engine,
        image: &'a str,
        clone: &'a Path,
        directory: &Path,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Self {
        let directory = PathBuf::from(inside(directory.as_os_str(), clone));
        let environment = variables.map(|(name, value)| (name, inside(&value, clone))).collect();
        Self {
            engine,
            image,
            name: format!("local-pipeline-{}", random::uuid()),
            clone,
            directory,
            environment,
        }
    }

    /// Starts it and waits, as `docker container run` does. It shares this machine's network, because the embedded
    /// cloud listens on the loopback interface alone.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.engine.command();
        command.args(["container", "run", "--rm", "--pull=never", "--network=host"]);
        command.arg(format!("--name={}", self.name));
        command.arg(joined(&[
            OsStr::new("--volume="),
            self.clone.as_os_str(),
            OsStr::new(":"),
            OsStr::new(CLONE),
        ]));
        command.arg(joined(&[OsStr::new("--workdir="), self.directory.as_os_str()]));
        command.arg(format!("--memory={MEMORY}")).arg(format!("--label={LABEL}"));
        command.env_clear();
        for name in FROM_THE_MACHINE {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        for (name, value) in &self.environment {
            if FROM_THE_MACHINE.iter().any(|own| name == own) {
                // By name, the engine itself would heed it.
                command.arg(joined(&[OsStr::new("--env="), name, OsStr::new("="), value]));
            } else {
                // By name: every process of this machine can read a command line.
                command.arg(joined(&[OsStr::new("--env="), name])).env(name, value);
            }
        }
        command.arg(self.image);
        command
    }

    /// Ends it for good, which matters only when its engine's command was killed.
    pub(crate) async fn remove(&self) {
        let name = self.name.as_str();
        let _ = self.engine.succeeds(&["container", "rm", "--force", name]).await;
    }
}

/// A step as its containers see it.
pub(crate) fn context(step: &Context) -> Context {
    Context { clone: CLONE.into(), variables: VARIABLES.into(), ..step.clone() }
}

/// A text of the script with the clone where the container has it: script lines run on this machine, and have it
/// elsewhere.
fn inside(text: &OsStr, clone: &Path) -> OsString {
    let (mut rest, clone) = (text.as_bytes(), clone.as_os_str().as_bytes());
    let mut told = Vec::new();
    while let Some(start) = rest.windows(clone.len()).position(|window| window == clone) {
        told.extend_from_slice(&rest[..start]);
        told.extend_from_slice(CLONE.as_bytes());
        rest = &rest[start + clone.len()..];
    }
    told.extend_from_slice(rest);
    OsString::from_vec(told)
}

fn joined(parts: &[&OsStr]) -> OsString {
    parts.iter().copied().collect()
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};
    use std::path::Path;

    use super::{Container, inside};
    use crate::pipeline::engine::Engine;

    #[test]
    fn the_clone_is_where_the_container_has_it() {
        let table = [
            ("/tmp/x/1/build", "/opt/atlassian/pipelines/agent/build"),
            ("/tmp/x/1/build/a", "/opt/atlassian/pipelines/agent/build/a"),
            (
                "--exclude /tmp/x/1/build/a --include /tmp/x/1/build/b",
                "--exclude /opt/atlassian/pipelines/agent/build/a --include /opt/atlassian/pipelines/agent/build/b",
            ),
            ("/tmp/x", "/tmp/x"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(inside(OsStr::new(text), Path::new("/tmp/x/1/build")), expected, "{text}");
        }
    }

    #[test]
    fn values_are_no_arguments_but_for_those_that_would_reach_the_engine_itself() {
        let engine = Engine::called("docker");
        let pair = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
        let variables = [pair("AWS_SECRET_ACCESS_KEY", "secret"), pair("DOCKER_HOST", "tcp://there")];
        let clone = Path::new("/clone");
        let container = Container::new(&engine, "a/b:1", clone, clone, variables.into_iter());
        let command = container.command();
        let told = format!("{:?}", command.as_std().get_args().collect::<Vec<_>>());
        assert!(
            told.contains(r#""--env=AWS_SECRET_ACCESS_KEY", "--env=DOCKER_HOST=tcp://there", "a/b:1""#),
            "{told}"
        );
        let given = command.as_std().get_envs().find(|(name, _)| *name == "AWS_SECRET_ACCESS_KEY");
        assert_eq!(given.and_then(|(_, value)| value), Some(OsStr::new("secret")));
        let heeded = command.as_std().get_envs().find(|(name, _)| *name == "DOCKER_HOST");
        assert_ne!(heeded.and_then(|(_, value)| value), Some(OsStr::new("tcp://there")));
    }
}
