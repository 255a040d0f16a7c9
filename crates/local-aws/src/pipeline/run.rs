//! Runs the groups of a pipeline, one step after another, each in its own clone.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::process::Command;

use super::account::{self, Account};
use super::arguments::Arguments;
use super::call::Call;
use super::container::{self, Container};
use super::definition::{Item, Oidc, Pipe, Pipeline, Step};
use super::engine::Engine;
use super::environment::{Context, Token};
use super::needs::Needs;
use super::process::{Group, Stop};
use super::reference::Program;
use super::session::Session;
use super::{PIPE_ARGUMENT, artifacts, clone, output_variables, report, repository};
use crate::Cloud;
use crate::StepToken;
use crate::random;

/// What the step's container would take from its image and here comes from this machine.
const FROM_THE_MACHINE: [&str; 2] = ["PATH", "HOME"];

/// What one step hands to the groups after its own.
struct Handed {
    /// Where its artifacts are.
    folder: PathBuf,
    variables: Vec<(String, String)>,
}

/// One run of a pipeline.
pub(crate) struct Run<'a> {
    arguments: &'a Arguments,
    pipeline: &'a Pipeline,
    cloud: &'a Cloud,
    account: Account<'a>,
    stop: Stop,
    /// What runs the pipes in containers, if they do.
    engine: Option<Engine>,
    scratch: TempDir,
    identifier: String,
    variables: Vec<(String, String)>,
}

impl<'a> Run<'a> {
    /// Takes the directory as it is now: every step gets a copy of that.
    pub(crate) async fn prepare(
        arguments: &'a Arguments,
        pipeline: &'a Pipeline,
        cloud: &'a Cloud,
        stop: Stop,
    ) -> anyhow::Result<Self> {
        let engine = match &arguments.images {
            Some(asked) => Some(engine(asked, pipeline).await?),
            None => None,
        };
        let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
        let directory = arguments.directory();
        clone::copy(&directory, &scratch.path().join("source"), scratch.path())?;
        Ok(Self {
            arguments,
            pipeline,
            cloud,
            account: Account::new(cloud, pipeline),
            stop,
            engine,
            scratch,
            identifier: in_braces(&random::uuid()),
            variables: repository_variables(pipeline, arguments),
        })
    }

    /// What the run has made in the embedded cloud.
    pub(crate) fn account(&self) -> &Account<'a> {
        &self.account
    }

    /// Runs every step until the first failure and returns the exit code.
    pub(crate) async fn run(&mut self) -> anyhow::Result<u8> {
        let count = self.pipeline.steps().count();
        let mut number = 0;
        for group in &self.pipeline.groups {
            let mut failure = None;
            let mut handed = Vec::new();
            for (index, step) in group.steps.iter().enumerate() {
                number += 1;
                report::step(step, (number, count));
                if !self.is_meant(step) {
                    report::skipped();
                    continue;
                }
                let parallel = group.parallel.then_some((index, group.steps.len()));
                let code = self.step(step, number, parallel, &mut handed).await?;
                if let Some(stopped) = self.stop.code() {
                    return Ok(stopped);
                }
                if code != 0 {
                    report::failed(number, code);
                    failure.get_or_insert(code);
                    if step.fail_fast {
                        break;
                    }
                }
            }
            if let Some(code) = failure {
                return Ok(code);
            }
            // The steps of one group do not see what the others hand on.
            for Handed { folder, variables } in handed {
                artifacts::place(&folder, &self.artifacts())?;
                self.variables.extend(variables);
            }
        }
        Ok(0)
    }

    /// Whether the push changed what the step is for. Where nothing is said of the push, it changed everything.
    fn is_meant(&self, step: &Step) -> bool {
        let changed = &self.arguments.changed;
        changed.is_empty() || step.condition.as_ref().is_none_or(|condition| condition.holds(changed))
    }

    async fn step(
        &mut self,
        step: &Step,
        number: usize,
        parallel: Option<(usize, usize)>,
        handed: &mut Vec<Handed>,
    ) -> anyhow::Result<u8> {
        let folder = self.folder(number)?;
        let context = self.context(step, parallel, &folder);
        std::fs::write(&context.variables, "").context("cannot make the file for output variables")?;
        let code = self.script(&step.script, &context, &folder, None).await?;
        if self.stop.code().is_none() && !step.after_script.is_empty() {
            report::after_script();
            let after = self.script(&step.after_script, &context, &folder, Some(code)).await?;
            if after != 0 {
                report::after_script_failed(after);
            }
        }
        if code == 0 {
            let kept = self.scratch.path().join(format!("artifacts-of-{number}"));
            artifacts::keep(&context.clone, &step.artifacts, &kept)?;
            let written = std::fs::read_to_string(&context.variables).unwrap_or_default();
            let variables = output_variables::read(&written, &step.output_variables);
            handed.push(Handed { folder: kept, variables });
        }
        // Only to need less room: what a script has made unremovable goes, or stays, with the whole folder.
        let _ = std::fs::remove_dir_all(&folder);
        Ok(code)
    }

    /// A folder for one step, with its clone in it.
    fn folder(&self, number: usize) -> anyhow::Result<PathBuf> {
        let folder = self.scratch.path().join(number.to_string());
        std::fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        // Without links, because that is how a shell's own directory is told.
        let folder = folder.canonicalize().with_context(|| format!("cannot find {}", folder.display()))?;
        clone::copy(&self.scratch.path().join("source"), &folder.join("build"), &folder)?;
        artifacts::place(&self.artifacts(), &folder.join("build"))?;
        Ok(folder)
    }

    /// Where the artifacts of all groups so far are.
    fn artifacts(&self) -> PathBuf {
        self.scratch.path().join("artifacts")
    }

    fn context(&self, step: &Step, parallel: Option<(usize, usize)>, folder: &Path) -> Context {
        let mut context = Context {
            name: self.pipeline.name.clone(),
            pipeline: self.identifier.clone(),
            step: in_braces(&random::uuid()),
            deployment: step.deployment.clone(),
            parallel,
            clone: folder.join("build"),
            variables: folder.join("pipeline-variables.env"),
            token: None,
            endpoint: self.cloud.endpoint(),
        };
        context.token = self.token(step, &context);
        context
    }

    fn token(&self, step: &Step, context: &Context) -> Option<Token> {
        let mut token = StepToken::for_repository(self.account.workspace(), repository::UUID)
            .step(&context.step)
            .pipeline(&context.pipeline);
        if let Some(name) = &context.deployment {
            token = token.deployment(&repository::environment_uuid(name));
        }
        if let Some(branch) = context.branch() {
            token = token.branch(branch);
        }
        match &step.oidc {
            Oidc::Off => None,
            Oidc::On => Some(Token(token.sign())),
            Oidc::Audiences(audiences) => {
                let audiences = audiences.iter().map(String::as_str);
                Some(Token(token.audiences(audiences).sign()))
            }
        }
    }

    async fn script(
        &mut self,
        items: &[Item],
        context: &Context,
        folder: &Path,
        exit_code: Option<u8>,
    ) -> anyhow::Result<u8> {
        let mut environment = context.of_script();
        environment.extend(self.variables.iter().cloned());
        for name in FROM_THE_MACHINE {
            let value = std::env::var(name);
            environment.extend(value.ok().map(|value| (name.to_owned(), value)));
        }
        if let Some(code) = exit_code {
            environment.push(("BITBUCKET_EXIT_CODE".to_owned(), code.to_string()));
        }
        let session = Session { directory: &context.clone, scratch: folder, environment };
        let mut stop = self.stop.clone();
        session.run(items, &mut stop, async |pipe, call| self.pipe(pipe, call, context).await).await
    }

    async fn pipe(&mut self, pipe: &Pipe, call: Call, context: &Context) -> anyhow::Result<u8> {
        let program = pipe.reference.program();
        report::made(&self.account.provide(&Needs::of(program, call.variables.clone())));
        let storage = context.pipe_storage(&pipe.reference);
        std::fs::create_dir_all(&storage).with_context(|| format!("cannot make {}", storage.display()))?;
        let container = self.engine.as_ref().map(|engine| {
            let given = container::context(context).of_pipe(&pipe.reference).into_iter();
            let given = given.map(|(name, value)| (name.into(), value.into()));
            let image = pipe.reference.image();
            Container::new(
                engine,
                image,
                &context.clone,
                &call.directory,
                given.chain(call.variables.clone()),
            )
        });
        let mut command = if let Some(container) = &container {
            container.command()
        } else {
            let mut command = self.command(program)?;
            command.current_dir(call.directory).env_clear();
            command.envs(context.of_pipe(&pipe.reference)).envs(call.variables);
            command
        };
        let mut group =
            Group::spawn(&mut command).with_context(|| format!("cannot start {}", program.name()))?;
        let code = group.finish(&mut self.stop).await;
        if let Some(container) = &container
            && self.stop.code().is_some()
        {
            container.remove().await;
        }
        code.with_context(|| format!("cannot wait for {}", program.name()))
    }

    fn command(&self, program: Program) -> anyhow::Result<Command> {
        if let Some(folder) = &self.arguments.bin_dir {
            let path = folder.join(program.name());
            let path = path.canonicalize().with_context(|| format!("cannot find {}", path.display()))?;
            return Ok(Command::new(path));
        }
        let this = std::env::current_exe().context("cannot find this program's own file")?;
        let mut command = Command::new(this);
        command.args([PIPE_ARGUMENT, program.name()]);
        Ok(command)
    }
}

/// The engine that was asked for, once it is known to have every image that the pipeline names.
async fn engine(asked: &str, pipeline: &Pipeline) -> anyhow::Result<Engine> {
    let engine = Engine::find(asked).await?;
    let items = pipeline.steps().flat_map(|step| step.script.iter().chain(&step.after_script));
    let images = items.filter_map(|item| match item {
        Item::Pipe(pipe) => Some(pipe.reference.image()),
        Item::Line(_) => None,
    });
    engine.check(images).await?;
    report::containers(&engine.name());
    Ok(engine)
}

/// The defaults first: a later value of the same name wins.
fn repository_variables(pipeline: &Pipeline, arguments: &Arguments) -> Vec<(String, String)> {
    let defaults =
        [("AWS_DEFAULT_REGION", account::DEFAULT_REGION), ("AWS_OIDC_ROLE_ARN", account::DEFAULT_ROLE)];
    let defaults = defaults.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let asked = pipeline.variables.iter().cloned();
    defaults.into_iter().chain(asked).chain(arguments.variables.iter().cloned()).collect()
}

fn in_braces(uuid: &str) -> String {
    format!("{{{uuid}}}")
}
