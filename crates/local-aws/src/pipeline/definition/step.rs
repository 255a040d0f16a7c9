//! One step: what runs in one clone, with one token.

use super::super::yaml::{Entry, Fault, Node, Value};
use super::condition::Condition;
use super::item::{self, Item};
use super::omitted::Omissions;

/// One step of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// Its name in the log, or empty.
    pub(crate) name: String,
    /// Whether it gets a token of Bitbucket's OIDC provider.
    pub(crate) oidc: Oidc,
    /// The environment it deploys to; its stage's, if it names none.
    pub(crate) deployment: Option<String>,
    /// Whether its failure keeps the other steps of its group from running.
    pub(crate) fail_fast: bool,
    /// What a push has to change for it to run; its stage's, if it has none.
    pub(crate) condition: Option<Condition>,
    /// Which files of its clone the steps after it find, as patterns.
    pub(crate) artifacts: Vec<String>,
    /// Which variables that it writes the steps after it find.
    pub(crate) output_variables: Vec<String>,
    /// What runs, in order.
    pub(crate) script: Vec<Item>,
    /// What runs afterwards, however the script ended.
    pub(crate) after_script: Vec<Item>,
}

/// The `oidc` setting of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Oidc {
    /// No token.
    #[default]
    Off,
    /// A token for the workspace's own audience.
    On,
    /// A token for these audiences.
    Audiences(Vec<String>),
}

/// What a step takes over from what it stands in.
#[derive(Debug, Clone, Default)]
pub(super) struct Inherited {
    pub(super) oidc: Oidc,
    pub(super) deployment: Option<String>,
    pub(super) condition: Option<Condition>,
    pub(super) fail_fast: bool,
}

impl Step {
    pub(super) fn read(
        entry: &Entry,
        inherited: &Inherited,
        omissions: &mut Omissions,
    ) -> Result<Self, Fault> {
        let mut step = Self {
            name: String::new(),
            oidc: inherited.oidc.clone(),
            deployment: inherited.deployment.clone(),
            fail_fast: inherited.fail_fast,
            condition: inherited.condition.clone(),
            artifacts: Vec::new(),
            output_variables: Vec::new(),
            script: Vec::new(),
            after_script: Vec::new(),
        };
        for entry in entry.node.entries("a step")? {
            match entry.key.as_str() {
                "name" => entry.node.text("`name`")?.clone_into(&mut step.name),
                "oidc" => step.oidc = oidc(&entry.node)?,
                "deployment" => step.deployment = deployment(&entry.node)?,
                "condition" => step.condition = Condition::read(&entry.node, omissions)?,
                "artifacts" => step.artifacts = artifacts(&entry.node, omissions)?,
                "output-variables" => step.output_variables = texts(&entry.node, "`output-variables`")?,
                "script" => step.script = item::script(&entry.node, "script")?,
                "after-script" => step.after_script = item::script(&entry.node, "after-script")?,
                "fail-fast" => step.fail_fast = entry.node.flag("`fail-fast`")?,
                key if omissions.note(key) => {}
                other => {
                    let message = format!("a step has no `{other}`");
                    return Err(Fault::at(entry.line, message));
                }
            }
        }
        if step.script.is_empty() {
            let message = "a step needs a `script` with at least one item";
            return Err(Fault::at(entry.line, message));
        }
        Ok(step)
    }
}

/// Artifacts are patterns, or a mapping with their `paths`.
fn artifacts(node: &Node, omissions: &mut Omissions) -> Result<Vec<String>, Fault> {
    let Value::Map(entries) = &node.value else { return texts(node, "`artifacts`") };
    let mut paths = Vec::new();
    for entry in entries {
        match entry.key.as_str() {
            "paths" => paths = texts(&entry.node, "`paths`")?,
            key => omissions.note_any(key),
        }
    }
    Ok(paths)
}

fn texts(node: &Node, what: &str) -> Result<Vec<String>, Fault> {
    node.items(what)?.iter().map(|item| Ok(item.text(what)?.to_owned())).collect()
}

pub(super) fn oidc(node: &Node) -> Result<Oidc, Fault> {
    let Value::Map(entries) = &node.value else {
        return Ok(if node.flag("`oidc`")? { Oidc::On } else { Oidc::Off });
    };
    let mut audiences = Vec::new();
    for entry in entries {
        if entry.key != "audiences" {
            let message = format!("`oidc` is true, false or has `audiences`, not `{}`", entry.key);
            return Err(Fault::at(entry.line, message));
        }
        for item in entry.node.items("`audiences`")? {
            audiences.push(item.text("an audience")?.to_owned());
        }
    }
    if audiences.is_empty() {
        return Err(Fault::at(node.line, "`audiences` names no audience"));
    }
    Ok(Oidc::Audiences(audiences))
}

/// A deployment is the environment's name, or a mapping with its `name`.
pub(super) fn deployment(node: &Node) -> Result<Option<String>, Fault> {
    if let Value::Map(entries) = &node.value
        && let Some(name) = entries.iter().find(|entry| entry.key == "name")
    {
        return deployment(&name.node);
    }
    let name = node.text("`deployment`")?;
    Ok(Some(name.to_owned()).filter(|name| !name.is_empty()))
}
